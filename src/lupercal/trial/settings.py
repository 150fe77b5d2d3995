"""The choices of virtual trials as data, see ``settings.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from lupercal.files.checked import read_as

Array = NDArray[np.float64]


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class Conduct(_Choice):
    """Sizes and times of a virtual trial (days, mg/d, g/d), and the protocol of care of cohorts."""

    patients: int
    fewest: int
    screening_days: int
    visit_every: int
    sparse_after: int
    sparse_every: int
    record_every: int
    daily_until: int
    longest_days: int
    care_of_cohorts: str
    prednisone_step: float
    mycophenolate_step: float
    kidneys_more: int


@final
class LeastWeights(_Choice):
    """Effective sample sizes below which targets of weights are given up: share of the clinic, and numbers."""

    clinic_share: float
    entry: float
    nephritis: float


@final
class DropOut(_Choice):
    """Share of patients per year who leave, where ``drop_out.yaml`` knows no better, and who of them for harm."""

    double: float
    single: float
    open: float
    uncontrolled: float
    cell_therapy: float
    for_adverse_event: float


@final
class Rescue(_Choice):
    """Share of severe flares that are answered with medication outside the protocol."""

    share: float


@final
class NeedOfTreatment(_Choice):
    """Clinical SLEDAI-2K points at so many visits in a row, from a day on."""

    points: float
    visits: int
    since: int


@final
class RenalSteroid(_Choice):
    """Prednisone above so many mg/d on how many days before a visit counts against a renal response."""

    above: float
    days: int


@final
class BCells(_Choice):
    """Thresholds, cells/uL."""

    depleted: float
    depleted_highly_sensitive: float
    reappeared: float


@final
class CarT(_Choice):
    """Threshold, cells/uL."""

    detectable: float


@final
class Cytopenia(_Choice):
    """Grade 3 and above: 1e9/L, hemoglobin g/dL."""

    neutrophils: float
    lymphocytes: float
    platelets: float
    hemoglobin: float


@final
class BetweenStudies(_Choice):
    """How much studies of the same design differ beyond chance, as standard deviations.

    ``share`` is that of a share of one half, smaller towards 0 and 1 (times 2 sqrt(p (1 - p))); ``log_ratio`` that of a
    natural logarithm; ``relative`` a share of the value.
    """

    share: float
    log_ratio: float
    relative: float

    def of_share(self, p: float | Array) -> Array:
        """Return the standard deviation of a share, as a fraction."""
        return np.asarray(2 * self.share * np.sqrt(p * (1 - p)))


@final
class Settings(_Choice):
    """All choices of virtual trials."""

    conduct: Conduct
    least_weights: LeastWeights
    drop_out: DropOut
    rescue: Rescue
    need_of_treatment: NeedOfTreatment
    renal_steroid: RenalSteroid
    b_cells: BCells
    car_t: CarT
    cytopenia: Cytopenia
    acute_days: int
    creatinine_doubled: float
    between_studies: BetweenStudies


@cache
def settings() -> Settings:
    """Return the choices, read and checked once."""
    return read_as(Path(__file__).with_name("settings.yaml"), Settings)
