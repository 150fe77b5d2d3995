"""Compiling: lane functions and loop to one piece of machine code, through LLVM, and calling it.

The lane functions come from `lupercal.engine.text.lane_text`, the loop from numba. Both are turned into object code for
the processor at hand; `lupercal.engine.processor.store` keeps that code on disk.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, final

import llvmlite.binding as llvm  # type: ignore[import-untyped]

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.loop.block import WHOLE_ARRAYS, WHOLE_NUMBERS, Block
from lupercal.engine.text.lane_text import FUNCTIONS, lane_module

ENTRY = "lupercal_integrate"


@final
class Kernel:
    """Machine code that integrates blocks of patients; calls release the interpreter lock."""

    def __init__(self, code: bytes) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        empty = llvm.parse_assembly("")
        self._engine = llvm.create_mcjit_compiler(empty, _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address(ENTRY)
        if not address:
            raise ValueError(f"the code has no function {ENTRY}")
        kinds = [ctypes.c_int64 if name in WHOLE_NUMBERS else ctypes.c_void_p for name in Block._fields]
        unused = [ctypes.c_void_p, ctypes.c_void_p]  # where numba would put a result and an exception
        self._call: Callable[..., int] = ctypes.CFUNCTYPE(ctypes.c_int32, *unused, *kinds)(address)

    def __call__(self, block: Block) -> None:
        """Integrate the patients of a block whose arrays are given by address."""
        result, exception = ctypes.c_void_p(), ctypes.c_void_p()
        status = self._call(ctypes.addressof(result), ctypes.addressof(exception), *block)
        if status:
            raise RuntimeError(f"the compiled loop ended with status {status}")


def object_code(program: Program, width: int, loop: str, size: int = 8) -> bytes:
    """Return the machine code of a program and of the text of `loop_text` for numbers of ``size`` bytes."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = _machine()
    module = llvm.parse_assembly(str(lane_module(program, width, size)))
    module.link_in(llvm.parse_assembly(loop))
    module.get_function(
        f"cfunc.{ENTRY}"
    ).linkage = "internal"  # numba's wrapper for Python; nobody calls it, so it goes
    module.verify()
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    code: bytes = machine.emit_object(module)
    return code


def processor() -> str:
    """Return what the machine code is made for: the processor's name and abilities, and LLVM's version."""
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()} LLVM {llvm.llvm_version_info}"


def _machine() -> Any:
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )


def loop_text(size: int = 8) -> str:
    """Return the loop for numbers of ``size`` bytes as LLVM text.

    Besides `ENTRY` it holds numba's wrapper for Python.
    """
    from numba import cfunc, config, types  # noqa: PLC0415 - slow to load, and needed only to compile

    config.DISABLE_JIT = 0  # type: ignore[attr-defined]  # an environment made for debugging numba would leave nothing to compile
    from lupercal.engine.loop import patients as lane_loop  # noqa: PLC0415

    fields = ", ".join(Block._fields)
    space: dict[str, Any] = {"integrate": lane_loop.integrate_lanes, "Block": Block}
    exec(f"def entry({fields}):\n    integrate(Block({fields}))\n", space)
    for name in FUNCTIONS:
        llvm.add_symbol(f"lupercal_{name}", 1)  # numba wants an address; the real one is linked in
    made = cfunc(types.void(*(_kind(types, name, size) for name in Block._fields)), error_model="numpy")(space["entry"])
    return str(made.inspect_llvm().replace(made.native_name.removeprefix("cfunc."), ENTRY))


def _kind(types: Any, name: str, size: int) -> Any:
    if name in WHOLE_NUMBERS:
        return types.int64
    number = types.float64 if size == 8 else types.float32
    return types.CPointer(types.int64 if name in WHOLE_ARRAYS else number)
