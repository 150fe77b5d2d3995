"""The CUDA kernel compiled for an H200 without a GPU: registers, stack and spills, as the compiler reports them.

    python -m benchmarks.gpu_report [--arch sm_90]

Needs the packages nvidia-cuda-nvrtc-cu12 and nvidia-cuda-nvcc-cu12 (`pip install 'lupercal[gpu]'`); nothing is run.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lupercal.engine.emit_cuda import source
from lupercal.engine.rewrite import program
from lupercal.engine.trace import model_trace


def main() -> None:
    """Compile the kernel in both precisions and print the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--arch", default="sm_90")
    given = options.parse_args()
    for real in ("float", "double"):
        begun = time.perf_counter()
        text = ptx(source(program(model_trace()), real), given.arch)
        print(f"{real}: {len(text.splitlines())} lines of PTX in {time.perf_counter() - begun:.1f} s")
        print(resources(text, given.arch))


def nvidia(pattern: str) -> Path:
    """Return a file of the CUDA packages."""
    found = [path for folder in sys.path for path in sorted(Path(folder).glob(f"nvidia/{pattern}"))]
    if not found:
        sys.exit(f"not installed: nvidia/{pattern}; pip install 'lupercal[gpu]'")
    return found[0]


def ptx(text: str, arch: str) -> str:
    """Return the PTX of CUDA C text, or end with the compiler's complaints."""
    library = ctypes.CDLL(str(nvidia("cuda_nvrtc/lib/libnvrtc.so.*")))
    made = ctypes.c_void_p()
    library.nvrtcCreateProgram(ctypes.byref(made), text.encode(), b"lupercal.cu", 0, None, None)
    flags = [f"--gpu-architecture={arch.replace('sm_', 'compute_')}".encode()]
    failed = library.nvrtcCompileProgram(made, len(flags), (ctypes.c_char_p * len(flags))(*flags))
    kind = "ProgramLog" if failed else "PTX"
    size = ctypes.c_size_t()
    getattr(library, f"nvrtcGet{kind}Size")(made, ctypes.byref(size))
    room = ctypes.create_string_buffer(size.value)
    getattr(library, f"nvrtcGet{kind}")(made, room)
    if failed:
        sys.exit(room.value.decode())
    return room.value.decode()


def resources(text: str, arch: str) -> str:
    """Return what the assembler says about registers, stack and spills."""
    with tempfile.TemporaryDirectory() as room:
        file = Path(room) / "kernel.ptx"
        file.write_text(text)
        command = [
            str(nvidia("cuda_nvcc/bin/ptxas")),
            "-v",
            f"-arch={arch}",
            str(file),
            "-o",
            str(Path(room) / "kernel.cubin"),
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stderr.strip()


if __name__ == "__main__":
    main()
