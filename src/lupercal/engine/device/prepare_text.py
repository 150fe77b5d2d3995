"""What a device makes itself before it integrates, as C text: constants from parameters, and weekly luck.

Both have the bits that the host would give them. Constants are the operations of `lupercal.engine.text.numpy_text`, one
after another and none fused; luck is Philox as in `lupercal.engine.loop.philox`. A thread works for one patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Graph
from lupercal.engine.text.c_writer import CWriter

CONSTANTS, LUCK = "lupercal_constants", "lupercal_luck"  # names of the kernels
# fields of their arguments: whole numbers, arrays of whole and real numbers to read, arrays to write
MAKING = (("patients",), ("begins", "apart", "order"), ("parameters",), ("constants",), ())
DRAWING = (
    ("patients", "marks", "stream", "draw", "key_low", "key_high"), ("who", "when"), ("ceilings",), ("luck",),
    ("mark_from", "mark_weeks"),
)  # fmt: skip
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_KINDS = ("long long ", "const long long *", "const double *", "double *", "long long *")

_LUCK = """\
typedef unsigned long long word;
FUNCTION double uniform(word patient, word day, word stream, word draw, word k0, word k1) {{
  word c0 = patient & {low}, c1 = day & {low}, c2 = stream, c3 = draw;
  for (int turn = 0; turn < {rounds}; ++turn) {{
    const word left = {multiplier_0} * c0, right = {multiplier_2} * c2;
    c0 = (right >> 32) ^ c1 ^ k0;
    c2 = (left >> 32) ^ c3 ^ k1;
    c1 = right & {low};
    c3 = left & {low};
    k0 = (k0 + {weyl_0}) & {low};
    k1 = (k1 + {weyl_1}) & {low};
  }}
  return ((double)((c0 << {high_bits}) | (c1 >> {low_bits})) + 0.5) * {spacing!r};
}}

/* weeks and luck of the chances that may strike; behind them weeks that never come */
KERNEL void {name}(GIVEN LuckBlock drawing) {{
  const LuckBlock *const d = &drawing;
  const whole n = THIS_THREAD;
  if (n >= d->patients) return;
  whole next = n * d->marks;
  d->mark_from[n] = next;
  if (n + 1 == d->patients) d->mark_from[n + 1] = next + d->marks;
  for (whole week = 0; week < d->marks; ++week) {{
    const double drawn = uniform(d->who[n], d->when[week], d->stream, d->draw, d->key_low, d->key_high);
    if (drawn >= d->ceilings[n]) continue;
    d->luck[next] = drawn;
    d->mark_weeks[next++] = week;
  }}
  for (; next < (n + 1) * d->marks; ++next) {{
    d->luck[next] = 1.0;
    d->mark_weeks[next] = NOWHERE;
  }}
}}
"""


def preparation(program: Program) -> Iterator[str]:
    """Yield the parts of the text: the kernels' arguments, and the kernels."""
    yield _structure("ConstantsBlock", MAKING)
    yield _structure("LuckBlock", DRAWING)
    yield "\n".join(_constants(program))
    yield _luck()


def _structure(name: str, fields: tuple[tuple[str, ...], ...]) -> str:
    rows = [f"  {kind}{field};" for kind, names in zip(_KINDS, fields, strict=True) for field in names]
    return "\n".join(["typedef struct {", *rows, f"}} {name};"])


_HEAD = f"""\
KERNEL void {CONSTANTS}(GIVEN ConstantsBlock making) {{
  const ConstantsBlock *const m = &making;
  const whole place = THIS_THREAD;
  if (place >= m->patients) return;
  const whole n = m->order[place], patients = m->patients;
  const double *__restrict__ const parameters = m->parameters;
  const whole *__restrict__ const begins = m->begins, *__restrict__ const apart = m->apart;
  double *__restrict__ const constants = m->constants;"""


def _constants(program: Program) -> Iterator[str]:
    """Yield the kernel that works out the constants of each patient from the parameters, in the order of threads."""
    yield _HEAD
    number = {name: k for k, name in enumerate(program.trace.parameters)}
    places: dict[int, list[int]] = {}
    for k, index in enumerate(program.constants):
        places.setdefault(index, []).append(k)
    for index in program.graph.reached(program.constants):
        yield from _operation(program.graph, index, number)
        for k in places.get(index, ()):  # at once, so that few values wait
            yield f"  constants[{k} * patients + place] = {_operand(program.graph, index)};"
    yield "}"


def _operation(graph: Graph, index: int, number: Mapping[str, int]) -> Iterator[str]:
    node = graph.nodes[index]
    if node.op == "const":
        return
    if node.op == "symbol":
        k = number[node.name]
        text = f"parameters[begins[{k}] + apart[{k}] * n]"
    elif node.op == "recip":
        text = f"1.0 / {_operand(graph, node.args[0])}"
    else:
        text = f" {_SIGNS[node.op]} ".join(_operand(graph, each) for each in node.args)
    yield f"  const double v{index} = {text};"


def _operand(graph: Graph, index: int) -> str:
    node = graph.nodes[index]
    return CWriter().const(node.value) if node.op == "const" else f"v{index}"


def divisions_of_constants(program: Program) -> int:
    """Return how many divisions the constants take."""
    return sum(program.graph.nodes[i].op in {"recip", "div"} for i in program.graph.reached(program.constants))


def _luck() -> str:
    from lupercal.engine.loop import philox  # noqa: PLC0415 - loads numba, which whoever needs this text has loaded

    names = ("MULTIPLIER_0", "MULTIPLIER_2", "WEYL_0", "WEYL_1", "LOW")
    numbers = {name.lower(): f"{int(getattr(philox, name))}ULL" for name in names}
    bits = {name.lower(): int(getattr(philox, name)) for name in ("HIGH_BITS", "LOW_BITS", "ROUNDS")}
    return _LUCK.format(name=LUCK, spacing=philox.SPACING, **numbers, **bits)
