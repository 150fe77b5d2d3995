"""From a program to CUDA C: one translation unit in which each thread integrates one virtual patient.

The text has three parts: numbers and the layout of memory (written here), the equations and the parts of a step
(written by the same classes that write the CPU engine's LLVM code, with a `CWriter` in place of its vectors), and what
a patient lives through (`lupercal.engine.device.c_loop`, from the CPU engine's loop). So both engines do the same
operations in the same order, and since all of them are IEEE operations that every processor rounds alike, the results
should have the same bits.

The unit compiles as CUDA C++ and as plain C11: the macros at its top make the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from lupercal.engine.device.c_loop import ARGUMENTS, c_loop, lane_structure, loop_constants
from lupercal.engine.device.prepare_text import preparation
from lupercal.engine.graph.places import places_of
from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Graph, Level
from lupercal.engine.text import fast_states as emit_companion
from lupercal.engine.text import step as emit_tsit5
from lupercal.engine.text import tsit5
from lupercal.engine.text.c_writer import CWriter, Numbers
from lupercal.engine.text.control import LANE_CONTROLS, Control
from lupercal.engine.text.lane_text import _states_of_risk, _Straight, speeds

ENTRY = "lupercal_integrate"
THREADS = 128  # per block of threads, at most
StagesIn = Literal["shared", "local"]

NUMBERS = (
    "patients", "first_day", "last_day", "records", "kept_count", "events_count", "marks", "z_row", "step_limit",
)  # fmt: skip
WHOLE_IN = ("record_days", "kept", "events", "trigger_from", "trigger_days", "mark_from", "mark_weeks", "order")
REAL_IN = ("start", "constants", "inputs", "floor", "amounts", "trigger_sizes", "luck", "z_inf")
REAL_OUT = ("recorded", "end", "infections")
WHOLE_OUT = ("outcome", "steps")
FIELDS = (*NUMBERS, *WHOLE_IN, *REAL_IN, *REAL_OUT, *WHOLE_OUT)  # of the kernel's argument, 8 bytes each

_MACROS = """\
#ifdef __CUDACC__
#define KERNEL extern "C" __global__ __launch_bounds__(THREADS)
#define FUNCTION static __device__ __forceinline__
#define EQUATIONS static __device__ __noinline__ /* called at many places: inlined they would fill the cache */
#define SELDOM EQUATIONS
#define GIVEN const __grid_constant__ /* stays where the launch put it: no thread copies it */
#define THIS_THREAD ((long long)blockIdx.x * blockDim.x + threadIdx.x)
#define NOT_A_NUMBER __longlong_as_double(0x7ff8000000000000LL)
#ifdef STAGES_SHARED
#define APART THREADS /* neighbouring threads touch neighbouring numbers */
#define ROOM_FOR_STAGES extern __shared__ double all_stages[]; double *const own_stages = all_stages + threadIdx.x
#endif
#else
#include <math.h>
#define KERNEL
#define FUNCTION static inline
#define EQUATIONS static
#define SELDOM static
#define GIVEN const
#define THIS_THREAD this_thread
#define NOT_A_NUMBER ((double)NAN)
static long long this_thread; /* whoever calls the kernel counts it up */
#endif
#ifndef APART
#define APART 1
#define ROOM_FOR_STAGES double own_stages[STAGES * STATES]
#endif
"""

_KERNEL = f"""\
KERNEL void lupercal_integrate(GIVEN Block block) {{
  const Block *const b = &block;
  const whole place = THIS_THREAD, answers = b->records * b->kept_count;
  S moving, *const s = &moving;
  ROOM_FOR_STAGES;
  if (place >= b->patients) return;
  const whole thread = b->order[place];
  s->place = place;
  s->stages = own_stages;
  for (whole k = 0; k < answers; ++k) b->recorded[thread * answers + k] = NOT_A_NUMBER;
  for (whole k = 0; k < STATES; ++k) b->end[thread * STATES + k] = NOT_A_NUMBER;
  for (whole k = 0; k < b->marks; ++k) b->infections[thread * b->marks + k] = 0.0;
  b->outcome[thread] = DONE;
  integrate_lanes({ARGUMENTS});
}}
"""


def cuda_source(program: Program, threads: int = THREADS, stages: StagesIn = "shared") -> str:
    """Return the whole unit for a program; its kernel `ENTRY` takes a ``Block`` by value (see `FIELDS`).

    ``stages`` of a step lie in memory that a block of threads shares (`shared_bytes` of it) or in each thread's own,
    where they are if the unit is compiled as C.

    Compile it with contraction of products and sums switched off (``--fmad=false``, ``-ffp-contract=off``): where they
    are to be fused, the text says ``fma``. It is to be launched in blocks of at most so many ``threads``.
    """
    where = "#define STAGES_SHARED\n" if stages == "shared" else ""
    layout = (f"#define THREADS {threads}\n{where}{_MACROS}", _defines(program), _block(), lane_structure())
    parts = (_title(program), *layout, *_functions(program), c_loop(), _KERNEL, *preparation(program))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def shared_bytes(program: Program, threads: int) -> int:
    """Return how much memory the stages of a block of threads take."""
    return 8 * tsit5.STAGES * len(program.rates) * threads


def threads_that_fit(program: Program, room: int) -> int:
    """Return how many threads, whole warps of 32, have room for their stages in so many bytes; 0 if no warp has."""
    return min(THREADS, 32 * (room // shared_bytes(program, 32)))


def _functions(program: Program) -> Iterator[str]:
    """Yield the equations and the parts of a step as C functions."""
    at = places_of(program)
    y, u, out = Numbers("y", program.trace.states), Numbers("u", program.trace.inputs), Numbers("out")
    apart = Numbers("out", stride="apart")
    constants = Numbers("q", _labels(program), "stride")
    q = replace(constants, split=len(program.constants), beyond="driven")
    room, fresh, floors = (Numbers(name) for name in ("room", "fresh", "floors"))
    stages = Numbers("stages", stride="APART", fixed=True)
    control, relaxing, attention = Numbers("control"), Numbers("relaxing"), Numbers("attention")
    plain, everything = Numbers("y"), (*program.constants, *program.driven)

    def part(name: str, takes: Sequence[Numbers], writes: Any, kind: str = "FUNCTION") -> str:
        w: Any = CWriter()
        writes(w)
        return "\n".join([f"{kind} void {name}({_parameters(takes)}) {{", *w.lines, "}"])

    def straight(w: Any, arrays: Any, settled: Any = program.constants) -> _Straight:
        return _Straight(w, program, settled, arrays)

    def step(w: Any) -> emit_tsit5.Tsit5:
        return emit_tsit5.Tsit5(w, at, speeds(w, program, q))

    def advance(w: Any) -> None:
        chosen = Control(w, control)
        chosen.choose()
        step(w).attempt("rates", tried)
        chosen.judge(attention)

    tried, moved = (plain, q, stages, fresh, floors, control, relaxing), (plain, fresh, stages, control)
    anew = (plain, q, stages, replace(room, stride="1", fixed=True), control)
    inside = (plain, constants, stages, room, control, relaxing)
    yield part("rates", (y, q, apart), lambda w: straight(w, (y, q, apart), everything).store_rates(), "EQUATIONS")
    yield part("driven", (u, constants, out), lambda w: straight(w, (u, constants, out)).store(program.driven))
    yield part(
        "risk", (y, constants, out), lambda w: straight(w, (y, constants, out)).store((program.risk,)), "EQUATIONS"
    )
    yield part("advance", (*tried, attention), advance)
    yield part("accept", moved, lambda w: emit_tsit5.Tsit5(w, at).accept(*moved))
    yield part("refresh", anew, lambda w: emit_tsit5.Tsit5(w, at).refresh("rates", anew))
    yield part("between", inside, lambda w: step(w).between(inside))
    yield part("glance", inside, lambda w: step(w).glance(_states_of_risk(program), inside))


def _parameters(arrays: Sequence[Numbers]) -> str:
    return ", ".join(text for array in arrays for text in _parameter(array))


def _parameter(array: Numbers) -> Iterator[str]:
    reads = "const " if array.labels or array.name == "floors" else ""
    kind = "long long" if array.name == "attention" else "double"
    yield f"{reads}{kind} *__restrict__ {array.name}"
    if array.stride and not array.fixed:
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
    """Return the numbers that the loop needs, all from where the CPU engine has them."""
    sizes = {
        "STATES": len(program.rates), "STAGES": tsit5.STAGES,
        "DRIVEN": max(1, len(program.driven)), "INPUTS": max(1, len(program.trace.inputs)),
        "CONTROLS": LANE_CONTROLS, "RELAXING": max(1, emit_companion.ROW * len(program.relaxing)),
    }  # fmt: skip
    values = {**loop_constants(), **sizes}
    return "\n".join(
        f"#define {name} {value!r}" + ("LL" if isinstance(value, int) and value > 1 << 31 else "")
        for name, value in values.items()
    )


def _block() -> str:
    """Return the kernel's argument.

    Arrays to read have the patients last, so that neighbours read side by side; each patient's answers lie together.
    """
    kinds = (
        (NUMBERS, "long long "), (WHOLE_IN, "const long long *"), (REAL_IN, "const double *"), (REAL_OUT, "double *"),
        (WHOLE_OUT, "long long *"),
    )  # fmt: skip
    rows = [f"  {kind}{name};" for names, kind in kinds for name in names]
    return "\n".join(["typedef long long whole;", "typedef struct {", *rows, "} Block;"])


def divisions(program: Program) -> dict[str, int]:
    """Return how many divisions each function holds, for a check of what the compiler made of them.

    Loops over the states that relax fast count as often as they turn where the compiler unrolls them.
    """
    nodes, relaxing = program.graph.nodes, len(program.relaxing)

    def moving(outputs: Sequence[int], level: Level) -> int:
        return sum(nodes[i].op == "recip" and nodes[i].level == level for i in program.graph.reached(outputs))

    return {
        "rates": moving(program.rates, Level.STATE),
        "risk": moving((program.risk,), Level.STATE),
        "driven": 2 * moving(program.driven, Level.INPUT),  # inlined where the loop begins and where a day has come
        "advance": 2 + relaxing,  # the largest quotient, one in the next step's length, and 1 / z
        "between": 2 * relaxing,  # inlined at two places
        "glance": sum(place < relaxing for place in _states_of_risk(program)),
        "find_point": 1,  # the share of the step
    }
