"""What a day brings to the patient of a lane: the first day, records, events, triggers, chance, and the last day.

What a patient experiences depends on the patient alone. ``s`` is always a `Block`.
"""

from __future__ import annotations

from typing import Any

from lupercal.engine.loop.access import compiled, get, put, risk, set_state, state
from lupercal.engine.loop.block import (
    CHANCE,
    DONE,
    EVENT,
    FACTOR,
    INPUT,
    JUMPS,
    LANE_NUMBERS,
    MARK_DAYS,
    NOWHERE,
    PATIENT,
    RECORD,
    TAKEN,
    TRIGGER,
)
from lupercal.engine.text.control import LIMIT, LIVE, LOOK, STEPS, STOP, TIME, WISH
from lupercal.engine.text.step import FIRST_STEP, LONGEST_STEP_AFTER_DOSE, LONGEST_STEP_AFTER_EVENT, MASK, PAST_ERROR


@compiled
def fill_lane(s: Any, lane: int, following: int) -> int:
    """Give the lane the next patient that has any days to live through; return the one after."""
    while following < s.count:
        load(s, lane, following)
        following += 1
        if arrive(s, lane):
            return following
    rest(s, lane)
    return following


@compiled
def rest(s: Any, lane: int) -> None:
    """Take the lane out of the game: it goes on computing, at rest; nobody looks."""
    put(s, PATIENT, lane, -1)
    put(s, TAKEN, lane, 0)
    set_state(s, LIVE, lane, 0.0)
    set_state(s, MASK, lane, 0.0)


@compiled
def load(s: Any, lane: int, n: int) -> None:
    """Bring a patient's states, constants and inputs into the lane, at the first day."""
    for i in range(s.states):
        s.y[i * s.width + lane] = s.start[i * s.total + n]
    for i in range(s.known):
        s.q[i * s.width + lane] = s.constants[i * s.patients + n]
    for i in range(s.inputs_count):
        s.u[i * s.width + lane] = s.inputs[i * s.patients + n]
    for what in range(LANE_NUMBERS):
        put(s, what, lane, 0)
    put(s, PATIENT, lane, n)
    put(s, TRIGGER, lane, s.trigger_from[n])
    put(s, CHANCE, lane, s.mark_from[n])
    set_state(s, STOP, lane, s.first_day)
    set_state(s, TIME, lane, s.first_day)
    set_state(s, WISH, lane, FIRST_STEP)
    set_state(s, STEPS, lane, 0.0)
    set_state(s, LIMIT, lane, s.step_limit)
    set_state(s, LIVE, lane, 1.0)
    set_state(s, PAST_ERROR, lane, 1.0)


@compiled
def arrive(s: Any, lane: int) -> bool:
    """Live through the start of day STOP: record, then events, then chance; return whether days are left."""
    day = int(state(s, STOP, lane))
    if next_record(s, lane) == day:
        record(s, lane, s.y)
    if day >= s.last_day:
        finish(s, lane)
        return False
    take_events(s, lane, day)
    take_trigger(s, lane, day)
    if next_mark(s, lane) == day:
        risk(s.y, s.q, s.chance)
        if draw_infection(s, lane):
            s.y[s.z_row * s.width + lane] += s.z_inf[get(s, PATIENT, lane)]
    set_state(s, STOP, lane, next_stop(s, lane))
    set_state(s, LOOK, lane, next_look(s, lane))
    put(s, JUMPS, lane, 1)
    set_state(s, WISH, lane, min(state(s, WISH, lane), LONGEST_STEP_AFTER_EVENT))
    return True


@compiled
def finish(s: Any, lane: int) -> None:
    """Keep the final states."""
    n = get(s, PATIENT, lane)
    for i in range(s.states):
        s.end[n * s.states + i] = s.y[i * s.width + lane]
    s.outcome[n] = DONE
    s.steps[n] = int(state(s, STEPS, lane))


