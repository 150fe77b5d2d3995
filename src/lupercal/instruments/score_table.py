"""Scoring a table of visits from file to file, block by block, so that ten million rows need bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, final

import numpy as np
from typing_extensions import TypedDict

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert
from lupercal.files.checked import closed, read_as
from lupercal.files.documents import check_name
from lupercal.files.writing import written
from lupercal.instruments.cells import numbers
from lupercal.instruments.contract import Instrument
from lupercal.instruments.inputs import describe, known
from lupercal.instruments.registry import instrument, instruments
from lupercal.instruments.result import Score, Status
from lupercal.patient.variables import nearest, variables

if TYPE_CHECKING:
    import polars as pl

KEPT = ("patient_id", "patient", "subject", "id", "visit", "day", "date", "arm")
"""Columns copied to the output where they are there."""

FORMATS = (".csv", ".parquet")
ENDS = ("", "@low", "@high")


@final
@dataclass(frozen=True, slots=True)
class TableSource:
    """The file's column for an input, and how it becomes the dictionary's unit: ``value * factor + shift``."""

    column: str
    factor: float = 1.0
    shift: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class Job:
    """What to score: file, instruments, where each input stands, settings, and whether items are written too."""

    source: Path
    instruments: tuple[Instrument, ...]
    sources: Mapping[str, TableSource]
    kept: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    items: bool = False


def score_table(
    source: Path,
    out: Path,
    names: Sequence[str],
    *,
    mapping: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    items: bool = False,
) -> int:
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

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    InputError
        If a file, column, cell or name is not usable.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    for path in (source, out):
        _check_format(path)
    frame = _scan(source)
    header = tuple(frame.collect_schema())
    job = Job(
        source,
        tuple(find_instrument(name) for name in dict.fromkeys(names)),
        _sources(header, mapping, source, names),
        tuple(name for name in header if name.lower() in KEPT),
        settings or {},
        items,
    )
    wanted = tuple(dict.fromkeys((*job.kept, *(one.column for one in job.sources.values()))))
    return _write(frame.select(wanted), job, out, pl)


def find_instrument(name: str, origin: object = "--instrument") -> Instrument:
    """Return an instrument; raise `InputError` with the nearest names where there is none."""
    names = {one.name: one for one in instruments()}
    if name not in names:
        raise InputError(origin, "", name, f"the name of an instrument, {nearest(name, names)}")
    return instrument(name)


def score_block(frame: pl.DataFrame, job: Job, first_row: int = 0) -> pl.DataFrame:
    """Return the kept columns and the results of one block of rows."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    columns: dict[str, Any] = {}
    for name, source in job.sources.items():
        columns |= numbers(
            frame[source.column], name, (job.source, source.column, first_row), source.factor, source.shift
        )
    found = {one.name: one.score(columns, **_settings(one, job.settings)) for one in job.instruments}
    results = [series for score in found.values() for series in _series(score, job.items, frame.height, pl)]
    return pl.DataFrame([*frame.select(job.kept).get_columns(), *results])


def _scan(source: Path) -> pl.LazyFrame:
    """Open a file lazily; every cell of a CSV file stays text, so that a bad one can be named."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if not source.is_file():
        raise InputError(source, "", "no such file", "a readable file")
    try:
        lazy = pl.scan_parquet(source) if source.suffix == ".parquet" else pl.scan_csv(source, infer_schema=False)
        lazy.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(source, "", str(error).splitlines()[0], f"a table in {source.suffix[1:]} format") from None
    return lazy


def _sources(header: Sequence[str], mapping: Path | None, file: Path, names: Sequence[str]) -> dict[str, TableSource]:
    given = _mapping(mapping, header, file)
    wanted = dict.fromkeys(n for name in names for n in find_instrument(name).inputs)
    offered = {name: f"{name}{end}" for name in wanted for end in ("@low", "@high", "@attributed_to")}
    found: dict[str, TableSource] = {}
    for name in (*wanted, *(f"{n}{end}" for n in offered for end in ("@low", "@high", "@attributed_to"))):
        if name in given:
            found[name] = given[name]
        elif name in header:
            found[name] = TableSource(name)
    for name in names:
        inputs = find_instrument(name).inputs
        if not set(inputs) & set(found):
            expected = f"at least one input of {name}: {', '.join(inputs[:6])}{', ...' if len(inputs) > 6 else ''}"
            raise InputError(file, "columns", ", ".join(header), expected)
    return found


@closed
class ColumnChoice(TypedDict):
    """Which column of a table holds a value, and in which unit."""

    column: str
    unit: NotRequired[str]


ColumnNames = dict[str, str | ColumnChoice]
"""What ``--columns`` reads: the file's column, or column and unit, by the data dictionary's name."""


def _mapping(path: Path | None, header: Sequence[str], file: Path) -> dict[str, TableSource]:
    if path is None:
        return {}
    rows = read_as(path, ColumnNames)
    return {name: _mapped(name, row, path, header, file) for name, row in rows.items()}


def _mapped(name: str, row: Any, path: Path, header: Sequence[str], file: Path) -> TableSource:
    if not known(name):
        raise InputError(path, name, name, f"a name of the data dictionary, {nearest(name, variables())}")
    column = row.get("column") if isinstance(row, dict) else row
    if not isinstance(column, str) or column not in header:
        raise InputError(path, name, column, f"a column of {file.name}, {nearest(str(column), tuple(header))}")
    unit = row.get("unit") if isinstance(row, dict) else None
    if unit is None:
        return TableSource(column)
    what, variable = describe(name), variables().get(name.partition("@")[0])
    try:
        zero, one = (convert(x, unit, what.unit, variable.substance if variable else None) for x in (0.0, 1.0))
    except UnitError:
        raise InputError(path, f"{name}.unit", unit, f"a unit that converts to {what.unit}") from None
    return TableSource(column, one - zero, zero)


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
    return [one.fill_nan(None) if one.dtype == pl.Float64 else one for one in series]


def _write(frame: pl.LazyFrame, job: Job, out: Path, pl: Any) -> int:
    """Run block by block into a temporary file beside the target, then rename it."""
    failure: list[InputError] = []
    rows = 0

    def block(part: pl.DataFrame) -> pl.DataFrame:
        nonlocal rows
        try:
            result = score_block(part, job, rows)
        except InputError as error:
            failure.append(error)
            raise
        rows += part.height
        return result

    schema = score_block(frame.head(0).collect(), job).schema
    scored = frame.map_batches(block, schema=schema, streamable=True)
    try:
        with written(out) as temporary:
            scored.sink_parquet(temporary) if out.suffix == ".parquet" else scored.sink_csv(temporary)
    except (pl.exceptions.PolarsError, OSError, InputError) as error:
        if isinstance(error, InputError):
            raise
        if failure:
            raise failure[0] from None
        raise InputError(job.source, "", str(error).splitlines()[0], "a readable table") from None
    return rows


def _check_format(path: Path) -> None:
    check_name(path)
    if path.suffix not in FORMATS:
        raise InputError(path, "", path.suffix or "no ending", f"a file ending in {' or '.join(FORMATS)}")
