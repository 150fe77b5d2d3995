"""What the processor's ports allow: how long the operations of the kernel take where none waits for another.

    python -m benchmarks.ports

The operations of one step are counted by writing the step with a writer that counts. Then a loop with the same mix of
multiply-adds, products, sums, choices and divisions, all independent and in registers, is timed on this processor: that
is the port bound. Loads, stores, spills and whatever a result waits for are not in it, so a kernel stays above it.
A multiply-add peak is no such bound: most products of the rates have no sum to be fused with, and divisions and choices
keep the same ports busy.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, final

import llvmlite.binding as llvm  # type: ignore[import-untyped]
import numpy as np

from benchmarks import peak, workload
from benchmarks.simulators import lupercal_
from lupercal.engine.graph.places import places_of
from lupercal.engine.graph.rewrite import Program
from lupercal.engine.precision import PRECISIONS, Precision, PrecisionName
from lupercal.engine.processor.build import _machine
from lupercal.engine.processor.choice import engine_for
from lupercal.engine.text.control import Control
from lupercal.engine.text.lane_text import _Straight, lane_module, speeds
from lupercal.engine.text.step import Tsit5
from lupercal.engine.text.vector_writer import Lanes

Counts = Counter[str]
OPERATIONS, TURNS, CHAINS = 240, 20_000, 20
ARRAYS = ("y", "q", "stages", "fresh", "floor", "control", "relaxing", "attention")
CALLS = """
declare void @lupercal_rates(ptr, ptr, ptr)
define void @go(ptr %y, ptr %q, ptr %out) {{
entry:
  br label %turn
turn:
  %i = phi i64 [ 0, %entry ], [ %next, %turn ]
  call void @lupercal_rates(ptr %y, ptr %q, ptr %out)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, {turns}
  br i1 %more, label %turn, label %after
after:
  ret void
}}
"""


@final
class CountingWriter:
    """Counts operations on vectors; it has the methods of `lupercal.engine.text.vector_writer.Writer`."""

    def __init__(self, size: int = 8) -> None:
        self.size, self.counts, self._times = size, Counts(), 1

    def __getattr__(self, operation: str) -> Callable[..., str]:
        kind = {"sub": "add", "larger": "choose", "smaller": "choose", "abs": "choose", "sqrt": "div"}.get(operation)
        uses = kind or operation if operation in {"add", "mul", "div", "fma", "where"} or kind else ""

        def counted(*_: Any, **__: Any) -> str:
            if uses:
                self.counts["choose" if uses == "where" else uses] += self._times * (2 if uses == "where" else 1)
            return ""

        return counted

    def times_plus(self, index: Any, _: int, __: int) -> Any:
        """Return the index."""
        return index

    def loop(self, indices: range, carried: list[Any], body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
        """Count what a turn does as often as the loop turns."""
        self._times *= len(indices)
        made = body(0, carried) if indices else carried
        self._times //= max(1, len(indices))
        return made


def of_rates(program: Program) -> Counts:
    """Return the operations of the rates."""
    w: Any = CountingWriter()
    known = (*program.constants, *program.driven)
    shared = {index: place for place, index in enumerate(program.shared)}
    _Straight(w, program, known, ("y", "q", "out"), shared).store_rates()
    return Counts(w.counts)


def of_step(program: Program, size: int = 8) -> Counts:
    """Return the operations of one step: six times the rates, stages, companion, error and control."""
    w: Any = CountingWriter(size)
    control = Control(w, "control")
    control.choose()
    shared = {index: place for place, index in enumerate(program.shared)}
    Tsit5(w, places_of(program), speeds(w, program, "q", shared)).attempt("rates", ARRAYS[:-1])
    control.judge("attention")
    around = Counts(w.counts)
    for operation, count in of_rates(program).items():
        around[operation] += 6 * count
    return around


def bound(counts: Counts, kind: Precision) -> float:
    """Return the seconds that these operations on vectors take on this processor where none waits."""
    total = counts.total()
    mix = {name: max(1, round(OPERATIONS * count / total)) for name, count in sorted(counts.items())}
    order = list(_spread(mix))
    return _seconds_of(order, kind) * total / len(order)


def _spread(mix: dict[str, int]) -> Iterator[str]:
    """Yield the names of a mix evenly spread."""
    places = [((k + 0.5) / count, name) for name, count in mix.items() for k in range(count)]
    yield from (name for _, name in sorted(places))


def _seconds_of(order: Sequence[str], kind: Precision) -> float:
    """Return the seconds of one turn of a loop that does these operations."""
    lanes = Lanes(kind.lanes, kind.size)
    lanes.function("go", 1, lambda w, a: _mixed(w, a[0], order))
    raw = np.full((CHAINS + 3) * kind.lanes + 64, 0.9, kind.dtype)
    raw[:] = 0.9
    values = raw[-raw.ctypes.data % 64 // kind.size :]
    values[CHAINS * kind.lanes :] = 1.0
    values[(CHAINS + 1) * kind.lanes :] = 0.0
    return _fastest(str(lanes.module), [values]) / TURNS


def _mixed(w: Any, pointer: Any, order: Sequence[str]) -> None:
    unit, zero = w.load(pointer, CHAINS), w.load(pointer, CHAINS + 1)
    does = {
        "fma": lambda x: w.fma(x, unit, zero), "mul": lambda x: w.mul(x, unit), "add": lambda x: w.add(x, zero),
        "div": lambda x: w.div(unit, x), "choose": lambda x: w.larger(x, zero),
    }  # fmt: skip

    def turn(_: Any, held: list[Any]) -> list[Any]:
        for k, name in enumerate(order):
            held[k % CHAINS] = does[name](held[k % CHAINS])
        return held

    start = [w.load(pointer, k) for k in range(CHAINS)]
    for k, value in enumerate(w.loop(range(TURNS), start, lambda i, held: turn(i, list(held)))):
        w.store(value, pointer, k)


def seconds_of_rates(program: Program, kind: Precision) -> float:
    """Return the seconds of one evaluation of the rates of a vector of patients, all in the nearest cache."""
    text = str(lane_module(program, kind.lanes, kind.size))
    count = (2 * len(program.rates) + len(program.constants) + len(program.driven) + len(program.shared) + 64) * 16
    rooms = [np.full(count, 0.9, kind.dtype) for _ in range(3)]
    aligned = [room[-room.ctypes.data % 64 // kind.size :] for room in rooms]
    return _fastest(text, aligned, CALLS.format(turns=TURNS)) / TURNS


def _fastest(text: str, arrays: Sequence[Any], more: str = "") -> float:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine, module = _machine(), llvm.parse_assembly(text)
    if more:
        module.link_in(llvm.parse_assembly(more))
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    go = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))(engine.get_function_address("go"))
    addresses = [array.ctypes.data for array in arrays]
    return min(workload.seconds(lambda: go(*addresses), 1) for _ in range(40))


def shares(precision: PrecisionName, size: int, seconds_per_step: float) -> dict[str, float]:
    """Return what share of their time rates and steps of the benchmark would take at the port bound.

    ``seconds_per_step`` is the time of a whole run by patients and steps; lanes share it.
    """
    kind = PRECISIONS[precision]
    program = engine_for(workload.task(size), None, kind).equations.program
    rates, step = bound(of_rates(program), kind), bound(of_step(program, kind.size), kind)
    return {
        "rates_ns": 1e9 * seconds_of_rates(program, kind), "rates_bound_ns": 1e9 * rates,
        "step_ns": 1e9 * seconds_per_step * kind.lanes, "step_bound_ns": 1e9 * step,
    }  # fmt: skip


def main() -> None:
    """Print the operations of a step and what the processor needs for them."""
    lupercal_.simulator(1024, quick=True)
    for name, kind in PRECISIONS.items():
        program = engine_for(workload.task(1024), None, kind).equations.program
        rates, step = of_rates(program), of_step(program, kind.size)
        fused = (2 * step["fma"] + step["mul"] + step["add"]) / (2 * bound(step, kind) * peak.rate("fma"))
        print(f"{name} precision: {dict(rates)} in the rates of {len(program.rates)} states, {dict(step)} in a step.")
        print(f"Rates take {1e9 * seconds_of_rates(program, kind):.0f} ns, at the port bound "
              f"{1e9 * bound(rates, kind):.0f}; a step {1e9 * bound(step, kind):.0f}, "
              f"which is {100 * fused:.0f} % of the multiply-add peak.")  # fmt: skip


if __name__ == "__main__":
    main()
