"""From a program to CUDA C: one thread integrates one patient between two events, with its own steps.

The text is plain C apart from three words of CUDA, so a C compiler can check it (`as_c`). Arrays are as elsewhere,
patients last: neighbouring threads read neighbouring numbers. Constants stay in global memory, states and stages in the
thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from lupercal.engine import tsit5
from lupercal.engine.emit_tsit5 import LARGEST_FACTOR, SAFETY, SMALLEST_FACTOR, ZERO_BELOW
from lupercal.engine.rewrite import Program

_SIGNS = {"add": "+", "sub": "-", "mul": "*"}

_SEGMENT = """
extern "C" __global__ void segment(real *states, const real *constants, const real *floors, real rtol, double days,
                                   long patients, long limit, double *steps, int *outcomes)
{{
  long i = THREAD;
  if (i >= patients) return;
  real y[{count}], z[{count}], k[{stages}][{count}];
  for (int j = 0; j < {count}; j++) y[j] = states[j * patients + i];
  double t = 0, h = steps[i];
  long tries = 0;
  rates(y, constants + i, patients, k[0]);
  while (t < days && tries++ < limit) {{
    double left = days - t;
    if (h >= left * (1 - 1e-9)) h = left; else if (h > 0.5 * left) h = 0.5 * left;
    real s = (real)h;
{stage_text}
    real worst = 0;
    for (int j = 0; j < {count}; j++) {{
      real e = s * ({error}), a = fabs(y[j]), b = fabs(z[j]);
      e = fabs(e) / (floors[j] + rtol * (a > b ? a : b));
      if (!(e <= worst)) worst = e;
    }}
    if (worst <= 1) {{
      t = h == left ? days : t + h;
      for (int j = 0; j < {count}; j++) {{ y[j] = z[j]; k[0][j] = k[{last}][j]; }}
    }}
    double factor = {safety} * pow((double)(worst > 1e-8 ? worst : 1e-8), -0.2);
    if (!(factor > {low})) factor = {low};
    h *= factor < {high} ? factor : {high};
  }}
  outcomes[i] = t < days;
  steps[i] = h;
  for (int j = 0; j < {count}; j++) states[j * patients + i] = y[j];
}}
"""


def source(program: Program, real: str = "double") -> str:
    """Return the CUDA C text for numbers of type ``real`` (double or float).

    ``segment`` advances ``states`` (S, N) by ``days`` in place with ``constants`` (Q, N), the driven ones last,
    ``floors`` (S) and ``rtol`` as on the processor; ``steps`` (N) are the first steps to try and become the next;
    ``outcomes`` (N) is 1 where ``limit`` steps were not enough.
    """
    count = len(program.rates)
    body = _SEGMENT.format(
        count=count, stages=tsit5.STAGES, last=tsit5.STAGES - 1, stage_text=_stages(count), safety=SAFETY,
        error=_weighted(tsit5.ERROR), low=SMALLEST_FACTOR, high=LARGEST_FACTOR,
    )  # fmt: skip
    head = (
        f"typedef {real} real;\n#ifndef THREAD\n#define THREAD (blockIdx.x * (long)blockDim.x + threadIdx.x)\n#endif\n"
    )
    return head + _rates(program) + body


def as_c(text: str) -> str:
    """Return the text for a C compiler: one patient after another."""
    inner = text.replace('extern "C" __global__ void segment(', "static void one(").replace(
        "__device__ __noinline__ ", "static "
    )
    head, _, arguments = inner.partition("static void one(")
    signature = arguments[: arguments.index(")")]
    names = ", ".join(part.split()[-1].lstrip("*") for part in signature.split(","))
    loop = f"\nvoid segment({signature})\n{{\n  for (thread = 0; thread < patients; thread++) one({names});\n}}\n"
    return (
        "#include <math.h>\nstatic long thread;\n#define THREAD thread\n" + head + "static void one(" + arguments + loop
    )


def _stages(count: int) -> str:
    lines = []
    for stage in range(1, tsit5.STAGES):
        clip = f" if (z[j] < {ZERO_BELOW}) z[j] = 0;" if stage == tsit5.STAGES - 1 else ""
        lines += [
            f"    for (int j = 0; j < {count}; j++) {{ z[j] = y[j] + s * ({_weighted(tsit5.A[stage])});{clip} }}",
            f"    rates(z, constants + i, patients, k[{stage}]);",
        ]
    return "\n".join(lines)


def _weighted(weights: Sequence[float]) -> str:
    return " + ".join(f"(real){weight!r} * k[{stage}][j]" for stage, weight in enumerate(weights))


def _rates(program: Program) -> str:
    graph, known = program.graph, {i: k for k, i in enumerate((*program.constants, *program.driven))}
    place = {name: k for k, name in enumerate(program.trace.states)}
    needed = _needed(program, set(known))

    def text(index: int) -> str:
        node = graph.nodes[index]
        if index in known:
            return f"q[{known[index]} * patients]"
        if node.op == "const":
            return f"(real){node.value!r}"
        return f"y[{place[node.name]}]" if node.op == "symbol" else f"v{index}"

    lines = ["__device__ __noinline__ void rates(const real *y, const real *q, long patients, real *d)", "{"]
    for index in needed:
        node = graph.nodes[index]
        args = [text(a) for a in node.args]
        value = f"(real)1 / {args[0]}" if node.op == "recip" else f"{args[0]} {_SIGNS[node.op]} {args[1]}"
        lines.append(f"  const real v{index} = {value};")
    lines += [f"  d[{k}] = {text(index)};" for k, index in enumerate(program.rates)]
    return "\n".join([*lines, "}", ""])


def _needed(program: Program, known: set[int]) -> list[int]:
    """Return the operations of the rates in order, without those that only lead to known constants."""
    wanted: set[int] = set(program.rates)
    order = program.graph.reached(program.rates)
    for index in reversed(order):
        if index in wanted and index not in known:
            wanted |= set(program.graph.nodes[index].args)
    return [i for i in order if i in wanted and i not in known and program.graph.nodes[i].args]
