"""The CUDA kernel: its text, run as C on the processor, answers with the CPU engine's bits; NVRTC accepts it."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest

from lupercal.engine.device import c_loop, gpu
from lupercal.engine.device import cuda_text as emit_cuda
from lupercal.engine.device import prepare_text as emit_prepare
from lupercal.engine.graph.rewrite import program
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.loop.block import LANE_NUMBERS
from lupercal.engine.processor import compiled
from lupercal.engine.random import uniforms
from lupercal.engine.task import Course, Once, Outcome, Task
from lupercal.engine.text import fast_states as emit_companion
from lupercal.engine.text import tsit5
from lupercal.engine.text.control import LANE_CONTROLS
from lupercal.errors import LupercalError
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.model.system import system
from tests.engine.device.host_device import HostDevice
from tests.engine.virtual import SCHEDULES, largest_error, random_task, recorded

NO_NVRTC = pytest.mark.skipif(sys.platform == "darwin", reason="there is no NVRTC for macOS")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> HostDevice:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here; where there is one the kernel's text is run as C")
    return HostDevice(program(model_trace()), tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def assembly() -> str:
    return gpu.ptx()


def _agree(task: Task, host: HostDevice) -> Course:
    """Compare with the CPU engine: within 1e-5 as promised everywhere, and here to the bit."""
    found, expected = gpu.integrate_on_device(task, host), compiled.run(task)
    fine = expected.outcome == Outcome.DONE
    assert largest_error(recorded(found.states)[:, :, fine], recorded(expected.states)[:, :, fine]) < 1e-5
    for ours, theirs in zip(_arrays(found), _arrays(expected), strict=True):
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")
    return found


def _arrays(course: Course) -> list[np.ndarray]:
    return [course.days, *course.states.values(), course.end, course.outcome, course.infections]


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_has_the_bits_of_the_cpu_engine(name: str, host: HostDevice) -> None:
    found = _agree(random_task(name, np.arange(24)), host)
    assert (found.outcome == Outcome.DONE).all()
    assert found.infections.sum() > 0
    assert np.isfinite(recorded(found.states)).all()


def test_every_patient_has_its_own_events(host: HostDevice) -> None:
    draw = np.random.default_rng(3).uniform
    schedule = Schedule(
        (InputChange(3, "gc", draw(0, 60, 12)), InputChange(40, "gc", np.repeat([0.0, 7.5], 6))),
        (Bolus(0, "R2", draw(0, 300, 12)), Bolus(0, "CE", np.tile([0.0, 0.3], 6)), Bolus(0, "CE", 0.1)),
        (Factor(5, "DN", draw(0, 1, 12)), Factor(0, "C3", 1.0)),
        switches={"e19": 1.0},
        scales={"kr_t": 2.0},
    )
    task = replace(random_task("msc", np.arange(12)), schedule=schedule)
    found = _agree(task, host)
    after = task.record_days.index(28)
    assert len(set(found.states["R2"][after])) == 12


def test_daily_records_and_none(host: HostDevice) -> None:
    task = random_task("belimumab", np.arange(4), last_day=60)
    _agree(replace(task, record_days=tuple(range(-30, 61)), record=("AM", "DN")), host)
    assert gpu.integrate_on_device(replace(task, record_days=(), record=()), host).states == {}


def test_launches_of_any_size_give_the_same(host: HostDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "at_once", 7)
    host.launches.clear()
    _agree(random_task("car_t", np.arange(24), last_day=90), host)
    assert host.launches == [7, 7, 7, 3]


def test_the_device_makes_the_luck_of_an_address(host: HostDevice) -> None:
    task = random_task("car_t", np.arange(40, 60), last_day=200)
    days = np.arange(task.first_day, task.last_day, 7)
    address = gpu.WeeklyLuck((7 << 40) + 5, "luck of a device", np.arange(40, 60), days)
    drawn = uniforms(address.seed, address.stream, address.patients[None], days[:, None])
    given = replace(task, luck=drawn, parameters={**task.parameters, "h_inf": 3.0 * task.parameters["h_inf"]})
    expected = compiled.run(given)
    assert 0 < expected.infections.sum() < expected.infections.size
    for patients_at_once in (7, 1 << 20):
        host.at_once = patients_at_once
        found = gpu.integrate_on_device(given, host, luck=address)
        assert all(np.array_equal(a, b) for a, b in zip(_arrays(found), _arrays(expected), strict=True))


def test_the_order_in_which_patients_are_taken_changes_nothing(host: HostDevice) -> None:
    task = random_task("ahsct", np.arange(12), last_day=90)
    steps = compiled.steps_taken(task)
    found, expected = gpu.integrate_on_device(task, host, expected=steps), compiled.run(task)
    assert (np.diff(steps) < 0).any()
    assert all(np.array_equal(a, b) for a, b in zip(_arrays(found), _arrays(expected), strict=True))


def test_those_who_live_on_are_taken_in_the_order_of_their_last_steps(host: HostDevice) -> None:
    task = replace(random_task("msc", np.arange(9), last_day=0), once=Once())
    first = gpu.integrate_on_device(task, host)
    kept: dict[str, np.ndarray] = task.made_once("steps on the device", dict)
    assert np.array_equal(kept["steps"], compiled.steps_taken(task))
    assert np.array_equal(gpu.integrate_on_device(task, host).end, first.end)


def test_stages_share_the_memory_of_a_block_where_a_warp_has_room() -> None:
    made = program(model_trace())
    warp = emit_cuda.shared_bytes(made, 32)
    assert emit_cuda.threads_that_fit(made, warp - 1) == 0
    assert emit_cuda.threads_that_fit(made, 2 * warp) == 64
    assert emit_cuda.threads_that_fit(made, 1 << 30) == emit_cuda.THREADS
    assert warp == 32 * 8 * tsit5.STAGES * len(made.rates)


def test_outcomes_are_named_and_neighbours_unharmed(host: HostDevice) -> None:
    task = random_task("car_t", np.arange(20), last_day=90)
    strange = {name: np.array(np.broadcast_to(task.parameters[name], (20,))) for name in ("p_am", "k_ld", "d_pb")}
    strange["p_am"][3], strange["k_ld"][11], strange["d_pb"][17] = 1e300, np.nan, 1e14
    found = _agree(replace(task, parameters={**task.parameters, **strange}), host)
    assert Outcome(found.outcome[11]) is Outcome.NOT_FINITE
    assert (found.outcome != Outcome.DONE).sum() == 3
    assert np.isnan(found.end[:, found.outcome != Outcome.DONE]).all()


def test_a_fall_below_zero_ends_as_on_the_cpu_engine(host: HostDevice) -> None:
    task = random_task("car_t", np.arange(12), last_day=30)
    assert task.triggers is not None
    triggers = np.array(task.triggers)
    triggers[20, 5], triggers[33, 8] = -50.0, -1e-3
    found = _agree(replace(task, triggers=triggers), host)
    assert np.flatnonzero(found.outcome == Outcome.OUT_OF_BOUNDS).tolist() == [5, 8]


def test_a_task_without_days_or_patients(host: HostDevice) -> None:
    task = replace(random_task("msc", np.arange(3), chance=False), last_day=-30, record_days=(-30,))
    assert np.array_equal(gpu.integrate_on_device(task, host).end, task.start)
    assert gpu.integrate_on_device(random_task("msc", np.arange(0)), host).end.shape == (len(system().states), 0)


def test_a_tolerance_may_be_given(host: HostDevice) -> None:
    task = random_task("car_t", np.arange(3), last_day=60)
    found, expected = gpu.integrate_on_device(task, host, rtol=1e-8), compiled.run(task, rtol=1e-8)
    assert np.array_equal(found.end, expected.end)


@NO_NVRTC
def test_the_assembly_is_whole(assembly: str) -> None:
    assert len(re.findall(rf"\.visible \.entry {emit_cuda.ENTRY}\(", assembly)) == 1
    left_to_others = [line for line in assembly.splitlines() if ".extern" in line]
    assert len(left_to_others) == 1  # nothing is left to a library; what a block of threads shares is its launch's
    assert ".extern .shared" in left_to_others[0]
    defined = set(re.findall(r"^\.func\s+(?:\(.*?\)\s*)?(\S+?)\(", assembly, re.MULTILINE))
    called = set(re.findall(r"call\.uni \s*(?:\(.*?\),\s*)?(\S+?),", assembly))
    assert called == defined
    assert len(called) == 3  # rates, risk and what a lane that asks for attention needs; all else is inlined


@NO_NVRTC
def test_the_assembly_rounds_like_the_cpu_engine(assembly: str) -> None:
    arithmetic = set(re.findall(r"\b((?:add|sub|mul|fma|div|rcp|sqrt)\.\S*f64)", assembly))
    assert {name.partition(".")[2] for name in arithmetic} == {"rn.f64"}  # nothing approximate, nothing contracted
    assert not re.search(r"\b(?:add|sub|mul|fma|div|rcp|sqrt)\.\S*f32", assembly)


@NO_NVRTC
def test_divisions_are_those_of_the_program(assembly: str) -> None:
    """Each division becomes a subroutine in machine code; the compiler must not multiply them."""
    made = program(model_trace())
    expected = sum(emit_cuda.divisions(made).values()) + emit_prepare.divisions_of_constants(made)
    assert len(re.findall(r"\b(?:div|rcp)\.rn\.f64", assembly)) == expected


@NO_NVRTC
def test_local_memory_holds_the_arrays_of_the_loop_only(assembly: str) -> None:
    sizes = [int(size) for size in re.findall(r"\.local \.align 8 \.b8\s+\w+\[(\d+)\]", assembly)]
    states, made = len(model_trace().states), program(model_trace())
    relaxing = emit_companion.ROW * len(made.relaxing)
    lane = LANE_CONTROLS + LANE_NUMBERS + 4  # risk, call for attention, where the stages lie, and the thread's place
    arrays = 8 * (3 * states + len(made.driven) + len(made.trace.inputs) + relaxing + lane)
    assert sum(sizes) == arrays


@NO_NVRTC
def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(LupercalError, match="gpu-architecture"):
        gpu.ptx("sm_3")


@NO_NVRTC
def test_a_device_gives_the_same_bits_or_there_is_none() -> None:
    task, reason = random_task("msc", np.arange(3)), ""
    try:
        end = gpu.run(task).end
    except LupercalError as error:
        end, reason = compiled.run(task).end, str(error)
    assert np.array_equal(end, compiled.run(task).end)
    assert not reason or reason.startswith("no CUDA device: ")


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", None)
    with pytest.raises(LupercalError, match=r"lupercal\[gpu\]"):
        gpu.ptx("sm_80")


def test_the_assembler_s_report_is_read() -> None:
    text = """
