"""The kernel through NVIDIA's compilers: NVRTC to assembly or machine code, and what ``ptxas`` reports of it.

No device is needed. Arithmetic is compiled as IEEE demands: nothing contracted, divisions and roots rounded rightly,
no small numbers flushed to zero.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Literal, final, get_args

from lupercal.engine.device import cuda_text as emit_cuda
from lupercal.engine.device.prepare_text import CONSTANTS
from lupercal.engine.graph.rewrite import Program, program
from lupercal.engine.graph.trace import model_trace
from lupercal.errors import LupercalError

ARCHITECTURE = "sm_90"  # of Hopper chips
HOPPER_SHARED = 232_448  # bytes that a block of threads may share there
OPTIONS = ("--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false", "--std=c++17")
_EXTRA = "the GPU kernel needs the package's extra: pip install 'lupercal[gpu]'"


def ptx(architecture: str = ARCHITECTURE, made: Program | None = None, stages: emit_cuda.StagesIn = "shared") -> str:
    """Return the kernel in PTX, the assembly language of CUDA devices; no device is needed.

    Parameters
    ----------
    architecture
        For which generation of devices, as ``sm_90``.
    made
        The program to compile; that of the shipped model if not given.
    stages
        Where the stages of a step lie, see `lupercal.engine.device.cuda_text.cuda_source`.

    Raises
    ------
    LupercalError
        If the extra ``gpu`` is not installed or NVRTC refuses the text.
    """
    given = made or program(model_trace())
    threads = max(32, emit_cuda.threads_that_fit(given, HOPPER_SHARED)) if stages == "shared" else emit_cuda.THREADS
    return nvrtc(emit_cuda.cuda_source(given, threads, stages), architecture, "PTX").rstrip(b"\0").decode()


@final
@dataclass(frozen=True, slots=True)
class FunctionReport:
    """What ``ptxas`` says of one function, in bytes per thread."""

    stack: int
    spill_stores: int
    spill_loads: int


@final
@dataclass(frozen=True, slots=True)
class Report:
    """What ``ptxas`` says of the kernel.

    ``registers`` (of 32 bits) and ``stack`` (local memory, bytes) are per thread; ``shared`` is in bytes per block of
    threads; ``functions`` holds the kernel and each function that is not inlined; ``command`` repeats the figures.
    """

    architecture: str
    registers: int
    stack: int
    shared: int
    functions: Mapping[str, FunctionReport]
    command: str

    @property
    def spills(self) -> int:
        """Bytes of spill stores and loads in the text of all functions."""
        return sum(each.spill_stores + each.spill_loads for each in self.functions.values())


def report(
    architecture: str = ARCHITECTURE, made: Program | None = None, stages: emit_cuda.StagesIn = "shared"
) -> Report:
    """Return registers, spills and memory of the kernel as the CUDA assembler reports them; no device is needed.

    Raises
    ------
    LupercalError
        If ``ptxas`` is neither on the path nor installed with the extra ``gpu``, or does not know the architecture.
    """
    assembler = _assembler()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lupercal.ptx"
        path.write_text(ptx(architecture, made, stages), encoding="utf-8")
        command = [assembler, "-v", f"-arch={architecture}", "-o", str(path.with_suffix(".cubin")), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LupercalError(f"ptxas refused the kernel: {done.stderr.strip()[:300]}")
    return read_report(done.stderr + done.stdout, architecture)


def _assembler() -> str:
    """Return the path of ``ptxas``: the toolkit's, or that of the package which the extra brings."""
    path = shutil.which("ptxas") or shutil.which("ptxas", path=_package_folder())
    if path is None:
        raise LupercalError("ptxas was not found; it is part of the CUDA toolkit and of the extra lupercal[gpu]")
    return path


def _package_folder() -> str:
    try:
        return str(distribution("nvidia-cuda-nvcc-cu12").locate_file("nvidia/cuda_nvcc/bin"))
    except PackageNotFoundError:
        return os.devnull  # holds no programs


def read_report(text: str, architecture: str) -> Report:
    """Return the figures in the output of ``ptxas -v``."""
    matches = re.findall(
        r"Function properties for (\S+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads",
        text,
    )
    functions = {_plain(name): FunctionReport(*map(int, figures)) for name, *figures in matches}
    mine = text.partition(f"Compiling entry function '{emit_cuda.ENTRY}'")[2]
    registers = re.search(r"Used (\d+) registers", mine)
    if registers is None or emit_cuda.ENTRY not in functions:
        raise LupercalError(f"ptxas said nothing of the kernel: {text.strip()[:300]}")
    stack = re.search(r"(\d+) bytes cumulative stack size", mine.partition("Compiling entry function")[0])
    shared = re.search(r"(\d+) bytes smem", mine)
    return Report(
        architecture, int(registers[1]), int(stack[1]) if stack else functions[emit_cuda.ENTRY].stack,
        int(shared[1]) if shared else 0, functions, f"ptxas -v -arch={architecture} lupercal.ptx",
    )  # fmt: skip


def _plain(mangled: str) -> str:
    """Return the name in the text of a function that the compiler has given a longer one."""
    return next((name for name in ("rates", "risk") if f"{len(name)}{name}E" in mangled), mangled)


@cache
def nvrtc(text: str, architecture: str, kind: Literal["PTX", "CUBIN"]) -> bytes:
    """Compile a unit with NVRTC and return it as assembly or as machine code."""
    library: Any = bindings("nvrtc")

    def do(name: str, *arguments: Any) -> Any:
        return checked_build(name, getattr(library, name), *arguments)

    target = architecture if kind == "CUBIN" else architecture.replace("sm_", "compute_")
    options = [option.encode() for option in (f"--gpu-architecture={target}", *OPTIONS)]
    unit = do("nvrtcCreateProgram", text.encode(), b"lupercal.cu", 0, [], [])
    try:
        do("nvrtcCompileProgram", unit, len(options), options)
    except LupercalError as error:
        log = b" " * do("nvrtcGetProgramLogSize", unit)
        do("nvrtcGetProgramLog", unit, log)
        said = log.rstrip(b"\0").decode().strip()
        raise LupercalError(f"{error}: {said[:300]}") from None
    code: bytes = b" " * do(f"nvrtcGet{kind}Size", unit)
    do(f"nvrtcGet{kind}", unit, code)
    return code


def checked_build(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the bindings; return its value (or values) without the status, which must be 0."""
    status, *values = call(*arguments)
    if int(status):
        raise LupercalError(f"{name} answered {status.name}")
    return values[0] if len(values) == 1 else tuple(values)


def bindings(name: str) -> Any:
    """Return a module of the CUDA bindings."""
    try:
        return import_module(f"cuda.bindings.{name}")
    except ImportError:
        raise LupercalError(_EXTRA) from None


def main(architectures: Sequence[str]) -> None:
    """Print what ``ptxas`` reports for some architectures, a row of a table each; spills are bytes stored / loaded."""
    parts = (emit_cuda.ENTRY, "rates", "risk", CONSTANTS)
    print(f"| architecture | stages in | registers | stack | {' | '.join(f'spilled by {part}' for part in parts)} |")
    print("|---|---|" + "---:|" * 6)
    for architecture in architectures or [ARCHITECTURE]:
        for stages in get_args(emit_cuda.StagesIn):
            measured = report(architecture, stages=stages)
            found = [measured.functions.get(name) for name in parts]
            spills = (f"{part.spill_stores} / {part.spill_loads}" if part else "inlined" for part in found)
            print(f"| {architecture} | {stages} | {measured.registers} | {measured.stack} | {' | '.join(spills)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
