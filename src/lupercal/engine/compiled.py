"""The compiled engine: the same task and the same answer as `lupercal.engine.reference`, a hundred times faster.

The equations are traced, rewritten and turned into machine code that works on eight patients at once (`trace`,
`rewrite`, `emit_lanes`, `build`); each patient has its own steps, controlled by its own error, so results have the
same bits whatever the batch, the order, the number of threads or the neighbours. Steps are those of Tsitouras' pair
of order 5(4) (`tsit5`) and end exactly on a patient's events; days to record inside a step are interpolated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine import emit_control, emit_numpy, tsit5
from lupercal.engine.build import Kernel
from lupercal.engine.lane_block import BOLUS, FACTOR, INPUT, LANE_NUMBERS, MARK_DAYS, WHOLE_ARRAYS, Block
from lupercal.engine.precision import PRECISIONS, Precision, PrecisionName
from lupercal.engine.reference import with_products
from lupercal.engine.rewrite import Program, program
from lupercal.engine.store import kernel
from lupercal.engine.task import Array, Course, Outcome, Task
from lupercal.engine.trace import Trace, model_trace, trace
from lupercal.engine.usable import outcomes_at_start, without_rounding
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import parameters
from lupercal.model.schedule import Amount
from lupercal.model.start import start_values
from lupercal.model.system import System, no_inputs, system

RTOL = 1e-5  # keeps the largest error of a recorded state below 1e-4, see tests/engine/test_compiled.py
FLOOR = 1e-3  # share of a state's typical size below which its error is measured against that share
BATCH = 1024  # patients handed to a thread at a time
BLOCK = 128  # patients whose results fit the cache
FOLLOWS_FROM_OWN = frozenset({"p_am"})  # set by `lupercal.population.draw` from what varies
OF_PATIENTS = (
    "constants", "inputs", "amounts", "z_inf", "trigger_from", "start", "luck", "outcome", "steps",
)  # fmt: skip
STEPS_PER_DAY = 50  # a patient that needs more has parameters that make no sense
SPARE_STEPS = 5000

Whole = NDArray[np.int64]


def run(
    task: Task, model: System | None = None, rtol: float = RTOL, threads: int | None = None,
    precision: PrecisionName = "double",
) -> Course:  # fmt: skip
    """Integrate one task; see `Task` for what is asked and `Course` for what is answered.

    Parameters
    ----------
    task
        N virtual patients under one schedule.
    model
        The assembled model; the shipped one if not given.
    rtol
        Error allowed per step, relative to the size of each state.
    threads
        How many patients' batches are worked on at the same time; as many as there are cores if not given. It does not
        change the result.
    precision
        "double", or "single" for screening: faster, with seven digits.

    Raises
    ------
    LupercalError
        If a parameter that the equations need is missing, or the schedule names an unknown state or input or holds an
        amount that is negative or not a number, or an array has the wrong shape.
    """
    kind = PRECISIONS[precision]
    engine = _shipped(task, kind) if model is None else _engine(model, frozenset(), kind)
    _check_shapes(task, engine.program.trace)
    return _Run(task, engine, rtol).course(threads or available_cores())


def steps(task: Task, rtol: float = RTOL) -> NDArray[np.int64]:
    """Return how many steps each patient of a task needs, refused ones included, shape (N,)."""
    made = _Run(task, _shipped(task, PRECISIONS["double"]), rtol)
    made.course(threads=1)
    return made.steps


def available_cores() -> int:
    """Return how many cores this process may use; the environment variable LUPERCAL_THREADS sets another number."""
    given = os.environ.get("LUPERCAL_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@final
@dataclass(frozen=True)
class _Engine:
    """What is made once per model."""

    program: Program
    constants: Any
    shared: Any
    kernel: Kernel
    scale: Array
    precision: Precision


def _shipped(task: Task, precision: Precision) -> _Engine:
    """Return the engine for the shipped model: the usual one if patients differ only where they usually do."""
    usual = usually_common()
    differs = any(_differs(task.parameters[name]) for name in usual.intersection(task.parameters))
    differs = differs or any(_differs(factor) for factor in task.schedule.scales.values())
    return _shipped_with(frozenset() if differs else usual, precision)


@cache
def _shipped_with(common: frozenset[str], precision: Precision) -> _Engine:
    return _engine(system(), common, precision)  # looking it up by its value takes a millisecond


@cache
def usually_common() -> frozenset[str]:
    """Return the parameters of the equations that virtual patients usually have in common.

    They are kept once for all lanes, which leaves more of the cache to the rest. Where patients do differ in one of
    them, a kernel without this assumption is used; the results have the same bits.
    """
    own = {name for name, known in parameters().items() if known.varies} | FOLLOWS_FROM_OWN
    return frozenset(model_trace().parameters) - own


def _differs(value: Amount) -> bool:
    return isinstance(value, np.ndarray) and value.size > 1 and not bool((value == value.flat[0]).all())


@cache
def _engine(model: System, common: frozenset[str], precision: Precision) -> _Engine:
    typical = start_values(1.0)
    scale = np.array([typical.get(name) or 1.0 for name in model.states])
    made = program(trace(model), common=common)
    functions = [emit_numpy.function(made.graph, nodes) for nodes in (made.constants, made.shared)]
    code = kernel(made, precision.lanes, precision.size)
    return _Engine(made, functions[0], functions[1], code, scale, precision)


@final
class _Run:
    """One integration: what all batches share, and the arrays they fill."""

    def __init__(self, task: Task, engine: _Engine, rtol: float) -> None:
        self.task, self.engine = task, engine
        self.trace = engine.program.trace
        self.parameters = with_products(task.parameters, task.schedule)
        self.inputs = _inputs_at_start(task)
        self.dtype = engine.precision.dtype
        self.refused = outcomes_at_start(task, self.parameters)
        self.start = np.ascontiguousarray(without_rounding(task.start), self.dtype)
        self.luck = None if task.luck is None else np.ascontiguousarray(task.luck, self.dtype)
        self.floor = np.append(FLOOR * rtol * engine.scale, rtol)
        self.days = np.array(
            [d for d in sorted(set(task.record_days)) if task.first_day <= d <= task.last_day], np.int64
        )
        self.kept = np.array([self.trace.states.index(name) for name in task.record], np.int64)
        self.events, self.amounts = _events(task, self.trace.states, self.trace.inputs)
        self.marks = 0 if self.luck is None else len(range(task.first_day, task.last_day, MARK_DAYS))
        size = task.size
        self.recorded = np.full((len(self.kept), len(self.days), size), np.nan)
        self.end = np.full((len(self.trace.states), size), np.nan)
        self.outcome = np.zeros(size, np.int8)
        self.infections = np.zeros((self.marks, size))
        self.steps = np.zeros(size, np.int64)

    def course(self, threads: int) -> Course:
        """Integrate all batches and return the answer."""
        batches = [slice(first, min(first + BATCH, self.task.size)) for first in range(0, self.task.size, BATCH)]
        if threads > 1 and len(batches) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(self._integrate, batches))
        else:
            for batch in batches:
                self._integrate(batch)
        return self.answer()

    def answer(self) -> Course:
        """Return what was found, and nothing of patients that cannot be integrated."""
        bad = np.flatnonzero(self.refused != Outcome.DONE)
        self.outcome[bad] = self.refused[bad]
        self.recorded[:, :, bad] = self.end[:, bad] = np.nan
        self.infections[:, bad] = 0.0
        states = {name: self.recorded[k] for k, name in enumerate(self.task.record)}
        return Course(self.days, states, self.end, self.outcome, self.infections)

    def _integrate(self, batch: slice) -> None:
        size = batch.stop - batch.start
        arrays: dict[str, Any] = {
            name: array if name in WHOLE_ARRAYS else np.asarray(array, self.dtype)
            for name, array in self._given(batch, size)
        }
        arrays |= _room(self.engine.program, self._shared(), self.engine.precision)
        arrays |= {"outcome": np.zeros(size, np.int64), "steps": np.zeros(size, np.int64)}
        for first in range(0, size, BLOCK):
            self._integrate_block(batch.start, slice(first, min(first + BLOCK, size)), arrays)
        self.outcome[batch] = arrays["outcome"]
        self.steps[batch] = arrays["steps"]

    def _integrate_block(self, origin: int, mine: slice, arrays: dict[str, Any]) -> None:
        """Integrate some patients of a batch into arrays that fit the cache, and copy these to their place."""
        count = mine.stop - mine.start
        made = {
            "recorded": np.full((len(self.kept), len(self.days), count), np.nan, self.dtype),
            "end": np.full((len(self.trace.states), count), np.nan, self.dtype),
            "infections": np.zeros((self.marks, count), self.dtype),
        }
        cut = {name: arrays[name][..., mine.start :] for name in OF_PATIENTS}
        addresses = {name: _address(name, array, self.dtype) for name, array in (arrays | cut | made).items()}
        self.engine.kernel(Block(**self._numbers(len(arrays["outcome"])), count=count, **addresses))
        place = slice(origin + mine.start, origin + mine.stop)
        self.recorded[:, :, place] = made["recorded"]
        self.end[:, place] = made["end"]
        self.infections[:, place] = made["infections"]

    def _numbers(self, size: int) -> dict[str, int]:
        task = self.task
        limit = SPARE_STEPS + STEPS_PER_DAY * max(0, task.last_day - task.first_day)
        return {
            "width": self.engine.precision.lanes, "states": len(self.trace.states),
            "known": len(self.engine.program.constants),
            "inputs_count": len(self.trace.inputs), "patients": size, "total": task.size,
            "first_day": task.first_day, "last_day": task.last_day,
            "records": len(self.days), "kept_count": len(self.kept),
            "events_count": len(self.events), "marks": self.marks, "z_row": self.trace.states.index("Z"),
            "step_limit": limit,
        }  # fmt: skip

    def _given(self, batch: slice, size: int) -> Iterator[tuple[str, Any]]:
        """Yield the arrays that a batch reads or fills, by their name in `Block`."""
        yield "constants", self._constants(batch, size)
        yield "inputs", _stack([self.inputs[name] for name in self.trace.inputs], batch, size)
        yield "amounts", _stack(self.amounts, batch, size)
        yield "z_inf", _stack([self.parameters.get("z_inf", 0.0)], batch, size)
        yield from zip(("trigger_from", "trigger_days", "trigger_sizes"), self._triggers(batch, size), strict=True)
        yield "floor", self.floor
        yield "record_days", self.days
        yield "kept", self.kept
        yield "events", self.events
        yield "start", self.start[:, batch]
        yield "luck", np.zeros(1) if self.luck is None else self.luck[:, batch]

    def _constants(self, batch: slice, size: int) -> Array:
        """Return the hoisted constants, shape (Q, n)."""
        needed = set(self.trace.parameters)
        if self.luck is None:
            needed &= self.parameters.keys()
        missing = needed - self.parameters.keys()
        if missing:
            raise LupercalError(f"the parameter {sorted(missing)[0]} has no value")
        unused = dict.fromkeys(self.trace.parameters, 1.0)
        given = unused | {name: _part(self.parameters[name], batch) for name in needed}
        with np.errstate(all="ignore"):
            return _stack(self.engine.constants(given), slice(None), size)

    def _shared(self) -> Array:
        """Return the hoisted constants that all patients have in common."""
        given = {name: np.ravel(self.parameters.get(name, 1.0))[:1] for name in self.trace.parameters}
        with np.errstate(all="ignore"):
            return _stack(self.engine.shared(given), slice(None), 1)[:, 0]

    def _triggers(self, batch: slice, size: int) -> tuple[Whole, Whole, Array]:
        """Return for each patient where its triggers begin, and their days and sizes."""
        if self.task.triggers is None:
            return np.zeros(size + 1, np.int64), np.zeros(1, np.int64), np.zeros(1)
        mine = self.task.triggers[:, batch]
        day, patient = np.nonzero(mine != 0)
        order = np.argsort(patient, kind="stable")
        day, patient = day[order], patient[order]
        begins = np.append(0, np.cumsum(np.bincount(patient, minlength=size)))
        return begins, day + self.task.first_day, np.asarray(mine[day, patient], np.float64)


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
    found: list[tuple[int, int, int, Amount]] = [
        *((change.day, INPUT, _place(inputs, change.name), change.value) for change in schedule.inputs),
        *((factor.day, FACTOR, _place(states, factor.state), factor.factor) for factor in schedule.factors),
        *((bolus.day, BOLUS, _place(states, bolus.state), bolus.amount) for bolus in schedule.boluses),
    ]
    for day, kind, target, amount in found:
        if not np.all(np.asarray(amount) >= 0):
            name = inputs[target] if kind == INPUT else states[target]
            raise LupercalError(f"the amount for {name} on day {day} is negative or not a number")
    found = sorted((e for e in found if task.first_day <= e[0] < task.last_day), key=lambda e: e[:2])
    return np.array([e[:3] for e in found], np.int64).reshape(-1, 3), [e[3] for e in found]


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


def _room(made: Program, shared: Array, precision: Precision) -> dict[str, Any]:
    """Return the arrays the lanes work in; constants that all patients share stand behind the others."""
    lanes, count, known = precision.lanes, len(made.rates), len(made.constants) + len(made.driven)
    vectors = {
        "y": count, "new": count, "room": count, "stages": tsit5.STAGES * count,
        "q": known + -(-len(shared) // lanes), "u": len(made.trace.inputs),
        "control": emit_control.LANE_CONTROLS, "chance": 1,
    }  # fmt: skip
    rooms: dict[str, Any] = {name: _aligned(wanted * lanes, precision) for name, wanted in vectors.items()}
    rooms["q"][known * lanes : known * lanes + len(shared)] = shared
    return rooms | {"numbers": np.zeros(LANE_NUMBERS * lanes, np.int64), "attention": np.zeros(1, np.int64)}


def _aligned(count: int, precision: Precision) -> Any:
    """Return zeros that begin at a multiple of 64 bytes."""
    raw = np.zeros(count + 64 // precision.size, precision.dtype)
    skip = -raw.ctypes.data % 64 // precision.size
    return raw[skip : skip + count]


def _address(name: str, array: Any, dtype: Any) -> int:
    if array.dtype != (np.int64 if name in WHOLE_ARRAYS else dtype):
        raise TypeError(f"{name} holds {array.dtype}")
    return int(array.ctypes.data)
