"""The look-back in a table of visits: whose visit a row is, on which day, and what earlier rows of the window found.

A first pass keeps of each row whose it is, its day and four bytes of findings for each family of rules, in buckets of
patients; then patient by patient what was found earlier goes into buckets of rows, which the second pass reads. So rows
in any order need memory for one bucket, however many there are (`lupercal.files.buckets`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError
from lupercal.files.buckets import Buckets, Places, Records
from lupercal.instruments.look_back import Words, as_columns, compared, found_at, words_by_visit
from lupercal.instruments.plausible import cleared_columns, coded_causes, impossible_cells
from lupercal.instruments.score_block import WHO, BlockFaultError, block_columns
from lupercal.instruments.score_job import ScoreJob
from lupercal.instruments.three_valued import Bools
from lupercal.instruments.windows import check_window

if TYPE_CHECKING:
    import polars as pl

ROW = "row number@lupercal"
"""Name of the column that numbers the rows while a table is worked on; blocks may come in any order."""

PEOPLE = 64
"""Buckets of patients."""

ROWS = 1 << 17
"""Rows in a bucket of rows."""

FAR = 1e7
"""Added to days of dates, which no day 0 is among: the first visit is the baseline then."""

SEEDS = (1, 2)
"""Of the two hashes, 128 bits together, that stand for a patient."""


@final
class EarlierFindings:
    """What earlier visits found, for the rows of a table: families of rules, and for each the visits that look back."""

    def __init__(self, buckets: Buckets, kinds: Mapping[str, tuple[str, ...]]) -> None:
        self.buckets, self.kinds = buckets, kinds
        self._lock, self._last = Lock(), (-1, np.empty(0, buckets.kind))

    def columns(self, family: str, first_row: int, height: int) -> dict[str, Any]:
        """Return the columns ``<name>@earlier`` of a family for some rows; none where nothing was found."""
        earlier: dict[str, Any] = {}
        for when in self.kinds.get(family, ()):
            earlier |= as_columns(self._words(_field(family, when), first_row, height), when)
        return earlier

    def _words(self, field: str, first_row: int, height: int) -> Words:
        words = np.zeros(height, np.uint32)
        for number in range(first_row // ROWS, (first_row + height - 1) // ROWS + 1):
            records = self._bucket(number)
            place = records["row"] - first_row
            inside = (place >= 0) & (place < height)
            words[place[inside]] = records[field][inside]
        return words

    def _bucket(self, number: int) -> Records:
        with self._lock:
            if self._last[0] != number:
                self._last = number, self.buckets.bucket(number)
            return self._last[1]


def with_look_back(rows: pl.LazyFrame, job: ScoreJob, folder: Path) -> ScoreJob:
    """Return the job with what earlier visits found, where its settings ask for a window.

    Parameters
    ----------
    rows
        The table, at least the columns of the job.
    job
        With ``window_days`` among its settings; without it the job is returned as it is.
    folder
        Where to put what does not fit into memory, as long as the job is worked on.

    Raises
    ------
    InputError
        For another window, a table that does not say whose visit a row is and on which day, or a cell not usable.
    """
    window = job.settings.get("window_days")
    if window is None:
        return job
    check_window(window)
    families: tuple[str, ...] = tuple(dict.fromkeys(one.looks_back for one in job.instruments if one.looks_back))
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys(families, compared(job.sources))
    fields = [(_field(family, when), "<u4") for family, asked in kinds.items() for when in asked]
    earlier = Buckets(folder, "rows", [("row", "<i8"), *fields])
    people = _first_pass(rows, job, families, folder)
    for number in people.filled():
        _look_back(people.bucket(number), window, kinds, earlier)
    return replace(job, earlier=EarlierFindings(earlier, kinds))


def _field(family: str, when: str) -> str:
    return f"{family}{when}"


def _look_back(visits: Records, window: float, kinds: Mapping[str, tuple[str, ...]], earlier: Buckets) -> None:
    """Put what was found before each visit of some patients into the bucket of its row."""
    visits = visits[np.lexsort((visits["row"], visits["day"], visits["other"], visits["who"]))]
    records = np.zeros(len(visits), earlier.kind)
    records["row"] = visits["row"]
    fields = [_field(family, when) for family, asked in kinds.items() for when in asked]
    for family, asked in kinds.items():
        looked = words_by_visit(visits[family], visits["day"], window, asked, _of_the_same(visits))
        for when, words in looked.items():
            records[_field(family, when)] = words
    records = records[np.any([records[name] for name in fields], axis=0)]
    earlier.add(records, records["row"] // ROWS)


def _of_the_same(visits: Records) -> Bools:
    """Return whether a visit belongs to the patient of the visit before it."""
    same = np.zeros(len(visits), bool)
    same[1:] = (visits["who"][1:] == visits["who"][:-1]) & (visits["other"][1:] == visits["other"][:-1])
    return same


def _first_pass(rows: pl.LazyFrame, job: ScoreJob, families: tuple[str, ...], folder: Path) -> Buckets:
    """Return for each row its number, patient, day, and what was found at it by the rules of each family."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    keys, faults = _keys(job), list[BlockFaultError]()
    kind = [("who", "<u8"), ("other", "<u8"), ("day", "<f8"), ("row", "<i8"), *((f, "<u4") for f in families)]
    people = Buckets(folder, "people", kind)
    add = partial(_add_block, job=job, keys=keys, families=families, people=people)

    def block(part: pl.DataFrame) -> pl.DataFrame:
        try:
            add(part)
        except BlockFaultError as fault:
            faults.append(fault)
        return part.select(pl.len().alias("rows"))

    add(rows.with_row_index(ROW).head(0).collect())
    numbered = rows.with_row_index(ROW).map_batches(block, schema={"rows": pl.UInt32}, streamable=True)
    numbered.select(pl.col("rows").sum()).collect(engine="streaming")
    if faults:
        raise min(faults, key=lambda fault: fault.row).told
    return people