@compiled
def record(s: Any, lane: int, states: Any) -> None:
    """Keep the wanted states of the lane under its next record day."""
    n, k = get(s, PATIENT, lane), get(s, RECORD, lane)
    for j in range(s.kept_count):
        s.recorded[(n * s.records + k) * s.kept_count + j] = states[s.kept[j] * s.width + lane]
    put(s, RECORD, lane, k + 1)


@compiled
def next_look(s: Any, lane: int) -> Any:
    """Return the lane's next day to record or with a chance of infection."""
    return min(next_record(s, lane), next_mark(s, lane))


@compiled
def next_record(s: Any, lane: int) -> Any:
    """Return the lane's next day to record."""
    k = get(s, RECORD, lane)
    return s.record_days[k] if k < s.records else NOWHERE


@compiled
def next_mark(s: Any, lane: int) -> Any:
    """Return the lane's next day with a chance of infection that may strike."""
    k = get(s, CHANCE, lane)
    return s.first_day + MARK_DAYS * s.mark_weeks[k] if k < s.mark_from[get(s, PATIENT, lane) + 1] else NOWHERE


@compiled
def next_stop(s: Any, lane: int) -> Any:
    """Return the next day on which something happens to this patient: an event that changes anything, or the end."""
    n, e, k = get(s, PATIENT, lane), get(s, EVENT, lane), get(s, TRIGGER, lane)
    while e < s.events_count and not matters(s, lane, e, s.amounts[e * s.patients + n]):
        e += 1
    day = s.last_day
    if e < s.events_count:
        day = min(day, s.events[3 * e])
    if k < s.trigger_from[n + 1]:
        day = min(day, s.trigger_days[k])
    return day


@compiled
def matters(s: Any, lane: int, e: int, amount: float) -> bool:
    """Whether an event changes anything for the lane as it stands."""
    kind = s.events[3 * e + 1]
    if kind == INPUT:
        return bool(s.u[s.events[3 * e + 2] * s.width + lane] != amount)
    return bool(amount != (1.0 if kind == FACTOR else 0.0))


@compiled
def take_events(s: Any, lane: int, day: int) -> None:
    """Apply the schedule's events of this day: inputs, then factors, then boluses."""
    n, e = get(s, PATIENT, lane), get(s, EVENT, lane)
    while e < s.events_count and s.events[3 * e] <= day:
        amount = s.amounts[e * s.patients + n]
        if s.events[3 * e] == day and matters(s, lane, e, amount):
            apply_event(s, lane, s.events[3 * e + 1], s.events[3 * e + 2], amount)
        e += 1
    put(s, EVENT, lane, e)


@compiled
def apply_event(s: Any, lane: int, kind: int, target: int, amount: float) -> None:
    """Change one input or state of the lane; a dose is followed by a short step."""
    place = target * s.width + lane
    if kind == INPUT:
        s.u[place] = amount
        return
    set_state(s, WISH, lane, min(state(s, WISH, lane), LONGEST_STEP_AFTER_DOSE))
    if kind == FACTOR:
        s.y[place] *= amount
    else:
        s.y[place] += amount


@compiled
def take_trigger(s: Any, lane: int, day: int) -> None:
    """Add what this day's trigger brings."""
    n, k = get(s, PATIENT, lane), get(s, TRIGGER, lane)
    if k < s.trigger_from[n + 1] and s.trigger_days[k] == day:
        s.y[s.z_row * s.width + lane] += s.trigger_sizes[k]
        put(s, TRIGGER, lane, k + 1)


@compiled
def draw_infection(s: Any, lane: int) -> bool:
    """Decide on an infection at the lane's next mark."""
    n, k = get(s, PATIENT, lane), get(s, CHANCE, lane)
    put(s, CHANCE, lane, k + 1)
    happens = s.luck[k] < s.chance[lane]
    if happens:
        s.infections[n * s.marks + s.mark_weeks[k]] = 1.0
    return bool(happens)
