"""The doses a published study gave: those of a regimen, or its own as its file writes them down."""

from __future__ import annotations

from lupercal.evidence.study_records import Study, StudyArm
from lupercal.therapy.treatment import StudyTreatment


def treatment_of(study: Study, arm: StudyArm) -> StudyTreatment | None:
    """Return what an arm is given; None where the study's file has no regimen for it."""
    own = study.simulation.arms.get(arm.name)
    if own:
        return StudyTreatment(own.regimen, own.on_top_of, own.product, own.amount, own.days)
    return StudyTreatment(arm.regimen, arm.on_top_of) if arm.regimen else None
