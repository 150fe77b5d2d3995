"""One block of a table of visits, scored; and what was seen on the way that a reader should know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from lupercal.errors import InputError
from lupercal.files.buckets import Buckets
from lupercal.instruments.cells import numbers
from lupercal.instruments.contract import Instrument
from lupercal.instruments.explain import reasons
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Score, Status
from lupercal.instruments.score_job import ScoreJob
from lupercal.instruments.unrecorded import absent_where_unrecorded
from lupercal.patient.cells import read_sex_cells

if TYPE_CHECKING:
    import polars as pl

WHO = ("patient_id", "patient", "subject", "usubjid", "subjid", "id")
WHEN = ("visit", "visitnum", "day", "date")
SHARES = 16
"""Buckets of the keys of visits."""


@final
class BlockFaultError(Exception):
    """A cell that cannot be used: its row in the file, counted from 0, and what to tell."""

    def __init__(self, row: int, told: InputError) -> None:
        self.row, self.told = row, told
        super().__init__(str(told))


@final
@dataclass(slots=True)
class Seen:
    """What was seen while blocks went by, in any order; little for each block, but `visits` for each row.

    ``visits`` are the keys of visits (`visit_keys`) as numbers of 64 bits; None where nobody asks for repeated ones.
    """

    heights: list[int] = field(default_factory=list)
    progress: Callable[[int], None] | None = None
    visits: Buckets | None = None
    other_totals: list[tuple[str, int, int]] = field(default_factory=list)
    without_answer: list[tuple[str, int]] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Number of rows; blocks append what they saw, as several are worked on at once."""
        return sum(self.heights)

    def notes(self, job: ScoreJob) -> tuple[str, ...]:
        """Return in sentences what a reader should know."""
        return (*self._blank(), *self._twice(job), *self._totals(), *self._without_answer())

    def _blank(self) -> Iterator[str]:
        rows = sum(self.blank)
        if rows:
            held = _rows(rows, "holds", "hold")
            yield f"{held} nothing at all; each is counted as a visit of which nothing is known."

    def _twice(self, job: ScoreJob) -> Iterator[str]:
        by = visit_keys(job)
        if self.visits and by:
            keys = (self.visits.bucket(number) for number in self.visits.filled())
            more = sum(part.size - np.unique(part).size for part in keys)
            if more:
                repeated = _rows(more, "repeats", "repeat")
                yield f"{' and '.join(by)}: {repeated} those of an earlier row; each is scored as it stands."

    def _totals(self) -> Iterator[str]:
        for name in dict.fromkeys(name for name, _, _ in self.other_totals):
            blocks = [(rows, first) for one, rows, first in self.other_totals if one == name]
            where = f"the first is row {min(first for _, first in blocks) + 1}"
            counted_rows = _rows(sum(rows for rows, _ in blocks), "records", "record")
            yield f"{name}: {counted_rows} another total than their items come to, {where}; the items count."

    def _without_answer(self) -> Iterator[str]:
        for name in dict.fromkeys(name for name, _ in self.without_answer):
            rows = sum(count for one, count in self.without_answer if one == name)
            yield f"{name}: {rows} rows have impossible or contradictory values and no answer; see {name}_reason."


def visit_keys(job: ScoreJob) -> tuple[str, ...]:
    """Return the columns that tell one visit from another; none where the table does not say whose visits they are."""
    low = {name.lower(): name for name in job.kept}
    who, when = ([low[name] for name in names if name in low] for names in (WHO, WHEN))
    return (*who[:1], *when) if who and when else ()


