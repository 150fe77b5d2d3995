"""What a forecast says: frozen records, ready to be drawn, printed or written. No number is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.files.plain import plain
from lupercal.forecast.assimilation.learnt import Learnt
from lupercal.patient.record import Patient
from lupercal.safety.judge import Safety

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)


@final
@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of one variable over the virtual patients of an arm.

    ``days`` (T,) counts from the arm's day 0 (first dose or infusion); ``quantiles`` has shape (5, T) in the order of
    `QUANTILES`; ``courses`` (K, T) are single virtual patients for a spaghetti plot. The unit is the data dictionary's.
    """

    variable: str
    days: Array
    quantiles: Array
    courses: Array


@final
@dataclass(frozen=True, slots=True)
class Chance:
    """A probability among the virtual patients with its Monte Carlo error.

    ``low`` and ``high`` bound the 90 % interval (`lupercal.forecast.doubt`) and hold the probability; all four are NaN
    where the probability is not defined (for example relapse when nobody has yet reached remission). ``denominator``
    is the number of virtual patients the share is taken of, ``effective`` what they are worth, ``distinct`` how many
    different ones they are. ``excluded`` says why the care of the arm rules the event out (empty: it does not); then
    there is no probability.
    """

    outcome: str
    month: float
    probability: float
    standard_error: float
    low: float
    high: float
    denominator: int
    effective: float = np.nan
    distinct: int = 0
    excluded: str = ""


@final
@dataclass(frozen=True, slots=True)
class CareReason:
    """Why something was done in an arm: a rule that fired.

    ``why`` and ``what`` are in words; ``share`` is the share of virtual patients for whom it fired, ``times`` how often
    on average among them, ``first_day`` the median day of the first time; ``undecided`` counts the visits at which
    something that the rule asks for was not known, so that nothing was done.
    """

    rule: str
    why: str
    what: str
    share: float
    times: float
    first_day: float
    undecided: int = 0


@final
@dataclass(frozen=True, slots=True)
class CareAmount:
    """A number per virtual patient up to a month: 5th percentile, median, 95th percentile and mean.

    ``measure`` names it; its unit is that of ``report/words.yaml``.
    """

    measure: str
    month: float
    low: float
    median: float
    high: float
    mean: float


@final
@dataclass(frozen=True, slots=True)
class ForecastArm:
    """One therapy on the matched virtual patients, under one protocol of care.

    ``efficacy_withheld`` is None, or the reason why no efficacy forecast can be given; then the arm holds no bands and
    no chances, which would be those of background treatment at zero potency. ``incidence`` holds for each first event
    its cumulative incidence month by month, with the number still at risk as denominator.
    """

    therapy: str
    name: str
    day_zero: str
    lead_days: int
    doses_in_words: tuple[str, ...]
    bands: Mapping[str, Band]
    chances: tuple[Chance, ...]
    toxicity: tuple[Chance, ...]
    patient_outcomes: Mapping[str, int]
    efficacy_withheld: str | None
    evidence: str
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    incidence: Mapping[str, tuple[Chance, ...]] = field(default_factory=dict)
    care: str = "as_is"
    reasons: tuple[CareReason, ...] = ()
    amounts: tuple[CareAmount, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)  # rule of care -> why this arm cannot have it


@final
@dataclass(frozen=True, slots=True)
class CareWords:
    """A protocol of care as a report tells it: its name, what it is, its rules line by line, and its sources."""

    name: str
    summary: str
    lines: tuple[str, ...]
    sources: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class MatchedVariable:
    """One baseline value the virtual patients were matched on (unit of the data dictionary).

    ``how`` is ``"value"`` (kernel around the value), ``"at least"`` / ``"at most"`` (censored value or positivity) or
    ``"set"`` (a drug dose given to every virtual patient). ``cohort_*`` are weighted quantiles after matching,
    ``cohort_mean`` the mean (of a flag: the share of those who have it); ``distance`` is that of the median from the
    value or bound, in tolerances.
    """

    variable: str
    observed: float
    how: str
    tolerance: str
    cohort_q05: float
    cohort_median: float
    cohort_q95: float
    cohort_mean: float = np.nan
    distance: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class Match:
    """How the virtual patients resemble the real one.

    ``widened`` is the factor by which tolerances were widened because few resemble, 1 where they were not;
    ``nearness`` says in words how few resemble and in what the nearest differ, empty where there is nothing to say.
    """

    candidates: int
    effective_sample_size: float
    distinct_patients: int
    virtual_patients: int
    variables: tuple[MatchedVariable, ...]
    unused: Mapping[str, str]  # variable -> why it did not take part
    missing: tuple[str, ...]  # variables that would have helped and are not known
    widened: float = 1.0
    nearness: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class AssessedScore:
    """One instrument at the baseline visit: its value or bounds, and the items behind it in words."""

    instrument: str
    title: str
    value: float | None
    low: float | None
    high: float | None
    status: str
    items: tuple[str, ...]
    missing: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Forecast:
    """A whole forecast for one patient."""

    patient: Patient
    baseline_day: int
    assessment: tuple[AssessedScore, ...]
    match: Match
    arms: tuple[ForecastArm, ...]
    months: int
    seed: int
    background: tuple[str, ...]  # drugs continued or assumed, in words
    assumptions: tuple[str, ...]
    sources: Mapping[str, str]  # citation key -> text with DOI or PMID
    parameter_counts: Mapping[str, int]  # basis -> number of model parameters
    provenance: Mapping[str, Any] = field(default_factory=dict)  # versions, seed, hashes, wall times
    learnt: Learnt | None = None  # what earlier visits taught; None where the baseline visit alone counts
    care: str = "as_is"  # the protocol of care of ``arms``
    beside: Mapping[str, tuple[ForecastArm, ...]] = field(default_factory=dict)  # other protocols -> the same arms
    protocols: Mapping[str, CareWords] = field(default_factory=dict)  # the protocols shown, in words
    safety: tuple[Safety, ...] = ()  # of every arm's therapy on the baseline day; it stands before every number


def forecast_record(forecast: Forecast) -> dict[str, Any]:
    """Return a forecast as plain JSON values, the safety of its therapies first."""
    return {"safety": [one.record() for one in forecast.safety], **_plain_but_safety(forecast)}


def _plain_but_safety(forecast: Forecast) -> dict[str, Any]:
    return {one.name: plain(getattr(forecast, one.name)) for one in fields(forecast) if one.name != "safety"}
