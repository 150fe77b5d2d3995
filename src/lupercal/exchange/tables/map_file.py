"""The map of a table: which column holds what, in which unit, and how the table writes numbers and dates.

A person answers here what a table does not say of itself. Nothing that is left open is guessed: a column without a
line, a line that is still ``unsure``, a quantity without a unit and a date that can be read in two ways are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, parse
from lupercal.files.checked import read_as
from lupercal.patient.schema import PATIENT_ID, DateText, Line
from lupercal.patient.variables import accepts, nearest, variables

Encoding = Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso-8859-15", "mac-roman"]
DateOrder = Literal["iso", "dmy", "mdy", "ymd", "serial-1900", "serial-1904"]
Rows = Literal["visits", "values", "treatments", "persons"]
FORMAT: Literal["lupercal table map 1"] = "lupercal table map 1"

OF_PERSON = ("title", "sex", "age_years", "birth_date", "lupus_type", "diagnosis_year", "reference_date")
OF_VISIT = ("day", "date", "label")
OF_VALUE = ("variable", "value", "comparator", "unit", "attribution")
OF_TREATMENT = (
    "drug", "amount", "unit", "start_day", "stop_day", "start_date", "stop_date", "status", "note",
)  # fmt: skip
OF_A_VARIABLE = ("unit", "comparator", "attribution")
"""What a column may hold about another column's variable, named under ``of``."""
ROLES = {
    "visits": ("patient", "ignore", *OF_PERSON, *OF_VISIT, *OF_A_VARIABLE),
    "values": ("patient", "ignore", *OF_PERSON, *OF_VISIT, *OF_VALUE),
    "treatments": ("patient", "ignore", *OF_PERSON, *OF_TREATMENT),
    "persons": ("patient", "ignore", *OF_PERSON),
}
PLACING = frozenset({"patient", "day", "date", "variable", "value", "drug"})
"""Roles without which no cell of a row can be placed."""
_UNITLESS = frozenset({"1", "{score}", "{titer}", "{joints}", "a", "%", "d"})
"""Units of the dictionary that nobody writes out."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class TableFormat(_Part):
    """How a table writes things.

    Parameters
    ----------
    encoding
        Of a CSV file without a byte order mark; UTF-8 where not given.
    delimiter
        Between the cells of a CSV file; read from its header where not given.
    decimal, thousands
        Signs in numbers. A blank stands for every kind of blank. A sign that is not stated here is refused.
    dates
        Order of day, month and year, or the first day of a spreadsheet's count. Dates that can be read in one way only
        (``2025-03-03``, ``3 Mar 2025``) need none.
    two_digit_years_from
        First of the hundred years that two digits mean; such years are refused where it is not given.
    missing
        Words for *not known* beside those that every table may use.
    marks
        Signs after a number that say nothing new, such as ``H`` or ``*``.
    header_row
        Row of the column names, counted from 1.
    merged
        What cells of a merged range hold: refused, or filled with its one value.
    repeated
        Two different values of one variable on one day: both refused, or the first or last kept.
    """

    encoding: Encoding | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", "'", " "] | None = None
    dates: DateOrder | None = None
    two_digit_years_from: Annotated[int, Field(ge=1900, le=2000)] | None = None
    missing: Annotated[list[str], Field(max_length=100)] = []
    marks: Annotated[list[str], Field(max_length=20)] = []
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1
    merged: Literal["refuse", "fill"] = "refuse"
    repeated: Literal["refuse", "first", "last"] = "refuse"


class ColumnUse(_Part):
    """What a column (or, in a table of values, a name in the column of variables) holds.

    Parameters
    ----------
    is_
        A variable of the data dictionary, or a role such as ``patient`` or ``date``; ``is`` in the file.
    of
        The variable that a column of units, comparators or attributions belongs to, where a row is a visit.
    unit
        Unit of the numbers, where the cells do not say it.
    dates
        As in the format, for this column alone.
    words
        What the cells' own words mean: ``{w: female, ja: yes}``.
    because
        Why a column is set aside.
    unsure
        A question that is still open. The column is not used until this line is gone.
    """

    is_: Annotated[str, Field(alias="is", min_length=1, max_length=80)]
    of: str | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    dates: DateOrder | None = None
    words: Annotated[dict[str, str | bool | float], Field(max_length=200)] = {}
    because: Line = ""
    unsure: Line = ""


class PersonGiven(_Part):
    """What holds for the whole table and stands in no column."""

    id: Annotated[str, Field(pattern=PATIENT_ID, max_length=80)] | None = None
    reference_date: DateText | None = None
    data_origin: Literal["published", "constructed", "clinical", "simulated"] = "clinical"


class SheetMap(_Part):
    """One table: what a row is, and what each column holds.

    ``variables`` says for a table of values what each name in its column of variables means.
    """

    sheet: Annotated[str, Field(max_length=100)] | None = None
    rows: Rows = "visits"
    columns: Annotated[dict[str, ColumnUse], Field(min_length=1, max_length=2000)]
    variables: Annotated[dict[str, ColumnUse], Field(max_length=5000)] = {}


class MapFile(_Part):
    """A map: how the tables of one file write things, what holds for all, and each table.

    ``day_0`` says which day visits count from where no reference date is given. ``unsure`` are questions about the
    whole table that are still open; nothing is imported until they are gone.
    """

    format: Literal["lupercal table map 1"] = FORMAT
    writes: TableFormat = TableFormat()
    person: PersonGiven = PersonGiven()
    unsure: Annotated[list[Line], Field(max_length=50)] = []
    day_0: Literal["first_visit", "last_visit"] = "last_visit"
    tables: Annotated[list[SheetMap], Field(min_length=1, max_length=20)]


def read_map(path: Path) -> MapFile:
    """Read a map and check its names and units.

    Raises
    ------
    InputError
        For the first fault, naming file and place.
    """
    made = read_as(path, MapFile)
    check_answered(made, path)
    check_map(made, path)
    return made


def check_map(made: MapFile, origin: object) -> None:
    """Refuse a map that names unknown variables, roles or units, or one role twice in a table."""
    for i, table in enumerate(made.tables):
        place = f"tables[{i}]"
        for name, use in table.columns.items():
            _check_use(use, table.rows, origin, f"{place}.columns.{name}")
        for name, use in table.variables.items():
            _check_variable(use, origin, f"{place}.variables.{name}")
        _check_once(table, origin, place)
        _check_whole(table, made, origin, place)


def check_answered(made: MapFile, origin: object) -> None:
    """Refuse a map with open questions without whose answers no cell can be placed."""
    if made.unsure:
        raise InputError(origin, "unsure", made.unsure[0], "an answer in the map, and this line gone")
    for i, table in enumerate(made.tables):
        for name, use in table.columns.items():
            if use.unsure and use.is_ in PLACING:
                place = f"tables[{i}].columns.{name}.unsure"
                raise InputError(origin, place, use.unsure, "an answer in the map, and this line gone")


def needs_unit(name: str) -> bool:
    """Return whether numbers of this variable mean nothing without a unit."""
    held = variables()[name]
    return held.kind == "quantity" and held.unit not in _UNITLESS


def _check_use(use: ColumnUse, rows: Rows, origin: object, place: str) -> None:
    roles = ROLES[rows]
    wide = rows == "visits"
    if use.is_ not in roles and not (wide and use.is_ in variables()):
        roles_allowed = (*roles, *variables()) if wide else roles
        raise InputError(origin, f"{place}.is", use.is_, f"a role or variable, {nearest(use.is_, roles_allowed)}")
    if use.is_ in variables() and use.is_ not in roles:
        _check_unit(use, origin, place)
    belongs = wide and use.is_ in OF_A_VARIABLE
    if belongs and (use.of is None or use.of not in variables()):
        raise InputError(origin, f"{place}.of", use.of, "the variable that the column belongs to")
    if use.of is not None and not belongs:
        raise InputError(
            origin, f"{place}.of", use.of, "no such key here; only units, comparators and attributions have it"
        )


def _check_variable(use: ColumnUse, origin: object, place: str) -> None:
    if use.is_ == "ignore":
        return
    if use.is_ not in variables():
        expected = f"a variable of the data dictionary or ignore, {nearest(use.is_, variables())}"
        raise InputError(origin, f"{place}.is", use.is_, expected)
    _check_unit(use, origin, place)


def _check_unit(use: ColumnUse, origin: object, place: str) -> None:
    if use.unit is None or use.unsure:
        return
    held = variables()[use.is_]
    try:
        parse(use.unit)
        fits = accepts(held, use.unit)
    except UnitError:
        fits = False
    if not fits or held.kind != "quantity":
        expected = f"a unit that converts to {held.unit}" if held.kind == "quantity" else "no unit: it is no quantity"
        raise InputError(origin, f"{place}.unit", use.unit, expected)


def _check_once(table: SheetMap, origin: object, place: str) -> None:
    seen: dict[tuple[str, str | None], str] = {}
    for name, use in table.columns.items():
        if use.is_ == "ignore" or use.unsure:
            continue
        key = (use.is_, use.of)
        if key in seen:
            raise InputError(origin, f"{place}.columns.{name}.is", use.is_, f"each once; column {seen[key]!r} has it")
        seen[key] = name


def _check_whole(table: SheetMap, made: MapFile, origin: object, place: str) -> None:
    """Refuse a table without what every row of it needs."""
    held = {use.is_ for use in table.columns.values()}
    if "patient" not in held and made.person.id is None:
        raise InputError(origin, place, "no column that is: patient", "such a column, or person.id for all rows")
    needed = {"values": ("variable", "value"), "treatments": ("drug",)}.get(table.rows, ())
    for role in needed:
        if role not in held:
            raise InputError(origin, place, f"no column that is: {role}", f"one, as rows are {table.rows}")
    if table.rows in {"visits", "values"} and not held & {"day", "date"}:
        raise InputError(origin, place, "no column that is: date or day", "one, as every visit has a day")
