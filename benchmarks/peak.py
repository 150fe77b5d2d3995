"""What the processor can do at most: fused multiply-adds and divisions per second on one core, measured."""

from __future__ import annotations

import ctypes
import time

import llvmlite.binding as llvm
import numpy as np

from lupercal.engine.processor.build import _machine
from lupercal.engine.text.vector_writer import Lanes, Writer

TURNS, CHAINS = 100_000, 12


def rate(operation: str, width: int = 8) -> float:
    """Return how many of ``fma`` or ``div`` on vectors of ``width`` doubles one core does per second."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    lanes = Lanes(width)
    lanes.function("go", 1, lambda w, a: _body(w, a[0], operation))
    machine = _machine()
    module = llvm.parse_assembly(str(lanes.module))
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    go = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address("go"))
    return TURNS * CHAINS / min(_timed(go, width) for _ in range(30))


def _timed(go: object, width: int) -> float:
    raw = np.full((CHAINS + 3) * width + 8, 0.9)
    values = raw[-raw.ctypes.data % 64 // 8 :]
    begun = time.perf_counter()
    go(values.ctypes.data)  # type: ignore[operator]
    return time.perf_counter() - begun


def _body(w: Writer, pointer: object, operation: str) -> None:
    factor, term = w.load(pointer, CHAINS), w.load(pointer, CHAINS + 1)
    start = [w.load(pointer, k) for k in range(CHAINS)]

    def turn(_: object, held: list[object]) -> list[object]:
        return [w.fma(x, factor, term) if operation == "fma" else w.div(term, x) for x in held]

    for k, value in enumerate(w.loop(range(TURNS), start, turn)):
        w.store(value, pointer, k)


if __name__ == "__main__":
    fma, div = rate("fma"), rate("div")
    print(f"{16 * fma / 1e9:.1f} GFLOP/s in fused multiply-adds; {8 * div / 1e9:.2f} billion divisions per second")
