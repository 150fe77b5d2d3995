"""The first eight minutes on a machine with a GPU: bits first, then speed, host and device apart; rows of JSON.

    python -m benchmarks.gpu_first_run --json FILE [--minutes 8]
    python -m benchmarks.gpu_first_run --rehearse --json FILE      # without a GPU

Needs ``pip install 'lupercal[gpu]'`` and an NVIDIA driver; no network. In this order, and no row is lost if time runs
out: what the compilers say; the seven schedules of the tests, to the bit; a thousand patients for two years, every
record, to the bit; weekly luck made on the device, to the bit; patient-years per second of the benchmark's workload for
growing numbers of patients, with the seconds of copying, of each kernel and of the host apart; patients in the order of
their steps against as they come; stages in each thread's own memory, and fewer threads per block. A rehearsal compiles
for ``sm_90`` and goes through all of it with few patients on the processor, on the kernel's text compiled as C.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from tests.engine.device.host_device import HostDevice
from tests.engine.virtual import SCHEDULES, random_task

from benchmarks import workload
from lupercal.engine.device import gpu
from lupercal.engine.device.cuda_text import ENTRY, StagesIn
from lupercal.engine.device.prepare_text import CONSTANTS
from lupercal.engine.graph.rewrite import program
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.processor import compiled
from lupercal.engine.random import uniforms
from lupercal.engine.task import Course, Task
from lupercal.files.chunks import pick_patients

Row = dict[str, Any]
Made = Callable[..., Any]  # (threads, stages) -> a device
Found = TypeVar("Found")


def main() -> None:
    """Go through all rows until time runs out, and write the file anew after each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, required=True)
    options.add_argument("--minutes", type=float, default=8.0)
    options.add_argument("--rehearse", action="store_true", help="on the processor, with few patients")
    given = options.parse_args()
    rows: list[Row] = []
    ends = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory() as folder:
        for row in measured(device_maker(given.rehearse, Path(folder)), given.rehearse):
            rows.append(row)
            print(json.dumps(row), flush=True)
            given.json.write_text(json.dumps({"rehearsal": given.rehearse, "rows": rows}, indent=1) + "\n", "utf-8")
            if time.monotonic() > ends:
                print("time is up")
                return


def device_maker(rehearse: bool, folder: Path) -> Made:
    """Return the function that makes a device for so many threads per block, with stages where asked."""
    made = program(model_trace())
    return (lambda *_: HostDevice(made, folder)) if rehearse else (lambda *more: gpu.CudaDevice(made, *more))


def measured(made: Made, rehearse: bool) -> Iterator[Row]:
    """Yield all rows; each is worth having without those after it."""
    yield compilers()
    device, seconds = _timed(made)
    yield {"what": "compile and load", "seconds": seconds}
    yield from same_bits(device, 24 if not rehearse else 4)
    yield one_to_one(device, 1000 if not rehearse else 8)
    yield luck_on_device(device, 1000 if not rehearse else 8)
    sizes = (1_000, 10_000, 100_000, 300_000, 1_000_000) if not rehearse else (8, 16)
    yield from (speed(device, size, {"threads": device.threads, "stages": device.stages}) for size in sizes)
    middle = sizes[len(sizes) // 2]
    yield from ordered(device, middle)
    for threads, stages in ((32, "shared"), (32, "local"), (64, "local"), (128, "local"), (256, "local")):
        yield speed(made(threads, stages), middle, {"threads": threads, "stages": stages})


def compilers() -> Row:
    """Return what the compilers say of the kernel for ``sm_90``."""
    found, seconds = _timed(lambda: {stages: gpu.report("sm_90", stages=stages) for stages in get_args(StagesIn)})
    said = {
        stages: {"registers": one.registers, "stack": one.stack, "spilled": one.spills} for stages, one in found.items()
    }
    return {"what": "ptxas sm_90", **said, "seconds": seconds}


def same_bits(device: gpu.Device, size: int) -> Iterator[Row]:
    """Compare the schedules of the tests, with triggers, chance and records, with the CPU engine."""
    for name in SCHEDULES:
        task = random_task(name, np.arange(size))
        yield {"what": "bits", "schedule": name, "patients": size, **agreement(task, device)}


def one_to_one(device: gpu.Device, size: int) -> Row:
    """Compare two years of many patients, every record."""
    task = random_task("car_t", np.arange(size), last_day=700)
    return {"what": "bits, two years", "patients": size, **agreement(task, device)}


def luck_on_device(device: gpu.Device, size: int) -> Row:
    """Compare a course whose weekly luck the device draws."""
    task = random_task("car_t", np.arange(size))
    address = gpu.WeeklyLuck(7, "first run", np.arange(size), np.arange(task.first_day, task.last_day, 7))
    drawn = uniforms(address.seed, address.stream, address.patients[None], address.days[:, None])
    given = replace(task, luck=drawn)
    return {"what": "bits, luck on the device", "patients": size, **agreement(given, device, address)}


def agreement(task: Task, device: gpu.Device, luck: gpu.WeeklyLuck | None = None) -> Row:
    """Return whether all numbers are the CPU engine's, how far they are apart at most, and the outcomes."""
    found, expected = gpu.integrate_on_device(task, device, luck=luck), compiled.run(task)
    pairs = list(zip(_arrays(found), _arrays(expected), strict=True))
    same = all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)
    apart = max(float(np.nanmax(np.abs(a - b) / np.maximum(np.abs(b), 1e-9), initial=0.0)) for a, b in pairs)
    counts = np.bincount(found.outcome, minlength=5).tolist()
    return {"same_bits": same, "largest_relative_difference": apart, "outcomes": counts}


