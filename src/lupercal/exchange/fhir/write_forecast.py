"""A forecast as RiskAssessments, one per therapy, each marked as research: simulated, never a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lupercal import RESEARCH_USE_ONLY
from lupercal.exchange.fhir.own import PREFIX, address, concept_of, extension, refer_to
from lupercal.exchange.fhir.write_person import person_address
from lupercal.exchange.fhir.write_visits import UCUM
from lupercal.forecast.result import Chance, Forecast, ForecastArm
from lupercal.patient.record import Patient

PERCENT = 100.0


def forecast_entries(patient: Patient, forecast: Forecast) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fullUrl and resource of each therapy of a forecast; one whose efficacy is withheld has no prediction."""
    verdicts = {one.therapy: one.verdict for one in forecast.safety}
    for arm in forecast.arms:
        safety = verdicts.get(arm.therapy, "not judged")
        yield address(patient.id, "forecast", arm.therapy), _assessment(patient, forecast, arm, safety)


def _assessment(patient: Patient, forecast: Forecast, arm: ForecastArm, safety: str) -> dict[str, Any]:
    size = forecast.match.virtual_patients
    notes = [
        f"Safety first: {safety}.",
        RESEARCH_USE_ONLY,
        f"Simulated: {size} virtual patients, seed {forecast.seed}.",
    ]
    notes += [f"Efficacy withheld: {arm.efficacy_withheld}"] if arm.efficacy_withheld else []
    chances = () if arm.efficacy_withheld else (*arm.chances, *arm.toxicity)
    predictions = list(_predictions(chances))
    made: dict[str, Any] = {
        "resourceType": "RiskAssessment",
        "meta": {"tag": [{"system": f"{PREFIX}notice", "code": "research", "display": RESEARCH_USE_ONLY}]},
        "extension": [extension("therapy", "Code", arm.therapy)],
        "status": "preliminary",
        "method": {"text": "Simulation of virtual patients by Lupercal; for research only"},
        "code": concept_of((f"{PREFIX}therapy", arm.therapy, ""), text=f"Forecast under {arm.name}"),
        "subject": refer_to(person_address(patient)),
    }
    made |= {"prediction": predictions} if predictions else {}
    return made | {"note": [{"text": text} for text in notes]}


def _predictions(chances: Sequence[Chance]) -> Iterator[dict[str, Any]]:
    """Yield the probabilities that are defined, in per cent as FHIR has them, with their 90 % interval."""
    for chance in chances:
        if not np.isfinite(chance.probability):
            continue
        low, high = (round(PERCENT * float(end), 4) for end in (chance.low, chance.high))
        yield {
            "extension": [extension("low", "Decimal", low), extension("high", "Decimal", high)],
            "outcome": concept_of((f"{PREFIX}outcome", chance.outcome, ""), text=chance.outcome.replace("_", " ")),
            "probabilityDecimal": round(PERCENT * float(chance.probability), 4),
            "whenRange": {"high": {"value": float(chance.month), "unit": "months", "system": UCUM, "code": "mo"}},
            "rationale": f"90 % interval {low:g} to {high:g} %, of {chance.denominator} virtual patients",
        }
