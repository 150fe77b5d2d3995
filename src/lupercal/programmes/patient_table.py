"""A table of patients, one per row, as facts for screening.

Columns bear the names of the data dictionary, in its units; besides them ``id`` or ``patient``, ``lupus_type``,
``sex``, ``age_years``, ``organs_involved``, and the drugs ``failed_treatments``, ``current_treatments`` and
``previous_treatments``, several names in a cell separated by semicolons. Cells are read as in tables of visits
(`lupercal.patient.cells`): bounds, titres, one closed list of words for yes, no and unknown.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final, get_args

import numpy as np

from lupercal.errors import InputError
from lupercal.files.tables import check_table_name, open_table, table_fault
from lupercal.instruments.three_valued import Array
from lupercal.patient.cells import read_cells, read_sexes
from lupercal.patient.drugs import generic_name, prednisone_equivalents
from lupercal.patient.schema import Organ
from lupercal.patient.spellings import is_unknown, lupus_type_in_words
from lupercal.patient.variables import nearest, variables
from lupercal.programmes.screening import NOT_MET, STATUSES, UNKNOWN, Screening
from lupercal.programmes.table_conflicts import table_conflicts
from lupercal.rules.facts import Facts, Profile
from lupercal.rules.parser import TYPES
from lupercal.safety.records import GRAVITY
from lupercal.safety.screen import VERDICTS, SafetyScreening
from lupercal.visits.totals import with_totals

if TYPE_CHECKING:
    import polars as pl

DRUG_COLUMNS = {"failed_treatments": "failed", "current_treatments": "current", "previous_treatments": "given"}
PERSON_COLUMNS = ("lupus_type", "organs_involved", *DRUG_COLUMNS)
ID_COLUMNS = ("id", "patient")
"""Columns that say who a row is; the first that is there counts."""
SEPARATOR = "\x1f"
MAX_ROWS = 20_000_000


@final
@dataclass(frozen=True, slots=True)
class PatientTable:
    """Facts of the rows, their ids, and what was not used: columns ignored, cells not readable or not plausible.

    ``twice`` are ids that stand at several rows, each of which is judged as a patient of its own; ``conflicts`` rows,
    from 1, and what they say twice in different ways; ``blank`` counts rows that hold nothing at all.
    """

    facts: Facts
    ids: tuple[str, ...]
    ignored: tuple[str, ...]
    unusable: Mapping[str, int]
    twice: tuple[str, ...] = ()
    conflicts: tuple[tuple[int, str], ...] = ()
    blank: int = 0


def read_patient_table(path: Path) -> PatientTable:
    """Read a CSV or Parquet file of patients.

    Parameters
    ----------
    path
        ``.csv`` or ``.parquet``.

    Raises
    ------
    InputError
        If the file cannot be read, has no rows, no usable column, or names an unknown drug, organ or type of lupus.
        A number that cannot be read or lies outside its plausible range is unknown instead, and is counted.
    """
    import polars as pl  # noqa: PLC0415 - heavy

    try:
        with open_table(Path(path)) as table:
            return facts_from(table.rows.collect(), path, decimal_comma=table.decimal_comma)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise table_fault(Path(path), error) from None


def facts_from(frame: pl.DataFrame, origin: object, *, decimal_comma: bool = False) -> PatientTable:
    """Return the rows of a frame as facts; ``origin`` names it in errors."""
    import polars as pl  # noqa: PLC0415 - heavy

    if not 0 < frame.height <= MAX_ROWS:
        raise InputError(origin, "", f"{frame.height} rows", f"1 to {MAX_ROWS} patients")
    columns, unusable = _numbers(frame, origin, decimal_comma)
    used = {*columns, *PERSON_COLUMNS, *ID_COLUMNS, "sex", "age_years"}
    ignored = tuple(name for name in frame.columns if name not in used)
    if len(ignored) == len([name for name in frame.columns if name not in ID_COLUMNS]):
        near = nearest(ignored[0], tuple(variables())) if ignored else "such as sledai_2k"
        raise InputError(origin, ", ".join(ignored), "no column of the data dictionary", f"its names, {near}")
    profiles, place = _profiles(frame, origin)
    rows = with_totals({name: column[:, None] for name, column in columns.items()})
    identifier = next((name for name in ID_COLUMNS if name in frame.columns), None)
    ids = frame[identifier].cast(str).fill_null("") if identifier else range(1, frame.height + 1)
    facts = Facts(rows, np.zeros((frame.height, 1)), profiles, place)
    names = tuple(map(str, ids))
    blank = int(frame.select(pl.all_horizontal(pl.all().is_null()).sum()).item())
    return PatientTable(facts, names, ignored, unusable, _twice(names), table_conflicts(frame, columns), blank)


def _twice(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids that stand at more than one row; rows without an id are not compared."""
    return tuple(name for name, count in Counter(ids).items() if name and count > 1)


