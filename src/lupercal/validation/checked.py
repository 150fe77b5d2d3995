"""Whether a study can be made a virtual trial of at all, asked before people are drawn for it."""

from __future__ import annotations

from lupercal.errors import InputError
from lupercal.evidence.study_records import Study
from lupercal.therapy.treatment import combined
from lupercal.validation.as_trial import design
from lupercal.validation.doses import treatment_of


def check_study(study: Study, origin: object) -> None:
    """Refuse a study whose rules of entry, regimens, doses, protocol of care or definitions name what is not there.

    Parameters
    ----------
    study
        A study of somebody's own.
    origin
        Names its file in errors.

    Raises
    ------
    InputError
        For the first such name, with what is known.
    """
    try:
        design(study)
    except InputError as error:
        raise InputError(origin, error.field or error.file, error.value, error.expected) from None
    for name, arm in study.arms.items():
        treatment = treatment_of(study, arm)
        try:
            _ = treatment and combined(treatment)
        except InputError as error:
            place = ", ".join(part for part in (f"arms.{name}", error.file, error.field) if part)
            raise InputError(origin, place, error.value, error.expected) from None
