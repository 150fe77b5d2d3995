"""A published study as Lupercal holds it: figures with source, mark and use, and what can be computed from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

from lupercal.errors import LupercalError
from lupercal.evidence.intervals import Interval, as_days, exact_binomial, normal_quantile
from lupercal.evidence.study_schema import HowSimulatedModel

RATIOS = ("odds_ratio", "hazard_ratio", "risk_ratio", "rate_ratio", "geometric_mean_ratio")
STATISTICS = (
    "share", "count", "mean", "median", "mean_change", "percent_change", "median_percent_change",
    "relative_reduction", "difference", "rate", "single", *RATIOS,
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """Where a figure was read: ``what`` it is and ``where`` it stands (URL, DOI, PMID or registry number)."""

    key: str
    what: str
    where: str


@final
@dataclass(frozen=True, slots=True)
class Citation:
    """The publication; ``mark`` says whether the reference text itself was seen."""

    text: str
    mark: str
    doi: tuple[str, ...]
    pmid: str
    pmc: str
    registry: str
    note: str


@final
@dataclass(frozen=True, slots=True)
class Therapy:
    """What was given, in the study's words; ``from_memory`` names the details that were not seen in a text."""

    kind: str
    what: str
    dose: str
    background: str
    details: Mapping[str, str]
    from_memory: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class StudyArm:
    """One group of patients.

    ``regimen`` is a regimen of `lupercal.therapy` or None with the ``reason``; ``on_top_of`` is the regimen that this
    arm received besides it; ``differs`` says where the study's dosing is not the regimen's.
    """

    name: str
    n: int | None
    mark: str
    regimen: str | None
    on_top_of: str | None
    differs: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Design:
    """How a study was done; None and empty text mean that the material does not say.

    ``entry`` holds rules in the language of `lupercal.rules`, each to be met.
    """

    text: str
    randomised: bool | None
    blinding: str | None
    follow_up: str | None
    follow_up_note: str
    entry: tuple[str, ...]
    entry_note: str
    excluded: tuple[str, ...]
    population: Mapping[str, str]
    visits: str | None
    drop_out: str | None
    non_responder: str | None


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a study.

    ``statistic`` is one of `STATISTICS`; shares are in per cent. ``item`` names the part of a figure with several parts
    (an organ domain, an ancestry). ``window`` is ``at`` the time or ``up_to`` it. ``n`` is the number of patients the
    figure stands on, None where it was not seen. ``mark`` is seen, memory or derived.
    """

    role: str
    measure: str
    arm: str
    statistic: str
    unit: str
    mark: str
    source: tuple[str, ...]
    use: str
    item: str
    subgroup: str
    value: float | None
    bound: str
    time: str | None
    when: str
    window: str
    n: int | None
    events: int | None
    sd: float | None
    se: float | None
    ci95: Interval | None
    iqr: Interval | None
    range: Interval | None
    versus: str | None
    confidence: str | None
    note: str

    @property
    def day(self) -> float | None:
        """Days from randomisation or infusion; 0 at baseline, None where the time is not a number."""
        return as_days(self.time) if self.time else (0.0 if self.role == "baseline" else None)

    @property
    def usable_for_calibration(self) -> bool:
        """Whether a fit may use this figure: meant for it, a number, and read in a text or derived from one."""
        return self.use.startswith("calibrate") and self.mark != "memory" and self.value is not None and not self.bound

    @property
    def has_precision(self) -> bool:
        """Whether the number of patients or a spread is stated."""
        return any(part is not None for part in (self.n, self.sd, self.se, self.ci95, self.iqr, self.range))

    @property
    def standard_error(self) -> float | None:
        """The standard error of the value in its unit, of its logarithm for ratios; None where it cannot be computed.

        As stated; else binomial for shares and for counts of patients, SD/√n for means, from the stated 95 % interval
        otherwise. The binomial formula has no use at 0 and 100 %: None there, see `interval`.
        """
        if self.se is not None or self.value is None:
            return self.se
        if self.chance is not None and self.n:
            scale = 100.0 if self.statistic == "share" else self.n
            return scale * math.sqrt(self.chance * (1 - self.chance) / self.n) if 0 < self.chance < 1 else None
        if self.statistic.startswith("mean") and self.sd is not None and self.n:
            return self.sd / math.sqrt(self.n)
        return self._from_interval()

    @property
    def chance(self) -> float | None:
        """The value as a fraction of patients, for shares and for counts of patients; None for anything else."""
        if self.events is not None and self.n:
            return self.events / self.n
        return self.value / 100 if self.statistic == "share" and self.value is not None else None

    def interval(self, level: float = 0.95) -> Interval | None:
        """Return the confidence interval of the value in its unit; None where it cannot be computed.

        Exact (Clopper-Pearson) for shares and counts of patients; as stated where a 95 % interval is stated and asked
        for; else normal, on the logarithm for ratios.
        """
        if not 0 < level < 1:
            raise LupercalError(f"{level} is not a confidence level: expected a number between 0 and 1")
        if self.ci95 is not None and math.isclose(level, 0.95):
            return self.ci95
        if self.chance is not None and self.n:
            scale = 100.0 if self.statistic == "share" else self.n
            low, high = exact_binomial(self.chance * self.n, self.n, level)
            return scale * low, scale * high
        return self._normal(level)

    def _from_interval(self) -> float | None:
        if self.ci95 is None:
            return None
        low, high = map(math.log, self.ci95) if self.statistic in RATIOS else self.ci95
        return (high - low) / (2 * normal_quantile(0.975))

    def _normal(self, level: float) -> Interval | None:
        error = self.standard_error
        if error is None or self.value is None:
            return None
        half = normal_quantile((1 + level) / 2) * error
        if self.statistic in RATIOS:
            return self.value * math.exp(-half), self.value * math.exp(half)
        return self.value - half, self.value + half


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """A result in words, such as "normalised": kept, never fitted to."""

    measure: str
    arm: str
    text: str
    mark: str
    source: tuple[str, ...]
    time: str | None
    when: str
    n: int | None
    note: str

    @property
    def day(self) -> float | None:
        """Days from infusion; None where the time is not a number."""
        return as_days(self.time) if self.time else None


@final
@dataclass(frozen=True, slots=True)
class NotCarried:
    """A statement of the material that is not part of the study's rows, with the reason."""

    field: str
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Study:
    """One study: what was given to whom, what came of it, and what Lupercal may use it for."""

    id: str
    use: str
    use_limit: str
    citation: Citation
    therapy: Therapy
    design: Design
    arms: Mapping[str, StudyArm]
    sources: Mapping[str, Reference]
    baseline: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    evidence: str
    overlap_cluster: str
    not_carried: tuple[NotCarried, ...]
    simulation: HowSimulatedModel = field(default_factory=HowSimulatedModel)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every figure, baseline first."""
        return self.baseline + self.outcomes

    @property
    def calibrates(self) -> bool:
        """Whether the study is meant for fitting, wholly or in part."""
        return self.use.startswith("calibrate")

    @property
    def calibrating(self) -> tuple[Row, ...]:
        """The figures a fit may use."""
        return tuple(row for row in self.rows if row.usable_for_calibration)

    def sized(self, row: Row) -> Row:
        """Return a figure with the size of its arm as ``n`` where the figure's own number of patients was not seen."""
        return row if row.n is not None else replace(row, n=self.arms[row.arm].n)

    @property
    def unconfirmed(self) -> tuple[Row, ...]:
        """Figures meant for fitting that were not found in a text, hence not used."""
        return tuple(row for row in self.rows if row.use.startswith("calibrate") and row.mark == "memory")

    @property
    def lacking(self) -> tuple[Row, ...]:
        """Figures a fit may use although neither a number of patients nor a spread is stated."""
        return tuple(row for row in self.calibrating if not row.has_precision)
