"""Integration on a CUDA device, one thread per virtual patient: compiling, looking at what was compiled, running.

The kernel comes from `lupercal.engine.device.cuda_text`. It takes the same arrays as the CPU engine and is compiled for
IEEE arithmetic without contraction, so its results should have the bits of `lupercal.engine.processor.compiled`. The
device also makes the constants of each patient and, where their address is given, the random numbers.

What is tested: the same text compiled as C gives the same bits as the CPU engine, through the same preparation and
collection of arrays (`integrate_on_device`); NVRTC compiles it for the device, and ``ptxas`` turns that into machine
code. What no test has run yet, for want of a device: `lupercal.engine.device.cuda_device`, that is the copies to and
from the device and the launch.

Needs ``pip install 'lupercal[gpu]'`` (NVRTC and the CUDA bindings), and for `run` an NVIDIA driver.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, final

import numpy as np

from lupercal.engine.device import cuda_text as emit_cuda
from lupercal.engine.device import prepare_text as emit_prepare
from lupercal.engine.device.cuda_build import (
    FunctionReport,
    Report,
    ptx,
    read_report,
    report,
)
from lupercal.engine.device.cuda_device import CudaDevice, Device
from lupercal.engine.graph.rewrite import program
from lupercal.engine.graph.trace import model_trace, trace
from lupercal.engine.prepared import Equations, Prepared, Whole, equations
from lupercal.engine.processor import compiled
from lupercal.engine.random import stream_number
from lupercal.engine.task import Course, Task
from lupercal.model.system import System, system

__all__ = [
    "CudaDevice", "Device", "FunctionReport", "Report", "WeeklyLuck", "integrate_on_device", "ptx", "read_report",
    "report", "run",
]  # fmt: skip


@final
@dataclass(frozen=True)
class WeeklyLuck:
    """The address of the uniform numbers that decide on chance events, for a device that makes them itself.

    ``patients`` (N,) and ``days`` (weeks,) as for `lupercal.engine.random.uniforms`.
    """

    seed: int
    stream: str
    patients: Whole
    days: Whole


def run(
    task: Task, model: System | None = None, rtol: float = compiled.RTOL, luck: WeeklyLuck | None = None,
    expected: Whole | None = None,
) -> Course:  # fmt: skip
    """Integrate one task on the first CUDA device; asks and answers like `lupercal.engine.processor.compiled.run`.

    Parameters
    ----------
    task, model, rtol
        As there.
    luck
        Where the luck of the task stands; made on the device, and the task's own is not looked at.
    expected
        How many steps each patient is expected to need, shape (N,): those who need as many are worked on together.
        If not given, as many as in the span before, where the task shares a `lupercal.engine.task.Once` with it.

    Raises
    ------
    LupercalError
        If the extra ``gpu`` is not installed, there is no CUDA device, or the task is not usable.
    """
    device = CudaDevice(program(model_trace() if model is None else trace(model)))
    try:
        return integrate_on_device(task, device, model, rtol, luck, expected)
    finally:
        device.close()


class DeviceBlock(ctypes.Structure):
    """The argument of the kernel that integrates: whole numbers, then addresses of arrays (see `emit_cuda.FIELDS`)."""

    _fields_ = tuple(
        (name, ctypes.c_int64 if name in emit_cuda.NUMBERS else ctypes.c_void_p) for name in emit_cuda.FIELDS
    )


def _fields(numbers: tuple[str, ...], *arrays: tuple[str, ...]) -> list[tuple[str, Any]]:
    addresses = [(name, ctypes.c_void_p) for names in arrays for name in names]
    return [*((name, ctypes.c_int64) for name in numbers), *addresses]


class ConstantsBlock(ctypes.Structure):
    """The argument of the kernel that makes constants."""

    _fields_ = _fields(*emit_prepare.MAKING)


class LuckBlock(ctypes.Structure):
    """The argument of the kernel that draws weekly luck."""

    _fields_ = _fields(*emit_prepare.DRAWING)


def integrate_on_device(
    task: Task, device: Device, model: System | None = None, rtol: float = compiled.RTOL,
    luck: WeeklyLuck | None = None, expected: Whole | None = None,
) -> Course:  # fmt: skip
    """Integrate one task on a device, as many patients at once as its memory holds; arguments as for `run`."""
    if luck is not None:
        task = replace(task, luck=np.broadcast_to(0.0, (len(luck.days), task.size)))
    prepared = Prepared(task, _equations(model), rtol)
    of_last_span: dict[str, Whole] = task.made_once("steps on the device", dict)
    steps = of_last_span.get("steps", np.zeros(task.size, np.int64)) if expected is None else expected
    room = device.patients_at_once(_bytes_per_patient(prepared))
    for first in range(0, task.size, room):
        batch = slice(first, min(first + room, task.size))
        try:
            _integrate(prepared, batch, device, luck, np.argsort(steps[batch], kind="stable"))
        finally:
            device.free()
    of_last_span["steps"] = prepared.steps
    return prepared.answer()


@cache
def _equations(model: System | None) -> Equations:
    return equations(model or system())


def _integrate(prepared: Prepared, batch: slice, device: Device, luck: WeeklyLuck | None, order: Whole) -> None:
    size = batch.stop - batch.start
    given = dict(prepared.given_to_devices(batch)) | {"order": order.astype(np.int64)}
    given |= _luck_given(prepared, batch) if luck is None else {}
    made = _results(prepared, size)
    numbers = {name: value for name, value in prepared.numbers(size).items() if name in emit_cuda.NUMBERS}
    addresses = {name: device.upload(np.ascontiguousarray(array)) for name, array in given.items()}
    addresses["constants"] = _constants_made(prepared, batch, device, addresses["order"])
    addresses |= {} if luck is None else _luck_drawn(prepared, batch, device, luck)
    addresses |= {name: device.empty(array.nbytes) for name, array in made.items()}
    device.launch(emit_cuda.ENTRY, DeviceBlock(**numbers, **addresses), size)
    for name, array in made.items():
        device.download(addresses[name], array)
        getattr(prepared, name)[..., batch] = array.T


def _luck_given(prepared: Prepared, batch: slice) -> dict[str, Any]:
    """Return the chances that may strike, as the host knows them."""
    return dict(zip(("mark_from", "mark_weeks", "luck"), prepared.marks_of(batch), strict=True))


def _constants_made(prepared: Prepared, batch: slice, device: Device, order: int) -> int:
    """Let the device make the constants of a batch, in the order of its threads, and return their address."""
    size, known = batch.stop - batch.start, prepared.equations.program.constants
    values = [np.ravel(value) for value in prepared.parameters_of(batch).values()]
    lengths = np.array([len(value) for value in values])
    begins = np.append(0, np.cumsum(lengths)[:-1]).astype(np.int64)
    given = {
        "begins": begins, "apart": (lengths > 1).astype(np.int64),
        "parameters": np.concatenate(values).astype(np.float64),
    }  # fmt: skip
    addresses = {name: device.upload(array) for name, array in given.items()}
    constants = device.empty(8 * len(known) * size)
    device.launch(
        emit_prepare.CONSTANTS, ConstantsBlock(patients=size, order=order, constants=constants, **addresses), size
    )  # fmt: skip
    return constants


def _luck_drawn(prepared: Prepared, batch: slice, device: Device, luck: WeeklyLuck) -> dict[str, int]:
    """Let the device draw the luck of a batch and return the addresses of what it makes."""
    size, marks = batch.stop - batch.start, prepared.marks
    who, when = (np.ascontiguousarray(numbers, np.int64) for numbers in (luck.patients[batch], luck.days[:marks]))
    given = {"who": who, "when": when, "ceilings": prepared.ceilings(batch)}
    made = {"luck": size * marks, "mark_from": size + 1, "mark_weeks": size * marks}
    numbers = {
        "patients": size, "marks": marks, "stream": stream_number(luck.stream), "draw": 0,
        "key_low": luck.seed & 0xFFFFFFFF, "key_high": luck.seed >> 32,
    }  # fmt: skip
    addresses = {name: device.empty(8 * count) for name, count in made.items()}
    read = {name: device.upload(array) for name, array in given.items()}
    device.launch(emit_prepare.LUCK, LuckBlock(**numbers, **read, **addresses), size)
    return addresses


def _results(prepared: Prepared, size: int) -> dict[str, np.ndarray[Any, Any]]:
    """Return room for what the kernel answers for this many patients; it writes every element."""
    return {
        name: np.empty(
            (size, *getattr(prepared, name).shape[-2::-1]), np.int64 if name in emit_cuda.WHOLE_OUT else np.float64
        )
        for name in (*emit_cuda.REAL_OUT, *emit_cuda.WHOLE_OUT)
    }


def _bytes_per_patient(prepared: Prepared) -> int:
    """Return how much memory the arrays of one patient take; triggers are few and have room in the share."""
    made = prepared.equations.program
    rows = 2 * len(made.rates) + len(made.constants) + len(made.trace.inputs) + len(prepared.amounts) + 8
    rows += len(made.trace.parameters)  # at most: most are single numbers
    return 8 * int(rows + 3 * prepared.marks + len(prepared.kept) * len(prepared.days))
