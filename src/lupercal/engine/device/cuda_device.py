"""A CUDA device: its memory, copies to and from it, and launches.

No test has run `CudaDevice` yet, for want of a device; tests put a `Device` in its place that is the processor at hand.
"""

from __future__ import annotations

import ctypes
from typing import Any, Protocol, final

import numpy as np

from lupercal.engine.device import cuda_text as emit_cuda
from lupercal.engine.device.cuda_build import bindings, checked_build, nvrtc
from lupercal.engine.device.prepare_text import CONSTANTS, LUCK
from lupercal.engine.graph.rewrite import Program
from lupercal.errors import LupercalError

KERNELS = (emit_cuda.ENTRY, CONSTANTS, LUCK)
SHARE_OF_MEMORY = 0.8  # of what is free on the device, for the arrays of one launch


class Device(Protocol):
    """What an integration needs of a device; addresses are whole numbers."""

    def upload(self, array: np.ndarray[Any, Any]) -> int:
        """Copy an array to the device and return its address."""

    def empty(self, size: int) -> int:
        """Return the address of this many bytes."""

    def download(self, address: int, array: np.ndarray[Any, Any]) -> None:
        """Fill an array from the device."""

    def launch(self, kernel: str, argument: ctypes.Structure, patients: int) -> None:
        """Run a kernel for this many patients and wait for it."""

    def patients_at_once(self, bytes_per_patient: int) -> int:
        """Return for how many patients there is memory."""

    def free(self) -> None:
        """Give back all memory."""


@final
class CudaDevice:
    """The first CUDA device, through the driver's interface; not run by any test.

    ``threads`` per block are as many as find room for their stages in the memory that a block shares, if not given;
    where not even one warp does, and where asked, stages lie in each thread's own memory.
    """

    def __init__(self, made: Program, threads: int | None = None, stages: emit_cuda.StagesIn = "shared") -> None:
        self._driver: Any = bindings("driver")
        self._held: list[int] = []
        self._device = self._first_device()
        self._do("cuCtxSetCurrent", self._do("cuDevicePrimaryCtxRetain", self._device))
        fit = emit_cuda.threads_that_fit(made, self._shared_memory()) if stages == "shared" else 0
        self.threads, self.stages = threads or fit or emit_cuda.THREADS, stages if fit else "local"
        code = nvrtc(emit_cuda.cuda_source(made, self.threads, self.stages), self._architecture(), "CUBIN")
        self._module = self._do("cuModuleLoadData", code)
        self._kernels = {name: self._do("cuModuleGetFunction", self._module, name.encode()) for name in KERNELS}
        self._shared = emit_cuda.shared_bytes(made, self.threads) if self.stages == "shared" else 0
        if self._shared:
            kind = self._driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
            self._do("cuFuncSetAttribute", self._kernels[emit_cuda.ENTRY], kind, self._shared)

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

    def launch(self, kernel: str, argument: ctypes.Structure, patients: int) -> None:
        """Run a kernel for this many patients and wait for it."""
        blocks, shared = -(-patients // self.threads), self._shared if kernel == emit_cuda.ENTRY else 0
        arguments = (ctypes.c_void_p * 1)(ctypes.addressof(argument))
        where = ctypes.addressof(arguments)
        self._do("cuLaunchKernel", self._kernels[kernel], blocks, 1, 1, self.threads, 1, 1, shared, 0, where, 0)
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

    def _shared_memory(self) -> int:
        """Return how many bytes a block of threads may share at most."""
        kind = self._driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
        return int(self._do("cuDeviceGetAttribute", kind, self._device))

    def _architecture(self) -> str:
        kinds = self._driver.CUdevice_attribute
        major = self._do("cuDeviceGetAttribute", kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, self._device)
        minor = self._do("cuDeviceGetAttribute", kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, self._device)
        return f"sm_{major}{minor}"

    def _do(self, name: str, *arguments: Any) -> Any:
        return checked_build(name, getattr(self._driver, name), *arguments)
