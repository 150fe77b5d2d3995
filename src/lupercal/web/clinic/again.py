"""Making a forecast anew when a visit has come: asked for as a job, so that the old one stays beside the new."""

from __future__ import annotations

from lupercal.patient.record import Patient
from lupercal.programmes.registry import programmes
from lupercal.registry.expectations import LEARNT
from lupercal.registry.opened import Registry
from lupercal.therapy.registry import product, regimen
from lupercal.web.worker import KIND, LEARN

SEED = 1


def learning_therapy(registry: Registry, patient: str) -> str | None:
    """Return the therapy of the current plan where a forecast may learn from visits after it; else None."""
    plan = registry.plans.current(patient)
    programme = programmes().get(plan.programme) if plan is not None else None
    if programme is None:
        return None
    principal = regimen(programme.therapy).principal
    return programme.therapy if all(product(name).efficacy_forecast for name in principal) else None


def ask_again(registry: Registry, patient: str, *, by: str) -> bool:
    """Ask for a patient's forecast anew, where one was made before and a visit has come since; return whether asked.

    Visits after day 0 are learnt from under the therapy of the plan; before it the last forecast is made again.
    """
    runs = registry.forecasts.of_patient(patient)
    whole = registry.patients.whole(patient)
    waiting = any(one.state == "queued" for one in registry.jobs.of_patient(patient))
    if not runs or waiting:
        return False
    if whole.visits and whole.visits[-1].day > 0:
        return ask_to_learn(registry, whole, by=by)
    last = next((one for one in reversed(runs) if one.asked.get("kind") != LEARNT), None)
    if last is None:
        return False
    registry.jobs.queue(KIND, dict(last.asked), by=by, patient=patient)
    return True


def ask_to_learn(registry: Registry, whole: Patient, *, by: str) -> bool:
    """Ask for a forecast from all visits so far; return whether there is one to be made."""
    therapy = learning_therapy(registry, whole.id)
    if therapy is None or not whole.visits or whole.visits[-1].day <= 0:
        return False
    asked = {"kind": LEARNT, "therapy": therapy, "until": whole.visits[-1].day, "seed": SEED}
    registry.jobs.queue(LEARN, asked, by=by, patient=whole.id)
    return True
