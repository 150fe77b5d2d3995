"""A task made ready for machine code: what every device reads, as arrays, and room for what it answers.

`lupercal.engine.processor.compiled` gives the arrays to lanes of the processor, `lupercal.engine.device.gpu` to threads
of a device; both answer with `Prepared.answer`. Names of numbers and arrays are those of
`lupercal.engine.loop.block.Block`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.graph.ceiling import RiskBounds, RiskCeiling
from lupercal.engine.graph.rewrite import Program, program
from lupercal.engine.graph.trace import Trace, model_trace, trace
from lupercal.engine.loop.block import BOLUS, FACTOR, INPUT, MARK_DAYS
from lupercal.engine.precision import PRECISIONS, Precision
from lupercal.engine.task import Array, Course, Outcome, Task, with_products
from lupercal.engine.text import numpy_text as emit_numpy
from lupercal.engine.usable import outcomes_at_start, without_rounding
from lupercal.errors import LupercalError
from lupercal.model.schedule import Amount
from lupercal.model.start import start_values
from lupercal.model.system import System, no_inputs, system

FLOOR = 1e-3  # share of a state's typical size below which its error is measured against that share
STEPS_PER_DAY = 50  # a patient that needs more has parameters that make no sense
SPARE_STEPS = 5000

Whole = NDArray[np.int64]


@final
@dataclass(frozen=True)
class Equations:
    """What follows from a model alone.

    ``constants`` and ``shared`` compute the hoisted constants from parameters by name: those of each patient, and those
    that all have in common. ``scale`` is each state's typical size, shape (S,), in the program's order; ``rows`` holds
    for each state of the model its place there; ``ceiling`` bounds a patient's risk of infection.
    """

    program: Program
    constants: Callable[..., Any]
    shared: Callable[..., Any]
    scale: Array
    rows: Whole
    ceiling: RiskCeiling
    precision: Precision


def equations(
    model: System, common: frozenset[str] = frozenset(), precision: Precision = PRECISIONS["double"]
) -> Equations:
    """Return the equations of a model in whose parameters ``common`` patients do not differ."""
    known = model_trace() if model is system() else trace(model)
    return equations_of(model, program(known, common=common), precision)


def equations_of(model: System, made: Program, precision: Precision) -> Equations:
    """Return the equations of a program of a model."""
    typical = start_values(1.0)
    scale = np.array([typical.get(name) or 1.0 for name in made.trace.states])
    rows = np.array([made.trace.states.index(name) for name in model.states], np.int64)
    constants, shared = (emit_numpy.function(made.graph, nodes) for nodes in (made.constants, made.shared))
    return Equations(made, constants, shared, scale, rows, RiskCeiling(made.trace), precision)


@final
class Prepared:
    """A task with the equations: what all its batches share, and the arrays that they fill.

    To fill are ``recorded`` (K, T, N), ``end`` (S, N), ``infections`` (weeks, N), ``outcome`` and ``steps`` (N,). The
    constructor raises `LupercalError` for a task that `lupercal.engine.processor.compiled.run` refuses.
    """

    def __init__(self, task: Task, equations: Equations, rtol: float) -> None:
        self.task, self.equations = task, equations
        self.trace = equations.program.trace
        _check_shapes(task, self.trace)
        self.parameters = task.made_once("parameters", lambda: with_products(task.parameters, task.schedule))
        self.inputs = _inputs_at_start(task)
        self.dtype = equations.precision.dtype
        self.refused = outcomes_at_start(task, self.parameters)
        self.start = np.empty(task.start.shape, self.dtype)
        self.start[equations.rows] = without_rounding(task.start)
        moving = len(equations.program.rates)
        self.floor = np.append(FLOOR * rtol * equations.scale[:moving], rtol)
        self.days = np.array(
            [d for d in sorted(set(task.record_days)) if task.first_day <= d <= task.last_day], np.int64
        )
        self.kept = np.array([self.trace.states.index(name) for name in task.record], np.int64)
        self.z_row = self.trace.states.index("Z")
        self.events, self.amounts = _events(task, self.trace.states, self.trace.inputs)
        self.marks = 0 if task.luck is None else len(range(task.first_day, task.last_day, MARK_DAYS))
        size = task.size
        self.recorded = np.empty((len(self.kept), len(self.days), size))  # whoever integrates a batch fills all of it
        self.end = np.empty((len(self.trace.states), size))
        self.outcome = np.zeros(size, np.int8)
        self.infections = np.zeros((self.marks, size))
        self.steps = np.zeros(size, np.int64)

    def answer(self) -> Course:
        """Return what was found, and nothing of patients that cannot be integrated."""
        bad = np.flatnonzero(self.refused != Outcome.DONE)
        self.outcome[bad] = self.refused[bad]
        self.recorded[:, :, bad] = self.end[:, bad] = np.nan
        self.infections[:, bad] = 0.0
        states = {name: self.recorded[k] for k, name in enumerate(self.task.record)}
        return Course(self.days, states, self.end[self.equations.rows], self.outcome, self.infections)

    def numbers(self, size: int) -> dict[str, int]:
        """Return the whole numbers of a `Block` for a batch of this size, by name; its ``count`` is the caller's."""
        task = self.task
        limit = SPARE_STEPS + STEPS_PER_DAY * max(0, task.last_day - task.first_day)
        return {
            "width": self.equations.precision.lanes, "states": len(self.trace.states),
            "known": len(self.equations.program.constants),
            "inputs_count": len(self.trace.inputs), "patients": size, "total": task.size,
            "first_day": task.first_day, "last_day": task.last_day,
            "records": len(self.days), "kept_count": len(self.kept),
            "events_count": len(self.events), "marks": self.marks, "z_row": self.z_row,
            "step_limit": limit,
        }  # fmt: skip

    def given(self, batch: slice) -> Iterator[tuple[str, Any]]:
        """Yield the arrays that a batch of patients reads, by their name in `Block`."""
        yield from self.given_to_devices(batch)
        size = batch.stop - batch.start
        key = ("constants", id(self.equations), batch.start, batch.stop)
        yield "constants", self.task.made_once(key, lambda: self._constants(batch, size))
        yield from zip(("mark_from", "mark_weeks", "luck"), self.marks_of(batch), strict=True)

    def given_to_devices(self, batch: slice) -> Iterator[tuple[str, Any]]:
        """Yield those arrays that no device makes itself: all but constants and luck."""
        size = batch.stop - batch.start
        yield "inputs", _stack([self.inputs[name] for name in self.trace.inputs], batch, size)
        yield "amounts", _stack(self.amounts, batch, size)
        yield "z_inf", _stack([self.parameters.get("z_inf", 0.0)], batch, size)
        yield from zip(("trigger_from", "trigger_days", "trigger_sizes"), self._triggers(batch), strict=True)
        yield "floor", self.floor
        yield "record_days", self.days
        yield "kept", self.kept
        yield "events", self.events
        yield "start", self.start[:, batch]

    def _constants(self, batch: slice, size: int) -> Array:
        """Return the hoisted constants, shape (Q, n)."""
        given = self.parameters_of(batch)
        with np.errstate(all="ignore"):
            return _stack(self.equations.constants(given), slice(None), size)

    def parameters_of(self, batch: slice) -> dict[str, Amount]:
        """Return each parameter of the equations for a batch of patients; 1 for those that the task does not need."""
        needed = set(self.trace.parameters)
        if self.task.luck is None:
            needed &= self.parameters.keys()
        missing = needed - self.parameters.keys()
        if missing:
            raise LupercalError(f"the parameter {sorted(missing)[0]} has no value")
        unused = dict.fromkeys(self.trace.parameters, 1.0)
        return unused | {name: _part(self.parameters[name], batch) for name in needed}

    def shared(self) -> Array:
        """Return the hoisted constants that all patients have in common."""
        return self.task.made_once(("shared", id(self.equations)), self._shared)

    def _shared(self) -> Array:
        given = {name: np.ravel(self.parameters.get(name, 1.0))[:1] for name in self.trace.parameters}
        with np.errstate(all="ignore"):
            return _stack(self.equations.shared(given), slice(None), 1)[:, 0]

    def _triggers(self, batch: slice) -> tuple[Whole, Whole, Array]:
        """Return for each patient where its triggers begin, and their days and sizes."""
        mine = np.zeros((0, batch.stop - batch.start)) if self.task.triggers is None else self.task.triggers[:, batch]
        begins, day, sizes = _by_patient(mine, mine != 0)
        return begins, day + self.task.first_day, sizes

    def marks_of(self, batch: slice) -> tuple[Whole, Whole, Array]:
        """Return for each patient where its chances begin, and week and luck of those that may strike."""
        if self.task.luck is None:
            return _by_patient(np.zeros((0, batch.stop - batch.start)), np.zeros((0, 0), np.bool_))
        mine = np.asarray(self.task.luck[: self.marks, batch], self.dtype)
        return _by_patient(mine, ~(mine >= _part(np.asarray(self._ceiling), batch)))

    def ceilings(self, batch: slice) -> Array:
        """Return the largest weekly risk of infection that each patient of a batch can have, shape (n,)."""
        rows = _stack([self._ceiling], batch, batch.stop - batch.start)
        return np.ravel(rows)

    @cached_property
    def _ceiling(self) -> Amount:
        """The largest weekly risk of infection that each patient can have."""
        return self.equations.ceiling(self._risk_bounds())

    def _risk_bounds(self) -> RiskBounds:
        """Return what the task does, as far as the ceiling of the risk needs it."""
        schedule, states = self.task.schedule, self.trace.states
        highest, added = dict(self.inputs), dict[str, Amount]()
        for change in schedule.inputs:
            highest[change.name] = np.maximum(highest[change.name], change.value)
        for bolus in schedule.boluses:
            added[bolus.state] = np.add(added.get(bolus.state, 0.0), bolus.amount)
        raised = {factor.state for factor in schedule.factors if not np.all(np.less_equal(factor.factor, 1))}
        start = dict(zip(states, self.start, strict=True))
        return RiskBounds(self.parameters, start, added, highest, frozenset(raised | {states[self.z_row]}))