def _arrays(course: Course) -> list[np.ndarray[Any, Any]]:
    return [*course.states.values(), course.end, course.outcome, course.infections]


class Watched:
    """A device that notes how long copies and launches take."""

    def __init__(self, device: gpu.Device) -> None:
        self.device, self.seconds = device, {"upload": 0.0, ENTRY: 0.0, CONSTANTS: 0.0, "download": 0.0}

    def upload(self, array: np.ndarray[Any, Any]) -> int:
        """Copy an array to the device."""
        return self._noted("upload", lambda: self.device.upload(array))

    def empty(self, size: int) -> int:
        """Return the address of this many bytes."""
        return self.device.empty(size)

    def download(self, address: int, array: np.ndarray[Any, Any]) -> None:
        """Fill an array from the device."""
        self._noted("download", lambda: self.device.download(address, array))

    def launch(self, kernel: str, argument: ctypes.Structure, patients: int) -> None:
        """Run a kernel and wait for it."""
        self._noted(kernel, lambda: self.device.launch(kernel, argument, patients))

    def patients_at_once(self, bytes_per_patient: int) -> int:
        """Return for how many patients there is memory."""
        return self.device.patients_at_once(bytes_per_patient)

    def free(self) -> None:
        """Give back all memory."""
        self.device.free()

    def _noted(self, what: str, do: Callable[[], Found]) -> Found:
        found, seconds = _timed(do)
        self.seconds[what] += seconds
        return found


def speed(device: gpu.Device, size: int, more: Row, expected: np.ndarray[Any, Any] | None = None) -> Row:
    """Return patient-years per second of the workload: by the kernel alone, and with all that the host does."""
    asked = workload.task(size)
    watched = Watched(device)
    gpu.integrate_on_device(_part(asked, np.arange(min(size, 256))), device)  # nothing is timed that happens once
    _, whole = _timed(lambda: gpu.integrate_on_device(asked, watched, expected=expected))
    years = size * workload.YEARS
    return {
        "what": "speed", "patients": size, **more, "seconds": whole, **watched.seconds,
        "host": whole - sum(watched.seconds.values()), "patient_years_per_s": years / whole,
        "kernel_patient_years_per_s": years / max(watched.seconds[ENTRY], 1e-9),
    }  # fmt: skip


def ordered(device: gpu.Device, size: int) -> Iterator[Row]:
    """Measure patients in the order of the steps they need: threads of a warp then end together."""
    yield speed(device, size, {"order": "by steps"}, compiled.steps_taken(workload.task(size)))
    yield speed(device, size, {"order": "as they come"})


def _part(task: Task, members: np.ndarray[Any, Any]) -> Task:
    start = np.ascontiguousarray(task.start[:, members])
    return replace(task, start=start, parameters=pick_patients(task.parameters, members))


def _timed(do: Callable[[], Found]) -> tuple[Found, float]:
    begun = time.perf_counter()
    found = do()
    return found, round(time.perf_counter() - begun, 6)


if __name__ == "__main__":
    main()
