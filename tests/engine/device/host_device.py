"""A device that is the processor at hand: the CUDA text compiled as C, called for one thread after another."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from lupercal.engine.device.cuda_text import ENTRY, cuda_source
from lupercal.engine.device.gpu import DeviceBlock
from lupercal.engine.device.prepare_text import CONSTANTS, LUCK
from lupercal.engine.graph.rewrite import Program

KERNELS = (ENTRY, CONSTANTS, LUCK)
CALLER = '#include "kernel.c"\n' + "".join(
    f"void run_{name}(const {kind} *given, long long patients) {{\n"
    f"  for (this_thread = 0; this_thread < patients; ++this_thread) {name}(*given);\n}}\n"
    for name, kind in zip(KERNELS, ("Block", "ConstantsBlock", "LuckBlock"), strict=True)
)
# every function of the loop is given the whole block, whether it looks at all of it or not
WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-pedantic")
COMMAND = ("cc", "-std=c11", "-O1", *WARNINGS, "-ffp-contract=off", "-fPIC", "-shared")
# where the processor has it, fma is one instruction; elsewhere the C library gives the same bits slowly
PROCESSOR = Path("/proc/cpuinfo")
FUSED = ("-mfma",) if PROCESSOR.exists() and "fma" in PROCESSOR.read_text(encoding="utf-8").split() else ()


class HostDevice:
    """The `lupercal.engine.device.gpu.Device` that tests integrate on; ``launches`` counts patients of each launch."""

    def __init__(self, program: Program, folder: Path, at_once: int = 1 << 20) -> None:
        (folder / "kernel.c").write_text(cuda_source(program), encoding="utf-8")
        (folder / "caller.c").write_text(CALLER, encoding="utf-8")
        made = folder / "kernel.so"
        command = [*COMMAND, *FUSED, "-o", str(made), str(folder / "caller.c"), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self._library = ctypes.CDLL(str(made))
        self._held: dict[int, np.ndarray[Any, Any]] = {}
        self.launches: list[int] = []
        self.threads, self.stages = 1, "local"
        self.at_once = at_once

    def upload(self, array: np.ndarray[Any, Any]) -> int:
        held = array.copy()
        self._held[held.ctypes.data] = held
        return held.ctypes.data

    def empty(self, size: int) -> int:
        return self.upload(np.full(size, 0x5A, np.uint8))  # whatever the kernel does not write shows up

    def download(self, address: int, array: np.ndarray[Any, Any]) -> None:
        array[...] = self._held[address].view(array.dtype).reshape(array.shape)

    def launch(self, kernel: str, argument: ctypes.Structure, patients: int) -> None:
        if kernel == ENTRY:
            assert isinstance(argument, DeviceBlock)
            self.launches.append(patients)
        getattr(self._library, f"run_{kernel}")(ctypes.byref(argument), ctypes.c_longlong(patients))

    def patients_at_once(self, bytes_per_patient: int) -> int:
        assert bytes_per_patient > 0
        return self.at_once

    def free(self) -> None:
        self._held.clear()