def score_block(frame: pl.DataFrame, job: ScoreJob, first_row: int, seen: Seen) -> pl.DataFrame:
    """Return the kept columns and the results of one block of rows.

    Raises
    ------
    BlockFaultError
        Naming the first cell that cannot be used.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    columns = block_columns(frame, job, first_row)
    if job.unrecorded_absent:
        columns = absent_where_unrecorded(columns, job.instruments, frame.height)
    read = _looked_back(columns, job, first_row, frame.height)
    scores = {
        one.name: one.score(read.get(one.looks_back, columns), **_settings(one, job.settings))
        for one in job.instruments
    }
    _look(frame, job, first_row, scores, seen)
    results = [series for score in scores.values() for series in _series(score, job.items, frame.height, pl)]
    clash = {one.name for one in results} & set(job.kept)
    if clash:
        raise BlockFaultError(0, InputError(job.source, "columns", min(clash), "a column not named as a result"))
    return pl.DataFrame([*frame.select(job.kept).get_columns(), *results])


def _looked_back(columns: dict[str, Any], job: ScoreJob, first_row: int, height: int) -> dict[str, dict[str, Any]]:
    """Return the columns with what earlier visits found, for each family of rules that looks back."""
    families = {one.looks_back for one in job.instruments if one.looks_back}
    if job.earlier is None:
        return {}
    return {str(family): columns | job.earlier.columns(family, first_row, height) for family in families}


def block_columns(frame: pl.DataFrame, job: ScoreJob, first_row: int) -> dict[str, Any]:
    """Return the columns of a block as instruments read them.

    Raises
    ------
    BlockFaultError
        Naming the first cell that cannot be used.
    """
    columns: dict[str, Any] = {}
    faults: list[tuple[int, str, str, str]] = []
    for name, source in job.sources.items():
        if source.column == "sex" and name == "sex_female":
            columns[name], fault = read_sex_cells(frame[source.column])
        else:
            read, fault = numbers(frame[source.column], name, source.unit, decimal_comma=job.decimal_comma)
            columns |= read
        if fault is not None:
            faults.append((fault[0], source.column, fault[1], fault[2]))
    if faults:
        row, column, raw, expected = min(faults)
        place = f"row {first_row + row + 1}, column {column}"
        raise BlockFaultError(first_row + row, InputError(job.source, place, raw, expected))
    return columns


def _look(frame: pl.DataFrame, job: ScoreJob, first_row: int, scores: Mapping[str, Score], seen: Seen) -> None:
    """Count rows, note the visits, and compare recorded totals with computed ones."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    seen.heights.append(frame.height)
    seen.blank.append(int(frame.select(pl.all_horizontal(pl.all().is_null()).sum()).item()))
    if seen.progress is not None:
        seen.progress(seen.rows)
    by = visit_keys(job)
    if by and frame.height and seen.visits is not None:
        keys = frame.select(pl.struct(by).hash()).to_series().to_numpy()
        seen.visits.add(keys, (keys % np.uint64(SHARES)).astype(np.int64))
    for name, score in scores.items():
        if score.impossible or score.conflicts:
            seen.without_answer.append((name, int(np.isin(score.status, (Status.ERROR, Status.CONFLICT)).sum())))
    for name in job.totals:
        recorded, _ = numbers(frame[name], name, decimal_comma=job.decimal_comma)
        with np.errstate(invalid="ignore"):
            other = (recorded[name] < scores[name].low) | (recorded[name] > scores[name].high)
        if other.any():
            seen.other_totals.append((name, int(other.sum()), int(other.argmax()) + first_row))


def _settings(one: Instrument, given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key in one.settings}


def _series(score: Score, items: bool, height: int, pl: Any) -> list[Any]:
    name = score.instrument

    def full(array: Any) -> Any:
        return np.broadcast_to(array, (height,))

    words = [status.name.lower() for status in Status]
    states = pl.Series(words, dtype=pl.Enum(words))
    series = [
        pl.Series(f"{name}{end}", full(array))
        for end, array in (("", score.value), ("_low", score.low), ("_high", score.high))
    ]
    series.append(states.gather(full(score.status).astype(np.uint32)).alias(f"{name}_status"))
    if items:
        series += [pl.Series(f"{name}.{item}", full(array)) for item, array in score.items.items()]
    series.append(pl.Series(f"{name}_reason", _reasons(score, height), dtype=pl.String))
    if mark := instrument(name).mark:
        series.append(pl.Series(f"{name}_mark", [mark] * height, dtype=pl.String))
    return [one.fill_nan(None) if one.dtype == pl.Float64 else one for one in series]


def _reasons(score: Score, height: int) -> list[str | None]:
    """Return for each row why it has no answer although data are there; None where there is no such reason."""
    masks = [*score.impossible.values(), *score.conflicts.values()]
    said: list[str | None] = [None] * height
    if masks:
        for row in np.flatnonzero(np.broadcast_to(np.any(np.broadcast_arrays(*masks), axis=0), (height,))):
            said[row] = "; ".join(reasons(score.at(row)))
    return said


def _rows(count: int, one: str, more: str) -> str:
    """Return a number of rows with its verb."""
    return f"1 row {one}" if count == 1 else f"{count} rows {more}"
