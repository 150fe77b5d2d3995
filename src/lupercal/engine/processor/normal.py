"""The normal quantile for machine code, with the bits of `scipy.special.ndtri`, many numbers at a time.

Rational approximations of the Cephes library (S. L. Moshier, Methods and Programs for Mathematical Functions, 1989,
ISBN 0745802893): one in the square of p - 1/2 for the middle three quarters, two in 1 / sqrt(-2 log p) for the tails.
The middle is computed for all numbers of a block at once; the tails are collected, so that no branch is guessed. This
module imports numba; it is loaded only when there is something to compile.
"""

from __future__ import annotations

from functools import reduce
from math import log, sqrt
from typing import Any

from lupercal.engine.loop.access import compiled

BLOCK = 256  # numbers worked on at a time; rooms hold as many, and one more place
TAIL = 0.13533528323661269189  # exp(-2): where the tails begin
FAR = 8.0  # sqrt(-2 log p) from which the outer tail counts
ROOT = 2.50662827463100050242  # sqrt(2 pi)
MIDDLE_OVER = (
    -59.9633501014107895267, 98.0010754185999661536, -56.6762857469070293439, 13.9312609387279679503,
    -1.23916583867381258016,
)  # fmt: skip
MIDDLE_UNDER = (
    1.95448858338141759834, 4.67627912898881538453, 86.3602421390890590575, -225.462687854119370527,
    200.260212380060660359, -82.0372256168333339912, 15.9056225126211695515, -1.18331621121330003142,
)  # fmt: skip
TAIL_OVER = (
    4.05544892305962419923, 31.5251094599893866154, 57.1628192246421288162, 44.0805073893200834700,
    14.6849561928858024014, 2.18663306850790267539, -0.140256079171354495875, -0.0350424626827848203418,
    -8.57456785154685413611e-4,
)  # fmt: skip
TAIL_UNDER = (
    15.7799883256466749731, 45.3907635128879210584, 41.3172038254672030440, 15.0425385692907503408,
    2.50464946208309415979, -0.142182922854787788574, -0.0380806407691578277194, -9.33259480895457427372e-4,
)  # fmt: skip
FAR_OVER = (
    3.23774891776946035970, 6.91522889068984211695, 3.93881025292474443415, 1.33303460815807542389,
    0.201485389549179081538, 0.0123716634817820021358, 3.01581553508235416007e-4, 2.65806974686737550832e-6,
    6.23974539184983293730e-9,
)  # fmt: skip
FAR_UNDER = (
    6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271, 0.216236993594496635890,
    0.0134204006088543189037, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9,
)  # fmt: skip
"""Coefficients, of the highest power first; divisors begin with a power whose coefficient is 1."""


def _ratio(over: tuple[float, ...], under: tuple[float, ...]) -> Any:
    """Return the function of ``by`` and ``x`` that is ``by`` times one polynomial of x divided by another."""
    above, below = (
        reduce(lambda sofar, next_one: f"({sofar} * x + {next_one!r})", coefficients[1:], first)
        for coefficients, first in ((over, repr(over[0])), (under, f"(x + {under[0]!r})"))
    )
    space: dict[str, Any] = {}
    exec(f"def ratio(by, x):\n    return by * {above} / {below}\n", space)
    return compiled(space["ratio"])


_of_middle, _of_tail, _of_far = (
    _ratio(*one) for one in ((MIDDLE_OVER, MIDDLE_UNDER), (TAIL_OVER, TAIL_UNDER), (FAR_OVER, FAR_UNDER))
)


@compiled
def _middle(p: float) -> Any:
    away = p - 0.5
    return (away + away * _of_middle(away * away, away * away)) * ROOT


@compiled
def _tail(root: float, logarithm: float) -> Any:
    z = 1.0 / root
    return (root - logarithm / root) - _of_tail(z, z)


@compiled
def _far_tail(root: float, logarithm: float) -> Any:
    z = 1.0 / root
    return (root - logarithm / root) - _of_far(z, z)


@compiled
def to_normals(found: Any, size: int, middle: Any, roots: Any, logs: Any, places: Any) -> None:
    """Replace ``size`` probabilities in (0, 1) by quantiles of the standard normal distribution.

    The other four are rooms of `BLOCK` + 1 numbers, ``places`` of whole ones.
    """
    for first in range(0, size, BLOCK):
        count = min(BLOCK, size - first)
        for i in range(count):
            middle[i] = _middle(found[first + i])
        tails = 0
        for i in range(count):
            places[tails] = i
            tails += int((found[first + i] <= TAIL) | (found[first + i] > 1.0 - TAIL))
        _fill_tails(found, first, tails, middle, roots, logs, places)
        for i in range(count):
            found[first + i] = middle[i]


@compiled
def _fill_tails(found: Any, first: int, tails: int, middle: Any, roots: Any, logs: Any, places: Any) -> None:
    """Put the quantiles of the ``tails`` numbers at ``places`` of a block where the middle's stand."""
    for j in range(tails):
        p = found[first + places[j]]
        roots[j] = log(1.0 - p if p > 1.0 - TAIL else p)
    farthest = 0.0
    for j in range(tails):
        roots[j] = sqrt(-2.0 * roots[j])
        farthest = max(farthest, roots[j])
    for j in range(tails):
        logs[j] = log(roots[j])
    if farthest < FAR:
        for j in range(tails):
            logs[j] = _tail(roots[j], logs[j])
    else:
        for j in range(tails):
            logs[j] = _tail(roots[j], logs[j]) if roots[j] < FAR else _far_tail(roots[j], logs[j])
    for j in range(tails):
        middle[places[j]] = logs[j] if found[first + places[j]] > 1.0 - TAIL else -logs[j]
