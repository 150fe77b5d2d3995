"""Visits made by hand, and the decisions of a protocol on them; no engine has a part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.plan import DrugPlan
from lupercal.evidence.parameters import values
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.therapy.body import Person
from lupercal.therapy.registry import regimen

Array = NDArray[np.float64]
END = 1400
QUIET = {
    **dict.fromkeys(DESCRIPTORS, 0.0), **dict.fromkeys(GRADE_COLUMNS, 0.0), "hemolytic_anemia": 0.0,
    "gastrointestinal_activity": 0.0, "pga": 0.1, "upcr": 0.1, "egfr": 100.0, "neutrophils": 4.0, "igg": 11.0,
    "infection_active": 0.0, "on_investigational": 0.0, "anti_dsdna": 20.0, "c3": 1.2, "c4": 0.3,
}  # fmt: skip
"""A visit of somebody who has nothing."""

ACTIVE = {"arthritis": 1.0, "rash": 1.0, "mucosal_ulcers": 1.0, "pga": 1.6}
"""Findings without low disease activity, of no grade A or B."""


def visit(people: Sequence[Mapping[str, float]]) -> dict[str, Array]:
    """Return the columns of a visit; each person has what is named and is quiet otherwise."""
    return {name: np.array([{**QUIET, **one}[name] for one in people], float) for name in QUIET}


def decisions(
    protocol: CareProtocol,
    people: Sequence[Mapping[str, float]],
    drugs: Mapping[str, float],
    *,
    changes: Mapping[int, Mapping[str, float]] | None = None,
    baseline: Sequence[Mapping[str, float]] | None = None,
    until: int = END,
    **more: object,
) -> CareDecisions:
    """Let people be seen as they are at every visit, and return what was decided.

    ``drugs`` are model inputs; ``changes`` are what all people show from a day on.
    """
    plan = DrugPlan({name: float(dose) for name, dose in drugs.items()})
    shown = plan.drugs(np.zeros(1, np.int64), len(people))
    first = visit(baseline or people) | {name: column[0] for name, column in shown.items()}
    care = CareDecisions(
        CareOf(
            protocol, 1, np.arange(len(people)), values(), Person(), baseline=first, arm=regimen("cd19_car_t"),
            **more,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    for day in care.days(0, until):
        now = dict[str, float]()
        for since, change in sorted((changes or {}).items()):
            now |= change if day >= since else {}
        plan = care.decide(day, visit([{**one, **now} for one in people]), plan)
    return care


def fired_on(care: CareDecisions, rule: str, person: int = 0) -> list[int]:
    """Return the days on which a rule fired for a person."""
    found = care.decided()
    return [int(day) for day in found.days[found.fired[:, found.rules.index(rule), person]]]
