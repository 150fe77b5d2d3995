"""Drawing virtual patients: one point of a Sobol sequence each, turned into parameters by the inverse distribution
functions.

The point of a patient depends on seed and patient number alone (scrambled Sobol sequence, Owen 1998; doi
10.1006/jcom.1998.0487), so one more patient changes nobody else. Distributions are those of the parameter data,
truncated to each parameter's plausible range.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import qmc

from lupercal.evidence.parameters import Parameter, parameters, values
from lupercal.model.observation import CNS_ITEMS, Traits

Array = NDArray[np.float64]
Typical = Mapping[str, float | Array]

SIMPLEXES = (("w_c", "w_i", "w_t"), ("wk_c", "wk_i", "wk_t"))
ORGANS = ("ki", "jo", "sk", "se", "np", "he")
_EXTRA = (
    "seronegative", "cns_item", "vasculitis", "myositis", "bg_pred", "bg_pred_dose", "bg_hcq", "bg_ap",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Drawn:
    """Virtual patients before they have lived: numbers, parameters, traits, and the drugs they would take.

    ``patients`` (N,) are their numbers; ``parameters`` maps every symbol to one number or shape (N,); ``background``
    maps the model inputs gc (mg/d), hq (mg/d) and ap (g/d) to shape (N,).
    """

    patients: NDArray[np.int64]
    parameters: Mapping[str, float | Array]
    traits: Traits
    background: Mapping[str, Array]

    @property
    def size(self) -> int:
        """Number of virtual patients."""
        return len(self.patients)


def varying() -> tuple[Parameter, ...]:
    """Return the parameters that differ between virtual patients, in a fixed order."""
    return tuple(parameter for _, parameter in sorted(parameters().items()) if parameter.varies)


def draw(seed: int, first: int, size: int, typical: Typical | None = None) -> Drawn:
    """Return virtual patients number ``first`` to ``first + size - 1``.

    Parameters
    ----------
    seed
        Of the sequence.
    first, size
        Which patients.
    typical
        Typical values that take the place of those of the parameter data, as a calibration found them: a symbol, or a
        symbol followed by ``.cv`` or ``.involved`` (see `lupercal.evidence.parameters.Spread`), each one number or one
        for each patient, shape (size,).
    """
    given = dict(typical or {})
    drawn_parameters = varying()
    points = sobol_points(seed, first, size, len(drawn_parameters) + len(_EXTRA))
    found: dict[str, float | Array] = {**values(), **{name: x for name, x in given.items() if "." not in name}}
    for parameter, u in zip(drawn_parameters, points, strict=False):
        found[parameter.symbol] = quantile(parameter, u, given)
    extra = dict(zip(_EXTRA, points[len(drawn_parameters) :], strict=True))
    _derive(found, extra)
    patients = np.arange(first, first + size, dtype=np.int64)
    return Drawn(patients, found, _traits(extra, found), _background(extra, found))


def sobol_points(seed: int, first: int, size: int, dimensions: int) -> Array:
    """Return points ``first`` … of the scrambled sequence of a seed, shape (dimensions, size), inside (0, 1)."""
    sequence = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    if first:
        sequence.fast_forward(first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # sizes that are no power of two are meant
        points = sequence.random(size)
    tiny = 2.0**-32
    return np.ascontiguousarray(np.clip(points.T, tiny, 1 - tiny))


def quantile(parameter: Parameter, u: Array, typical: Typical | None = None) -> Array:
    """Return the values of a parameter at probabilities ``u`` (N,) of its distribution between patients.

    ``typical`` may replace value, ``.cv`` and ``.involved``, see `draw`.
    """
    given, symbol, spread = typical or {}, parameter.symbol, parameter.spread
    shape = _SHAPES[spread.kind.removeprefix("zero_inflated_")]
    centre = np.clip(np.asarray(given.get(symbol, parameter.value), np.float64), parameter.low, parameter.high)
    cv = np.asarray(given.get(f"{symbol}.cv", spread.cv), np.float64)
    if not spread.kind.startswith("zero_inflated"):
        return shape(_Curve(centre, cv, parameter.low, parameter.high), u)
    involved = np.asarray(given.get(f"{symbol}.involved", spread.involved), np.float64)
    inner = (u - (1 - involved)) / involved
    inside = np.clip(inner, 2.0**-32, 1.0)
    return np.where(inner > 0, shape(_Curve(centre, cv, parameter.low, parameter.high), inside), 0.0)


@final
@dataclass(frozen=True, slots=True)
class _Curve:
    """Centre and coefficient of variation, one number or shape (N,), and the bounds of a parameter."""

    centre: Array
    cv: Array
    low: float
    high: float


def _truncated(u: Array, low: Array, high: Array) -> Array:
    """Return standard normal quantiles at ``u`` of the distribution cut to [low, high]."""
    below, above = ndtr(low), ndtr(high)
    return np.asarray(ndtri(below + u * (above - below)), np.float64)


def _lognormal(curve: _Curve, u: Array) -> Array:
    sigma = np.sqrt(np.log1p(curve.cv**2))
    centre = np.maximum(curve.centre, 1e-12)
    low = np.log(np.maximum(curve.low, centre * 1e-6) / centre) / sigma
    high = np.log(curve.high / centre) / sigma
    return np.asarray(centre * np.exp(sigma * _truncated(u, low, high)))


def _logit_normal(curve: _Curve, u: Array) -> Array:
    inside = np.clip(curve.centre, 1e-6, 1 - 1e-6)
    sigma = curve.cv / (1 - inside)  # so that the value itself has about this CV
    centre = logit(inside)
    low = (logit(max(curve.low, 1e-6)) - centre) / sigma
    high = (logit(min(curve.high, 1 - 1e-6)) - centre) / sigma
    return np.asarray(expit(centre + sigma * _truncated(u, low, high)), np.float64)


_SHAPES: Mapping[str, Callable[[_Curve, Array], Array]] = {
    "lognormal": _lognormal,
    "simplex": _lognormal,
    "logit_normal": _logit_normal,
}


def _derive(found: dict[str, float | Array], extra: Mapping[str, Array]) -> None:
    """Set what follows from other draws: loop strength, weights that sum to one, seronegative class, organ scale."""
    found["p_am"] = growth_for(found)
    for names in SIMPLEXES:
        total = sum(found[name] for name in names)
        for name in names:
            found[name] = found[name] / total
    seronegative = extra["seronegative"] < found["seronegative"]
    found["DNref"] = np.where(seronegative, found["DNref"] * found["seroneg_factor"], found["DNref"])
    for organ in ORGANS:
        found[f"pi_{organ}"] = found[f"pi_{organ}"] * found[f"pop_{organ}"]


def growth_for(p: Mapping[str, float | Array]) -> float | Array:
    """Return p_am (1/d) from s_loop = p_am / (d_am (1 + 1/am_cap) (1 + K_th2)), model dossier 3.6."""
    return p["s_loop"] * p["d_am"] * (1 + 1 / p["am_cap"]) * (1 + p["K_th2"])


def _traits(extra: Mapping[str, Array], p: Typical) -> Traits:
    shares = np.cumsum([p[f"cns_{item}"] for item in CNS_ITEMS])
    return Traits(
        np.searchsorted(shares / shares[-1], extra["cns_item"]),
        np.where(extra["vasculitis"] < p["has_vasculitis"], 1.0, 0.0),
        np.where(extra["myositis"] < p["has_myositis"], 1.0, 0.0),
    )


def _background(extra: Mapping[str, Array], p: Typical) -> dict[str, Array]:
    """Return drugs where the real patient's are not known: taken or not, prednisone spread evenly around its mean."""
    prednisone = p["bg_pred"] * (0.5 + extra["bg_pred_dose"])
    return {
        "gc": np.where(extra["bg_pred"] < p["bg_pred_share"], prednisone, 0.0),
        "hq": np.where(extra["bg_hcq"] < p["bg_hcq_share"], p["bg_hcq"], 0.0),
        "ap": np.where(extra["bg_ap"] < p["bg_ap_share"], p["bg_ap"], 0.0),
    }
