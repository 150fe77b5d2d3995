"""What a visit tells a filter: values and bounds by channel, descriptors; what it does not state takes no part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.assimilation.settings import Channel, assimilation_settings
from lupercal.forecast.targets import bounds_of
from lupercal.patient.record import Patient
from lupercal.visits.of_patient import visits_of
from lupercal.visits.totals import with_totals

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Told:
    """A value on its channel's scale lies between ``low`` and ``high``, equal where it is exact.

    ``recorded`` is the number a record gives, in the data dictionary's unit; NaN where it gives a bound.
    """

    low: float
    high: float
    recorded: float = np.nan

    @property
    def exact(self) -> bool:
        """Whether the value itself is known."""
        return self.low == self.high

    @property
    def lowest(self) -> bool:
        """Whether a number is recorded that is not told apart from lower ones, as no score is below 0."""
        return bool(not self.exact and np.isfinite(self.recorded))


@final
@dataclass(frozen=True, slots=True)
class VisitEvidence:
    """What one visit tells: ``day`` since the first visit; ``values`` by channel; ``findings`` 1 or 0 by descriptor.

    ``columns`` are the values recorded as numbers, in the data dictionary's units.
    """

    day: int
    values: Mapping[str, Told]
    findings: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, float] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether it tells nothing a filter could learn from."""
        return not self.values and not self.findings


def visit_evidence(patient: Patient, until: int) -> tuple[VisitEvidence, ...]:
    """Return what every visit up to a day tells, in order of day, days as in the record; the silent are left out.

    Several visits of one day count as they stand, each for itself.
    """
    until_then = replace(
        patient, visits=tuple(sorted((v for v in patient.visits if v.day <= until), key=lambda v: v.day))
    )
    if not until_then.visits:
        return ()
    seen = visits_of(until_then)
    columns = with_totals({name: column[:, 0] for name, column in seen.columns.items()})
    rows = (
        {name: float(column[row]) for name, column in columns.items() if np.ndim(column)}
        for row in range(len(seen.days))
    )
    of_visits = (_evidence(int(day), row) for day, row in zip(seen.days, rows, strict=True))
    return tuple(one for one in of_visits if not one.silent)


def _evidence(day: int, row: Mapping[str, float]) -> VisitEvidence:
    choices = assimilation_settings()
    values = {
        name: told for name, channel in choices.channels.items() if (told := _told(name, channel, row)) is not None
    }
    items = {} if "sledai_2k" in values else {name: row.get(name, np.nan) for name in choices.descriptors}
    findings = {name: value for name, value in items.items() if not np.isnan(value)}
    recorded = {name: told.recorded for name, told in values.items() if np.isfinite(told.recorded)}
    return VisitEvidence(day, values, findings, recorded)


def _told(name: str, channel: Channel, row: Mapping[str, float]) -> Told | None:
    low, high = bounds_of(name, {key: np.asarray(value) for key, value in row.items()})
    if np.isnan(low) or np.isnan(high):
        return None
    if name == "sledai_2k" and low != high:  # bounds of a total that nobody recorded: its descriptors count instead
        return None
    return None if np.isinf(low) and np.isinf(high) else _on_scale(channel, low, high)


def _on_scale(channel: Channel, low: float, high: float) -> Told:
    """Return bounds on the scale; values at the floor or below are only known to lie there."""
    recorded = high if low == high else np.nan
    if high <= channel.floor:
        return Told(-np.inf, channel.bottom, recorded)
    if channel.scale == "linear":
        return Told(-np.inf if low <= channel.floor and low != high else low, high, recorded)
    bottom = -np.inf if low <= channel.floor and low != high else float(np.log(low))
    return Told(bottom, float(np.log(high)), recorded)


def told_words(evidence: VisitEvidence) -> Iterator[str]:
    """Yield the names of what a visit tells."""
    yield from evidence.values
    yield from evidence.findings
