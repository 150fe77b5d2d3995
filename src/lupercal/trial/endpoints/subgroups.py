"""Subgroups as studies word them, read from the visits of a virtual trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lupercal.trial.endpoints.kidney import holds_by_study, involved
from lupercal.trial.endpoints.laboratory import depleted
from lupercal.trial.endpoints.subgroup_words import NEW_NEPHRITIS, RELAPSED_NEPHRITIS, bound_of, plain_words
from lupercal.trial.nephritis_before import BEGAN, EARLIER, STANDING
from lupercal.trial.seen import SeenArm
from lupercal.visits.renal_flares import renal_flare_rule

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
    parts_met = [_part(part, seen, measure, day) for part in parts]
    if any(one is None for one in parts_met):
        return None
    return np.asarray(np.all([np.ones(seen.size, bool), *(one for one in parts_met if one is not None)], axis=0))


def _part(words: str, seen: SeenArm, measure: str, day: float) -> Bools | None:
    """Return who meets one condition; None where its words are not known or nothing simulated answers it."""
    known = _BY_PLAIN_WORDS.get(plain_words(words))
    if known is not None:
        return SUBGROUPS[known](seen, measure, day)
    bound = bound_of(words)
    if bound is not None:
        return bound.met(seen.baseline(bound.column))
    first, _, rest = words.partition(" and ")
    return members(f"{first}; {rest}", seen, measure, day) if rest else None


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


def _interferon_high(seen: SeenArm) -> Bools | None:
    """Return who was drawn with a high interferon signature; the others have a known part of its drive."""
    drive, factor = (np.asarray(seen.parameters.get(name, np.nan), np.float64) for name in ("i_c", "ifn_low_factor"))
    if drive.shape != (seen.size,) or np.isnan(factor).any():
        return None
    return np.asarray(drive > np.median(drive[drive >= np.median(drive)]) * np.sqrt(factor))


def _not(inside: Bools | None) -> Bools | None:
    return None if inside is None else np.asarray(~inside)


def _responded(name: str) -> Members:
    return lambda seen, measure, day: np.asarray(seen.scored(name, float(seen.trial.end)) == 1)


def _renal_responder(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.asarray(holds_by_study("renal_remission", seen)[1:].any(axis=0))


def _complement_low(seen: SeenArm, measure: str, day: float) -> Bools:
    return _low(seen, "c3") | _low(seen, "c4")


def _taken(column: str, taken: bool) -> Members:
    return lambda seen, measure, day: np.asarray((seen.baseline(column) > 0) == taken)


def _component(name: str, low: bool) -> Members:
    return lambda seen, measure, day: np.asarray(_low(seen, name.lower()) == low)


def _episode(*before: float) -> Members:
    def who(seen: SeenArm, measure: str, day: float) -> Bools | None:
        if seen.trial.recruits != "nephritis" or np.isnan(seen.nephritis_before).all():
            return None
        ill = ~renal_flare_rule("trials").responds(seen.baseline("upcr"))
        return np.asarray(ill & np.isin(seen.nephritis_before, before))

    return who


def _immunosuppressant(seen: SeenArm, measure: str, day: float) -> Bools:
    return np.asarray(seen.baseline("on_immunosuppressant") > 0)


SUBGROUPS: Mapping[str, Members] = {
    "low complement and anti-dsDNA positive at baseline": _active_serology,
    "anti-dsDNA positive at baseline": lambda seen, measure, day: _raised(seen),
    "raised anti-dsDNA at baseline": lambda seen, measure, day: _raised(seen),
    "normal anti-dsDNA at baseline": lambda seen, measure, day: ~_raised(seen),
    "low at baseline": _low_measure,
    "low complement at baseline": _complement_low,
    "normal complement at baseline": lambda seen, measure, day: ~_complement_low(seen, measure, day),
    "anti-dsDNA negative at baseline": lambda seen, measure, day: ~_raised(seen),
    "immunosuppressant at baseline": _immunosuppressant,
    "no immunosuppressant at baseline": lambda seen, measure, day: ~_immunosuppressant(seen, measure, day),
    **{
        f"{negation}{words} at baseline": _taken(column, taken=not negation)
        for words, column in (
            ("hydroxychloroquine", "hydroxychloroquine"),
            ("antimalarial", "hydroxychloroquine"),
            ("prednisone", "prednisone"),
            ("glucocorticoid", "prednisone"),
        )
        for negation in ("", "no ")
    },
    **{f"low {name} at baseline": _component(name, low=True) for name in ("C3", "C4")},
    **{f"normal {name} at baseline": _component(name, low=False) for name in ("C3", "C4")},
    "nephritis at baseline": lambda seen, measure, day: involved(seen, day),
    "no nephritis at baseline": lambda seen, measure, day: ~involved(seen, day),
    NEW_NEPHRITIS: _episode(STANDING, BEGAN),
    RELAPSED_NEPHRITIS: _episode(EARLIER),
    "interferon signature high": lambda seen, measure, day: _interferon_high(seen),
    "interferon signature low": lambda seen, measure, day: _not(_interferon_high(seen)),
    "BICLA responders": _responded("bicla"),
    "LLDAS at the end": _responded("lldas"),
    "renal responders": _renal_responder,
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

_BY_PLAIN_WORDS: Mapping[str, str] = {plain_words(words): words for words in SUBGROUPS}