def _add_block(
    part: pl.DataFrame, job: ScoreJob, keys: tuple[str, str], families: tuple[str, ...], people: Buckets
) -> None:
    who, when = keys
    first_row = int(part[ROW][0]) if part.height else 0
    days = _days(part[when], counted=when.lower() == "day")
    _refuse_empty(part, job, {when: days, who: part[who]}, first_row)
    columns = _possible(block_columns(part, job, first_row), job)
    attribution = str(job.settings.get("attribution", "lupus"))
    records = np.zeros(part.height, people.kind)
    records["who"], records["other"] = (part[who].cast(_text()).hash(seed).to_numpy() for seed in SEEDS)
    records["day"], records["row"] = days.to_numpy(), part[ROW].to_numpy()
    for family in families:
        records[family] = found_at(columns, family, attribution)
    people.add(records, _share(records["who"]))


def _text() -> Any:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    return pl.String


def _share(hashed: NDArray[np.uint64]) -> Places:
    return (hashed % np.uint64(PEOPLE)).astype(np.int64)


def _refuse_empty(part: pl.DataFrame, job: ScoreJob, cells: Mapping[str, pl.Series], first_row: int) -> None:
    for name, column in cells.items():
        if column.null_count():
            row = first_row + int(column.is_null().arg_true()[0])
            given = part[name][row - first_row]
            fault = InputError(job.source, f"row {row + 1}, column {name}", given, "a day, a date or a patient")
            raise BlockFaultError(row, fault)


def _keys(job: ScoreJob) -> tuple[str, str]:
    low = {name.lower(): name for name in job.kept}
    who, when = ([low[name] for name in names if name in low] for names in (WHO, ("day", "date")))
    if not who or not when:
        expected = "columns patient_id and day (or date): a window needs to know whose visit a row is, and when"
        raise InputError(job.source, "columns", ", ".join(job.kept) or "neither", expected)
    return who[0], when[0]


def _possible(columns: Mapping[str, Any], job: ScoreJob) -> dict[str, Any]:
    names = dict.fromkeys(name for one in job.instruments for name in one.inputs)
    coded = coded_causes(columns)
    return cleared_columns(coded, impossible_cells(coded, names))


def _days(cells: pl.Series, *, counted: bool) -> pl.Series:
    """Return days as numbers: as they stand where they are counted from day 0, else above 0 all (see `FAR`)."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if cells.dtype in {pl.Date, pl.Datetime}:
        return cells.cast(pl.Date).cast(pl.Int32).cast(pl.Float64) + FAR
    if cells.dtype != pl.String:
        return cells.cast(pl.Float64, strict=False).fill_nan(None) + (0.0 if counted else FAR)
    text = cells.str.strip_chars()
    dates = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Float64) + FAR
    numbers = text.cast(pl.Float64, strict=False).fill_nan(None) + (0.0 if counted else FAR)
    return numbers.fill_null(dates)
