"""The integration of a block of patients on the lanes of a vector: time, steps, events, records and chance.

Each lane works on a patient of its own, with its own time, step and list of events; a lane that finishes takes the next
patient of the block, so no lane waits for another. What a patient experiences depends on the patient alone.

``s`` is always a `Block`. The functions read and write raw arrays, allocate nothing, and call the lane functions that
`lupercal.engine.emit_lanes` writes. This module imports numba; it is loaded only when there is something to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lupercal.engine.emit_control import HITS, LIMIT, LIVE, LOOK, STEPS, STOP, TIME, WISH
from lupercal.engine.emit_lanes import FUNCTIONS
from lupercal.engine.emit_tsit5 import (
    BELOW_ZERO_ERROR,
    ERROR,
    FIRST_STEP,
    LARGEST,
    LONGEST_STEP_AFTER_DOSE,
    LONGEST_STEP_AFTER_EVENT,
    MASK,
    PAST_ERROR,
    PEAK,
    SHARE,
    SHORTEST_STEP,
    SHORTEST_STEP_BELOW_ZERO,
    STEP,
)
from lupercal.engine.lane_block import (
    CHANCE,
    DONE,
    EVENT,
    FACTOR,
    INFINITE_ERROR,
    INPUT,
    JUMPS,
    LANE_NUMBERS,
    MARK_DAYS,
    NOT_FINITE,
    NOWHERE,
    OUT_OF_BOUNDS,
    PATIENT,
    POINT,
    RECORD,
    STEP_LIMIT,
    TAKEN,
    TRIGGER,
)

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile with numba for use by compiled code only; divisions follow IEEE and never raise.

    All goes into one function: a call would copy the block, which has 45 fields.
    """
    options: dict[str, Any] = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, numba.njit(forceinline=True, **options)(function))


def _outside(name: str) -> Any:
    """Return a function, for addresses of numbers of either size, that the linker finds in the lane module."""

    def declared(_: Any, *given: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in arguments])
            found: Any = cgutils.get_or_insert_function(builder.module, kind, f"lupercal_{name}")  # type: ignore[no-untyped-call]
            builder.call(found, arguments)
            return context.get_dummy_value()

        return types.void(*given), write

    names = ", ".join(f"a{k}" for k in range(FUNCTIONS[name]))
    space: dict[str, Any] = {"declared": declared}
    exec(f"def call(context, {names}):\n    return declared(context, {names})\n", space)
    return intrinsic(space["call"])


advance, accept, refresh = _outside("advance"), _outside("accept"), _outside("refresh")
between, glance = _outside("between"), _outside("glance")
driven, risk = _outside("driven"), _outside("risk")


@compiled
def integrate(s: Any) -> None:
    """Integrate all patients of the block."""
    following = 0
    for lane in range(s.width):
        following = fill(s, lane, following)
    settle(s)
    on = working(s)
    while on:
        advance(s.y, s.q, s.stages, s.new, s.floor, s.control, s.relaxing, s.attention)
        if s.attention[0] == 0:
            accept(s.y, s.new, s.stages, s.control)
        else:
            following = look_after(s, following)
            on = working(s)


@compiled
def look_after(s: Any, following: int) -> int:
    """Do for each lane that asked for attention what its step brings, and bring all lanes to the end of theirs."""
    for lane in range(s.width):
        if calls(s, lane):
            put(s, TAKEN, lane, int(state(s, MASK, lane)))
            retire_if_lost(s, lane)
    while find_points(s):
        pass_points(s)
    accept(s.y, s.new, s.stages, s.control)
    return arrivals(s, following)


@compiled
def arrivals(s: Any, following: int) -> int:
    """Bring those lanes whose day has come through its events; give the next patients to those that are done."""
    arrived = False
    for lane in range(s.width):
        if calls(s, lane):
            lost = get(s, PATIENT, lane) < 0
            if lost or (get(s, TAKEN, lane) > 0 and state(s, HITS, lane) > 0.0 and not arrive(s, lane)):
                following = fill(s, lane, following)
            arrived = arrived or get(s, JUMPS, lane) > 0
    if arrived:
        settle(s)
    return following


@compiled
def settle(s: Any) -> None:
    """Follow the jumps of states and inputs: constants driven by inputs, and the first stage."""
    for lane in range(s.width):
        set_state(s, MASK, lane, get(s, JUMPS, lane))
        put(s, JUMPS, lane, 0)
    driven(s.u, s.q, s.q)
    refresh(s.y, s.q, s.stages, s.room, s.control)


@compiled
def calls(s: Any, lane: int) -> bool:
    """Whether the lane asked for attention in the step just tried."""
    return bool((s.attention[0] >> lane) & 1)


@compiled
def working(s: Any) -> bool:
    """Whether any lane has a patient."""
    found = False
    for lane in range(s.width):
        found = found or state(s, LIVE, lane) > 0.0
    return found


@compiled
def state(s: Any, what: int, lane: int) -> Any:
    """Return a number of a lane's step control."""
    return s.control[what * s.width + lane]


@compiled
def set_state(s: Any, what: int, lane: int, value: float) -> None:
    """Set a number of a lane's step control."""
    s.control[what * s.width + lane] = value


@compiled
def get(s: Any, what: int, lane: int) -> Any:
    """Return a whole number of a lane."""
    return s.numbers[what * s.width + lane]


