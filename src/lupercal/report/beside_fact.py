"""The forecast beside what happened: how many later values lay inside which band, and what was off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from lupercal.files.checked import validated
from lupercal.forecast.result import Forecast, ForecastArm
from lupercal.programmes.follow_up_bands import ArmRow, BandCheck, compare_with_bands
from lupercal.report.layout import Table, table_of
from lupercal.report.patient_tables import drug_name
from lupercal.report.selection import was_given
from lupercal.report.shown import REFERENCE
from lupercal.report.wording import day_words, label, label_with_unit, listed, plural, simulated

BAND = "in which nine of ten virtual patients lie"
_PLACES = {
    "within": "inside",
    "below": "below the band",
    "above": "above the band",
    "cannot tell": "only a bound is known, which leaves it open",
}


@final
@dataclass(frozen=True, slots=True)
class BesideFact:
    """What the later visits say of one arm's bands. ``given`` tells that the patient received this arm's therapy."""

    arm: str
    given: bool
    checks: tuple[BandCheck, ...]
    unbanded: tuple[str, ...]
    others_given: tuple[str, ...]

    @property
    def headline(self) -> str:
        """How many values lay inside, in one sentence."""
        decided = [check for check in self.checks if check.place != "cannot tell"]
        inside = sum(check.place == "within" for check in decided)
        if not decided:
            return f"No later value can be told inside or outside the 90 % bands of {self.arm}."
        return f"{inside} of {plural(len(decided), 'later value')} lay inside the 90 % bands of {self.arm}."

    @property
    def off(self) -> tuple[str, ...]:
        """What lay outside, each with its band."""
        return tuple(_off(check) for check in self.checks if check.place in {"below", "above"})

    @property
    def left_open(self) -> tuple[str, ...]:
        """What could not be compared, and why."""
        open_ones = [f"{label(c.variable)} on {day_words(c.day)} ({_value(c)}, a bound)" for c in self.checks
                     if c.place == "cannot tell"]  # fmt: skip
        lines = [f"Cannot be told: {listed(tuple(open_ones))}."] if open_ones else []
        return (*lines, *((f"No band is forecast for {listed(self.unbanded)}.",) if self.unbanded else ()))

    @property
    def caution(self) -> str:
        """What the comparison is worth where another therapy was given."""
        if self.given or not self.others_given:
            return ""
        return f"What was given ({listed(self.others_given)}) is not among the therapies forecast here."


def beside_fact(forecast: Forecast) -> BesideFact | None:
    """Return the comparison with the arm that was given, else with standard care; None without later visits or arm."""
    later = [visit for visit in forecast.patient.visits if visit.day > 0 and visit.values]
    arm = next((arm for arm in forecast.arms if was_given(forecast, arm)), None)
    given = arm is not None
    arm = arm or next((arm for arm in forecast.arms if arm.therapy == REFERENCE), None)
    if not later or arm is None or arm.efficacy_withheld is not None:
        return None
    end = max((int(band.days[-1]) for band in arm.bands.values() if len(band.days)), default=0)
    checks = tuple(compare_with_bands(forecast.patient, _row(arm), end))
    seen = {check.variable for check in checks}
    names = dict.fromkeys(name for visit in later for name in visit.values if name not in seen)
    started = [t.drug for t in forecast.patient.treatments if t.start_day is not None and t.start_day >= 0]
    return BesideFact(
        arm.name, given, checks, tuple(label(name) for name in names),
        tuple(drug_name(name) for name in dict.fromkeys(started)),
    )  # fmt: skip


def fact_table(fact: BesideFact) -> Table | None:
    """Return every later value beside its band, or None where none has a band."""
    rows = [
        (
            label_with_unit(check.variable),
            day_words(check.day),
            _value(check),
            f"{simulated(check.variable, check.low)} to {simulated(check.variable, check.high)}",
            simulated(check.variable, check.median),
            _PLACES[check.place],
        )
        for check in fact.checks
    ]
    columns = ("Value", "Day", "This patient", "90 % band", "Median", "It lay")
    caption = f"Later values beside the bands of {fact.arm}, {BAND}"
    return table_of("beside-fact", caption, columns, "lrrrrl", rows) if rows else None


def _off(check: BandCheck) -> str:
    band = f"{simulated(check.variable, check.low)} to {simulated(check.variable, check.high)}"
    return f"{label(check.variable)} on {day_words(check.day)} was {_value(check)}, {check.place} the band ({band})."


def _value(check: BandCheck) -> str:
    """Return the value without the name that the check puts before it."""
    return check.value.removeprefix(label(check.variable)).strip()


def _row(arm: ForecastArm) -> ArmRow:
    bands = {
        name: {"days": band.days.tolist(), "quantiles": [_finite(row) for row in band.quantiles.tolist()]}
        for name, band in arm.bands.items()
    }
    return validated(
        {"therapy": arm.therapy, "bands": bands, "efficacy_withheld": arm.efficacy_withheld}, ArmRow, "forecast"
    )


def _finite(row: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in row]
