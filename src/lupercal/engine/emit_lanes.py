"""From a program to LLVM: the rates, the infection risk and the parts of a Tsit5 step, on vectors of patients.

Every function takes addresses of arrays of vectors: number ``i`` of array ``y`` holds state ``i`` of all lanes. All lanes do
the same arithmetic, each with its own time step, so that no lane can tell who its neighbours are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from lupercal.engine import tsit5
from lupercal.engine.lane_builder import Lanes, Writer
from lupercal.engine.rewrite import Program

ZERO_BELOW = 1e-12  # smaller states are zero: they mean nothing and denormal numbers are slow
LARGEST_ERROR = 1e18  # what a step reports that met infinity or a value that is no number
SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 6.0

# vectors of the array ``control``
STEP, PAST_ERROR, ERROR, NEXT_STEP, PEAK, SHARE, MASK = range(7)
CONTROLS = 7


def lane_module(program: Program, width: int, size: int = 8) -> Any:
    """Return the LLVM module of all lane functions for vectors of ``width`` numbers of ``size`` bytes."""
    lanes = Lanes(width, size)
    count = len(program.rates)
    known = (*program.constants, *program.driven)
    rates = lanes.function("lupercal_rates", 3, lambda w, a: _values(w, program, known, program.rates, 0, a))
    lanes.function("lupercal_risk", 3, lambda w, a: _values(w, program, known, (program.risk,), 0, a))
    lanes.function(
        "lupercal_driven",
        3,
        lambda w, a: _values(w, program, program.constants, program.driven, len(program.constants), a),
    )
    lanes.function("lupercal_attempt", 7, lambda w, a: _attempt(w, count, rates, a))
    lanes.function("lupercal_accept", 4, lambda w, a: _accept(w, count, *a))
    lanes.function("lupercal_refresh", 5, lambda w, a: _refresh(w, count, rates, *a))
    lanes.function("lupercal_between", 4, lambda w, a: _between(w, count, *a))
    return lanes.module


def _values(
    w: Writer, program: Program, known: Sequence[int], outputs: Sequence[int], first: int, arguments: list[Any]
) -> None:
    """Store ``outputs`` from place ``first`` on; arguments are symbols (states or inputs), ``known`` constants and results."""
    symbols, constants, out = arguments
    emitter = _Straight(w, program, known, symbols, constants)
    emitter.plan(outputs)
    for place, index in enumerate(outputs, first):
        w.store(emitter.value(index), out, place)


@final
class _Straight:
    """Writes the operations of a graph one after another, products into sums where a sum is their only use."""

    def __init__(self, w: Writer, program: Program, known: Sequence[int], symbols: Any, constants: Any) -> None:
        self.w, self.graph, self.symbols, self.constants = w, program.graph, symbols, constants
        self.known = {index: place for place, index in enumerate(known)}
        self.place = {
            name: place for names in (program.trace.states, program.trace.inputs) for place, name in enumerate(names)
        }
        self.done: dict[int, Any] = {}
        self.single: set[int] = set()

    def plan(self, outputs: Sequence[int]) -> None:
        """Find the products that are used once, by a sum or difference; then write all operations."""
        order = self._order(outputs)
        uses = self.graph.uses(order)
        for index in order:
            node = self.graph.nodes[index]
            if node.op in {"add", "sub"}:
                fused = next((a for a in reversed(node.args) if self._fuses(a, uses, outputs)), None)
                self.single |= {fused} if fused is not None else set()
        for index in order:
            if index not in self.single:
                self.value(index)

    def _order(self, outputs: Sequence[int]) -> list[int]:
        """Return the operations to write, without what is known and what only leads to it."""
        needed: set[int] = set()
        order = self.graph.reached(outputs)
        for index in reversed(order):
            if (index in outputs or index in needed) and index not in self.known:
                needed |= {index, *self.graph.nodes[index].args}
        return [i for i in order if i in needed and i not in self.known and self.graph.nodes[i].args]

    def _fuses(self, index: int, uses: dict[int, int], outputs: Sequence[int]) -> bool:
        node = self.graph.nodes[index]
        return node.op == "mul" and uses[index] == 1 and index not in self.known and index not in outputs

    def value(self, index: int) -> Any:
        """Return the vector of a node, writing its operation when it is first needed."""
        if index not in self.done:
            self.done[index] = self._written(index)
        return self.done[index]

    def _written(self, index: int) -> Any:
        node, w = self.graph.nodes[index], self.w
        if index in self.known:
            return w.load(self.constants, self.known[index])
        if node.op == "const":
            return w.const(node.value)
        if node.op == "symbol":
            return w.load(self.symbols, self.place[node.name])
        if node.op == "recip":
            return w.div(w.const(1.0), self.value(node.args[0]))
        if node.op in {"add", "sub"} and self.single.intersection(node.args):
            return self._fused(node.op, *node.args)
        return getattr(w, node.op)(*(self.value(a) for a in node.args))

    def _fused(self, op: str, left: int, right: int) -> Any:
        if right in self.single:
            a, b = self._factors(right)
            return self.w.fma(a if op == "add" else self.w.neg(a), b, self.value(left))
        a, b = self._factors(left)
        other = self.value(right)
        return self.w.fma(a, b, other if op == "add" else self.w.neg(other))

    def _factors(self, index: int) -> tuple[Any, Any]:
        a, b = self.graph.nodes[index].args
        return self.value(a), self.value(b)


def _attempt(w: Writer, count: int, rates: Any, arguments: list[Any]) -> None:
    """Try a step: arrays y, q, stages, room, new, floor (numbers, not vectors; the last is rtol) and control."""
    y, q, stages, room, new, floor, control = arguments
    h = w.load(control, STEP)
    stage = [w.offset(stages, k * count) for k in range(tsit5.STAGES)]
    for k in range(1, tsit5.STAGES - 1):
        _combine(w, count, tsit5.A[k], h, y, stage, room)
        w.call(rates, room, q, stage[k])
    _combine(w, count, tsit5.A[-1], h, y, stage, new, ZERO_BELOW)
    w.call(rates, new, q, stage[-1])
    error, peak = _error(w, count, h, y, new, stage, floor)
    w.store(error, control, ERROR)
    w.store(peak, control, PEAK)
    w.store(_next_step(w, h, error, w.load(control, PAST_ERROR)), control, NEXT_STEP)


def _combine(
    w: Writer,
    count: int,
    weights: Sequence[float],
    h: Any,
    y: Any,
    stage: Sequence[Any],
    out: Any,
    low: float | None = None,
) -> None:
    """Store y + h × (weighted stages); what falls below ``low`` becomes zero."""

    def one(i: Any, _: list[Any]) -> list[Any]:
        value = w.fma(h, _weighted(w, [w.const(x) for x in weights], stage, i), w.load(y, i))
        w.store(value if low is None else w.where("<", value, w.const(low), w.const(0.0), value), out, i)
        return []

    w.loop(count, [], one)


def _weighted(w: Writer, weights: Sequence[Any], stage: Sequence[Any], i: Any) -> Any:
    total = w.mul(weights[0], w.load(stage[0], i))
    for weight, address in zip(weights[1:], stage[1:], strict=False):
        total = w.fma(weight, w.load(address, i), total)
    return total


def _error(w: Writer, count: int, h: Any, y: Any, new: Any, stage: Sequence[Any], floor: Any) -> tuple[Any, Any]:
    """Return per lane the largest error relative to tolerance, and the largest state.

    The largest of the quotients error / allowed is found by cross-multiplication, with one division in the end. A sum of all
    errors catches what is not finite.
    """
    rtol = w.scalar_at(floor, count)
    weights = [w.const(x) for x in tsit5.ERROR]

    def one(i: Any, carried: list[Any]) -> list[Any]:
        worst, allowed, total, peak = carried
        error = w.abs(_weighted(w, weights, stage, i))
        before, after = w.load(y, i), w.load(new, i)
        size = w.where(">", after, before, after, before)
        mine = w.fma(rtol, size, w.scalar_at(floor, i))
        left, right = w.mul(error, allowed), w.mul(worst, mine)
        return [
            w.where(">", left, right, error, worst),
            w.where(">", left, right, mine, allowed),
            w.add(total, error),
            w.where(">", after, peak, after, peak),
        ]

    start = [w.const(0.0), w.const(1.0), w.const(0.0), w.const(0.0)]
    worst, allowed, total, peak = w.loop(count, start, one)
    error = w.mul(h, w.div(worst, allowed))
    limit = w.const(LARGEST_ERROR)
    return w.unless("<", w.mul(h, total), limit, limit, error), peak


def _next_step(w: Writer, h: Any, error: Any, past: Any) -> Any:
    """Return the next step: proportional-integral control, with square roots only so that every machine rounds alike.

    Accepted: h × 0.9 × error^(-5/32) × past^(1/16); refused: h × 0.9 × error^(-3/16), within bounds.
    """
    low = w.const(1e-8)
    bounded = w.where(">", error, low, error, low)
    eighth = w.sqrt(w.sqrt(w.sqrt(bounded)))
    sixteenth = w.sqrt(eighth)
    thirty_second = w.sqrt(sixteenth)
    past16 = w.sqrt(w.sqrt(w.sqrt(w.sqrt(past))))
    accepted = w.div(w.mul(w.const(SAFETY), past16), w.mul(eighth, thirty_second))
    refused = w.div(w.const(SAFETY), w.mul(eighth, sixteenth))
    factor = w.where(">", error, w.const(1.0), refused, accepted)
    factor = w.where(">", factor, w.const(LARGEST_FACTOR), w.const(LARGEST_FACTOR), factor)
    return w.mul(h, w.where("<", factor, w.const(SMALLEST_FACTOR), w.const(SMALLEST_FACTOR), factor))


def _accept(w: Writer, count: int, y: Any, new: Any, stages: Any, control: Any) -> None:
    """Move the lanes whose mask is not zero to the end of their step; its last stage is the first of the next."""
    mask = w.load(control, MASK)
    last = w.offset(stages, (tsit5.STAGES - 1) * count)

    def one(i: Any, _: list[Any]) -> list[Any]:
        w.store(w.where(">", mask, w.const(0.0), w.load(new, i), w.load(y, i)), y, i)
        w.store(w.where(">", mask, w.const(0.0), w.load(last, i), w.load(stages, i)), stages, i)
        return []

    w.loop(count, [], one)


def _refresh(w: Writer, count: int, rates: Any, y: Any, q: Any, stages: Any, room: Any, control: Any) -> None:
    """Compute the first stage anew for the lanes whose mask is not zero: their states or inputs have jumped."""
    w.call(rates, y, q, room)
    mask = w.load(control, MASK)

    def one(i: Any, _: list[Any]) -> list[Any]:
        w.store(w.where(">", mask, w.const(0.0), w.load(room, i), w.load(stages, i)), stages, i)
        return []

    w.loop(count, [], one)


def _between(w: Writer, count: int, y: Any, stages: Any, room: Any, control: Any) -> None:
    """Store the states at the share ``control[SHARE]`` of each lane's step, by the pair's interpolant."""
    x = w.load(control, SHARE)
    h = w.load(control, STEP)
    stage = [w.offset(stages, k * count) for k in range(tsit5.STAGES)]
    weights = [_polynomial(w, coefficients, x) for coefficients in tsit5.DENSE]

    def one(i: Any, _: list[Any]) -> list[Any]:
        value = w.fma(h, _weighted(w, weights, stage, i), w.load(y, i))
        w.store(w.where("<", value, w.const(ZERO_BELOW), w.const(0.0), value), room, i)
        return []

    w.loop(count, [], one)


def _polynomial(w: Writer, coefficients: Sequence[float], x: Any) -> Any:
    total = w.const(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = w.fma(total, x, w.const(coefficient))
    return w.mul(total, x)
