"""Step control on vectors of patients: how long the next step is, and what becomes of the one just tried.

Most steps of a lane pass nothing but time. They are dealt with here for all lanes at once; a lane that arrives at its
next stop, has a day to look at inside its step, or makes no sense asks for attention, and
`lupercal.engine.loop.patients` looks after it alone.
"""

from __future__ import annotations

from typing import Any, final

from lupercal.engine.text.step import (
    BELOW_ZERO_ERROR,
    ERROR,
    LARGEST,
    MASK,
    NEARLY,
    NEXT_STEP,
    PAST_ERROR,
    PEAK,
    SHORTEST_STEP,
    SHORTEST_STEP_BELOW_ZERO,
    STEP,
)
from lupercal.engine.text.vector_writer import Writer

SMALLEST_PAST_ERROR = 1e-4
CUT = 0.99  # a step below this share of the wish was cut short by a stop: it says little about the next

# further vectors of the array ``control``: the step each lane wishes for, where it stands, the day it stops next, the
# next day to look at (record or chance), whether the step ends at the stop, steps so far and at most, and whether the
# lane has a patient
WISH, TIME, STOP, LOOK, HITS, STEPS, LIMIT, LIVE = range(7, 15)
LANE_CONTROLS = 15


@final
class Control:
    """Writes step control; all numbers are vectors of the array ``control``."""

    def __init__(self, w: Writer, control: Any) -> None:
        self.w, self.control = w, control

    def choose(self) -> None:
        """Set the step to try: the wish, but ending exactly on the next stop, and not leaving a crumb before it."""
        w = self.w
        wish, left = self._get(WISH), w.sub(self._get(STOP), self._get(TIME))
        half, unit, zero = w.mul(w.const(0.5), left), w.const(1.0), w.const(0.0)
        reaches = (wish, w.mul(left, w.const(NEARLY)))
        shorter = w.where(">", (wish, half), half, wish)
        step = w.where(">=", reaches, left, self._exact(shorter))
        self._put(STEP, w.where(">", (self._get(LIVE), zero), step, zero))
        self._put(HITS, w.where(">=", reaches, unit, zero))

    def _exact(self, step: Any) -> Any:
        """Return the step rounded so that its end is a number: in single precision the clock would drift otherwise."""
        if self.w.size == 8:
            return step
        time = self._get(TIME)
        return self.w.sub(self.w.add(time, step), time)

    def judge(self, attention: Any) -> None:
        """Accept or refuse the step just tried, wish for the next, and set each calling lane's bit in ``attention``."""
        w = self.w
        unit, zero = w.const(1.0), w.const(0.0)
        error, live = self._get(ERROR), self._get(LIVE)
        fine = w.where("<=", (error, unit), live, zero)
        self._put(PAST_ERROR, w.where(">", (fine, zero), w.larger(w.const(SMALLEST_PAST_ERROR), error),
                                      self._get(PAST_ERROR)))  # fmt: skip
        self._put(WISH, self._wish(fine))
        steps = w.add(self._get(STEPS), live)
        self._put(STEPS, steps)
        end = w.where(">", (self._get(HITS), zero), self._get(STOP), w.add(self._get(TIME), self._get(STEP)))
        calls = w.where(">", (self._lost(fine, steps), zero), live, self._arrives(fine, end))
        moves = w.where(">", (calls, zero), zero, fine)
        self._put(TIME, w.where(">", (moves, zero), end, self._get(TIME)))
        self._put(MASK, fine)
        w.any_above(calls, zero, attention)

    def _wish(self, fine: Any) -> Any:
        """Return the next step to wish for; one that a stop cut short does not shorten the wish."""
        w = self.w
        wish, following, step = self._get(WISH), self._get(NEXT_STEP), self._get(STEP)
        wanted = w.where("<", (step, w.mul(w.const(CUT), wish)), w.larger(wish, following), following)
        return w.where(">", (fine, w.const(0.0)), wanted, following)

    def _lost(self, fine: Any, steps: Any) -> Any:
        """Return 1 where the numbers make no sense: too many steps, one too short, or a state too large."""
        w = self.w
        unit, zero = w.const(1.0), w.const(0.0)
        below = (self._get(ERROR), w.const(BELOW_ZERO_ERROR))
        shortest = w.where("==", below, w.const(SHORTEST_STEP_BELOW_ZERO), w.const(SHORTEST_STEP))
        short = w.where("<", (self._get(STEP), shortest), unit, zero)
        large = w.where(">", (self._get(PEAK), w.const(LARGEST)), unit, zero)
        lost = w.where(">", (fine, zero), large, short)
        return w.where(">", (steps, self._get(LIMIT)), unit, lost)

    def _arrives(self, fine: Any, end: Any) -> Any:
        """Return 1 where an accepted step ends at a stop or passes a day to look at."""
        w = self.w
        unit, zero = w.const(1.0), w.const(0.0)
        here = w.where("<=", (self._get(LOOK), end), unit, zero)
        here = w.where(">", (self._get(HITS), zero), unit, here)
        return w.where(">", (fine, zero), here, zero)

    def _get(self, what: int) -> Any:
        return self.w.load(self.control, what)

    def _put(self, what: int, value: Any) -> None:
        self.w.store(value, self.control, what)
