"""The CUDA text, read as C, integrates like the engine."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lupercal.engine import compiled, emit_numpy
from lupercal.engine.emit_cuda import as_c, source
from lupercal.engine.reference import with_products
from lupercal.engine.rewrite import program
from lupercal.engine.trace import model_trace
from lupercal.model.system import no_inputs
from tests.engine.virtual import largest_error, random_task, recorded


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler here")
def test_the_text_read_as_c_gives_the_same_course(tmp_path: Path) -> None:
    made, task = program(model_trace()), random_task("msc", np.arange(5), last_day=0, chance=False)
    (tmp_path / "kernel.c").write_text(as_c(source(made)))
    library = tmp_path / "kernel.so"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, tmp_path / "kernel.c", "-lm"], check=True)
    given = {**with_products(task.parameters, task.schedule), **no_inputs(), **task.inputs}
    values = emit_numpy.function(made.graph, (*made.constants, *made.driven))(given)
    constants = np.array([np.broadcast_to(value, (5,)) for value in values], np.float64)
    states, floors = task.start.copy(), np.full(45, 1e-11)
    steps, outcomes = np.full(5, 0.1), np.zeros(5, np.int32)
    kernel = ctypes.CDLL(str(library)).segment
    kernel(
        _at(states), _at(constants), _at(floors), ctypes.c_double(1e-8), ctypes.c_double(30.0), ctypes.c_long(5),
        ctypes.c_long(10_000), _at(steps), _at(outcomes),
    )  # fmt: skip
    assert not outcomes.any()
    expected = recorded(compiled.run(task, rtol=1e-9).states)[:, -1:]
    assert largest_error(states[:, None], expected) < 1e-6


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def test_both_precisions_have_a_kernel() -> None:
    made = program(model_trace())
    assert source(made, "float").startswith("typedef float real;")
    assert source(made).count("rates(z, constants + i") == 6
