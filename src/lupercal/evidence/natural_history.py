"""How lupus behaves under usual care: published figures and the targets that a virtual population must reproduce.

Figures lie in ``data/natural_history/``, one file per topic; ``targets.yaml`` holds the targets T01-T19 (cross-section)
and D01-D16 (one year under usual care and its long-term consequences), ``sources.yaml`` what they were read in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.intervals import Interval
from lupercal.evidence.sources import DATA
from lupercal.evidence.study_records import Reference
from lupercal.evidence.units import UnitError, parse
from lupercal.files.checked import read_as

FOLDER = DATA / "natural_history"
_NOT_FIGURES = {"sources", "targets"}


@final
@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure, of one or several named values.

    ``values`` maps a name to a number (the one name is ``value`` where there is only one); ``sd``, ``ci95``, ``iqr``
    and ``range`` map the same names, and ``range`` others where only a range is known. ``unit`` holds for all names
    but those in ``units``. ``of`` says what a share or ratio refers to. ``derived`` holds numbers computed from the
    value. A figure in words has ``text`` and no values. ``mark`` is seen, memory or derived.
    """

    id: str
    topic: str
    statistic: str
    unit: str
    units: Mapping[str, str]
    of: str
    values: Mapping[str, float]
    sd: Mapping[str, float]
    ci95: Mapping[str, Interval]
    iqr: Mapping[str, Interval]
    range: Mapping[str, Interval]
    derived: Mapping[str, float]
    text: str
    population: str
    definition: str
    n: int | None
    patient_years: float | None
    mark: str
    confidence: str | None
    source: Reference
    note: str

    @property
    def usable_for_calibration(self) -> bool:
        """Whether a fit may use this figure: numbers, read in a text or derived from one."""
        return bool(self.values) and self.mark != "memory"


@final
@dataclass(frozen=True, slots=True)
class Target:
    """What a simulated cohort must reproduce.

    ``values`` and ``tolerance`` map the same names to numbers in ``unit`` (in ``units`` for the names there); shares
    are fractions. ``scope`` says which cohort is meant.
    """

    id: str
    statistic: str
    scope: str
    values: Mapping[str, float]
    tolerance: Mapping[str, float]
    unit: str
    units: Mapping[str, str]
    mark: str
    source: Reference
    note: str

    def deviations(self, simulated: Mapping[str, float]) -> dict[str, float]:
        """Return (simulated - target) / tolerance for every name; NaN where the simulation gives none."""
        missing = float("nan")
        return {
            name: (simulated.get(name, missing) - value) / self.tolerance[name] for name, value in self.values.items()
        }

    def hit(self, simulated: Mapping[str, float]) -> bool:
        """Whether every value is simulated and lies within its tolerance, bounds included."""
        return all(abs(deviation) <= 1 + 1e-9 for deviation in self.deviations(simulated).values())


