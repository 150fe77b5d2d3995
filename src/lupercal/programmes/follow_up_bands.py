"""The course against a forecast's bands: each value beside the range in which nine of ten virtual patients lay."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import parse_json, read_text
from lupercal.patient.record import Measurement, Patient
from lupercal.patient.variables import variables
from lupercal.programmes.alerts import Alert
from lupercal.rules.measured import above, below, told

RECORD = "forecast.json"
MAX_BYTES = 100_000_000
LOW, MEDIAN, HIGH = 0, 2, 4  # rows of a band: 5, 25, 50, 75 and 95 per cent

Place = Literal["within", "below", "above", "cannot tell"]


class BandRow(BaseModel):
    """Quantiles of one variable: ``quantiles`` has five rows (5, 25, 50, 75, 95 %) over ``days``."""

    model_config = ConfigDict(extra="ignore", strict=True)
    days: list[float]
    quantiles: Annotated[list[list[float | None]], Field(min_length=5, max_length=5)]


class ArmRow(BaseModel):
    """One therapy of a forecast."""

    model_config = ConfigDict(extra="ignore", strict=True)
    therapy: str
    bands: dict[str, BandRow]
    efficacy_withheld: str | None


class _PatientRow(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    id: str


class ForecastRow(BaseModel):
    """As much of a forecast's record as a comparison needs."""

    model_config = ConfigDict(extra="ignore", strict=True)
    patient: _PatientRow
    arms: list[ArmRow]


@final
@dataclass(frozen=True, slots=True)
class BandCheck:
    """A value beside the forecast's band on its day (5, 50 and 95 %), in the data dictionary's unit."""

    variable: str
    day: int
    value: str
    low: float
    median: float
    high: float
    place: Place


def read_forecast(run: Path | str, patient: Patient) -> ForecastRow:
    """Read the record of a forecast from its run folder (or the file itself).

    Raises
    ------
    InputError
        If there is none, it is not a forecast, or it is another patient's.
    """
    path = Path(run)
    path = path / RECORD if path.is_dir() else path
    forecast = validated(parse_json(read_text(path, MAX_BYTES), path), ForecastRow, path)
    if forecast.patient.id != patient.id:
        raise InputError(path, "patient.id", forecast.patient.id, f"a forecast of {patient.id}")
    return forecast


def arm_of(forecast: ForecastRow, therapy: str, origin: object) -> ArmRow:
    """Return the arm of a regimen, or raise `InputError` naming those there are."""
    for arm in forecast.arms:
        if arm.therapy == therapy:
            return arm
    therapies = ", ".join(arm.therapy for arm in forecast.arms)
    raise InputError(origin, "arms", therapies, f"an arm of {therapy}; run: lupercal forecast CASE --therapy {therapy}")


def compare_with_bands(patient: Patient, arm: ArmRow, until: int) -> Iterator[BandCheck]:
    """Yield every value after day 0 that the forecast has a band for; none where its efficacy is withheld."""
    if arm.efficacy_withheld:
        return
    for visit in patient.visits:
        for name, measured in visit.values.items():
            band = arm.bands.get(name)
            if band is not None and name in variables() and 0 < visit.day <= until:
                quantiles = [_at(band.days, band.quantiles[row], visit.day) for row in (LOW, MEDIAN, HIGH)]
                yield from _check(name, visit.day, measured, quantiles)


def _check(name: str, day: int, measured: Measurement, quantiles: Sequence[float | None]) -> Iterator[BandCheck]:
    low, median, high = quantiles
    if low is not None and median is not None and high is not None:
        yield BandCheck(name, day, told(name, measured), low, median, high, place_of(measured, low, high))


def left_bands(checks: Sequence[BandCheck]) -> Iterator[BandCheck]:
    """Yield the values outside their band of variables that had left it before, in order of day."""
    left = set[str]()
    for value_check in sorted(checks, key=lambda check: check.day):
        outside = value_check.place in {"below", "above"}
        if outside and value_check.variable in left:
            yield value_check
        if outside:
            left.add(value_check.variable)


def band_alerts(bands: Sequence[BandCheck]) -> Iterator[Alert]:
    """Yield an alert for each value outside its 90 % band where one of that variable was outside before."""
    in_time = sorted(bands, key=lambda check: check.day)
    latest = {one.variable: one for one in in_time if one.place != "cannot tell"}
    for check in left_bands(bands):
        reason = f"{check.place} the forecast's 90 % band ({check.low:.3g} to {check.high:.3g}); not for the first time"
        newest = latest[check.variable]
        now = check.day == newest.day
        yield Alert(
            "left_band", "Course leaves the forecast", "warning", check.day, check.value, reason,
            certain=True, current=now, source="", where=check.variable, settled="" if now else _later(newest),
            settled_day=None if now else newest.day,
        )  # fmt: skip


def _later(newest: BandCheck) -> str:
    """Return how a later value lies, in words."""
    if newest.place == "within":
        return f"{newest.value}, day {newest.day}, within the band"
    return f"pointed out again, day {newest.day}"


def place_of(found: Measurement, low: float, high: float) -> Place:
    """Return where a value lies; a bound may leave that open."""
    if below(found, low):
        return "below"
    if above(found, high):
        return "above"
    return "cannot tell" if found.censored else "within"


def _at(days: Sequence[float], values: Sequence[float | None], day: int) -> float | None:
    """Return the value on a day, straight between neighbours; None beyond the days or where one is missing."""
    index = bisect_left(days, day)
    if index >= len(days) or index >= len(values) or (index == 0 and days[0] != day):
        return None
    right = values[index]
    if days[index] == day or right is None:
        return right
    left = values[index - 1]
    share = (day - days[index - 1]) / (days[index] - days[index - 1])
    return None if left is None else left + share * (right - left)
