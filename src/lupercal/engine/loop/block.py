"""What a block of patients looks like in memory: the interface between NumPy arrays and the compiled loop."""

from __future__ import annotations

from typing import Any, NamedTuple

INPUT, FACTOR, BOLUS = 0, 1, 2  # kinds of events, in their order within a day
DONE, NOT_FINITE, STEP_LIMIT, OUT_OF_BOUNDS = 0, 1, 2, 3  # codes of lupercal.engine.task.Outcome
INFINITE_ERROR = 1e17
MARK_DAYS = 7  # between two chances of an infection

# whole numbers of a lane: which patient; the next event, trigger, record and chance; whether the step under way was
# accepted, whether states or inputs jump at its end; the day inside the step that is looked at
PATIENT, EVENT, TRIGGER, RECORD, CHANCE, TAKEN, JUMPS, POINT = range(8)
LANE_NUMBERS = 8
NOWHERE = 1 << 40  # a day that never comes


class Block(NamedTuple):
    """All a block needs. Arrays over patients have their patients last; arrays over lanes their lanes last.

    The loop takes the patients from ``first`` to ``count`` - 1. Of a batch of ``patients``, from this block's on:
    ``constants`` (Q, .), ``inputs`` (I, .), ``amounts`` (E, .), ``z_inf``, ``trigger_from`` into ``trigger_days`` and
    ``trigger_sizes``, ``mark_from`` into ``mark_weeks`` and ``luck`` (the chances that may strike), ``outcome``,
    ``steps``. Columns of an array over the ``total`` patients of the task: ``start`` (S, .). Of the block's patients
    alone, so that they stay in the cache, what each one answers side by side: ``recorded`` (., T, K), ``end`` (., S),
    ``infections`` (., weeks).
    Without patients: ``floor`` (S + 1), ``record_days`` (T), ``kept`` (K) rows of states, ``events`` (E, 3) day, kind
    and target; and room for lanes: ``y``, ``fresh``, ``room``, ``stages``, ``q``, ``u``, ``control``, ``relaxing``,
    ``chance``, ``numbers`` and ``attention``, a number that is not zero when a lane needs more than its next step.
    """

    width: Any
    states: Any
    known: Any
    inputs_count: Any
    first: Any
    count: Any
    patients: Any
    total: Any
    first_day: Any
    last_day: Any
    records: Any
    kept_count: Any
    events_count: Any
    marks: Any
    z_row: Any
    step_limit: Any
    start: Any
    constants: Any
    inputs: Any
    floor: Any
    record_days: Any
    kept: Any
    events: Any
    amounts: Any
    trigger_from: Any
    trigger_days: Any
    trigger_sizes: Any
    mark_from: Any
    mark_weeks: Any
    luck: Any
    z_inf: Any
    recorded: Any
    end: Any
    outcome: Any
    infections: Any
    steps: Any
    y: Any
    fresh: Any
    room: Any
    stages: Any
    q: Any
    u: Any
    control: Any
    relaxing: Any
    chance: Any
    numbers: Any
    attention: Any


WHOLE_NUMBERS = Block._fields[: Block._fields.index("start")]
WHOLE_ARRAYS = frozenset(
    {
        "record_days",
        "kept",
        "events",
        "trigger_from",
        "trigger_days",
        "mark_from",
        "mark_weeks",
        "outcome",
        "steps",
        "numbers",
        "attention",
    }
)
