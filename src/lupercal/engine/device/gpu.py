"""Integration on a CUDA device, one thread per virtual patient: compiling, looking at what was compiled, running.

The kernel comes from `lupercal.engine.device.cuda_text`. It takes the same arrays as the CPU engine and is compiled for
IEEE arithmetic without contraction, so its results should have the bits of `lupercal.engine.processor.compiled`.

What is tested: the same text compiled as C gives the same bits as the CPU engine, through the same preparation and
collection of arrays (`integrate`); NVRTC compiles it for the device, and ``ptxas`` turns that into machine code. What
no test has run yet, for want of a device: `CudaDevice`, that is the copies to and from the device and the launch.

Needs ``pip install 'lupercal[gpu]'`` (NVRTC and the CUDA bindings), and for `run` an NVIDIA driver.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Protocol, final

import numpy as np

from lupercal.engine.device import cuda_text as emit_cuda
from lupercal.engine.device.cuda_build import (
    FunctionReport,
    Report,
    bindings,
    checked_build,
    nvrtc,
    ptx,
    read_report,
    report,
)
from lupercal.engine.graph.rewrite import Program, program
from lupercal.engine.graph.trace import model_trace, trace
from lupercal.engine.prepared import Equations, Prepared, equations
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Task
from lupercal.errors import LupercalError
from lupercal.model.system import System, system

__all__ = ["FunctionReport", "Report", "integrate_on_device", "ptx", "read_report", "report", "run"]

SHARE_OF_MEMORY = 0.8  # of what is free on the device, for the arrays of one launch


def run(task: Task, model: System | None = None, rtol: float = compiled.RTOL) -> Course:
    """Integrate one task on the first CUDA device; asks and answers like `lupercal.engine.processor.compiled.run`.

    Raises
    ------
    LupercalError
        If the extra ``gpu`` is not installed, there is no CUDA device, or the task is not usable.
    """
    device = CudaDevice(program(model_trace() if model is None else trace(model)))
    try:
        return integrate_on_device(task, device, model, rtol)
    finally:
        device.close()


class Device(Protocol):
    """What an integration needs of a device; addresses are whole numbers."""

    def upload(self, array: np.ndarray[Any, Any]) -> int:
        """Copy an array to the device and return its address."""

    def empty(self, size: int) -> int:
        """Return the address of this many bytes."""

    def download(self, address: int, array: np.ndarray[Any, Any]) -> None:
        """Fill an array from the device."""

    def launch(self, block: ctypes.Structure, patients: int) -> None:
        """Run the kernel for this many patients and wait for it."""

    def patients_at_once(self, bytes_per_patient: int) -> int:
        """Return for how many patients there is memory."""

    def free(self) -> None:
        """Give back all memory."""


class DeviceBlock(ctypes.Structure):
    """The kernel's argument: whole numbers, then addresses of arrays (see `emit_cuda.FIELDS`)."""

    _fields_ = tuple(
        (name, ctypes.c_int64 if name in emit_cuda.NUMBERS else ctypes.c_void_p) for name in emit_cuda.FIELDS
    )


def integrate_on_device(task: Task, device: Device, model: System | None = None, rtol: float = compiled.RTOL) -> Course:
    """Integrate one task on a device, as many patients at once as its memory holds."""
    prepared = Prepared(task, _equations(model), rtol)
    room = device.patients_at_once(_bytes_per_patient(prepared))
    for first in range(0, task.size, room):
        try:
            _integrate(prepared, slice(first, min(first + room, task.size)), device)
        finally:
            device.free()
    return prepared.answer()


@cache
def _equations(model: System | None) -> Equations:
    return equations(model or system())


def _integrate(prepared: Prepared, batch: slice, device: Device) -> None:
    size = batch.stop - batch.start
    given, made = dict(prepared.given(batch)), _results(prepared, size)
    given = {name: np.ascontiguousarray(given[name]) for name in (*emit_cuda.WHOLE_IN, *emit_cuda.REAL_IN)}
    numbers = {name: value for name, value in prepared.numbers(size).items() if name in emit_cuda.NUMBERS}
    addresses = {name: device.upload(array) for name, array in given.items()}
    addresses |= {name: device.empty(array.nbytes) for name, array in made.items()}
    device.launch(DeviceBlock(**numbers, **addresses), size)
    for name, array in made.items():
        device.download(addresses[name], array)
        getattr(prepared, name)[..., batch] = array.T


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
    return 8 * int(rows + 2 * prepared.marks + len(prepared.kept) * len(prepared.days))


@final
class CudaDevice:
    """The first CUDA device, through the driver's interface; not run by any test (see the module's docstring)."""

    def __init__(self, made: Program, threads: int = emit_cuda.THREADS) -> None:
        self.threads = threads  # per block
        self._driver: Any = bindings("driver")
        self._held: list[int] = []
        self._device = self._first_device()
        self._do("cuCtxSetCurrent", self._do("cuDevicePrimaryCtxRetain", self._device))
        code = nvrtc(emit_cuda.cuda_source(made, threads), self._architecture(), "CUBIN")
        self._module = self._do("cuModuleLoadData", code)
        self._kernel = self._do("cuModuleGetFunction", self._module, emit_cuda.ENTRY.encode())

    def upload(self, array: np.ndarray[Any, Any]) -> int:
        """Copy an array to the device and return its address."""
        address = self.empty(array.nbytes)
        if array.nbytes:
            self._do("cuMemcpyHtoD", address, array.ctypes.data, array.nbytes)
        return address

    def empty(self, size: int) -> int:
        """Return the address of this many bytes."""
        self._held.append(int(self._do("cuMemAlloc", max(8, size))))
        return self._held[-1]

    def download(self, address: int, array: np.ndarray[Any, Any]) -> None:
        """Fill an array from the device."""
        if array.nbytes:
            self._do("cuMemcpyDtoH", array.ctypes.data, address, array.nbytes)

    def launch(self, block: ctypes.Structure, patients: int) -> None:
        """Run the kernel for this many patients and wait for it."""
        blocks = -(-patients // self.threads)
        arguments = (ctypes.c_void_p * 1)(ctypes.addressof(block))
        where = ctypes.addressof(arguments)
        self._do("cuLaunchKernel", self._kernel, blocks, 1, 1, self.threads, 1, 1, 0, 0, where, 0)
        self._do("cuCtxSynchronize")

    def patients_at_once(self, bytes_per_patient: int) -> int:
        """Return for how many patients there is memory."""
        unused, _ = self._do("cuMemGetInfo")
        return max(self.threads, int(SHARE_OF_MEMORY * unused) // bytes_per_patient)

    def free(self) -> None:
        """Give back all memory."""
        while self._held:
            self._do("cuMemFree", self._held.pop())

    def close(self) -> None:
        """Leave the device."""
        self._do("cuModuleUnload", self._module)
        self._do("cuDevicePrimaryCtxRelease", self._device)

    def _first_device(self) -> Any:
        try:
            self._do("cuInit", 0)
            return self._do("cuDeviceGet", 0)
        except (LupercalError, RuntimeError) as error:  # a library that is not there, or one that finds no device
            raise LupercalError(f"no CUDA device: {str(error).splitlines()[0]}") from None

    def _architecture(self) -> str:
        kinds = self._driver.CUdevice_attribute
        major = self._do("cuDeviceGetAttribute", kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, self._device)
        minor = self._do("cuDeviceGetAttribute", kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, self._device)
        return f"sm_{major}{minor}"

    def _do(self, name: str, *arguments: Any) -> Any:
        return checked_build(name, getattr(self._driver, name), *arguments)
