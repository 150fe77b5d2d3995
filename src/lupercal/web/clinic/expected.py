"""What was expected of a patient: the bands of kept forecasts, each from the visit on which it rests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from lupercal.files.checked import validated
from lupercal.files.plain import plain
from lupercal.patient.record import Patient
from lupercal.programmes.follow_up_bands import ArmRow, BandCheck, BandRow, compare_with_bands
from lupercal.programmes.registry import programmes
from lupercal.registry.care_records import ForecastRunRecord
from lupercal.registry.opened import Registry
from lupercal.registry.records import RegisteredPatient

if TYPE_CHECKING:
    from lupercal.forecast.assimilation.learnt import Learnt
    from lupercal.forecast.result import Band, Forecast

ExpectedBy = Literal["forecast", "learnt"]
LEARNT: Literal["learnt"] = "learnt"
LOW, MIDDLE, HIGH = 0, 2, 4
STANDARD = "standard_care"
_DIGITS = 5


@final
@dataclass(frozen=True, slots=True)
class Expectation:
    """What one kept run expected: ``by`` a forecast from the visits up to day 0, or ``learnt`` from all visits since.

    ``since`` is the day of the record from which the bands run; ``refused`` why nothing rests on them, if so.
    """

    run: str
    made: dt.date
    by: ExpectedBy
    therapy: str
    since: int
    visits: int
    bands: Mapping[str, BandRow]
    refused: str = ""

    def at(self, variable: str, day: float) -> tuple[float, float, float] | None:
        """Return 5th percentile, median and 95th percentile of a variable on a day; None where nothing is forecast."""
        band = self.bands.get(variable)
        if band is None or not band.days or not band.days[0] <= day <= band.days[-1]:
            return None
        rows = (np.array(band.quantiles[row], dtype=float) for row in (LOW, MIDDLE, HIGH))
        low, middle, high = (float(np.interp(day, band.days, row)) for row in rows)
        return (low, middle, high) if np.isfinite([low, middle, high]).all() else None

    def checks(self, patient: Patient) -> tuple[BandCheck, ...]:
        """Return every later value of a patient beside its band."""
        arm = ArmRow(therapy=self.therapy, bands=dict(self.bands), efficacy_withheld=None)
        end = max((int(band.days[-1]) for band in self.bands.values() if band.days), default=0)
        return tuple(compare_with_bands(patient, arm, end))


def forecast_bands(forecast: Forecast) -> dict[str, Any]:
    """Return the bands of a forecast by therapy, short enough to be kept with its record."""
    return {
        arm.therapy: {name: _kept(band.days, band.quantiles) for name, band in _usable(arm.bands)}
        for arm in forecast.arms if arm.efficacy_withheld is None
    }  # fmt: skip


def learnt_record(learnt: Learnt) -> dict[str, Any]:
    """Return what visits taught as it is kept: of the bands those of the first visit and of the last."""
    names = dict.fromkeys(fan.variable for fan in learnt.fans)
    told = {name: [fan for fan in learnt.fans if fan.variable == name] for name in names}
    fans = {
        name: [{"since": fan.since} | _kept(fan.days, fan.quantiles) for fan in (some[0], some[-1])]
        for name, some in told.items()
    }
    return {**{k: v for k, v in plain(learnt).items() if k != "fans"}, "fans": fans}


def expectations(registry: Registry, head: RegisteredPatient) -> tuple[Expectation, ...]:
    """Return what every kept run of a patient expected, in the order in which they were made."""
    plan = registry.plans.current(head.id)
    programme = programmes().get(plan.programme) if plan is not None else None
    planned = programme.therapy if programme is not None else ""
    found = (_expectation(run, planned) for run in registry.forecasts.of_patient(head.id))
    return tuple(one for one in found if one is not None)


def newest_kept(some: Iterable[Expectation], by: ExpectedBy) -> Expectation | None:
    """Return the newest that is not refused, of one kind."""
    return next((one for one in reversed(tuple(some)) if one.by == by and not one.refused), None)


def _expectation(run: ForecastRunRecord, planned: str) -> Expectation | None:
    if run.asked.get("kind") == LEARNT:
        told = run.summary.get(LEARNT, {})
        bands = {name: _band(fans[-1]) for name, fans in told.get("fans", {}).items()}
        since = int(told.get("until", 0))
        return Expectation(
            run.id, run.date, LEARNT, str(run.asked["therapy"]), since, run.visits, bands, str(told.get("refused", ""))
        )
    arms: Mapping[str, Any] = run.summary.get("bands", {})
    chosen = next((name for name in (planned, STANDARD, *arms) if name in arms), None)
    if chosen is None:
        return None
    bands = {name: _band(raw) for name, raw in arms[chosen].items()}
    return Expectation(run.id, run.date, "forecast", chosen, 0, run.visits, bands)


def _band(raw: Mapping[str, Any]) -> BandRow:
    return validated({"days": raw["days"], "quantiles": raw["quantiles"]}, BandRow, "kept forecast")


def _usable(bands: Mapping[str, Band]) -> Iterable[tuple[str, Band]]:
    return ((name, band) for name, band in bands.items() if np.isfinite(band.quantiles).any() and len(band.days))


def _kept(days: Sequence[float] | np.ndarray[Any, Any], quantiles: Any) -> dict[str, Any]:
    rounded = [[_rounded(value) for value in row] for row in np.asarray(quantiles, dtype=float).tolist()]
    return {"days": [float(day) for day in np.asarray(days, dtype=float)], "quantiles": rounded}


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
