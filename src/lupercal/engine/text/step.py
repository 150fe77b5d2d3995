"""A step of Tsitouras' pair on vectors of patients: trying it, accepting it, and looking inside it.

Arrays hold one vector per state: ``y`` where each lane stands, ``new`` where its step leads (and the stages on the
way), ``room`` for the moment, and ``stages`` seven of them on end. Array ``control`` holds one vector per quantity of
the step. The first states may be ones that relax fast; `lupercal.engine.text.fast_states` writes what is said of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from lupercal.engine.graph.places import Places
from lupercal.engine.text import tsit5
from lupercal.engine.text.fast_states import Companion
from lupercal.engine.text.vector_writer import Writer

ZERO_BELOW = 1e-12  # smaller states are zero: they mean nothing and denormal numbers are slow
LARGEST_ERROR = 1e18  # what a step reports that met infinity or a value that is no number
BELOW_ZERO_ERROR = 3e4  # what a step reports that is wrong by falling below zero only; a quarter of it is tried next
SMALLEST_ERROR = 1e-8  # below, the next step is as long as allowed anyway
LARGEST_COUNTED_ERROR = 1e8  # above, it is as short as allowed
SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 6.0
CHAINS = 4  # independent searches for the largest error, so that none waits for another

# vectors of the array ``control``: the step, the error of the last accepted one, this one's error, the step to wish
# for next, the largest state at its end, the share of the step to look at, and which lanes are meant
STEP, PAST_ERROR, ERROR, NEXT_STEP, PEAK, SHARE, MASK = range(7)
CONTROLS = 7

FIRST_STEP = 0.1  # days
LONGEST_STEP_AFTER_EVENT = 1.0  # days
LONGEST_STEP_AFTER_DOSE = 0.2  # days; what a dose sets in motion is fastest at once, and no past step tells of it
SHORTEST_STEP = 1e-9  # days; a smaller one means that the states make no sense
SHORTEST_STEP_BELOW_ZERO = 1e-4  # days; where one this short still falls below zero, the solution does
LARGEST = 1e9  # no state of the model is plausible above
NEARLY = 1 - 1e-9  # a step that covers this share of what is left covers all of it


Parts = Sequence[tuple[range, Callable[[Any], Any]]]  # functions of a state's place, and for which places they are


@final
class Tsit5:
    """Writes the functions of a step for states at ``places``, of which the first ones relax with ``speeds``."""

    def __init__(self, w: Writer, places: Places, speeds: Sequence[Any] = ()) -> None:
        self.w, self.places, self.count, self.speeds = w, places, places.count, speeds

    def attempt(self, rates: Any, arguments: Sequence[Any]) -> None:
        """Try a step; arguments are y, q, stages, new, floor (numbers, the last one rtol), control and relaxing."""
        w = self.w
        y, q, stages, new, floor, control, relaxing = arguments
        h, stage = w.load(control, STEP), self._stages(stages)
        companion, at = Companion(w, self.places, self.speeds, h, relaxing), self.places
        companion.prepare()
        for k in range(1, tsit5.STAGES - 1):
            self._store(new, (
                (at.staged, companion.at_stage(k, y, stage)), (at.steadily, companion.steadily_at_stage(k, y, stage)),
                (at.other_staged, self._sum(y, h, tsit5.A[k], stage)),
            ))  # fmt: skip
            w.call(rates, new, q, stage[k])
        room = self._end((y, new, floor), (
            (at.following, companion.at_end(y, stage)), (at.steadily, companion.steadily_at_end(y, stage)),
            (at.others, self._sum(y, h, tsit5.A[-1], stage)),
        ))  # fmt: skip
        w.call(rates, new, q, stage[-1])
        error, peak = self._error(h, (y, new, floor), stage, companion.error(stage))
        error = self._or_below_zero(error, room)
        w.store(error, control, ERROR)
        w.store(peak, control, PEAK)
        w.store(self._next_step(h, error, w.load(control, PAST_ERROR)), control, NEXT_STEP)

    def accept(self, y: Any, new: Any, stages: Any, control: Any) -> None:
        """Move the lanes whose mask is not zero to the end of their step; its last stage is the first of the next."""
        last = self._stages(stages)[-1]
        self._where_masked(control, [(new, y), (last, stages)])

    def refresh(self, rates: Any, arguments: Sequence[Any]) -> None:
        """Compute the first stage anew for the lanes whose mask is not zero: their states or inputs have jumped."""
        y, q, stages, room, control = arguments
        self.w.call(rates, y, q, room)
        self._where_masked(control, [(room, stages)])

    def between(self, arguments: Sequence[Any]) -> None:
        """Store the states at the share ``control[SHARE]`` of each lane's step; room and relaxing are written."""
        self._store(arguments[3], self._inside(arguments))

    def glance(self, states: Sequence[int], arguments: Sequence[Any]) -> None:
        """Do what `between` does for a few states only."""
        parts = self._inside(arguments)
        for i in states:
            self.w.store(next(value for indices, value in parts if i in indices)(i), arguments[3], i)

    def _stages(self, stages: Any) -> list[Any]:
        return [self.w.offset(stages, k * self.count) for k in range(tsit5.STAGES)]

    def _store(self, out: Any, parts: Parts) -> None:
        """Store ``value(i)`` for each place i of each part."""

        def kept(value_of: Any) -> Any:
            def one(i: Any, _: list[Any]) -> list[Any]:
                self.w.store(value_of(i), out, i)
                return []

            return one

        for indices, value in parts:
            self.w.loop(indices, [], kept(value))

    def _where_masked(self, control: Any, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Copy the first array of each pair over the second in the lanes whose mask is not zero."""
        w = self.w
        mask, zero = w.load(control, MASK), w.const(0.0)

        def one(i: Any, _: list[Any]) -> list[Any]:
            for source, target in pairs:
                w.store(w.where(">", (mask, zero), w.load(source, i), w.load(target, i)), target, i)
            return []

        w.loop(range(self.count), [], one)

    def _sum(self, y: Any, h: Any, weights: Sequence[float], stage: Sequence[Any]) -> Any:
        """Return the function of a state's place that gives y + h × (weighted stages)."""
        vectors = [self.w.const(x) for x in weights]
        return lambda i: self.w.fma(h, self._weighted(vectors, stage, i), self.w.load(y, i))

    def _positive(self, value: Any) -> Any:
        """Return the function with values below `ZERO_BELOW` replaced by zero."""
        return lambda i: self._at_least_zero(value(i))

    def _at_least_zero(self, value: Any) -> Any:
        w = self.w
        return w.where("<", (value, w.const(ZERO_BELOW)), w.const(0.0), value)

    def _end(self, arrays: tuple[Any, Any, Any], parts: Parts) -> Any:
        """Store the states at the end of a step, none below zero; return how far all are from what is not allowed.

        A state may fall below zero by the error that it is allowed, rtol × state + floor. The smallest of the sums
        state + allowed is below zero where any state falls further. No step of a state that is never negative does so
        without an error above what is allowed, so to set such a state to zero would hide that error.
        """
        w = self.w
        y, new, floor = arrays
        rtol = w.scalar_at(floor, self.count)

        def ended(i: Any, value: Any, room: Any) -> Any:
            allowed = w.fma(rtol, w.load(y, i), w.scalar_at(floor, i))
            w.store(self._at_least_zero(value), new, i)
            return w.smaller(room, w.add(value, allowed))

        def turn(value_of: Any) -> Any:
            return lambda i, carried: [ended(i, value_of(i), carried[0])]

        room = [w.const(LARGEST)]
        for indices, value_of in parts:
            room = w.loop(indices, room, turn(value_of))
        return room[0]

    def _or_below_zero(self, error: Any, room: Any) -> Any:
        """Return the error, or `BELOW_ZERO_ERROR` where the step would be accepted but a state has no room left."""
        w = self.w
        unit, zero = w.const(1.0), w.const(0.0)
        below = w.where("<", (room, zero), w.const(BELOW_ZERO_ERROR), error)
        return w.where(">", (error, unit), error, below)

    def _weighted(self, weights: Sequence[Any], stage: Sequence[Any], i: Any) -> Any:
        total = self.w.mul(weights[0], self.w.load(stage[0], i))
        for weight, address in zip(weights[1:], stage[1:], strict=False):
            total = self.w.fma(weight, self.w.load(address, i), total)
        return total

    def _inside(self, arguments: Sequence[Any]) -> Parts:
        """Return the functions that give the states at the share ``control[SHARE]`` of each lane's step."""
        w, at = self.w, self.places
        y, _, stages, _, control, relaxing = arguments
        x, h, stage = w.load(control, SHARE), w.load(control, STEP), self._stages(stages)
        weights = [self._polynomial(coefficients, x) for coefficients in tsit5.DENSE]
        companion = Companion(w, at, self.speeds, w.mul(x, h), relaxing)
        parts = (
            (at.following, companion.inside(y, stage, x)), (at.steadily, companion.steadily_inside(y, stage)),
            (at.others, lambda i: w.fma(h, self._weighted(weights, stage, i), w.load(y, i))),
        )  # fmt: skip
        return tuple((indices, self._positive(value)) for indices, value in parts)

    def _polynomial(self, coefficients: Sequence[float], x: Any) -> Any:
        total = self.w.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.w.fma(total, x, self.w.const(coefficient))
        return self.w.mul(total, x)

    def _error(self, h: Any, arrays: tuple[Any, Any, Any], stage: Sequence[Any], relaxed: Any) -> tuple[Any, Any]:
        """Return per lane the largest error relative to what is allowed, and the largest state.

        ``relaxed(i)`` is the size of the error of a state that relaxes fast, divided by the step.

        The largest of the quotients error / allowed is found by cross-multiplication, with one division in the end. A
        sum of all errors catches what is not finite.
        """
        w = self.w
        others, new = self.places.others, arrays[1]
        chains = next(k for k in range(CHAINS, 0, -1) if len(others) % k == 0)
        weights, rtol = [w.const(x) for x in tsit5.ERROR], w.scalar_at(arrays[2], self.count)

        def turn(i: Any, carried: list[Any]) -> list[Any]:
            places = [w.times_plus(i, chains, k + others.start) for k in range(chains)]
            errors = [w.abs(self._weighted(weights, stage, place)) for place in places]
            groups = [carried[4 * k : 4 * k + 4] for k in range(chains)]
            return [
                value
                for place, error, group in zip(places, errors, groups, strict=True)
                for value in self._worse(place, error, (arrays, rtol), group)
            ]

        start = [w.const(0.0), w.const(1.0), w.const(0.0), w.const(0.0)] * chains
        extremes = w.loop(range(len(others) // chains), start, turn)
        groups = [extremes[4 * k : 4 * k + 4] for k in range(chains)]
        groups[0] = w.loop(
            self.places.following, groups[0], lambda i, carried: self._worse(i, relaxed(i), (arrays, rtol), carried)
        )
        groups[0] = w.loop(self.places.steadily, groups[0], lambda i, carried: self._exact(w.load(new, i), carried))
        worst, allowed, total, peak = self._merged(groups)
        limit = w.const(LARGEST_ERROR)
        error = w.mul(h, w.div(worst, allowed))
        return w.where("<", (w.mul(h, total), limit), error, limit), peak

    def _worse(self, place: Any, error: Any, given: tuple[Any, Any], group: list[Any]) -> list[Any]:
        """Return the group (error, allowed, sum of errors, largest state) with one more state."""
        w = self.w
        (y, new, floor), rtol = given
        before, after = w.load(y, place), w.load(new, place)
        mine = w.fma(rtol, w.larger(before, after), w.scalar_at(floor, place))
        worst, allowed = self._larger_quotient((group[0], group[1]), (error, mine))
        return [worst, allowed, w.add(group[2], error), w.larger(group[3], after)]

    def _exact(self, after: Any, group: list[Any]) -> list[Any]:
        """Return the group with one more state that has no error, unless it is not finite."""
        w = self.w
        nothing = w.mul(w.const(0.0), after)
        return [*group[:2], w.add(group[2], nothing), w.larger(group[3], after)]

    def _larger_quotient(self, one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
        w = self.w
        test = (w.mul(other[0], one[1]), w.mul(one[0], other[1]))
        return w.where(">", test, other[0], one[0]), w.where(">", test, other[1], one[1])

    def _merged(self, groups: list[list[Any]]) -> list[Any]:
        first = groups[0]
        for group in groups[1:]:
            worst, allowed = self._larger_quotient((first[0], first[1]), (group[0], group[1]))
            first = [worst, allowed, self.w.add(first[2], group[2]), self.w.larger(first[3], group[3])]
        return first

    def _next_step(self, h: Any, error: Any, past: Any) -> Any:
        """Return the step to wish for: proportional-integral control by square roots, which every machine rounds alike.

        The factor is 0.9 × error^(-3/16), times past^(1/16) if the step was accepted, within bounds.
        """
        w = self.w
        unit = w.const(1.0)
        bounded = w.smaller(w.const(LARGEST_COUNTED_ERROR), w.larger(error, w.const(SMALLEST_ERROR)))
        before = w.where(">", (error, unit), unit, past)
        sixteenth = w.div(before, w.mul(bounded, w.mul(bounded, bounded)))
        for _ in range(4):
            sixteenth = w.sqrt(sixteenth)
        factor = w.mul(w.const(SAFETY), sixteenth)
        factor = w.smaller(w.const(LARGEST_FACTOR), w.larger(w.const(SMALLEST_FACTOR), factor))
        return w.mul(h, factor)
