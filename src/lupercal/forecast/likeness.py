"""What twins share with a patient besides measured values: sex, age, organs, findings, and drugs that failed.

Each is a column of the candidates and, where the record tells it, a number of the patient; kernels are data
(``likeness`` in ``settings.yaml``). What the record does not say takes no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import ndtri
from lupercal.forecast.settings import settings
from lupercal.model.observation import CNS_ITEMS
from lupercal.patient.record import Patient
from lupercal.population.cohort import Cohort

Array = NDArray[np.float64]
Numbers = Mapping[str, Any]
SEDIMENT = ("hematuria", "pyuria", "urinary_casts")
SEROSITIS = ("pleurisy", "pericarditis")
STATES_OF = {
    "kidney_involved": "ki", "joints_involved": "jo", "skin_involved": "sk", "serosa_involved": "se",
    "nervous_system_involved": "np", "blood_involved": "he",
}  # fmt: skip
"""The organ of the model whose involvement (pi above 0) a column of the candidates says."""


def of_candidates(cohort: Cohort, points: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns of likeness of candidates, each (N,).

    ``points`` are the ranks of what was drawn for them (`lupercal.population.draw.drawn_points`); resistance is the
    normal score of such a rank, high where a drug does less.
    """
    p, who = cohort.parameters, cohort.people
    return {
        "sex_female": who.female,
        "age_years": who.age,
        "disease_duration": who.disease_duration,
        **{name: _flag(np.asarray(p[f"pi_{organ}"]) > 0) for name, organ in STATES_OF.items()},
        "nervous_activity": _any(cohort.columns, CNS_ITEMS),
        "active_sediment": _any(cohort.columns, SEDIMENT),
        "serositis": _any(cohort.columns, SEROSITIS),
        **{name: one.direction * ndtri(points[one.parameter]) for name, one in settings().resistance.items()},
    }


def of_patient(patient: Patient, columns: Numbers) -> dict[str, tuple[float, float]]:
    """Return what the record tells, each with its lowest and highest value.

    ``columns`` are the baseline visit as instruments read it; those that are not known are left out.
    """
    exact = dict(_person(patient)) | dict(_findings(columns))
    exact |= {settings().organs[organ]: 1.0 for organ in patient.organs_involved if organ in settings().organs}
    exact |= dict(_biopsy(columns, exact))
    failed = {one.drug for one in patient.treatments if one.status == "failed"}
    scores = {score for drug in failed for score in settings().failed.get(drug, ())}
    stated = {name: (value, value) for name, value in exact.items() if not np.isnan(value)}
    return stated | dict.fromkeys(sorted(scores), (0.0, np.inf))


def _person(patient: Patient) -> Iterator[tuple[str, float]]:
    if patient.sex is not None:
        yield "sex_female", float(patient.sex == "female")
    if patient.age_years is not None:
        yield "age_years", patient.age_years
    if patient.diagnosis_year is not None and patient.reference_date is not None:
        # half a year, because the month of the diagnosis is not known
        year = date.fromisoformat(patient.reference_date).year
        yield "disease_duration", max(year - patient.diagnosis_year, 0) + 0.5


def _findings(columns: Numbers) -> Iterator[tuple[str, float]]:
    for name in ("hematuria", "urinary_casts", "pyuria", "arthritis", "rash", "vasculitis"):
        yield name, _known(columns, name)
    yield "nervous_activity", _any_known(columns, CNS_ITEMS)
    yield "serositis", _any_known(columns, SEROSITIS)


def _biopsy(columns: Numbers, stated: Numbers) -> Iterator[tuple[str, float]]:
    """Yield what a class says: the kidney is involved, and whether sediment is expected where nobody looked at it."""
    proliferative, membranous = (_known(columns, f"nephritis_class_{one}") for one in ("iii_iv", "v"))
    if proliferative == 1 or membranous == 1:
        yield "kidney_involved", 1.0
        if np.isnan(stated["hematuria"]):
            yield "active_sediment", float(proliferative == 1)


def _known(columns: Numbers, name: str) -> float:
    return float(columns.get(name, np.nan))


def _any_known(columns: Numbers, names: tuple[str, ...]) -> float:
    """Return 1 where one is present, 0 where all are known to be absent, else NaN."""
    findings = [_known(columns, name) for name in names]
    return 1.0 if 1.0 in findings else float(np.sum(findings))


def _any(columns: Mapping[str, Array], names: tuple[str, ...]) -> Array:
    return np.asarray(np.max([columns[name] for name in names], axis=0), np.float64)


def _flag(condition: NDArray[np.bool_]) -> Array:
    return condition.astype(np.float64)
