"""What all compiled functions of the loop share: how they are compiled, the lane functions, and a lane's numbers.

``s`` is always a `Block`. This module imports numba; it is loaded only when there is something to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lupercal.engine.text.control import LIVE
from lupercal.engine.text.lane_text import FUNCTIONS

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile with numba for use by compiled code only; divisions follow IEEE and never raise.

    All goes into one function: a call would copy the block, which has 45 fields.
    """
    options: dict[str, Any] = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, numba.njit(forceinline=True, **options)(function))


def _outside(name: str) -> Any:
    """Return a function, for addresses of numbers of either size, that the linker finds in the lane module."""

    def declared(_: Any, *given: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in arguments])
            function: Any = cgutils.get_or_insert_function(builder.module, kind, f"lupercal_{name}")  # type: ignore[no-untyped-call]
            builder.call(function, arguments)
            return context.get_dummy_value()

        return types.void(*given), write

    names = ", ".join(f"a{k}" for k in range(FUNCTIONS[name]))
    space: dict[str, Any] = {"declared": declared}
    exec(f"def call(context, {names}):\n    return declared(context, {names})\n", space)
    return intrinsic(space["call"])


advance, accept, refresh = _outside("advance"), _outside("accept"), _outside("refresh")
between, glance = _outside("between"), _outside("glance")
driven, risk = _outside("driven"), _outside("risk")


@compiled
def state(s: Any, what: int, lane: int) -> Any:
    """Return a number of a lane's step control."""
    return s.control[what * s.width + lane]


@compiled
def set_state(s: Any, what: int, lane: int, value: float) -> None:
    """Set a number of a lane's step control."""
    s.control[what * s.width + lane] = value


@compiled
def get(s: Any, what: int, lane: int) -> Any:
    """Return a whole number of a lane."""
    return s.numbers[what * s.width + lane]


@compiled
def put(s: Any, what: int, lane: int, value: Any) -> None:
    """Set a whole number of a lane."""
    s.numbers[what * s.width + lane] = value


def _lowest(_: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set; there is one."""

    def write(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(bits), write


lowest: Any = intrinsic(_lowest)  # of the lanes that ask for attention: they are looked for in no loop over all lanes


@compiled
def working(s: Any) -> bool:
    """Whether any lane has a patient."""
    any_live = False
    for lane in range(s.width):
        any_live = any_live or state(s, LIVE, lane) > 0.0
    return any_live
