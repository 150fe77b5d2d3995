"""Harm as published, regimen by regimen: deaths, infections, low counts, cytokine release, neurotoxicity.

The figures are those of the study files and of ``data/toxicity.yaml``, which also says what each measure is. Nothing is
simulated here; the step *toxicity* of the calibration is fitted to figures of study files of these kinds. A regimen
without a figure has none that was read: no sign of safety.
"""

from __future__ import annotations

import datetime as dt
import marshal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Annotated, Literal, final, get_args

from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.intervals import Interval, exact_binomial
from lupercal.evidence.sources import DATA
from lupercal.evidence.studies import studies
from lupercal.evidence.study_records import Row, Study
from lupercal.files.checked import read_as
from lupercal.files.hashing import content_hash, package_hash
from lupercal.files.kept import kept

TABLE = DATA / "toxicity.yaml"
LEVEL = 0.95
HarmKind = Literal[
    "death", "infection", "blood count", "cytokine release", "neurotoxicity", "local reaction", "other",
]  # fmt: skip
KINDS: tuple[HarmKind, ...] = get_args(HarmKind)
"""Kinds of harm in the order in which they are shown."""

Words = Annotated[str, Field(min_length=3, max_length=300)]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedHarm:
    """One published figure of harm.

    Parameters
    ----------
    regimen
        Id of a regimen of `lupercal.therapy`.
    kind, words
        What it is, in one of `KINDS` and in plain words.
    events, n
        Patients with the event and patients in all, as printed; None where only a share or a rate was printed.
    value, unit
        The share in per cent, or a rate in its UCUM unit.
    low, high
        The 95 % interval in the same unit, exact (Clopper-Pearson) unless the source prints one; None for a bare rate.
    when
        Until when it was counted.
    study, source
        The publication, and where it was read (DOI, PMID, URL).
    differs
        Where patients or treatment were not the regimen's.
    overlaps
        Studies of one group may hold the same patients: their figures bear the same name here and do not add up.
    beside
        The simulated outcome of a forecast that comes nearest; empty where none does.
    """

    regimen: str
    kind: HarmKind
    words: str
    events: int | None
    n: int | None
    value: float
    unit: str
    low: float | None
    high: float | None
    when: str
    study: str
    source: str
    differs: str = ""
    overlaps: str = ""
    beside: str = ""

    @property
    def text(self) -> str:
        """The figure in one line, such as ``3 of 5 (60 %, 15 to 95 %)``."""
        if self.unit != "%":
            return f"{self.value:g} per 100 patient-years" if self.unit == "/(100.a)" else f"{self.value:g} {self.unit}"
        within = "" if self.low is None or self.high is None else f", {_percent(self.low)} to {_percent(self.high)} %"
        if self.events is not None:
            return f"{self.events} of {self.n} ({_percent(self.value)} %{within})"
        return f"{_percent(self.value)} % of {self.n}{within}" if self.n else f"{_percent(self.value)} %{within}"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Measure(_Model):
    kind: HarmKind
    words: Words
    beside: str = ""
    survives: bool = False


class _Arm(_Model):
    study: str
    arm: str
    regimen: str
    differs: Words


class _Added(_Model):
    regimen: str
    kind: HarmKind
    words: Words
    n: Annotated[int, Field(ge=1)]
    when: Words
    source: str
    events: Annotated[int, Field(ge=0)] | None = None
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    ci95: Interval | None = None
    differs: str = ""
    beside: str = ""


class _Source(_Model):
    text: Words
    where: Words
    checked: dt.date


class _Table(_Model):
    measures: dict[str, _Measure]
    arms: tuple[_Arm, ...]
    added: tuple[_Added, ...]
    sources: dict[str, _Source]


def published_harm(regimen: str) -> tuple[PublishedHarm, ...]:
    """Return what was published of harm under a regimen, gravest kind first, larger studies first; empty if nothing.

    Parameters
    ----------
    regimen
        Id of a regimen, such as ``cd19_car_t``.
    """
    return _by_regimen().get(regimen, ())


@cache
def _table() -> _Table:
    """Return the file, read and checked once."""
    return read_as(TABLE, _Table)


@cache
def harm_kinds() -> Mapping[str, HarmKind]:
    """Return what kind of harm a measure of the study files is, for those that are harm."""
    return {name: measure.kind for name, measure in _table().measures.items()}


