"""Sixty safety cases: what a record says, from everything known and harmless to nothing known at all."""

from __future__ import annotations

from typing import Any

from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient

HARMLESS: dict[str, Any] = {
    "pregnant": False, "breastfeeding": False, "effective_contraception": True, "teratogenic_drug_current": False,
    "infection_active": False, "hiv": False, "hepatitis_b": False, "hepatitis_b_core": False, "hepatitis_c": False,
    "tuberculosis_active": False, "tuberculosis_latent": False, "live_vaccine_4_weeks": False, "malignancy": False,
    "lvef": 62, "serious_arrhythmia": False, "constrictive_pericarditis": False, "pulmonary_hypertension": False,
    "oxygen_saturation": 98, "dlco": 90, "transaminase_x_uln": 1, "bilirubin": 0.6, "egfr": 100, "dialysis": False,
    "systolic_pressure": 120, "neutrophils": 3.5, "platelets": 220, "hemoglobin": 12.5, "lymphocytes": 1.2, "igg": 11,
    "active_cns_lupus": False, "macrophage_activation": False, "b_cell_depletion_recent": False,
    "prior_gene_modified_cells": False, "ecog": 0, "allergy_to_product": False, "thrombosis_recent": False,
    "antiphospholipid": False, "urinary_outflow_obstruction": False, "tpmt_deficiency": False, "iga": 2,
}  # fmt: skip
"""Values that exclude every danger."""

DANGERS: dict[str, Any] = {
    "pregnant": True, "breastfeeding": True, "effective_contraception": False, "teratogenic_drug_current": True,
    "infection_active": True, "hiv": True, "hepatitis_b": True, "hepatitis_b_core": True, "hepatitis_c": True,
    "tuberculosis_active": True, "tuberculosis_latent": True, "live_vaccine_4_weeks": True, "malignancy": True,
    "lvef": 30, "serious_arrhythmia": True, "constrictive_pericarditis": True, "pulmonary_hypertension": True,
    "oxygen_saturation": 88, "dlco": 35, "transaminase_x_uln": 6, "bilirubin": 4, "egfr": 22, "dialysis": True,
    "systolic_pressure": 180, "neutrophils": 0.4, "platelets": 20, "hemoglobin": 6.5, "lymphocytes": 0.1, "igg": 2,
    "active_cns_lupus": True, "macrophage_activation": True, "b_cell_depletion_recent": True,
    "prior_gene_modified_cells": True, "ecog": 3, "allergy_to_product": True, "thrombosis_recent": True,
    "antiphospholipid": True, "urinary_outflow_obstruction": True, "tpmt_deficiency": True, "iga": 0.01,
}  # fmt: skip
"""For each of them a value that is a danger."""

MIDDLING: dict[str, Any] = {"lvef": 50, "egfr": 60, "neutrophils": 0.8, "platelets": 40}
"""Values between harmless and forbidding."""

UNKNOWN = (
    "pregnant", "infection_active", "hiv", "hepatitis_b", "malignancy", "lvef", "egfr", "neutrophils",
)  # fmt: skip
"""What is left out, one by one, of an otherwise harmless record."""


def document(values: dict[str, Any], day: int = 0, **person: Any) -> dict[str, Any]:
    """Return a patient file of a woman of 34 with these values on one day."""
    known = {"id": "case", "sex": "female", "age_years": 34, "lupus_type": "systemic", "organs_involved": ["kidney"]}
    kept = {key: value for key, value in {**known, **person}.items() if value is not None}
    return {**kept, "visits": [{"day": day, "values": values}]}


def safety_cases() -> dict[str, Patient]:
    """Return the sixty cases by name."""
    harmless = HARMLESS
    made = {
        "nothing known": {"id": "case"},
        "all harmless": document(harmless),
        **{f"danger: {name}": document({**harmless, name: value}) for name, value in DANGERS.items()},
        **{f"middling: {name}": document({**harmless, name: value}) for name, value in MIDDLING.items()},
        **{f"not known: {name}": document({k: v for k, v in harmless.items() if k != name}) for name in UNKNOWN},
        "age 15": document(harmless, age_years=15),
        "age 70": document(harmless, age_years=70),
        "man, pregnancy not asked": document({k: v for k, v in harmless.items() if k != "pregnant"}, sex="male"),
        "age and sex not known": document(harmless, age_years=None, sex=None),
        "all tests half a year old": document(harmless, day=-180),
        "pregnant and infected": document({**harmless, "pregnant": True, "infection_active": True}),
    }
    return {name: patient_from(one, name) for name, one in made.items()}
