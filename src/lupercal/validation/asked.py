"""A figure of a study as a question to a simulated arm: what is asked, of whom, for which day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.study_records import RATIOS, Row
from lupercal.trial.endpoints.measure import Measure
from lupercal.trial.endpoints.subgroup_words import why_not_told
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.seen import SeenArm
from lupercal.validation.as_trial import row_day

CONTRASTS = (*RATIOS, "relative_reduction", "difference")


class NotSimulatedError(Exception):
    """A figure that virtual trials give no number for; the text is the reason."""


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """One figure of a study as a question to a simulated arm: end point, statistic, day, subgroup."""

    measure: Measure
    row: Row
    arm_size: int | None


def day_of(asked: Asked, seen: SeenArm) -> float:
    """Return the day that a figure stands for."""
    return row_day(asked.row, seen.trial)


def asked_about(asked: Asked, seen: SeenArm, day: float) -> NDArray[np.bool_]:
    """Return whom a figure is about: its subgroup, of those whom the end point is about (N,).

    Raises
    ------
    NotSimulatedError
        If the words of the subgroup are not known.
    """
    inside = members(asked.row.subgroup, seen, asked.row.measure, day)
    if inside is None:
        raise NotSimulatedError(f"the subgroup '{asked.row.subgroup}' {why_not_told(asked.row.subgroup)}")
    among = asked.measure.among
    return inside & seen.usable & (True if among is None else among(seen, day))
