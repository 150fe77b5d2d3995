"""The doses a published study gave where they differ from a regimen's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import final

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.study_records import Study, StudyArm
from lupercal.files.checked import read_as
from lupercal.therapy.treatment import StudyTreatment


@final
class _OwnDoses(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    regimen: str
    on_top_of: str | None = None
    product: str
    amount: float | None = None
    days: tuple[int, ...] = ()


@final
class _Doses(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    arms: Mapping[str, _OwnDoses]


@cache
def _doses() -> _Doses:
    return read_as(Path(__file__).with_name("doses.yaml"), _Doses)


def treatment_of(study: Study, arm: StudyArm) -> StudyTreatment | None:
    """Return what an arm is given; None where neither the study nor ``doses.yaml`` has a regimen for it."""
    own = _doses().arms.get(f"{study.id}.{arm.name}")
    if own:
        return StudyTreatment(own.regimen, own.on_top_of, own.product, own.amount, own.days)
    if arm.regimen is None:
        return None
    if arm.doses is not None:
        return StudyTreatment(arm.regimen, arm.on_top_of, arm.doses.product, arm.doses.amount, arm.doses.days)
    return StudyTreatment(arm.regimen, arm.on_top_of)