@compiled
def put(s: Any, what: int, lane: int, value: Any) -> None:
    """Set a whole number of a lane."""
    s.numbers[what * s.width + lane] = value


@compiled
def fill(s: Any, lane: int, following: int) -> int:
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
        if draw(s, lane):
            s.y[s.z_row * s.width + lane] += s.z_inf[get(s, PATIENT, lane)]
    set_state(s, STOP, lane, next_stop(s, lane))
    set_state(s, LOOK, lane, next_look(s, lane))
    put(s, JUMPS, lane, 1)
    set_state(s, WISH, lane, min(state(s, WISH, lane), LONGEST_STEP_AFTER_EVENT))
    return True


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
    """Return the lane's next day with a chance of infection."""
    k = get(s, CHANCE, lane)
    return s.first_day + MARK_DAYS * k if k < s.marks else NOWHERE


@compiled
def record(s: Any, lane: int, states: Any) -> None:
    """Keep the wanted states of the lane under its next record day."""
    n, k = get(s, PATIENT, lane), get(s, RECORD, lane)
    for j in range(s.kept_count):
        s.recorded[(j * s.records + k) * s.count + n] = states[s.kept[j] * s.width + lane]
    put(s, RECORD, lane, k + 1)


@compiled
def finish(s: Any, lane: int) -> None:
    """Keep the final states."""
    n = get(s, PATIENT, lane)
    for i in range(s.states):
        s.end[i * s.count + n] = s.y[i * s.width + lane]
    s.outcome[n] = DONE
    s.steps[n] = int(state(s, STEPS, lane))


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
def retire_if_lost(s: Any, lane: int) -> None:
    """Give a patient whose numbers make no sense a named outcome; the lane takes the next one."""
    code = DONE
    if get(s, TAKEN, lane):
        code = OUT_OF_BOUNDS if state(s, PEAK, lane) > LARGEST else DONE
    elif state(s, ERROR, lane) == BELOW_ZERO_ERROR:
        code = OUT_OF_BOUNDS if state(s, STEP, lane) < SHORTEST_STEP_BELOW_ZERO else DONE
    elif state(s, STEP, lane) < SHORTEST_STEP:
        code = NOT_FINITE if state(s, ERROR, lane) > INFINITE_ERROR else STEP_LIMIT
    if code == DONE and state(s, STEPS, lane) > s.step_limit:
        code = STEP_LIMIT
    if code != DONE:
        n = get(s, PATIENT, lane)
        s.outcome[n] = code
        s.steps[n] = int(state(s, STEPS, lane))
        rest(s, lane)


@compiled
def find_points(s: Any) -> bool:
    """Find for each accepted step the next day inside it to look at, a record or a chance; is there any."""
    found = False
    for lane in range(s.width):
        if calls(s, lane):
            found = find_point(s, lane) or found
    return found


@compiled
def find_point(s: Any, lane: int) -> bool:
    """Find for the lane's step, if it was accepted, the next day inside it to look at; is there one."""
    put(s, POINT, lane, NOWHERE)
    if get(s, TAKEN, lane) != 1:
        return False
    day, step, begin = next_look(s, lane), state(s, STEP, lane), state(s, TIME, lane)
    if day >= state(s, STOP, lane) or day > begin + step:
        end_step(s, lane, begin + step)
        return False
    put(s, POINT, lane, day)
    set_state(s, SHARE, lane, (day - begin) / step)
    return True


@compiled
def end_step(s: Any, lane: int, end: float) -> None:
    """Bring the lane's clock to the end of its step."""
    set_state(s, TIME, lane, state(s, STOP, lane) if state(s, HITS, lane) > 0.0 else end)
    set_state(s, LOOK, lane, next_look(s, lane))
    put(s, TAKEN, lane, 2)


@compiled
def pass_points(s: Any) -> None:
    """Record or draw luck at the days found inside the steps."""
    records, marks = False, False
    for lane in range(s.width):
        day = get(s, POINT, lane)
        if calls(s, lane) and day != NOWHERE:
            records = records or next_record(s, lane) == day
            marks = marks or next_mark(s, lane) == day
    if records:
        between(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
    else:
        glance(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
    if marks:
        risk(s.room, s.q, s.chance)
    for lane in range(s.width):
        if calls(s, lane):
            pass_point(s, lane)


@compiled
def pass_point(s: Any, lane: int) -> None:
    """Record or draw luck at the lane's day inside the step; an infection ends the step there."""
    day = get(s, POINT, lane)
    if day == NOWHERE:
        return
    if next_record(s, lane) == day:
        record(s, lane, s.room)
    if next_mark(s, lane) == day and draw(s, lane):
        between(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
        for i in range(s.states):
            s.y[i * s.width + lane] = s.room[i * s.width + lane]
        s.y[s.z_row * s.width + lane] += s.z_inf[get(s, PATIENT, lane)]
        set_state(s, TIME, lane, day)
        set_state(s, LOOK, lane, next_look(s, lane))
        set_state(s, MASK, lane, 0.0)
        put(s, TAKEN, lane, 0)
        put(s, JUMPS, lane, 1)


@compiled
def draw(s: Any, lane: int) -> bool:
    """Decide on an infection at the lane's next mark."""
    n, k = get(s, PATIENT, lane), get(s, CHANCE, lane)
    put(s, CHANCE, lane, k + 1)
    happens = s.luck[k * s.total + n] < s.chance[lane]
    if happens:
        s.infections[k * s.count + n] = 1.0
    return bool(happens)