def published_deaths(regimen: str) -> tuple[PublishedHarm, ...]:
    """Return the published deaths under a regimen, treatment-related ones first."""
    deaths = (one for one in published_harm(regimen) if one.kind == "death")
    return tuple(sorted(deaths, key=lambda one: "treatment" not in one.words))


@cache
def _by_regimen() -> Mapping[str, tuple[PublishedHarm, ...]]:
    by_regimen: dict[str, list[PublishedHarm]] = {}
    for one in _figures():
        by_regimen.setdefault(one.regimen, []).append(one)
    return {name: tuple(sorted(rows, key=_order)) for name, rows in by_regimen.items()}


def _figures() -> list[PublishedHarm]:
    """Return all figures; reports need a few of them, and reading all studies takes longer than the rest."""
    name = content_hash("published harm", sys.version, package_hash(("evidence", "files")), size=16)
    return [PublishedHarm(**row) for row in marshal.loads(kept(name, _read_figures))]


def _read_figures() -> bytes:
    table = _table()
    return marshal.dumps([asdict(one) for one in (*_of_studies(table), *_added(table))])


def _order(one: PublishedHarm) -> tuple[int, int, str]:
    return KINDS.index(one.kind), -(one.n or 0), one.words


def _of_studies(table: _Table) -> Iterator[PublishedHarm]:
    """Yield the figures of the study files that were read in a text."""
    shown = {(one.study, one.arm): one for one in table.arms}
    for study in studies().values():
        for row in study.outcomes:
            measure, extra = table.measures.get(row.measure), shown.get((study.id, row.arm))
            arm = study.arms[row.arm]
            regimen = extra.regimen if extra else arm.regimen
            if measure is None or regimen is None or row.mark == "memory" or not (_is_share(row) or _is_rate(row)):
                continue
            harm = _harm(study, study.sized(row), measure, regimen)
            yield replace(harm, differs=extra.differs if extra else arm.differs)


def _harm(study: Study, row: Row, measure: _Measure, regimen: str) -> PublishedHarm:
    value, low, high = _in_percent(row) if _is_share(row) else (row.value or 0.0, None, None)
    events = _patients(row)
    if measure.survives:
        value, (low, high) = 100 - value, (_complement(high), _complement(low))
        events = None if events is None or row.n is None else row.n - events
    cited = study.citation
    where = cited.doi[0] if cited.doi else cited.pmid or cited.registry
    return PublishedHarm(
        regimen=regimen,
        kind=measure.kind,
        words=measure.words,
        events=events,
        n=row.n,
        value=value,
        unit="%" if _is_share(row) else row.unit,
        low=low,
        high=high,
        when=row.when or row.time or "",
        study=cited.text,
        source=where or study.sources[row.source[0]].where,
        overlaps=study.overlap_cluster,
        beside="" if measure.survives else measure.beside,
    )


def _is_share(row: Row) -> bool:
    return (row.statistic == "share" and row.value is not None) or (_patients(row) is not None and row.n is not None)


def _patients(row: Row) -> int | None:
    """Return how many patients had the event, where the source counts patients and not events."""
    if row.events is not None or row.statistic != "count" or row.unit != "{patients}":
        return row.events
    return None if row.value is None else round(row.value)


def _is_rate(row: Row) -> bool:
    return row.statistic == "rate" and row.value is not None


def _in_percent(row: Row) -> tuple[float, float | None, float | None]:
    """Return the share with its interval, in per cent."""
    events = _patients(row)
    if row.statistic == "count" and events is not None and row.n:
        return (100 * events / row.n, *_exact(events, row.n))
    low, high = row.interval(LEVEL) or (None, None)
    return row.value or 0.0, low, high


def _added(table: _Table) -> Iterator[PublishedHarm]:
    for row in table.added:
        source = table.sources[row.source]
        value = row.percent if row.percent is not None else 100 * (row.events or 0) / row.n
        low, high = row.ci95 or _exact(value * row.n / 100, row.n)
        yield PublishedHarm(
            regimen=row.regimen, kind=row.kind, words=row.words, events=row.events, n=row.n, value=value, unit="%",
            low=low, high=high, when=row.when, study=source.text, source=source.where, differs=row.differs,
            overlaps="", beside=row.beside,
        )  # fmt: skip


def _exact(events: float, n: int) -> Interval:
    low, high = exact_binomial(events, n, LEVEL)
    return 100 * low, 100 * high


def _complement(bound: float | None) -> float | None:
    return None if bound is None else 100 - bound


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
