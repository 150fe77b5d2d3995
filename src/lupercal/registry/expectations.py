"""What was expected of a patient: the bands of kept forecasts, each from the visit on which it rests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from lupercal.files.checked import validated
from lupercal.patient.record import Patient
from lupercal.programmes.follow_up_bands import ArmRow, BandCheck, BandRow, compare_with_bands
from lupercal.programmes.registry import programmes
from lupercal.registry import tables
from lupercal.registry.care_records import ForecastRunRecord
from lupercal.registry.kinds import FORECAST_RUN
from lupercal.registry.memory import Memory
from lupercal.registry.shelf import Shelf
from lupercal.registry.values import parted

ExpectedBy = Literal["forecast", "learnt"]
LEARNT: Literal["learnt"] = "learnt"
LOW, MIDDLE, HIGH = 0, 2, 4
STANDARD = "standard_care"


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


def expectations_of(
    memory: Memory, programme_of: Mapping[str, str], patients: Collection[str] | None = None
) -> dict[str, tuple[Expectation, ...]]:
    """Return what every kept run expected, by patient, in the order in which they were made.

    Parameters
    ----------
    programme_of
        The programme of each patient's current plan: of a forecast its therapy counts, else standard care.
    patients
        Whose runs are asked for; everybody's where None.
    """
    shelf, table = Shelf(memory, FORECAST_RUN), tables.forecast_run.c
    if patients is None:
        runs = shelf.all()
    else:
        runs = tuple(run for part in parted(list(patients)) for run in shelf.where(table.patient.in_(part)))
    made: dict[str, list[Expectation]] = {}
    for run in runs:
        programme = programmes().get(programme_of.get(run.patient, ""))
        expectation = _expectation(run, programme.therapy if programme is not None else "")
        if expectation is not None:
            made.setdefault(run.patient, []).append(expectation)
    return {name: tuple(some) for name, some in made.items()}


def newest_kept(some: Iterable[Expectation], by: ExpectedBy) -> Expectation | None:
    """Return the newest that is not refused, of one kind."""
    return next((one for one in reversed(tuple(some)) if one.by == by and not one.refused), None)


def _expectation(run: ForecastRunRecord, planned: str) -> Expectation | None:
    if run.asked.get("kind") == LEARNT:
        learnt = run.summary.get(LEARNT, {})
        bands = {name: _band(fans[-1]) for name, fans in learnt.get("fans", {}).items()}
        since = int(learnt.get("until", 0))
        return Expectation(
            run.id,
            run.date,
            LEARNT,
            str(run.asked["therapy"]),
            since,
            run.visits,
            bands,
            str(learnt.get("refused", "")),
        )
    arms: Mapping[str, Any] = run.summary.get("bands", {})
    chosen = next((name for name in (planned, STANDARD, *arms) if name in arms), None)
    if chosen is None:
        return None
    bands = {name: _band(raw) for name, raw in arms[chosen].items()}
    return Expectation(run.id, run.date, "forecast", chosen, 0, run.visits, bands)


def _band(raw: Mapping[str, Any]) -> BandRow:
    return validated({"days": raw["days"], "quantiles": raw["quantiles"]}, BandRow, "kept forecast")
