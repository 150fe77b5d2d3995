"""The compiled engine: the same task and the same answer as `lupercal.engine.reference`, a hundred times faster.

The equations are traced, rewritten and turned into machine code that works on eight patients at once (`trace`,
`rewrite`, `emit_lanes`, `build`); each patient has its own steps, controlled by its own error, so results have the
same bits whatever the batch, the order, the number of threads or the neighbours. Steps are those of Tsitouras' pair
of order 5(4) (`tsit5`) and end exactly on a patient's events; days to record inside a step are interpolated.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.loop.block import LANE_NUMBERS, WHOLE_ARRAYS, Block
from lupercal.engine.precision import PRECISIONS, Precision, PrecisionName
from lupercal.engine.prepared import Prepared
from lupercal.engine.processor.choice import Engine, engine_for
from lupercal.engine.task import Array, Course, Task
from lupercal.engine.text import control as emit_control
from lupercal.engine.text import fast_states as emit_companion
from lupercal.engine.text import tsit5
from lupercal.files.cores import available_cores
from lupercal.model.system import System

# keeps errors below 1e-4 of a state's value or of 1e-3 of its typical size, see docs and benchmarks/accuracy.py
RTOL = 1e-5
BATCH = 1024  # patients handed to a thread at a time
# a block has as many patients as this holds numbers, in bytes: their results fit the second-level cache, and with more
# patients fewer lanes wait at its end
BLOCK = 1640
OF_PATIENTS = (
    "constants", "inputs", "amounts", "z_inf", "trigger_from", "mark_from", "start", "outcome", "steps",
)  # fmt: skip
OF_BLOCK = {"recorded": np.nan, "end": np.nan, "infections": 0.0}  # what a block answers, and what nobody answered


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
    return _Run(task, engine_for(task, model, kind), rtol).course(threads or available_cores())


def steps_taken(task: Task, rtol: float = RTOL) -> NDArray[np.int64]:
    """Return how many steps each patient of a task needs, refused ones included, shape (N,)."""
    made = _Run(task, engine_for(task, None, PRECISIONS["double"]), rtol)
    made.course(threads=1)
    return made.prepared.steps


@final
class _Run:
    """One integration on the lanes of this processor."""

    def __init__(self, task: Task, engine: Engine, rtol: float) -> None:
        self.prepared = Prepared(task, engine.equations, rtol)
        self.kernel, self.precision = engine.kernel, engine.equations.precision
        self.dtype = self.precision.dtype

    def course(self, threads: int) -> Course:
        """Integrate all batches and return the answer."""
        size = self.prepared.task.size
        batches = [slice(first, min(first + BATCH, size)) for first in range(0, size, BATCH)]
        if threads > 1 and len(batches) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(self._integrate, batches))
        else:
            for batch in batches:
                self._integrate(batch)
        return self.prepared.answer()

    def _integrate(self, batch: slice) -> None:
        prepared, size = self.prepared, batch.stop - batch.start
        arrays: dict[str, Any] = {
            name: array if name in WHOLE_ARRAYS else np.asarray(array, self.dtype)
            for name, array in prepared.given(batch)
        }
        arrays |= _room(prepared.equations.program, prepared.shared(), self.precision)
        arrays |= {"outcome": np.zeros(size, np.int64), "steps": np.zeros(size, np.int64)}
        together = BLOCK // self.precision.size | 1  # odd: the rows of a record lie in different sets of the cache
        arrays |= self._results(min(together, size))
        for first in range(0, size, together):
            self._integrate_block(batch.start, slice(first, min(first + together, size)), arrays)
        prepared.outcome[batch] = arrays["outcome"]
        prepared.steps[batch] = arrays["steps"]

    def _results(self, patients: int) -> dict[str, Any]:
        """Return room for what the patients of a block answer, each one's side by side; blocks use it in turn."""
        wanted = ((name, getattr(self.prepared, name).shape[-2::-1]) for name in OF_BLOCK)
        return {name: np.empty((patients, *shape), self.dtype) for name, shape in wanted}

    def _integrate_block(self, origin: int, mine: slice, arrays: dict[str, Any]) -> None:
        """Integrate some patients of a batch; what they answer goes from arrays that fit the cache to its place."""
        prepared, count = self.prepared, mine.stop - mine.start
        for name, nothing in OF_BLOCK.items():
            arrays[name].fill(nothing)
        cut = {name: arrays[name][..., mine.start :] for name in OF_PATIENTS}
        addresses = {name: _address(name, array, self.dtype) for name, array in (arrays | cut).items()}
        block = Block(**prepared.numbers(len(arrays["outcome"])), first=0, count=count, **addresses)
        answers = (getattr(prepared, name)[..., origin + mine.start :] for name in OF_BLOCK)
        self.kernel(*block, *(int(array.ctypes.data) for array in answers))


def _room(made: Program, shared: Array, precision: Precision) -> dict[str, Any]:
    """Return the arrays the lanes work in; constants that all patients share stand behind the others."""
    lanes, count, settled = precision.lanes, len(made.rates), len(made.constants) + len(made.driven)
    states = len(made.trace.states)  # those that stay zero are the last; they are zero in ``y`` and ``room``
    vectors = {
        "y": states, "fresh": count, "room": states, "stages": tsit5.STAGES * count,
        "q": settled + -(-len(shared) // lanes), "u": len(made.trace.inputs),
        "control": emit_control.LANE_CONTROLS, "relaxing": max(1, emit_companion.ROW * len(made.relaxing)), "chance": 1,
    }  # fmt: skip
    rooms: dict[str, Any] = {name: _aligned(wanted * lanes, precision) for name, wanted in vectors.items()}
    rooms["q"][settled * lanes : settled * lanes + len(shared)] = shared
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