def _numbers(frame: pl.DataFrame, origin: object, decimal_comma: bool) -> tuple[dict[str, Array], dict[str, int]]:
    columns: dict[str, Array] = {}
    unusable: dict[str, int] = {}
    for name in frame.columns:
        target = {"sex": "sex_female", "age_years": "age"}.get(name, name)
        variable = variables().get(target)
        if variable is None or (target != name and target in frame.columns):
            continue
        if frame[name].dtype.is_nested():
            raise InputError(origin, name, str(frame[name].dtype), "a column of numbers, words or true and false")
        cells = (
            read_sexes(frame[name]) if name == "sex" else read_cells(frame[name], variable, decimal_comma=decimal_comma)
        )
        columns[target] = cells.value
        if cells.censored:
            columns |= {f"{target}@low": cells.low, f"{target}@high": cells.high}
        if cells.wrong.any():
            unusable[name] = int(cells.wrong.sum())
    return columns, unusable


def _profiles(frame: pl.DataFrame, origin: object) -> tuple[tuple[Profile, ...], Any]:
    import polars as pl  # noqa: PLC0415 - heavy

    absent = [pl.lit("").alias(name) for name in PERSON_COLUMNS if name not in frame.columns]
    cells = frame.with_columns(absent).select(pl.col(PERSON_COLUMNS).cast(pl.String).fill_null(""))
    joined = cells.select(pl.concat_str(pl.all(), separator=SEPARATOR)).to_series()
    different = joined.unique(maintain_order=True)
    place = joined.replace_strict(different, np.arange(different.len()), return_dtype=pl.Int64).to_numpy()
    return tuple(_profile(text, origin) for text in different), place


def _profile(text: str, origin: object) -> Profile:
    cells = dict(zip(PERSON_COLUMNS, text.split(SEPARATOR), strict=False))
    kind = lupus_type_in_words(cells["lupus_type"])
    if not is_unknown(kind) and kind not in TYPES:
        raise InputError(origin, "lupus_type", kind, f"a type of lupus, {nearest(kind, tuple(TYPES))}")
    organs = frozenset(_organ(word, origin) for word in _parts(cells["organs_involved"]))
    drugs = {(s, _drug(w, origin, c)) for c, s in DRUG_COLUMNS.items() for w in _parts(cells[c])}
    return Profile(TYPES.get(kind), organs, frozenset(drugs | {("given", drug) for _, drug in drugs}))


def _parts(cell: str) -> list[str]:
    return [word for part in cell.split(";") if not is_unknown(word := part.strip().lower())]


def _organ(word: str, origin: object) -> str:
    if word not in get_args(Organ):
        raise InputError(origin, "organs_involved", word, f"one of {', '.join(get_args(Organ))}")
    return word


def _drug(word: str, origin: object, field: str) -> str:
    name = generic_name(word, origin, field)
    return "prednisone" if name in prednisone_equivalents() else name


def write_table(screenings: Iterable[Screening], ids: tuple[str, ...], path: Path) -> None:
    """Write one row per patient: id, and for each programme safety, its status, the criteria not met and unknown.

    Raises
    ------
    InputError
        If the path does not end in .csv or .parquet or cannot be written.
    """
    import polars as pl  # noqa: PLC0415 - heavy

    from lupercal.files.writing import write_bytes  # noqa: PLC0415

    check_table_name(path, "a table")
    columns: dict[str, Any] = {"id": ids}
    for screening in screenings:
        name = screening.programme.id
        columns[f"{name} safety"] = pl.Series(VERDICTS).gather(screening.safety.verdict)
        columns[f"{name} stops"] = _stops(screening.safety)
        columns[name] = pl.Series(STATUSES).gather(screening.codes)
        columns[f"{name} not met"] = _named(screening, NOT_MET)
        columns[f"{name} unknown"] = _named(screening, UNKNOWN)
    buffer, frame = io.BytesIO(), pl.DataFrame(columns)
    if path.suffix.lower() == ".parquet":
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer)
    write_bytes(path, buffer.getvalue())


def _stops(one: SafetyScreening) -> pl.Series:
    """Return for each patient the safety rules that say stop, their ids joined by blanks."""
    import polars as pl  # noqa: PLC0415 - heavy

    frame = pl.DataFrame({name: row == GRAVITY["stop"] for name, row in zip(one.rules, one.codes, strict=True)})
    words = [pl.when(pl.col(name)).then(pl.lit(name)) for name in one.rules]
    return frame.select(pl.concat_str(words, separator=" ", ignore_nulls=True)).to_series()


def _named(one: Screening, answer: int) -> pl.Series:
    """Return for each patient the deciding criteria with an answer, their ids joined by blanks."""
    import polars as pl  # noqa: PLC0415 - heavy

    criteria = [(c.id, row) for c, row in zip(one.programme.criteria, one.answers, strict=True) if c.role == "decides"]
    frame = pl.DataFrame({name: row == answer for name, row in criteria})
    words = [pl.when(pl.col(name)).then(pl.lit(name)) for name, _ in criteria]
    return frame.select(pl.concat_str(words, separator=" ", ignore_nulls=True)).to_series()
