"""Scoring a table of visits from file to file, block by block, so that ten million rows need bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, final

import numpy as np

from lupercal.files.buckets import Buckets
from lupercal.files.tables import check_table_name, open_table, table_fault
from lupercal.files.writing import written
from lupercal.instruments.score_block import BlockFaultError, Seen, score_block
from lupercal.instruments.score_job import IDENTIFIERS, ScoreJob, find_instrument, input_sources, kept_columns
from lupercal.instruments.table_windows import ROW, with_look_back

if TYPE_CHECKING:
    import polars as pl


@final
@dataclass(frozen=True, slots=True)
class ScoredTable:
    """What became of a table: rows written, columns that were copied unread, and what the reader should know."""

    rows: int
    unknown_columns: tuple[str, ...]
    notes: tuple[str, ...]


def score_table(
    source: Path,
    out: Path,
    names: Sequence[str],
    *,
    mapping: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    items: bool = False,
    unrecorded_absent: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ScoredTable:
    """Score a table and write the result, whole or not at all.

    Parameters
    ----------
    source, out
        ``.csv`` or ``.parquet``; one row per visit, columns named as in the data dictionary.
    names
        Instruments.
    mapping
        YAML or JSON: data-dictionary name to the file's column, or to ``{column: ..., unit: ...}``.
    settings
        Settings passed to every instrument that has them.
    items
        Also write the points or state of each item.
    unrecorded_absent
        Take a flag that is not recorded as absent, where no laboratory value of the row can settle it.
    progress
        Called with the number of rows done after each block.

    Raises
    ------
    InputError
        If a file, column or name is not usable, or a cell is neither plausible nor unknown; the first row is named.
    """
    for path in (source, out):
        check_table_name(path)
    with open_table(source) as table, TemporaryDirectory(prefix="lupercal-") as room:
        job = _job(table.columns, source, names, mapping, settings, items, table.decimal_comma, unrecorded_absent)
        job = with_look_back(table.rows.select(job.columns), job, Path(room))
        seen = Seen(progress=progress, visits=Buckets(Path(room), "visits", np.uint64))
        _write(table.rows.select(job.columns), job, out, seen)
        unknown = tuple(name for name in job.kept if name.lower() not in IDENTIFIERS)
        return ScoredTable(seen.rows, unknown, seen.notes(job))


def score_frame(
    visits: pl.DataFrame | Path | str,
    names: Sequence[str],
    *,
    mapping: Mapping[str, Any] | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    items: bool = False,
) -> pl.DataFrame:
    """Score a table in memory; see `score_table`, which does the same from file to file.

    Raises
    ------
    InputError
        If a file, column, cell or name is not usable.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if isinstance(visits, pl.DataFrame):
        return _scored(visits, _job(tuple(visits.columns), Path("visits"), names, mapping, settings, items))
    with open_table(Path(visits)) as table:
        job = _job(table.columns, Path(visits), names, mapping, settings, items, table.decimal_comma)
        return _scored(table.rows.select(job.columns).collect(), job)


def _scored(frame: pl.DataFrame, job: ScoreJob) -> pl.DataFrame:
    with TemporaryDirectory(prefix="lupercal-") as room:
        job = with_look_back(frame.lazy().select(job.columns), job, Path(room))
        try:
            return score_block(frame.select(job.columns), job, 0, Seen())
        except BlockFaultError as fault:
            raise fault.told from None


def _job(
    header: Sequence[str],
    source: Path,
    names: Sequence[str],
    mapping: Mapping[str, Any] | Path | None,
    settings: Mapping[str, Any] | None,
    items: bool,
    decimal_comma: bool = False,
    unrecorded_absent: bool = False,
) -> ScoreJob:
    chosen = tuple(find_instrument(name) for name in dict.fromkeys(names))
    sources = input_sources(header, mapping, source, names)
    read = {one.column for one in sources.values()}
    totals = tuple(one.name for one in chosen if one.name in header and one.name not in read)
    carried = kept_columns(header, sources, names)
    return ScoreJob(source, chosen, sources, carried, totals, settings or {}, items, decimal_comma, unrecorded_absent)


def _write(frame: pl.LazyFrame, job: ScoreJob, out: Path, seen: Seen) -> None:
    """Run block by block into a temporary file beside the target, then rename it."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    faults: list[BlockFaultError] = []

    def block(part: pl.DataFrame) -> pl.DataFrame:
        first = int(part[ROW][0]) if part.height else 0
        if faults and first > min(fault.row for fault in faults):
            return schema_frame
        try:
            return score_block(part.drop(ROW), job, first, seen)
        except BlockFaultError as fault:  # a block before this one may hold an earlier fault: look on
            faults.append(fault)
            return schema_frame

    try:
        schema_frame = score_block(frame.head(0).collect(), job, 0, Seen())
    except BlockFaultError as fault:
        raise fault.told from None
    except pl.exceptions.PolarsError as error:
        raise table_fault(job.source, error) from None
    scored = frame.with_row_index(ROW).map_batches(block, schema=schema_frame.schema, streamable=True)
    try:
        with written(out) as temporary:
            scored.sink_parquet(temporary) if out.suffix.lower() == ".parquet" else scored.sink_csv(temporary)
            if faults:
                raise min(faults, key=lambda fault: fault.row).told
    except (pl.exceptions.PolarsError, OSError) as error:
        raise table_fault(job.source, error) from None
