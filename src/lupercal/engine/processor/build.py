"""Compiling: lane functions and loop to one piece of machine code, through LLVM, and calling it.

The lane functions come from `lupercal.engine.text.lane_text`, the loop from numba. Both are turned into object code for
the processor at hand; `lupercal.engine.processor.store` keeps that code on disk.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import llvmlite.binding as llvm  # type: ignore[import-untyped]

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.loop.block import WHOLE_ARRAYS, WHOLE_NUMBERS, Block
from lupercal.engine.text.lane_text import FUNCTIONS, lane_module

ENTRY = "lupercal_integrate"
ANSWERS = ("all_recorded", "all_end", "all_infections")  # fields of `lupercal.engine.loop.answers.AnswerArrays`
UNIFORMS = "lupercal_uniforms"
RANDOM_ARRAYS = {"found": "float64", "patients": "int64", "days": "int64"}  # arguments of `UNIFORMS` given by address
RANDOM_NUMBERS = (
    "found", "rows", "columns", "patients", "patient_row", "patient_column", "days", "day_row", "day_column", "stream",
    "draw", "key_low", "key_high",
)  # fmt: skip
NORMALS = "lupercal_normals"
NORMAL_ARRAYS = {"found": "float64", "middle": "float64", "roots": "float64", "logs": "float64", "places": "int64"}
NORMAL_NUMBERS = ("found", "size", "middle", "roots", "logs", "places")


@final
class MachineCode:
    """A function in machine code; calls release the interpreter lock. Arrays are given by address."""

    def __init__(self, code: bytes, name: str, whole: Sequence[bool]) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address(name)
        if not address:
            raise ValueError(f"the code has no function {name}")
        kinds = [ctypes.c_int64 if number else ctypes.c_void_p for number in whole]
        unused = [ctypes.c_void_p, ctypes.c_void_p]  # where numba would put a result and an exception
        self._call: Callable[..., int] = ctypes.CFUNCTYPE(ctypes.c_int32, *unused, *kinds)(address)

    def __call__(self, *arguments: int) -> None:
        """Run the function."""
        result, exception = ctypes.c_void_p(), ctypes.c_void_p()
        status = self._call(ctypes.addressof(result), ctypes.addressof(exception), *arguments)
        if status:
            raise RuntimeError(f"the compiled code ended with status {status}")


def integration(code: bytes) -> MachineCode:
    """Return the function that integrates the patients of a block, given by the fields of a `Block` and `ANSWERS`."""
    return MachineCode(code, ENTRY, [name in WHOLE_NUMBERS for name in (*Block._fields, *ANSWERS)])


def uniform_numbers(code: bytes) -> MachineCode:
    """Return the function that fills an array with random numbers, given the `RANDOM_NUMBERS`."""
    return MachineCode(code, UNIFORMS, [name not in RANDOM_ARRAYS for name in RANDOM_NUMBERS])


def normal_quantiles(code: bytes) -> MachineCode:
    """Return the function that turns probabilities into normal numbers, given the `NORMAL_NUMBERS`."""
    return MachineCode(code, NORMALS, [name not in NORMAL_ARRAYS for name in NORMAL_NUMBERS])


def object_code(program: Program, width: int, loop: str, size: int = 8) -> bytes:
    """Return the machine code of a program and of the text of `loop_text` for numbers of ``size`` bytes."""
    return _object(str(lane_module(program, width, size)), loop, ENTRY)


def random_code() -> bytes:
    """Return the machine code of `UNIFORMS`."""
    _allow_compiling()
    from lupercal.engine.loop import philox  # noqa: PLC0415

    return _code_of(philox.fill_uniforms, RANDOM_NUMBERS, RANDOM_ARRAYS, UNIFORMS)


def normal_code() -> bytes:
    """Return the machine code of `NORMALS`."""
    _allow_compiling()
    from lupercal.engine.processor import normal  # noqa: PLC0415

    return _code_of(normal.to_normals, NORMAL_NUMBERS, NORMAL_ARRAYS, NORMALS)


def _code_of(function: Any, names: Sequence[str], arrays: Mapping[str, str], entry: str) -> bytes:
    """Return the machine code of one function of numba's; what is not in ``arrays`` is a whole number."""
    from numba import types  # noqa: PLC0415 - slow to load, and needed only to compile

    kinds = [_pointer(types, arrays[name]) if name in arrays else types.int64 for name in names]
    fields = ", ".join(names)
    text = f"def entry({fields}):\n    fill({fields})\n"
    return _object("", _numba_text(text, {"fill": function}, kinds, entry), entry)


def _object(first: str, second: str, entry: str) -> bytes:
    """Return the machine code of two texts of LLVM linked, of which numba wrote the second."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = _machine()
    module = llvm.parse_assembly(first)
    module.link_in(llvm.parse_assembly(second))
    wrapper = module.get_function(f"cfunc.{entry}")
    wrapper.linkage = "internal"  # numba's wrapper for Python; nobody calls it, so it goes
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
    from numba import types  # noqa: PLC0415 - slow to load, and needed only to compile

    _allow_compiling()
    from lupercal.engine.loop import answers  # noqa: PLC0415
    from lupercal.engine.loop import patients as lane_loop  # noqa: PLC0415

    given, wanted = ", ".join(Block._fields), ", ".join(ANSWERS)
    space: dict[str, Any] = {
        "integrate": lane_loop.integrate_lanes, "hand_over": answers.hand_over, "Block": Block,
        "AnswerArrays": answers.AnswerArrays,
    }  # fmt: skip
    for name in FUNCTIONS:
        llvm.add_symbol(f"lupercal_{name}", 1)  # numba wants an address; the real one is linked in
    kinds = [_kind(types, name, size) for name in Block._fields] + [_pointer(types, "float64")] * len(ANSWERS)
    body = f"    block = Block({given})\n    integrate(block)\n    hand_over(block, AnswerArrays({wanted}))\n"
    return _numba_text(f"def entry({given}, {wanted}):\n{body}", space, kinds, ENTRY)


def _allow_compiling() -> None:
    """Let numba compile: an environment made for debugging it would leave nothing to compile."""
    from numba import config  # noqa: PLC0415

    vars(config)["DISABLE_JIT"] = 0


def _numba_text(text: str, space: dict[str, Any], kinds: Sequence[Any], name: str) -> str:
    """Return the function ``entry`` of a text of Python as LLVM text, under another name."""
    from numba import cfunc, types  # noqa: PLC0415

    exec(text, space)
    made = cfunc(types.void(*kinds), error_model="numpy")(space["entry"])
    return str(made.inspect_llvm().replace(made.native_name.removeprefix("cfunc."), name))


def _pointer(types: Any, number: str) -> Any:
    return types.CPointer(getattr(types, number))


def _kind(types: Any, name: str, size: int) -> Any:
    if name in WHOLE_NUMBERS:
        return types.int64
    number = types.float64 if size == 8 else types.float32
    return types.CPointer(types.int64 if name in WHOLE_ARRAYS else number)