_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$")]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Words = Annotated[str, Field(min_length=1, max_length=900)]
_Pair = tuple[_Number, _Number]
_Mark = Literal["seen", "memory", "derived"]
_Statistic = Literal[
    "share", "rate", "count", "mean", "median", "single", "median_percent_change", "coefficient_of_variation", "ratio",
    "association", "odds_ratio", "hazard_ratio", "risk_ratio", "rate_ratio", "standardised_mortality_ratio",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Figure(_Model):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
    statistic: _Statistic | None = None
    unit: str = ""
    units: dict[_Name, _Words] = {}
    of: str = ""
    values: dict[_Name, _Number] = {}
    sd: dict[_Name, _Positive] = {}
    ci95: dict[_Name, _Pair] = {}
    iqr: dict[_Name, _Pair] = {}
    range: dict[_Name, _Pair] = {}
    derived: dict[_Name, _Number] = {}
    text: str = ""
    population: str = ""
    definition: str = ""
    n: Annotated[int, Field(ge=1, strict=True)] | None = None
    patient_years: _Positive | None = None
    mark: _Mark
    confidence: Literal["low", "medium", "high"] | None = None
    source: _Words
    note: str = ""


class _Target(_Model):
    id: Annotated[str, Field(pattern=r"^[TD]\d\d$")]
    statistic: _Words
    scope: _Words
    values: Annotated[dict[_Name, _Number], Field(min_length=1)]
    tolerance: dict[_Name, _Positive]
    unit: _Words
    units: dict[_Name, _Words] = {}
    mark: _Mark
    source: _Words
    note: str = ""


class _Reference(_Model):
    what: _Words
    where: _Words


class _Figures(_Model):
    figures: Annotated[list[_Figure], Field(min_length=1)]


class _Targets(_Model):
    targets: Annotated[list[_Target], Field(min_length=1)]


class _Sources(_Model):
    sources: dict[str, _Reference]


@cache
def figures() -> Mapping[str, Figure]:
    """Return every figure of the package by ``topic.id``, such as ``flare_rates.petri91``."""
    references = read_sources(FOLDER / "sources.yaml")
    paths = [path for path in sorted(FOLDER.glob("*.yaml")) if path.stem not in _NOT_FIGURES]
    return {f"{path.stem}.{figure.id}": figure for path in paths for figure in read_figures(path, references)}


def figure(name: str) -> Figure:
    """Return one figure by ``topic.id``, or raise `LupercalError`."""
    try:
        return figures()[name]
    except KeyError:
        raise LupercalError(f"no natural-history figure '{name}'; names are topic.id") from None


@cache
def targets() -> Mapping[str, Target]:
    """Return the targets by id, cross-section (T) before course (D)."""
    return read_targets(FOLDER / "targets.yaml", read_sources(FOLDER / "sources.yaml"))


def read_sources(path: Path) -> dict[str, Reference]:
    """Read a table of sources by key; `InputError` names what is not usable."""
    table = read_as(path, _Sources).sources
    return {key: Reference(key, row.what, row.where) for key, row in table.items()}


def read_figures(path: Path, known: Mapping[str, Reference]) -> list[Figure]:
    """Read one file of figures; its name is their topic.

    Raises
    ------
    InputError
        If a figure lacks source, mark or unit, occurs twice, names an unknown source or contradicts itself.
    """
    rows = read_as(path, _Figures).figures
    _refuse(path, "figures", rows, known, _figure_faults)
    return [
        Figure(topic=path.stem, **(row.model_dump() | {"source": known[row.source], "statistic": row.statistic or ""}))
        for row in rows
    ]


def read_targets(path: Path, known: Mapping[str, Reference]) -> dict[str, Target]:
    """Read a file of targets by id.

    Raises
    ------
    InputError
        If a target lacks source, mark, unit or a tolerance for each value, or occurs twice.
    """
    rows = read_as(path, _Targets).targets
    _refuse(path, "targets", rows, known, _target_faults)
    return {row.id: Target(**(row.model_dump() | {"source": known[row.source]})) for row in rows}


_Fault = tuple[str, Any, str]


def _refuse(path: Path, section: str, rows: Any, references: Mapping[str, Reference], faults: Any) -> None:
    """Raise `InputError` for the first fault of the rows of a file."""
    seen: set[str] = set()
    for index, row in enumerate(rows):
        row_faults = [
            *([("id", row.id, "each id once")] if row.id in seen else []),
            *_common_faults(row, references),
            *faults(row),
        ]
        seen.add(row.id)
        for field, value, expected in row_faults:
            raise InputError(path, f"{section}[{index}].{field}", value, expected)


def _common_faults(row: _Figure | _Target, references: Mapping[str, Reference]) -> Iterator[_Fault]:
    if row.source not in references:
        yield "source", row.source, "a source of sources.yaml"
    for unit in (*([row.unit] if row.unit else []), *row.units.values()):
        try:
            parse(unit)
        except UnitError as error:
            yield "unit", unit, f"a unit ({error})"


def _figure_faults(row: _Figure) -> Iterator[_Fault]:
    numbers = bool(row.values or row.range)
    if numbers == bool(row.text):
        yield "values", "both" if numbers else "nothing", "either numbers or text"
    if numbers and not row.unit:
        yield "unit", row.unit, "a unit"
    if numbers and row.statistic is None:
        yield "statistic", row.statistic, "what kind of number it is"
    if row.source == "memory" and row.mark != "memory":
        yield "source", row.source, "a text that was read"
    for name, value in row.values.items():
        yield from _value_faults(row, name, value)
    for field in ("sd", "ci95", "iqr"):
        yield from ((field, name, "a name of values") for name in getattr(row, field) if name not in row.values)


def _value_faults(row: _Figure, name: str, value: float) -> Iterator[_Fault]:
    if row.units.get(name, row.unit) == "%" and row.statistic == "share" and not 0 <= value <= 100:
        yield f"values.{name}", value, "a share from 0 to 100 %"
    for field in ("ci95", "iqr", "range"):
        pair = getattr(row, field).get(name)
        if pair is not None and not pair[0] <= value <= pair[1]:
            yield f"{field}.{name}", list(pair), f"bounds around the value {value:g}"


def _target_faults(row: _Target) -> Iterator[_Fault]:
    if row.tolerance.keys() != row.values.keys():
        yield "tolerance", list(row.tolerance), f"one for each of {', '.join(row.values)}"