def _by_patient(numbers: Array, wanted: NDArray[np.bool_]) -> tuple[Whole, Whole, Array]:
    """Return for each column where its wanted numbers begin, and of these the rows and the numbers themselves."""
    by_column = np.flatnonzero(np.ascontiguousarray(wanted.T))  # one axis is looked through much faster than two
    column, row = np.divmod(by_column, max(1, len(wanted)))
    begins = np.zeros(numbers.shape[1] + 1, np.int64)
    np.cumsum(np.bincount(column, minlength=numbers.shape[1]), out=begins[1:])
    if not len(row):
        return begins, np.zeros(1, np.int64), np.zeros(1)  # an array has an address
    return begins, row.astype(np.int64), np.asarray(numbers[row, column], np.float64)


def _check_shapes(task: Task, trace: Trace) -> None:
    """Refuse arrays that are too small for the task: compiled code would read past their end."""
    days = max(0, task.last_day - task.first_day)
    wanted = {
        "start": (task.start, len(trace.states)),
        "triggers": (task.triggers, days),
        "luck": (task.luck, -(-days // 7)),
    }
    for name, (array, rows) in wanted.items():
        if array is not None and (array.shape[1:] != (task.size,) or len(array) < rows):
            raise LupercalError(f"{name} has shape {array.shape}; expected at least {rows} rows of {task.size}")


def _inputs_at_start(task: Task) -> dict[str, Amount]:
    """Return the inputs in force before the first day's events."""
    past = sorted(
        (change for change in task.schedule.inputs if change.day < task.first_day), key=lambda change: change.day
    )
    return no_inputs() | dict(task.inputs) | {change.name: change.value for change in past}


def _events(task: Task, states: tuple[str, ...], inputs: tuple[str, ...]) -> tuple[Whole, list[Amount]]:
    """Return day, kind and target of each event of the task's days, in the order they happen, and their amounts."""
    schedule = task.schedule
    events: list[tuple[int, int, int, Amount]] = [
        *((change.day, INPUT, _place(inputs, change.name), change.value) for change in schedule.inputs),
        *((factor.day, FACTOR, _place(states, factor.state), factor.factor) for factor in schedule.factors),
        *((bolus.day, BOLUS, _place(states, bolus.state), bolus.amount) for bolus in schedule.boluses),
    ]
    for day, kind, target, amount in events:
        if not np.all(np.asarray(amount) >= 0):
            name = inputs[target] if kind == INPUT else states[target]
            raise LupercalError(f"the amount for {name} on day {day} is negative or not a number")
    events = sorted((e for e in events if task.first_day <= e[0] < task.last_day), key=lambda e: e[:2])
    return np.array([e[:3] for e in events], np.int64).reshape(-1, 3), [e[3] for e in events]


def _place(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise LupercalError(f"the schedule names '{name}', which is none of {', '.join(names)}")
    return names.index(name)


def _part(value: Amount, batch: slice) -> Amount:
    return value[batch] if isinstance(value, np.ndarray) and value.ndim else value


def _stack(rows: Any, batch: slice, size: int) -> Array:
    """Return numbers or arrays over patients as rows of one array, shape (rows, size)."""
    made = np.empty((len(rows), size))
    for place, row in enumerate(rows):
        made[place] = _part(row, batch)
    return made
