"""From a program to LLVM: the rates, the risk of infection and the parts of a step, on vectors of patients.

Every function takes addresses of arrays of vectors: number ``i`` of array ``y`` holds state ``i`` of all lanes. All
lanes do the same arithmetic, each with its own time step, so that no lane can tell who its neighbours are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

from lupercal.engine.graph.places import places_of
from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Node
from lupercal.engine.text.control import Control
from lupercal.engine.text.step import Tsit5
from lupercal.engine.text.vector_writer import Lanes, Writer

# functions of a lane module and how many addresses each takes
FUNCTIONS = {"rates": 3, "risk": 3, "driven": 3, "advance": 8, "accept": 4, "refresh": 5, "between": 6, "glance": 6}


def lane_module(program: Program, width: int, size: int = 8) -> Any:
    """Return the LLVM module of all lane functions for vectors of ``width`` numbers of ``size`` bytes.

    ``rates(y, q, out)`` and ``risk(y, q, out)`` take states and constants: vectors of those of each patient, then of
    the driven ones, then single numbers that all patients share. ``driven(u, q, q)`` computes the driven ones from the
    inputs; the others are described in `lupercal.engine.text.step` and `lupercal.engine.text.control`.
    """
    lanes = Lanes(width, size)
    at, constants, everything = places_of(program), program.constants, (*program.constants, *program.driven)
    shared = {index: place for place, index in enumerate(program.shared, len(everything) * width)}

    def add(name: str, body: Any) -> Any:
        return lanes.function(f"lupercal_{name}", FUNCTIONS[name], body)

    rates = add("rates", lambda w, a: _Straight(w, program, everything, a, shared).store_rates())
    add("risk", lambda w, a: _Straight(w, program, everything, a, shared).store((program.risk,)))
    add("driven", lambda w, a: _Straight(w, program, constants, a, shared).store(program.driven, len(constants)))

    def advance(w: Writer, a: Any) -> None:
        """Choose each lane's step, try it and judge it; arguments are those of an attempt and the attention."""
        control = Control(w, a[5])
        control.choose()
        Tsit5(w, at, speeds(w, program, a[1], shared)).attempt(rates, a[:-1])
        control.judge(a[-1])

    add("advance", advance)
    add("accept", lambda w, a: Tsit5(w, at).accept(*a))
    add("refresh", lambda w, a: Tsit5(w, at).refresh(rates, a))

    def inside(w: Writer, a: list[Any]) -> Tsit5:
        return Tsit5(w, at, speeds(w, program, a[1], shared))

    add("between", lambda w, a: inside(w, a).between(a))
    add("glance", lambda w, a: inside(w, a).glance(_states_of_risk(program), a))
    return lanes.module


def speeds(w: Any, program: Program, constants: Any, shared: Mapping[int, int] | None = None) -> list[Any]:
    """Return k of each state that relaxes fast, from the array of constants."""
    read = _Straight(w, program, (*program.constants, *program.driven), (None, constants, None), shared)
    return [read.value(index) for index in program.relaxing]


def _states_of_risk(program: Program) -> list[int]:
    """Return the places of the states that move and that the risk of infection depends on."""
    names = {program.graph.nodes[index].name for index in program.graph.reached((program.risk,))}
    moving = program.trace.states[: len(program.rates)]
    return [place for place, name in enumerate(moving) if name in names]


@final
class _Straight:
    """Writes the operations of a graph one after another, products into sums where a sum is their only use."""

    def __init__(
        self, w: Writer, program: Program, known: Sequence[int], arguments: Sequence[Any],
        shared: Mapping[int, int] | None = None,
    ) -> None:  # fmt: skip
        self.w, self.graph, self.program = w, program.graph, program
        self.symbols, self.constants, self.out = arguments  # states or inputs; known values; where results go
        self.known = {index: place for place, index in enumerate(known)}
        self.shared = shared or {}  # known values that all lanes have in common: where they stand as single numbers
        trace = program.trace
        self.place = {name: place for names in (trace.states, trace.inputs) for place, name in enumerate(names)}
        self.done: dict[int, Any] = {}
        self.single: set[int] = set()

    def store_rates(self) -> None:
        """Write and store the rates of the states that move."""
        self.plan(self.program.planned or self.program.rates)
        for place, index in enumerate(self.program.rates):
            self.w.store(self.value(index), self.out, place)

    def store(self, outputs: Sequence[int], first: int = 0) -> None:
        """Write all operations that ``outputs`` need and store these from place ``first`` on."""
        self.plan(outputs)
        for place, index in enumerate(outputs, first):
            self.w.store(self.value(index), self.out, place)

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
            if (index in outputs or index in needed) and not self._is_known(index):
                needed |= {index, *self.graph.nodes[index].args}
        return [i for i in order if i in needed and not self._is_known(i) and self.graph.nodes[i].args]

    def _is_known(self, index: int) -> bool:
        return index in self.known or index in self.shared

    def _fuses(self, index: int, uses: dict[int, int], outputs: Sequence[int]) -> bool:
        node = self.graph.nodes[index]
        return node.op == "mul" and uses[index] == 1 and not self._is_known(index) and index not in outputs

    def value(self, index: int) -> Any:
        """Return the vector of a node, writing its operation when it is first needed."""
        if index not in self.done:
            self.done[index] = self._written(index)
        return self.done[index]

    def _written(self, index: int) -> Any:
        node, w = self.graph.nodes[index], self.w
        if index in self.program.zero:
            return w.const(0.0)
        if self._is_known(index):
            return self._loaded(index)
        if not node.args:
            return w.const(node.value) if node.op == "const" else w.load(self.symbols, self.place[node.name])
        if node.op == "recip":
            return w.div(w.const(1.0), self.value(node.args[0]))
        return self._combined(node)

    def _combined(self, node: Node) -> Any:
        """Return a sum, difference or product."""
        if node.op in {"add", "sub"}:
            if self.program.zero.intersection(node.args):
                return self._beside_zero(node)
            if self.single.intersection(node.args):
                return self._fused(node.op, *node.args)
        return getattr(self.w, node.op)(*(self.value(a) for a in node.args))

    def _beside_zero(self, node: Node) -> Any:
        """Return a sum or difference of which one part is zero."""
        left, right = node.args
        if right in self.program.zero:
            return self.value(left)
        return self.value(right) if node.op == "add" else self.w.sub(self.w.const(0.0), self.value(right))

    def _loaded(self, index: int) -> Any:
        if index in self.shared:
            return self.w.scalar_at(self.constants, self.shared[index])
        return self.w.load(self.constants, self.known[index])

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
