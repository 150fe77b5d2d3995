"""Steps of the states that relax fast, on vectors of patients: `lupercal.engine.text.companion` written out.

These states are the first ones. The arrays of stages hold their gains where they hold the rates of others. What a step
needs of each of them stands in the array ``relaxing``, `ROW` vectors for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any, final

from lupercal.engine.graph.places import Places
from lupercal.engine.text import companion, tsit5
from lupercal.engine.text.vector_writer import Writer

SMALL = 0.25  # below, phi is a series; above, the quotient loses no more than two digits
HALVINGS = 4  # exp(-x) = exp(-x / 16)^16
LARGE = 32.0  # exp(-x) is taken for exp(-32) above
MISFIT = 0.25  # weight in the error of how far the gain at the end lies from its polynomial

# vectors of a state: k, what its polynomial gives for the gain at the end, and from PHI on phi_1, phi_2 at the stages
# after the first and phi_3 at the end
SPEED, LAST_GAIN, PHI = range(3)
END = PHI + 2 * (len(companion.SHARES) - 2)
ROW = END + 3

Value = Callable[[Any], Any]


@final
@dataclass(frozen=True, slots=True)
class Terms:
    """How many terms there are of the series of phi, of exp(-x / 16), and of those from the end back to two stages."""

    phi: int
    exponential: int
    near_end: Mapping[int, int]


# by the bytes of a number: the error is below 1e-13, 1e-10 and 1e-11, or in single precision below half a digit
TERMS: Mapping[int, Terms] = {8: Terms(9, 9, {3: 8, 4: 5}), 4: Terms(7, 7, {3: 5, 4: 3})}


@final
class Companion:
    """Writes what a step, or a share of it, does to the states of which ``speeds`` holds k."""

    def __init__(self, w: Writer, places: Places, speeds: Sequence[Any], h: Any, room: Any) -> None:
        self.w, self.h, self.room = w, h, room
        self.places, self.terms = places, TERMS[w.size]
        for i, k in enumerate(speeds):
            w.store(k, room, i * ROW + SPEED)

    def prepare(self) -> None:
        """Compute phi where a step needs them: for all stages, or at the end only where no rate asks before."""
        staged, following, steadily = self.places.staged, self.places.following, self.places.steadily
        self.w.loop(staged, [], lambda i, _: self._prepared(i, (3, 2)))
        self.w.loop(range(staged.stop, following.stop), [], lambda i, _: self._prepared(i, (3, 0)))
        self.w.loop(steadily, [], lambda i, _: self._prepared(i, (1, 1)))

    def at_stage(self, k: int, y: Any, stage: Sequence[Any]) -> Value:
        """Return the function of a state's place that gives it at stage ``k`` (from 0), from the gains before."""
        return lambda i: self._at_stage(i, k, y, stage)

    def at_end(self, y: Any, stage: Sequence[Any]) -> Value:
        """Return the function that gives the states at the end of the step."""
        return lambda i: self._at_end(i, y, stage)

    def steadily_at_stage(self, k: int, y: Any, stage: Sequence[Any]) -> Value:
        """Return what `at_stage` does for a state whose gain is constant within a step: it is exact."""
        reached = self.w.mul(self.h, self.w.const(companion.SHARES[k]))
        return lambda i: self._steadily(i, y, stage, (self._get(i, self._phi_at(k)[0]), reached))

    def steadily_at_end(self, y: Any, stage: Sequence[Any]) -> Value:
        """Return what `at_end` does for a state whose gain is constant within a step."""
        return lambda i: self._steadily(i, y, stage, (self._get(i, END), self.h))

    def steadily_inside(self, y: Any, stage: Sequence[Any]) -> Value:
        """Return what `inside` does for a state whose gain is constant within a step."""
        return lambda i: self._steadily(i, y, stage, (self._phis_at(*self._reach(i), 1.0, 1)[0], self.h))

    def inside(self, y: Any, stage: Sequence[Any], share: Any) -> Value:
        """Return the function that gives the states where this companion's h is only the share of the step."""

        def value(i: Any) -> Any:
            return self._moved(i, y, self._phis_at(*self._reach(i), 1.0, 3), self._polynomial(i, stage), share)

        return value

    def error(self, stage: Sequence[Any]) -> Value:
        """Return the function that gives the size of a state's error, divided by the step.

        It has two parts: what the pair would say of an integral over the gain, and how far the gain at the end lies
        from the polynomial that stood for it, which is what counts where k × h is large.
        """
        return lambda i: self._error(i, stage)

    def _prepared(self, i: Any, counts: tuple[int, int]) -> list[Any]:
        """Compute so many phi at the end, and at most so many at the stages before."""
        at_end, at_stages = counts
        z, inverse = self._reach(i)
        end = self._phis(z, inverse, at_end)
        for m, phi in enumerate(end):
            self._put(phi, i, END + m)
        for k, share in enumerate(companion.SHARES[1:-1], 1):
            place, count = self._phi_at(k)
            if k in self.terms.near_end and at_stages:
                phis = self.phis_near_end(z, end, share, self.terms.near_end[k])
            else:
                phis = self._phis_at(z, inverse, share, min(count, at_stages))
            for m, phi in enumerate(phis):
                self._put(phi, i, place + m)
        return []

    def _phi_at(self, k: int) -> tuple[int, int]:
        """Return where phi of stage ``k`` stand and how many there are; the last stage has those of the end."""
        last = k == len(companion.SHARES) - 1
        return (END, 3) if last else (PHI + 2 * (k - 1), min(k, 2))

    def _reach(self, i: Any) -> tuple[Any, Any]:
        """Return z = k × h, and 1 / z where z is not small."""
        w = self.w
        z = w.mul(self._get(i, SPEED), self.h)
        return z, w.div(w.const(1.0), w.larger(z, w.const(SMALL)))

    def _at_stage(self, i: Any, k: int, y: Any, stage: Sequence[Any]) -> Any:
        w, place = self.w, self._phi_at(k)[0]
        before = w.load(y, i)
        moved = w.mul(self._get(i, place), self._less_loss(i, self._weighted(companion.LEVEL[k], stage, i), before))
        if companion.SLOPE[k]:
            moved = w.fma(self._get(i, place + 1), self._weighted(companion.SLOPE[k], stage, i), moved)
        return w.fma(w.mul(self.h, w.const(companion.SHARES[k])), moved, before)

    def _steadily(self, i: Any, y: Any, stage: Sequence[Any], reached: tuple[Any, Any]) -> Any:
        """Return state + length × phi_1 × (gain - k state), of a given phi_1 and length."""
        w, before = self.w, self.w.load(y, i)
        return w.fma(reached[1], w.mul(reached[0], self._less_loss(i, w.load(stage[0], i), before)), before)

    def _at_end(self, i: Any, y: Any, stage: Sequence[Any]) -> Any:
        w, q = self.w, self._polynomial(i, stage)
        self._put(w.fma(w.const(0.5), q[2], w.add(q[0], q[1])), i, LAST_GAIN)
        return self._moved(i, y, [self._get(i, END + m) for m in range(3)], q, w.const(1.0))

    def _moved(self, i: Any, y: Any, phi: Sequence[Any], q: Sequence[Any], share: Any) -> Any:
        """Return state + h × (phi_1 (q_0 - k state) + share × (phi_2 q_1 + share × phi_3 q_2))."""
        w, before = self.w, self.w.load(y, i)
        moved = w.fma(phi[1], q[1], w.mul(share, w.mul(phi[2], q[2])))
        moved = w.fma(phi[0], self._less_loss(i, q[0], before), w.mul(share, moved))
        return w.fma(self.h, moved, before)

    def _error(self, i: Any, stage: Sequence[Any]) -> Any:
        w = self.w
        misfit = w.abs(w.sub(w.load(stage[-1], i), self._get(i, LAST_GAIN)))
        slaved = w.fma(w.const(-2.0), self._get(i, END + 1), w.const(1.0))  # 0 where k × h is small, 1 where large
        both = w.fma(w.mul(w.const(MISFIT), slaved), misfit, w.abs(self._weighted(tsit5.ERROR, stage, i)))
        return w.mul(self._get(i, END), both)

    def _polynomial(self, i: Any, stage: Sequence[Any]) -> list[Any]:
        return [self._weighted(weights, stage, i) for weights in companion.END]

    def _less_loss(self, i: Any, gain: Any, state: Any) -> Any:
        return self.w.fma(self.w.neg(self._get(i, SPEED)), state, gain)

    def _weighted(self, weights: Sequence[float], stage: Sequence[Any], i: Any) -> Any:
        w = self.w
        total = w.mul(w.const(weights[0]), w.load(stage[0], i))
        for weight, address in zip(weights[1:], stage[1:], strict=False):
            total = w.fma(w.const(weight), w.load(address, i), total)
        return total

    def _get(self, i: Any, what: int) -> Any:
        return self.w.load(self.room, self.w.times_plus(i, ROW, what))

    def _put(self, value: Any, i: Any, what: int) -> None:
        self.w.store(value, self.room, self.w.times_plus(i, ROW, what))

    def _phis_at(self, z: Any, inverse: Any, share: float, count: int) -> list[Any]:
        """Return phi_1 to phi_count of share × z."""
        if not count:
            return []
        if share == 1.0:
            return self._phis(z, inverse, count)
        w = self.w
        return self._phis(w.mul(z, w.const(share)), w.mul(inverse, w.const(1 / share)), count)

    def phis_near_end(self, z: Any, end: Sequence[Any], share: float, terms: int) -> list[Any]:
        """Return phi_1 and phi_2 of share × z from those of z, for a share near 1; phi_1 alone from that alone.

        With d = 1 - share, E = exp(-z) = 1 - z phi_1(z) and psi the series of exp(d z) less its first terms,

            share   × phi_1(share z) = phi_1(z) - d E psi_1(d z),                    psi_1(x) = (exp(x) - 1) / x,
            share^2 × phi_2(share z) = phi_2(z) - d phi_1(z) + d^2 E psi_2(d z),     psi_2(x) = (psi_1(x) - 1) / x.
        """
        w, rest = self.w, 1 - share
        x = w.mul(w.const(rest), w.smaller(z, w.const(LARGE)))
        small = w.where("<", (z, w.const(LARGE)), w.fma(w.neg(z), end[0], w.const(1.0)), w.const(0.0))
        psi_2 = self._series([1 / factorial(n + 2) for n in range(terms)], x)
        psi_1 = w.fma(x, psi_2, w.const(1.0))
        less = w.mul(w.const(-rest), small)
        first = w.mul(w.const(1 / share), w.fma(less, psi_1, end[0]))
        if len(end) == 1:
            return [first]
        second = w.fma(w.const(-rest), w.fma(less, psi_2, end[0]), end[1])
        return [first, w.mul(w.const(1 / share**2), second)]

    def _phis(self, x: Any, inverse: Any, count: int) -> list[Any]:
        """Return phi_1 to phi_count of x; ``inverse`` is 1 / x where x is not small."""
        w = self.w
        small = [self._series([(-1) ** n / factorial(n + count) for n in range(self.terms.phi)], x)]
        for m in range(count - 1, 0, -1):
            small.insert(0, w.fma(w.neg(x), small[0], w.const(1 / factorial(m))))
        phis, last = [], self._exp(x)
        for m in range(count):
            last = w.mul(w.sub(w.const(1 / factorial(m)), last), inverse)
            phis.append(w.where("<", (x, w.const(SMALL)), small[m], last))
        return phis

    def _exp(self, x: Any) -> Any:
        """Return exp(-x) for x that is not negative."""
        w = self.w
        part = w.mul(w.smaller(x, w.const(LARGE)), w.const(0.5**HALVINGS))
        value = self._series([(-1) ** n / factorial(n) for n in range(self.terms.exponential)], part)
        for _ in range(HALVINGS):
            value = w.mul(value, value)
        return value

    def _series(self, coefficients: Sequence[float], x: Any) -> Any:
        total = self.w.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.w.fma(total, x, self.w.const(coefficient))
        return total
