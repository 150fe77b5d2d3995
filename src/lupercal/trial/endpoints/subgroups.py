"""Subgroups as studies word them, read from the visits of a virtual trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lupercal.trial.endpoints.laboratory import depleted
from lupercal.trial.seen import SeenArm

Bools = NDArray[np.bool_]
Members = Callable[[SeenArm, str, float], Bools | None]


def members(words: str, seen: SeenArm, measure: str, day: float) -> Bools | None:
    """Return who belongs to a subgroup (N,); None where its words are not known.

    Parameters
    ----------
    words
        The subgroup as the study words it; several conditions are parted by semicolons.
    seen
        The arm.
    measure
        The measure the figure is of: "low at baseline" means that measure.
    day
        The day of the figure.
    """
    parts = [part.strip() for part in words.split(";") if part.strip()]
    if any(part not in SUBGROUPS for part in parts):
        return None
    told = [SUBGROUPS[part](seen, measure, day) for part in parts]
    if any(one is None for one in told):
        return None
    return np.asarray(np.all([np.ones(seen.size, bool), *(one for one in told if one is not None)], axis=0))


def _raised(seen: SeenArm) -> Bools:
    return np.asarray(seen.baseline("anti_dsdna") > seen.baseline("anti_dsdna_uln"))


def _low(seen: SeenArm, name: str) -> Bools:
    return np.asarray(seen.baseline(name) < seen.baseline(f"{name}_lln"))


def _low_measure(seen: SeenArm, measure: str, day: float) -> Bools | None:
    """Return whose value of what the measure is about was below its limit; None where it has no lower limit."""
    components = {"complement": ("c3", "c4")}.get(measure.partition("_")[0], (measure.partition("_")[0],))
    if any(f"{name}_lln" not in seen.columns for name in components):
        return None
    return np.asarray(np.any([_low(seen, name) for name in components], axis=0))


def _active_serology(seen: SeenArm, measure: str, day: float) -> Bools:
    return (_low(seen, "c3") | _low(seen, "c4")) & _raised(seen)


def _responder(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.asarray(seen.scored("sri_4", float(seen.trial.end)) == 1)


def _flares_later(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.asarray(np.any((seen.flare >= 1) & (seen.days > day)[:, None], axis=0))


def _complete(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.asarray(depleted(seen, day) <= seen.trial.end)


def _everybody(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.ones(seen.size, bool)


SUBGROUPS: Mapping[str, Members] = {
    "low complement and anti-dsDNA positive at baseline": _active_serology,
    "anti-dsDNA positive at baseline": lambda seen, measure, day: _raised(seen),
    "raised anti-dsDNA at baseline": lambda seen, measure, day: _raised(seen),
    "normal anti-dsDNA at baseline": lambda seen, measure, day: ~_raised(seen),
    "low at baseline": _low_measure,
    "SRI-4 responders": _responder,
    "SRI-4 non-responders": lambda seen, measure, day: ~_responder(seen, measure, day),
    "with later flare": _flares_later,
    "without later flare": lambda seen, measure, day: ~_flares_later(seen, measure, day),
    "complete B-cell depletion": _complete,
    "incomplete B-cell depletion": lambda seen, measure, day: ~_complete(seen, measure, day),
    "domain not involved at baseline": _everybody,  # the measure itself leaves the others out
    "change from baseline": _everybody,
}
"""Every subgroup that can be told from simulated visits, by its words."""
