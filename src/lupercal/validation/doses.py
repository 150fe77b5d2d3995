"""The doses a published study gave: those of a regimen, or its own as its file writes them down."""

from __future__ import annotations

from lupercal.evidence.study_records import Study, StudyArm
from lupercal.therapy.treatment import StudyTreatment


def treatment_of(study: Study, arm: StudyArm) -> StudyTreatment | None:
    """Return what an arm is given; None where the study's file has no regimen for it."""
    in_file = study.simulation.arms.get(arm.name)
    if in_file:
        taper = tuple(sorted(in_file.prednisone.items()))
        return StudyTreatment(in_file.regimen, in_file.on_top_of, in_file.product, in_file.amount, in_file.days, taper)
    return StudyTreatment(arm.regimen, arm.on_top_of) if arm.regimen else None
