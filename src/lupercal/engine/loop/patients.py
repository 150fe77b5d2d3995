"""The integration of a block of patients on the lanes of a vector: time and steps, and who is looked after when.

Each lane works on a patient of its own, with its own time, step and list of events; a lane that finishes takes the next
patient of the block, so no lane waits for another.

``s`` is always a `Block`. The functions read and write raw arrays, allocate nothing, and call the lane functions that
`lupercal.engine.text.lane_text` writes; what a day brings is in `lupercal.engine.loop.days`.
"""

from __future__ import annotations

from typing import Any

from lupercal.engine.loop.access import (
    accept,
    advance,
    between,
    compiled,
    driven,
    get,
    glance,
    lowest,
    put,
    refresh,
    risk,
    set_state,
    state,
    working,
)
from lupercal.engine.loop.block import (
    DONE,
    INFINITE_ERROR,
    JUMPS,
    NOT_FINITE,
    NOWHERE,
    OUT_OF_BOUNDS,
    PATIENT,
    POINT,
    STEP_LIMIT,
    TAKEN,
)
from lupercal.engine.loop.days import arrive, draw_infection, fill_lane, next_look, next_mark, next_record, record, rest
from lupercal.engine.text.control import HITS, LOOK, STEPS, STOP, TIME
from lupercal.engine.text.step import (
    BELOW_ZERO_ERROR,
    ERROR,
    LARGEST,
    MASK,
    PEAK,
    SHARE,
    SHORTEST_STEP,
    SHORTEST_STEP_BELOW_ZERO,
    STEP,
)


@compiled
def integrate_lanes(s: Any) -> None:
    """Integrate all patients of the block."""
    following = s.first
    for lane in range(s.width):
        following = fill_lane(s, lane, following)
    settle(s)
    on = working(s)
    while on:
        advance(s.y, s.q, s.stages, s.fresh, s.floor, s.control, s.relaxing, s.attention)
        if s.attention[0] == 0:
            accept(s.y, s.fresh, s.stages, s.control)
        else:
            following = look_after(s, following)
            on = working(s)


@compiled
def look_after(s: Any, following: int) -> int:
    """Do for each lane that asked for attention what its step brings, and bring all lanes to the end of theirs."""
    waiting = s.attention[0]
    while waiting != 0:
        lane = lowest(waiting)
        put(s, TAKEN, lane, int(state(s, MASK, lane)))
        retire_if_lost(s, lane)
        waiting = waiting & (waiting - 1)
    while find_points(s):
        pass_points(s)
    accept(s.y, s.fresh, s.stages, s.control)
    return arrivals(s, following)


@compiled
def arrivals(s: Any, following: int) -> int:
    """Bring those lanes whose day has come through its events; give the next patients to those that are done."""
    arrived = False
    waiting = s.attention[0]
    while waiting != 0:
        lane = lowest(waiting)
        lost = get(s, PATIENT, lane) < 0
        if lost or (get(s, TAKEN, lane) > 0 and state(s, HITS, lane) > 0.0 and not arrive(s, lane)):
            following = fill_lane(s, lane, following)
        arrived = arrived or get(s, JUMPS, lane) > 0
        waiting = waiting & (waiting - 1)
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
    any_point = False
    waiting = s.attention[0]
    while waiting != 0:
        any_point = find_point(s, lowest(waiting)) or any_point
        waiting = waiting & (waiting - 1)
    return any_point


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
    waiting = s.attention[0]
    while waiting != 0:
        lane = lowest(waiting)
        day = get(s, POINT, lane)
        if day != NOWHERE:
            records = records or next_record(s, lane) == day
            marks = marks or next_mark(s, lane) == day
        waiting = waiting & (waiting - 1)
    if records:
        between(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
    else:
        glance(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
    if marks:
        risk(s.room, s.q, s.chance)
    waiting = s.attention[0]
    while waiting != 0:
        pass_point(s, lowest(waiting))
        waiting = waiting & (waiting - 1)


@compiled
def pass_point(s: Any, lane: int) -> None:
    """Record or draw luck at the lane's day inside the step; an infection ends the step there."""
    day = get(s, POINT, lane)
    if day == NOWHERE:
        return
    if next_record(s, lane) == day:
        record(s, lane, s.room)
    if next_mark(s, lane) == day and draw_infection(s, lane):
        between(s.y, s.q, s.stages, s.room, s.control, s.relaxing)
        for i in range(s.states):
            s.y[i * s.width + lane] = s.room[i * s.width + lane]
        s.y[s.z_row * s.width + lane] += s.z_inf[get(s, PATIENT, lane)]
        set_state(s, TIME, lane, day)
        set_state(s, LOOK, lane, next_look(s, lane))
        set_state(s, MASK, lane, 0.0)
        put(s, TAKEN, lane, 0)
        put(s, JUMPS, lane, 1)
