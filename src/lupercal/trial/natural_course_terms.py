"""Targets that are linear in the weights of patients, for entropy balancing: a feature and what its mean should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.natural_history import figure, targets
from lupercal.trial.natural_course_statistics import both_above

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Term:
    """A target that is linear in the weights: the mean of ``feature`` (N,) should be ``value`` within ``tolerance``."""

    target: str
    name: str
    feature: Array
    value: float
    tolerance: float


def clinic_terms(features: Mapping[str, Array]) -> list[Term]:
    """Return the targets of the clinic cohort that are linear in the weights."""
    parts = {"T05": "band_", "T18": "pattern_"}
    shares = [
        Term(one, name, features[f"{prefix}{name}"], value, targets()[one].tolerance[name])
        for one, prefix in parts.items()
        for name, value in targets()[one].values.items()
    ]
    years = features["years"]
    single = {
        "T19": features["lldas"],
        "D01": features["flares"] / years,
        "D02": features["severe_flares"] / years,
        "D11": features["sdi_slope"],
    }
    return [*_moments("T04", features["sledai"]), *shares, *(_single(one, x) for one, x in single.items())]


def entry_terms(features: Mapping[str, Array]) -> list[Term]:
    """Return the targets of trial entry that are linear in the weights.

    The association of T09 stands as the share with both findings and the share with low complement. The spread of T13
    is taken around the unweighted mean of the logarithm, so that its second moment is linear.
    """
    single = {"T07": features["raised_dsdna"], "T08": features["low_c3"], "T15": features["prednisone_above_7_5"]}
    parts = {"T11": "domain_", "T12": ""}
    shares = [
        Term(one, name, features[f"{prefix}{name}"], value, targets()[one].tolerance[name])
        for one, prefix in parts.items()
        for name, value in targets()[one].values.items()
    ]
    return [
        *_moments("T06", features["sledai"]),
        *(_single(one, x) for one, x in single.items()),
        *_joint(features),
        *shares,
        _spread("T13", features["log_anti_dsdna"]),
    ]


def _single(one: str, feature: Array) -> Term:
    target = targets()[one]
    return Term(one, "value", feature, target.values["value"], target.tolerance["value"])


def _moments(one: str, feature: Array) -> Iterator[Term]:
    """Yield mean and second moment; the tolerance of the latter is that of mean and standard deviation together."""
    values, tolerance = targets()[one].values, targets()[one].tolerance
    mean, sd = values["mean"], values["sd"]
    yield Term(one, "mean", feature, mean, tolerance["mean"])
    slack = 2 * float(np.hypot(mean * tolerance["mean"], sd * tolerance["sd"]))
    yield Term(one, "second_moment", feature * feature, mean * mean + sd * sd, slack)


def _spread(one: str, feature: Array) -> Term:
    target = targets()[one]
    sd, slack = target.values["value"], target.tolerance["value"]
    return Term(one, "second_central_moment", (feature - feature.mean()) ** 2, sd * sd, 2 * sd * slack)


def _joint(features: Mapping[str, Array]) -> Iterator[Term]:
    """Yield the shares behind the association of anti-dsDNA and complement (figure of BLISS, Oon table 2)."""
    seen = figure("trial_baseline_structure.dsdna_lowc_joint_bliss").values
    both, low = seen["both"] / 100, (seen["both"] + seen["lowc_only"]) / 100
    raised = (seen["both"] + seen["dsdna_only"]) / 100
    r, slack = targets()["T09"].values["value"], targets()["T09"].tolerance["value"]
    width = both_above(raised, low, r + slack) - both_above(raised, low, r - slack)
    yield Term("T09", "both", features["raised_dsdna_and_low_complement"], both, width / 2)
    yield Term("T09", "low_complement", features["low_complement"], low, targets()["T08"].tolerance["value"])
