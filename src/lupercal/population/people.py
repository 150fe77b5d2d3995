"""Who a virtual patient is: sex, ages, phospholipid antibodies, kidney history and type of lupus.

Age at onset has three bands, before 16, 16 to 55 and after 55 years, each a normal distribution cut to its band, so
that the shares of childhood and late onset are parameters of their own. The duration of disease is exponential around a
mean that differs between cohorts, cut where the person would grow older than ``age_most``. Ancestry is not drawn:
there are prevalences by ancestry, but no model parameter that depends on it. All virtual patients have systemic lupus,
which is what the model describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.lupus_type import LupusType
from lupercal.population.quantiles import Typical, truncated

Array = NDArray[np.float64]
LUPUS_TYPES = tuple(LupusType)


@final
@dataclass(frozen=True, slots=True)
class People:
    """One number per virtual patient, each of shape (N,): flags 1 or 0, ages in years.

    ``ever_nephritis`` says whether the kidney is among the organs that lupus involves in this patient;
    ``lupus_type`` is an index into `LUPUS_TYPES`.
    """

    female: Array
    age_at_onset: Array
    age: Array
    disease_duration: Array
    any_apl: Array
    lupus_anticoagulant: Array
    ever_nephritis: Array
    lupus_type: NDArray[np.int8]

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.age)

    def take(self, index: NDArray[np.int64]) -> People:
        """Return the people at these indices; nobody stays nobody."""
        return People(**{name: values[index] for name, values in self.columns().items()}) if self.size else self

    def columns(self) -> dict[str, Any]:
        """Return all columns by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def nobody() -> People:
    """Return no people, for cohorts made without them."""
    none = np.zeros(0)
    return People(none, none, none, none, none, none, none, np.zeros(0, np.int8))


def joined_people(parts: list[People]) -> People:
    """Return several groups of people as one."""
    return People(**{name: np.concatenate([part.columns()[name] for part in parts]) for name in nobody().columns()})


def people_of(u: Mapping[str, Array], p: Typical, care: str) -> People:
    """Return people from draws and parameters.

    Parameters
    ----------
    u
        Draws male, age_at_onset, disease_duration and apl, uniform in (0, 1), shape (N,).
    p
        Parameters by symbol, one number or shape (N,), with the drawn ``pi_ki``.
    care
        Which cohort's duration of disease: population, clinic or trial.
    """
    onset = age_at_onset(u["age_at_onset"], p)
    duration = disease_duration(u["disease_duration"], p[f"{care}_duration"], p["age_most"] - onset)
    return People(
        female=yes(u["male"] <= p["female"]),
        age_at_onset=onset,
        age=onset + duration,
        disease_duration=duration,
        any_apl=yes(u["apl"] > 1 - p["any_apl"]),
        lupus_anticoagulant=yes(u["apl"] > 1 - p["lupus_anticoagulant"]),
        ever_nephritis=yes(np.asarray(p["pi_ki"]) > 0),
        lupus_type=np.full(len(onset), LUPUS_TYPES.index(LupusType.SYSTEMIC), np.int8),
    )


def age_at_onset(u: Array, p: Typical) -> Array:
    """Return ages at onset, a, at probabilities ``u`` (N,)."""
    early, late = p["onset_before_16"], p["onset_after_55"]
    first, last = p["onset_youngest"], p["onset_oldest"]
    middle = np.clip((u - early) / (1 - early - late), 0.0, 1.0)
    end = np.clip((u - (1 - late)) / late, 0.0, 1.0)
    child = _band(np.minimum(u / early, 1.0), p["onset_child"], p["onset_child_sd"], first, p["onset_childhood_ends"])
    adult = _band(middle, p["onset_adult"], p["onset_adult_sd"], p["onset_childhood_ends"], p["onset_late_begins"])
    older = _band(end, p["onset_late"], p["onset_late_sd"], p["onset_late_begins"], last)
    return np.where(u < early, child, np.where(u > 1 - late, older, adult))


def disease_duration(u: Array, mean: float | Array, most: float | Array) -> Array:
    """Return durations of disease, a: exponential with this mean before it is cut at ``most``."""
    reached = -np.expm1(-most / mean)
    return np.asarray(-mean * np.log1p(-u * reached), np.float64)


def yes(condition: NDArray[np.bool_]) -> Array:
    """Return 1.0 where true, 0.0 where false."""
    return np.where(condition, 1.0, 0.0)


def _band(u: Array, mean: float | Array, sd: float | Array, low: float | Array, high: float | Array) -> Array:
    """Return quantiles of a normal distribution cut to a band of ages."""
    return np.asarray(mean + sd * truncated(u, (low - mean) / sd, (high - mean) / sd), np.float64)
