"""The look-back in a table of visits: whose visit a row is, on which day, and what earlier rows of the window found.

A first pass keeps four bytes of findings a row; so ten million rows in any order need bounded memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.look_back import Words, found_at, words_before
from lupercal.instruments.plausible import cleared_columns, coded_causes, impossible_cells
from lupercal.instruments.score_block import WHO, BlockFaultError, block_columns
from lupercal.instruments.score_job import ScoreJob
from lupercal.instruments.windows import check_window

if TYPE_CHECKING:
    import polars as pl

ROW = "row number@lupercal"
"""Name of the column that numbers the rows while a table is worked on; blocks may come in any order."""

DAY, PATIENT = "day@lupercal", "patient@lupercal"


def with_look_back(rows: pl.LazyFrame, job: ScoreJob) -> ScoreJob:
    """Return the job with what earlier visits found, where its settings ask for a window.

    Parameters
    ----------
    rows
        The table, at least the columns of the job.
    job
        With ``window_days`` among its settings; without it the job is returned as it is.

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
    found = _first_pass(rows, job, families).sort(PATIENT, DAY, ROW)
    place, day = found[ROW].to_numpy(), found[DAY].to_numpy()
    same = (found[PATIENT] == found[PATIENT].shift()).fill_null(value=False).to_numpy()
    earlier: dict[str, Words] = {family: np.zeros(len(place), np.uint32) for family in families}
    for family in families:
        earlier[family][place] = words_before(found[family].to_numpy(), day, window, same)
    return replace(job, earlier=earlier)


def _first_pass(rows: pl.LazyFrame, job: ScoreJob, families: tuple[str, ...]) -> pl.DataFrame:
    """Return for each row its number, patient, day, and what was found at it by the rules of each family."""
    who, when = _keys(job)
    faults: list[BlockFaultError] = []

    def block(part: pl.DataFrame) -> pl.DataFrame:
        first = int(part[ROW][0]) if part.height else 0
        try:
            return _found(part, job, (who, when), first, families)
        except BlockFaultError as fault:
            faults.append(fault)
            return _found(part.head(0), job, (who, when), first, families)

    schema = _found(rows.with_row_index(ROW).head(0).collect(), job, (who, when), 0, families).schema
    found = rows.with_row_index(ROW).map_batches(block, schema=schema, streamable=True).collect(engine="streaming")
    if faults:
        raise min(faults, key=lambda fault: fault.row).told
    return found


def _keys(job: ScoreJob) -> tuple[str, str]:
    low = {name.lower(): name for name in job.kept}
    who, when = ([low[name] for name in names if name in low] for names in (WHO, ("day", "date")))
    if not who or not when:
        expected = "columns patient_id and day (or date): a window needs to know whose visit a row is, and when"
        raise InputError(job.source, "columns", ", ".join(job.kept) or "neither", expected)
    return who[0], when[0]


def _found(
    part: pl.DataFrame, job: ScoreJob, keys: tuple[str, str], first_row: int, families: tuple[str, ...]
) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    who, when = keys
    days = _days(part[when])
    for name, cells in ((when, days), (who, part[who])):
        if cells.null_count():
            row = first_row + int(cells.is_null().arg_true()[0])
            given = part[name][row - first_row]
            told = InputError(job.source, f"row {row + 1}, column {name}", given, "a day, a date or a patient")
            raise BlockFaultError(row, told)
    columns = _possible(block_columns(part, job, first_row), job)
    attribution = str(job.settings.get("attribution", "lupus"))
    words = {family: _full(found_at(columns, family, attribution), part.height) for family in families}
    return pl.DataFrame([part[ROW], part[who].cast(pl.String).alias(PATIENT), days.alias(DAY)]).with_columns(
        **{family: pl.Series(family, array, dtype=pl.UInt32) for family, array in words.items()}
    )


def _possible(columns: Mapping[str, Any], job: ScoreJob) -> dict[str, Any]:
    names = dict.fromkeys(name for one in job.instruments for name in one.inputs)
    coded = coded_causes(columns)
    return cleared_columns(coded, impossible_cells(coded, names))


def _full(words: Words, height: int) -> Words:
    return np.broadcast_to(words, (height,))


def _days(cells: pl.Series) -> pl.Series:
    """Return days as numbers: as they stand, or of dates."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if cells.dtype in {pl.Date, pl.Datetime}:
        return cells.cast(pl.Date).cast(pl.Int32).cast(pl.Float64)
    if cells.dtype != pl.String:
        return cells.cast(pl.Float64, strict=False).fill_nan(None)
    text = cells.str.strip_chars()
    dates = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Float64)
    return text.cast(pl.Float64, strict=False).fill_nan(None).fill_null(dates)
