"""What virtual patients are compared with: whatever the baseline visit tells, as a value or as a bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.likeness import of_patient
from lupercal.forecast.settings import ResemblanceKernel, settings
from lupercal.model.observation import CNS_ITEMS
from lupercal.patient.record import Patient
from lupercal.visits.of_patient import baseline_columns
from lupercal.visits.totals import with_totals

Array = NDArray[np.float64]
Columns = Mapping[str, Array]


@final
@dataclass(frozen=True, slots=True)
class MatchTarget:
    """One baseline variable: it lies between ``low`` and ``high`` (equal where the value is exact)."""

    variable: str
    low: float
    high: float
    kernel: ResemblanceKernel

    @property
    def how(self) -> str:
        """Whether a value or only a bound is known."""
        if self.low == self.high:
            return "value"
        return "at least" if np.isinf(self.high) else "at most" if np.isinf(self.low) else "between"

    @property
    def observed(self) -> float:
        """The value or the bound; the middle where both ends are known."""
        if np.isinf(self.high) or np.isinf(self.low):
            return self.low if np.isinf(self.high) else self.high
        return (self.low + self.high) / 2

    def log_weight(self, simulated: Array) -> Array:
        """Return the log of the kernel, 0 inside the bounds, falling with the squared distance outside."""
        value, low, high = (_scaled(x, self.kernel) for x in (simulated, self.low, self.high))
        distance = np.maximum(np.maximum(low - value, value - high), 0.0) / self.kernel.tolerance
        return np.asarray(-0.5 * distance * distance)


@final
@dataclass(frozen=True, slots=True)
class Targets:
    """Everything a forecast could compare: ``used``, known but ``unused`` (with the reason), and ``missing``.

    ``alike`` is what twins share besides: who the patient is, organs, findings, failed drugs. ``finding`` is the
    nervous-system descriptor of SLEDAI-2K that is present, empty where none is known to be.
    """

    used: tuple[MatchTarget, ...]
    unused: Mapping[str, str]
    missing: tuple[str, ...]
    alike: tuple[MatchTarget, ...] = ()
    finding: str = ""

    @property
    def compared(self) -> tuple[MatchTarget, ...]:
        """Everything the virtual patients are compared by; nothing where no value of the baseline visit is known."""
        return (*self.used, *self.alike) if self.used else ()


def targets_of(patient: Patient) -> Targets:
    """Return what of a patient's baseline visit the virtual patients are matched on."""
    columns = with_totals(baseline_columns(patient))
    used = [target for name, kernel in settings().matching.items() if (target := _target(name, kernel, columns))]
    names = {target.variable for target in used}
    missing = tuple(name for name in settings().matching if name not in names)
    return Targets(
        tuple(used), dict(_unused(columns, names)), missing, tuple(_alike(patient, columns)), _finding(columns)
    )


def _finding(columns: Columns) -> str:
    return next((item for item in CNS_ITEMS if float(columns.get(item, np.nan)) == 1), "")


def _alike(patient: Patient, columns: Columns) -> Iterator[MatchTarget]:
    likeness = of_patient(patient, columns)
    for name, kernel in settings().likeness.items():
        if name in likeness:
            yield MatchTarget(name, *likeness[name], kernel)


def _target(name: str, kernel: ResemblanceKernel, columns: Columns) -> MatchTarget | None:
    low, high = bounds_of(name, columns)
    return None if np.isnan(low) or (np.isinf(low) and np.isinf(high)) else MatchTarget(name, low, high, kernel)


def bounds_of(name: str, columns: Columns) -> tuple[float, float]:
    """Return the least and the largest value a visit allows of a variable, equal where exact, NaN where unknown."""
    value = float(columns.get(name, np.nan))
    low, high = (float(columns.get(f"{name}@{end}", value)) for end in ("low", "high"))
    return _by_positivity(name, columns) if np.isnan(low) and np.isnan(high) else (low, high)


def _by_positivity(name: str, columns: Columns) -> tuple[float, float]:
    """Return bounds of anti-dsDNA where only another assay or the SLEDAI descriptor tells whether it is raised."""
    if name != "anti_dsdna":
        return np.nan, np.nan
    from lupercal.evidence.parameters import values  # noqa: PLC0415 - only here
    from lupercal.instruments.registry import score  # noqa: PLC0415

    raised = score("sledai_2k", columns).items["increased_dna_binding"]
    limit = values()["anti_dsdna_uln"]
    return (limit, np.inf) if raised > 0 else (-np.inf, limit) if raised == 0 else (np.nan, np.nan)


def _unused(columns: Columns, used: set[str]) -> Iterator[tuple[str, str]]:
    for name, value in columns.items():
        if name.startswith("anti_dsdna_") and not name.endswith("_uln") and "@" not in name and not np.isnan(value):
            why = (
                "only whether it is raised was used"
                if "anti_dsdna" in used
                else "and no limit tells whether it is raised"
            )
            yield name, f"units of different assays are never converted into each other, {why}"


def _scaled(value: float | Array, kernel: ResemblanceKernel) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(value, 1e-9)) if kernel.scale == "log" else np.asarray(value, np.float64)
