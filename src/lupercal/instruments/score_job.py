"""What is to be scored in a table: which column holds which input, in which unit, and what is carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NotRequired, Protocol, final

from typing_extensions import TypedDict

from lupercal.errors import InputError
from lupercal.files.checked import closed, validated
from lupercal.files.documents import read_document
from lupercal.instruments.cells import input_variable
from lupercal.instruments.contract import Instrument
from lupercal.instruments.inputs import known
from lupercal.instruments.registry import instrument, instruments
from lupercal.patient.variables import accepts, nearest, variables

IDENTIFIERS = ("patient_id", "patient", "subject", "usubjid", "subjid", "id", "visit", "visitnum", "day", "date", "arm")
"""Columns copied to the output where they are there, and never taken for unknown ones."""

PERSON = {"sex_female": "sex", "age": "age_years"}
"""Columns of a person that stand in for an input of another name, as in patient files."""

SUFFIXES = ("@low", "@high", "@attributed_to")


@final
@dataclass(frozen=True, slots=True)
class TableSource:
    """The file's column for an input, and its unit (None: the data dictionary's)."""

    column: str
    unit: str | None = None


class Earlier(Protocol):
    """What earlier visits of a window found."""

    def columns(self, family: str, first_row: int, height: int) -> dict[str, Any]:
        """Return the columns ``<name>@earlier`` of a family of look-back for some rows."""


@final
@dataclass(frozen=True, slots=True)
class ScoreJob:
    """What to score.

    Parameters
    ----------
    source
        The file.
    instruments, sources
        What is scored, and where each input stands.
    kept
        Columns copied to the output: identifiers, and those that no name here explains.
    totals
        Instruments whose result the table records itself; it is compared and told, never used.
    settings, items
        Passed on to instruments; whether items are written too.
    decimal_comma, unrecorded_absent
        How cells are read, see `lupercal.patient.cells` and `lupercal.instruments.unrecorded`.
    earlier
        What earlier visits found, for each row (`lupercal.instruments.table_windows`); None without a window.
    """

    source: Path
    instruments: tuple[Instrument, ...]
    sources: Mapping[str, TableSource]
    kept: tuple[str, ...]
    totals: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    items: bool = False
    decimal_comma: bool = False
    unrecorded_absent: bool = False
    earlier: Earlier | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that are read, each once."""
        return tuple(dict.fromkeys((*self.kept, *self.totals, *(one.column for one in self.sources.values()))))


def find_instrument(name: str, origin: object = "--instrument") -> Instrument:
    """Return an instrument; raise `InputError` with the nearest names where there is none."""
    names = {one.name: one for one in instruments()}
    if name not in names:
        raise InputError(origin, "", name, f"the name of an instrument, {nearest(name, names)}")
    return instrument(name)


def kept_columns(header: Sequence[str], sources: Mapping[str, TableSource], names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that are copied: identifiers, and whatever is neither read nor a name of the dictionary."""
    read = {one.column for one in sources.values()}
    return tuple(
        name
        for name in header
        if name.lower() in IDENTIFIERS or not (name in read or name in names or known(name) or name in PERSON.values())
    )


def input_sources(
    header: Sequence[str], mapping: Mapping[str, Any] | Path | None, file: Path, names: Sequence[str]
) -> dict[str, TableSource]:
    """Return where each input of the named instruments stands in a table.

    Raises
    ------
    InputError
        If the mapping names what is not there, or an instrument has none of its inputs.
    """
    given = _mapping(mapping, header, file)
    wanted = dict.fromkeys(n for name in names for n in find_instrument(name).inputs)
    sources: dict[str, TableSource] = {}
    for name in (*wanted, *(f"{n}{end}" for n in wanted for end in SUFFIXES)):
        column = name if name in header else PERSON.get(name, "")
        if name in given:
            sources[name] = given[name]
        elif column in header:
            sources[name] = TableSource(column)
    _refuse_lookalikes(header, wanted, sources, file)
    for name in names:
        inputs = find_instrument(name).inputs
        if not set(inputs) & set(sources):
            expected = f"at least one input of {name}: {', '.join(inputs[:6])}{', ...' if len(inputs) > 6 else ''}"
            raise InputError(file, "columns", ", ".join(header), expected)
    return sources


def _refuse_lookalikes(
    header: Sequence[str], wanted: Mapping[str, object], sources: Mapping[str, TableSource], file: Path
) -> None:
    """Refuse a column whose name is that of an unfound input but for case, blanks and hyphens: ``UPCR`` for ``upcr``.

    Left unread it would count as not recorded, and with ``--unrecorded absent`` as absent.
    """
    read = {one.column for one in sources.values()}
    for column in header:
        name = "_".join(column.casefold().replace("-", " ").replace("_", " ").split())
        if column not in read and column != name and name in wanted and name not in sources:
            raise InputError(file, "columns", column, f"{name}, or --columns with the name and unit of this column")


@closed
class ColumnChoice(TypedDict):
    """Which column of a table holds a value, and in which unit."""

    column: str
    unit: NotRequired[str]


ColumnNames = dict[str, str | ColumnChoice]
"""What ``--columns`` reads: the file's column, or column and unit, by the data dictionary's name."""


def _mapping(given: Mapping[str, Any] | Path | None, header: Sequence[str], file: Path) -> dict[str, TableSource]:
    if given is None:
        return {}
    data, origin = (read_document(given), given) if isinstance(given, Path) else (dict(given), "columns")
    rows = validated(data, ColumnNames, origin)
    return {str(name): _mapped(str(name), row, origin, header, file) for name, row in rows.items()}


def _mapped(name: str, row: Any, path: object, header: Sequence[str], file: Path) -> TableSource:
    if not known(name):
        raise InputError(path, name, name, f"a name of the data dictionary, {nearest(name, variables())}")
    if isinstance(row, dict) and not set(row) <= {"column", "unit"}:
        wrong = next(str(key) for key in row if key not in {"column", "unit"})
        raise InputError(path, name, wrong, "the keys column and unit")
    column = row.get("column") if isinstance(row, dict) else row
    if not isinstance(column, str) or column not in header:
        raise InputError(path, name, column, f"a column of {file.name}, {nearest(str(column), tuple(header))}")
    unit = row.get("unit") if isinstance(row, dict) else None
    what = input_variable(name)
    if unit is not None and not (isinstance(unit, str) and accepts(what, unit)):
        raise InputError(path, f"{name}.unit", unit, f"a unit that converts to {what.unit}")
    return TableSource(column, unit)
