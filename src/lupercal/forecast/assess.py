"""How active the real patient is at baseline: instruments with their items in words."""

from __future__ import annotations

import numpy as np

from lupercal.forecast.result import AssessedScore
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Status
from lupercal.patient.record import Patient
from lupercal.visits.of_patient import baseline_columns
from lupercal.visits.totals import total_at

ASSESSED = ("sledai_2k", "clinical_sledai", "doris_2021", "lldas", "egfr")


def assess_baseline(patient: Patient) -> tuple[AssessedScore, ...]:
    """Score the baseline visit with the instruments a forecast speaks of."""
    return tuple(_assessed(name, patient) for name in ASSESSED)


def _assessed(name: str, patient: Patient) -> AssessedScore:
    scored = total_at(name, baseline_columns(patient))
    kind = instrument(name).kind
    titles = {item.name: item.text for item in instrument(name).items}
    states = {item: float(np.asarray(state)) for item, state in scored.items.items()}
    return AssessedScore(
        instrument=name,
        title=instrument(name).heading,
        value=_number(scored.value),
        low=_number(scored.low),
        high=_number(scored.high),
        status=Status(int(scored.status)).name.lower(),
        items=() if kind == "measure" else tuple(f"{titles.get(i, i)} ({x:g})" for i, x in states.items() if x > 0),
        missing=tuple(item for item, state in states.items() if np.isnan(state)),
    )


def _number(value: object) -> float | None:
    number = float(np.asarray(value))
    return None if np.isnan(number) else number