ptxas info    : Compiling entry function 'lupercal_integrate' for 'sm_90'
ptxas info    : Function properties for lupercal_integrate
    3984 bytes stack frame, 64 bytes spill stores, 48 bytes spill loads
ptxas info    : Used 255 registers, used 0 barriers, 3990 bytes cumulative stack size, 16 bytes smem
ptxas info    : Function properties for _ZN3_x5ratesEPKdS1_xS1_Pd
    0 bytes stack frame, 152 bytes spill stores, 176 bytes spill loads
"""
    found = gpu.read_report(text, "sm_90")
    assert (found.registers, found.stack, found.shared, found.spills) == (255, 3990, 16, 440)
    assert found.functions["rates"] == gpu.FunctionReport(0, 152, 176)
    with pytest.raises(LupercalError, match="said nothing"):
        gpu.read_report("ptxas fatal", "sm_90")


@NO_NVRTC
def test_the_report_comes_from_the_assembler_or_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("ptxas"):
        assert 0 < gpu.report().registers <= 255
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(LupercalError, match="CUDA toolkit"):
        gpu.report()


def test_a_loop_that_has_no_c_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(text: str) -> None:
        function = ast.parse(f"def odd(s, lane: int) -> None:\n    {text}").body[0]
        assert isinstance(function, ast.FunctionDef)
        monkeypatch.setattr(c_loop, "loop_functions", lambda: {"odd": function})
        c_loop.c_loop()

    reading("s.steps[lane] = 1")
    for text in ("s.steps[lane] = sorted(lane)", "with s: pass", "s.steps[lane] = [lane]", "for k in s.steps: k = 1"):
        with pytest.raises(TypeError, match="odd: no C for"):
            reading(text)
