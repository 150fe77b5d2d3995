"""From a program to CUDA C: one translation unit in which each thread integrates one virtual patient.

The text has three parts: numbers and the layout of memory (written here), the equations and the parts of a step
(written by the same classes that write the CPU engine's LLVM code, with a `CWriter` in place of its vectors), and what
a patient lives through (``patient_loop.c``, by hand). So both engines do the same operations in the same order, and
since all of them are IEEE operations that every processor rounds alike, the results should have the same bits.

The unit compiles as CUDA C++ and as plain C11: the macros at its top make the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Graph, Level
from lupercal.engine.loop import block as lane_block
from lupercal.engine.text import fast_states as emit_companion
from lupercal.engine.text import step as emit_tsit5
from lupercal.engine.text import tsit5
from lupercal.engine.text.c_writer import CWriter, Numbers
from lupercal.engine.text.lane_text import _states_of_risk, _Straight, speeds

ENTRY = "lupercal_integrate"
THREADS = 128  # per block of threads

NUMBERS = (
    "patients", "first_day", "last_day", "records", "kept_count", "events_count", "marks", "z_row", "step_limit",
)  # fmt: skip
WHOLE_IN = ("record_days", "kept", "events", "trigger_from", "trigger_days")
REAL_IN = ("start", "constants", "inputs", "floor", "amounts", "trigger_sizes", "luck", "z_inf")
REAL_OUT = ("recorded", "end", "infections")
WHOLE_OUT = ("outcome", "steps")
FIELDS = (*NUMBERS, *WHOLE_IN, *REAL_IN, *REAL_OUT, *WHOLE_OUT)  # of the kernel's argument, 8 bytes each

_MACROS = f"""\
#ifdef __CUDACC__
#define KERNEL extern "C" __global__ __launch_bounds__({THREADS})
#define FUNCTION static __device__ __forceinline__
#define EQUATIONS static __device__ __noinline__ /* called seven times a step: inlined they would fill the cache */
#define THIS_THREAD ((long long)blockIdx.x * blockDim.x + threadIdx.x)
#define NOT_A_NUMBER __longlong_as_double(0x7ff8000000000000LL)
#else
#include <math.h>
#define KERNEL
#define FUNCTION static inline
#define EQUATIONS static
#define THIS_THREAD this_thread
#define NOT_A_NUMBER ((double)NAN)
static long long this_thread; /* whoever calls the kernel counts it up */
#endif
"""


def cuda_source(program: Program) -> str:
    """Return the whole unit for a program; its kernel `ENTRY` takes a ``Block`` by value (see `FIELDS`).

    Compile it with contraction of products and sums switched off (``--fmad=false``, ``-ffp-contract=off``): where they
    are to be fused, the text says ``fma``.
    """
    loop = files("lupercal.engine.device").joinpath("patient_loop.c").read_text(encoding="utf-8")
    parts = (_title(program), _MACROS, _defines(program), _block(), *_functions(program), loop)
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _functions(program: Program) -> Iterator[str]:
    """Yield the equations and the parts of a step as C functions."""
    known, states = len(program.constants), len(program.rates)
    y, u, out = Numbers("y", program.trace.states), Numbers("u", program.trace.inputs), Numbers("out")
    own = Numbers("q", _labels(program), "stride")
    q = replace(own, split=known, beyond="driven")
    room, fresh, stages, floors = (Numbers(name) for name in ("room", "fresh", "stages", "floors"))
    control, relaxing = Numbers("control"), Numbers("relaxing")
    plain, everything = Numbers("y"), (*program.constants, *program.driven)

    def part(name: str, takes: Sequence[Numbers], writes: Any, kind: str = "FUNCTION") -> str:
        w: Any = CWriter()
        writes(w)
        return "\n".join([f"{kind} void {name}({_parameters(takes)}) {{", *w.lines, "}"])

    def rates(w: Any) -> None:
        _Straight(w, program, everything, (y, q, out)).store(program.rates)

    def driven(w: Any) -> None:
        _Straight(w, program, program.constants, (u, own, out)).store(program.driven)

    def risk(w: Any) -> None:
        _Straight(w, program, program.constants, (y, own, out)).store((program.risk,))

    def step(w: Any) -> emit_tsit5.Tsit5:
        return emit_tsit5.Tsit5(w, states, speeds(w, program, q))

    tried, moved = (plain, q, stages, fresh, floors, control, relaxing), (plain, fresh, stages, control)
    anew, inside = (plain, q, stages, room, control), (plain, own, stages, room, control, relaxing)
    yield part("rates", (y, q, out), rates, "EQUATIONS")
    yield part("driven_constants", (u, own, out), driven)
    yield part("risk", (y, own, out), risk, "EQUATIONS")
    yield part("attempt", tried, lambda w: step(w).attempt("rates", tried))
    yield part("accept", moved, lambda w: emit_tsit5.Tsit5(w, states).accept(*moved))
    yield part("refresh", anew, lambda w: emit_tsit5.Tsit5(w, states).refresh("rates", anew))
    yield part("between", inside, lambda w: step(w).between(inside))
    yield part("glance", inside, lambda w: step(w).glance(_states_of_risk(program), inside))


def _parameters(arrays: Sequence[Numbers]) -> str:
    return ", ".join(text for array in arrays for text in _parameter(array))


def _parameter(array: Numbers) -> Iterator[str]:
    reads = "const " if array.labels or array.name == "floors" else ""
    yield f"{reads}double *__restrict__ {array.name}"
    if array.stride:
        yield f"long long {array.stride}"
    if array.beyond:
        yield f"const double *__restrict__ {array.beyond}"


def _labels(program: Program) -> list[str]:
    """Return what the constants are called in the text: a parameter by its symbol, others by their place."""
    nodes = program.graph.nodes
    places = enumerate((*program.constants, *program.driven))
    return [nodes[i].name if nodes[i].op == "symbol" else f"q{place}" for place, i in places]


def _title(program: Program) -> str:
    """Return the comment on top: what the constants are that are no parameters themselves."""
    labels = zip(_labels(program), (*program.constants, *program.driven), strict=True)
    made = [f" * {label} = {_formula(program.graph, i)}" for label, i in labels if program.graph.nodes[i].args]
    head = ["/* One virtual patient per thread. Days; states in the units of the model.", " *"]
    return "\n".join([*head, " * Constants of a patient, the last ones driven by inputs:", *made, " */"])


_SIGNS = {"add": "+", "sub": "-", "mul": "*"}


def _formula(graph: Graph, index: int) -> str:
    node = graph.nodes[index]
    if not node.args:
        return node.name or repr(node.value)
    if node.op == "recip":
        return f"1 / ({_formula(graph, node.args[0])})"
    texts = [
        f"({_formula(graph, a)})" if graph.nodes[a].op in {"add", "sub"} else _formula(graph, a) for a in node.args
    ]
    return f" {_SIGNS[node.op]} ".join(texts)


def _defines(program: Program) -> str:
    """Return the numbers that the loop by hand needs, all from where the CPU engine has them."""
    sizes = {
        "STATES": len(program.rates), "STAGES": tsit5.STAGES,
        "DRIVEN": max(1, len(program.driven)), "INPUTS": max(1, len(program.trace.inputs)),
        "CONTROLS": emit_tsit5.CONTROLS, "RELAXING": max(1, emit_companion.ROW * len(program.relaxing)),
    }  # fmt: skip
    steps = (
        "STEP", "PAST_ERROR", "ERROR", "NEXT_STEP", "PEAK", "SHARE", "MASK", "FIRST_STEP", "SHORTEST_STEP", "LARGEST",
        "LONGEST_STEP_AFTER_EVENT", "LONGEST_STEP_AFTER_DOSE", "NEARLY", "BELOW_ZERO_ERROR", "SHORTEST_STEP_BELOW_ZERO",
    )  # fmt: skip
    loop = (
        "INPUT", "FACTOR", "BOLUS", "DONE", "NOT_FINITE", "STEP_LIMIT", "OUT_OF_BOUNDS", "INFINITE_ERROR", "MARK_DAYS",
        "NOWHERE",
    )  # fmt: skip
    values = sizes | {name: getattr(emit_tsit5, name) for name in steps} | {n: getattr(lane_block, n) for n in loop}
    return "\n".join(
        f"#define {name} {value!r}" + ("LL" if name == "NOWHERE" else "") for name, value in values.items()
    )


def _block() -> str:
    """Return the kernel's argument; arrays have the patients last, so that neighbours read side by side."""
    kinds = (
        (NUMBERS, "long long "), (WHOLE_IN, "const long long *"), (REAL_IN, "const double *"), (REAL_OUT, "double *"),
        (WHOLE_OUT, "long long *"),
    )  # fmt: skip
    rows = [f"  {kind}{name};" for names, kind in kinds for name in names]
    return "\n".join(["typedef struct {", *rows, "} Block;"])


def divisions(program: Program) -> dict[str, int]:
    """Return how many divisions each function holds, for a check of what the compiler made of them.

    Loops over the states that relax fast count as often as they turn: the compiler unrolls them.
    """
    nodes, relaxing = program.graph.nodes, len(program.relaxing)

    def moving(outputs: Sequence[int], level: Level) -> int:
        return sum(nodes[i].op == "recip" and nodes[i].level == level for i in program.graph.reached(outputs))

    return {
        "rates": moving(program.rates, Level.STATE),
        "risk": moving((program.risk,), Level.STATE),
        "driven_constants": moving(program.driven, Level.INPUT),
        "attempt": 2 + relaxing,  # the largest quotient, one in the next step's length, and 1 / z
        "between": 2 * relaxing,  # it is called, and inlined, at two places
        "glance": sum(place < relaxing for place in _states_of_risk(program)),
        "pass_point": 1,  # the share of the step
    }
