"""The arms as every page shows them: one fixed order, failed therapies marked, arms that do not differ together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NotRequired, final

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.forecast.result import Forecast, ForecastArm
from lupercal.report.selection import (
    MEDIAN,
    at_month,
    chance_at,
    last_month,
    latest,
    main_month,
    reported_bands,
    reported_efficacy,
    reported_toxicity,
)
from lupercal.report.wording import listed
from lupercal.rules.facts import drugs_on
from lupercal.therapy.registry import products, regimens

FAILED = "failed before"
REFERENCE = "standard_care"


@final
@dataclass(frozen=True, slots=True)
class ArmGroup:
    """Arms that one row or curve stands for: their places in the forecast, and the arms."""

    places: tuple[int, ...]
    arms: tuple[ForecastArm, ...]

    @property
    def first(self) -> ForecastArm:
        """The arm whose numbers are shown."""
        return self.arms[0]

    @property
    def place(self) -> int:
        """The place that gives the colour."""
        return self.places[0]

    @property
    def names(self) -> str:
        """The names of the arms in one phrase."""
        return listed(tuple(arm.name for arm in self.arms))


@closed
class _Merge(TypedDict):
    share: float
    sledai_2k: float
    amount: float


@closed
class _Listed(TypedDict):
    missing: int
    labs: int
    unknown_dangers: int


@closed
class _EvidenceWords(TypedDict):
    level: dict[str, str]
    finding: dict[str, str]


@closed
class BeforeAfterRow(TypedDict):
    """A row of the table before and after treatment."""

    title: str
    variable: str
    note: NotRequired[str]


@closed
class _NotForecast(TypedDict):
    title: str
    why: str


@closed
class BeforeAfterChoices(TypedDict):
    """Months after day 0, rows, and what is not forecast."""

    months: list[int]
    rows: list[BeforeAfterRow]
    not_forecast: list[_NotForecast]


@closed
class PageOneChoices(TypedDict):
    """What page one of a report shows."""

    merge: _Merge
    listed: _Listed
    before_after: BeforeAfterChoices
    care: str
    not_to_conclude: list[str]
    evidence: _EvidenceWords


@cache
def page_one_data() -> PageOneChoices:
    """Return the choices of page one from ``page_one.yaml``."""
    return read_as(Path(__file__).with_name("page_one.yaml"), PageOneChoices)


def as_shown(forecast: Forecast) -> Forecast:
    """Return a forecast with its arms in the fixed order and the names of failed therapies marked.

    Standard care comes first, the others by name: an order that the results have no part in.
    """
    arms = _ordered(forecast, forecast.arms)
    beside = {care: _ordered(forecast, others) for care, others in forecast.beside.items()}
    judged = {one.therapy: replace(one, name=marked_name(forecast, one.therapy, one.name)) for one in forecast.safety}
    return replace(
        forecast, arms=arms, beside=beside, safety=tuple(judged[arm.therapy] for arm in arms if arm.therapy in judged)
    )


def _ordered(forecast: Forecast, arms: tuple[ForecastArm, ...]) -> tuple[ForecastArm, ...]:
    ordered = sorted(arms, key=lambda arm: (arm.therapy != REFERENCE, arm.name.casefold()))
    return tuple(replace(arm, name=marked_name(forecast, arm.therapy, arm.name)) for arm in ordered)


def marked_name(forecast: Forecast, therapy: str, name: str) -> str:
    """Return a therapy's name with the mark of a failed one, each once."""
    mark = failed_mark(forecast, therapy)
    return f"{name} ({mark})" if mark and mark not in name else name


def failed_mark(forecast: Forecast, therapy: str) -> str:
    """Return how the patient has failed a therapy, or one of its kind, before the forecast; empty where not."""
    failed = {
        drug for status, drug in drugs_on(forecast.patient.treatments, forecast.baseline_day) if status == "failed"
    }
    regimen = regimens().get(therapy)
    principal = set(regimen.principal) if regimen else set()
    if failed & (principal | {therapy}):
        return FAILED
    families = {products()[name].family for name in principal if name in products()}
    alike = sorted(products()[d].name for d in failed if d in products() and products()[d].family in families)
    return f"{alike[0].lower()}, of the same kind, {FAILED}" if alike else ""


def arm_groups(forecast: Forecast) -> tuple[ArmGroup, ...]:
    """Return the arms in order, those whose numbers on page one do not differ as one; a withheld arm stands alone."""
    return grouped(forecast, lambda one, other: _alike(forecast, one, other))


def grouped(forecast: Forecast, alike: Callable[[ForecastArm, ForecastArm], bool]) -> tuple[ArmGroup, ...]:
    """Return the arms in order, each with those that are alike to the first of a group."""
    groups: list[list[int]] = []
    for place, arm in enumerate(forecast.arms):
        fitting = next((group for group in groups if alike(forecast.arms[group[0]], arm)), None)
        groups.append([place]) if fitting is None else fitting.append(place)
    return tuple(ArmGroup(tuple(group), tuple(forecast.arms[k] for k in group)) for group in groups)


def _alike(forecast: Forecast, one: ForecastArm, other: ForecastArm) -> bool:
    if one.efficacy_withheld is not None or other.efficacy_withheld is not None:
        return False
    limits = page_one_data()["merge"]
    shares = zip(_main_chances(forecast, one), _main_chances(forecast, other), strict=True)
    near = all(a == b or abs(a - b) <= limits["share"] for a, b in shares)
    return near and abs(_activity(forecast, one) - _activity(forecast, other)) <= limits["sledai_2k"]


def _main_chances(forecast: Forecast, arm: ForecastArm) -> tuple[float, ...]:
    """Return the probabilities of page one; -1 where one is not defined."""
    middle, end = main_month(forecast), last_month(forecast)
    at = [("doris", middle), ("doris_any_steroid", middle), ("lldas", middle), ("drug_free_remission", middle)]
    chances = [chance_at(reported_efficacy(arm), name, month) for name, month in [*at, ("relapse", end)]]
    chances.append(latest(reported_toxicity(arm), "serious_infection"))
    return tuple(-1.0 if one is None or one.probability != one.probability else one.probability for one in chances)


def _activity(forecast: Forecast, arm: ForecastArm) -> float:
    band = next((one for one in reported_bands(arm) if one.variable == "sledai_2k"), None)
    quantiles = at_month(band, main_month(forecast)) if band else None
    return float(quantiles[MEDIAN]) if quantiles is not None else 0.0
