"""One cell of a table becomes what a patient file holds, or a reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, final

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert, convertible, parse
from lupercal.exchange.tables.dates import FirstDay, UnreadDateError, written_date
from lupercal.exchange.tables.grid import GridCell
from lupercal.exchange.tables.map_file import ColumnUse, TableFormat, needs_unit
from lupercal.exchange.tables.numbers import UnreadNumberError, WrittenNumber, written_number
from lupercal.exchange.tables.words import says_missing
from lupercal.patient.calendar import EARLIEST
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.values import measurement
from lupercal.patient.variables import Variable, variables

ATTRIBUTIONS = ("sle", "treatment", "infection", "other", "unknown")


class RefusedCellError(ValueError):
    """A cell that cannot be read safely; its text is the reason."""


@final
@dataclass(frozen=True, slots=True)
class CellReading:
    """What a cell says as a patient file writes it (``raw``), in words (``told``), and what to look at (``note``)."""

    raw: Any
    told: str
    note: str = ""


def says_nothing(cell: GridCell, writes: TableFormat, use: ColumnUse | None = None) -> bool:
    """Return whether a cell is empty or says that nothing is known."""
    if cell.fault:
        return False
    if use is not None and cell.text in use.words:
        return False
    return not cell.text or says_missing(cell.text, tuple(writes.missing))


def value_of(
    cell: GridCell, use: ColumnUse, writes: TableFormat, *, unit: str = "", comparator: str = ""
) -> CellReading:
    """Read a cell as a value of the variable ``use.is_``.

    Parameters
    ----------
    cell
        What holds the value.
    use
        The map's line for it.
    writes
        How the table writes numbers.
    unit, comparator
        What other cells of the row say about this one; empty where they say nothing.

    Raises
    ------
    RefusedCellError
        If it is no value of the variable, or may be read in two ways.
    """
    variable = variables()[use.is_]
    if cell.fault:
        raise RefusedCellError(cell.fault)
    if cell.stored == "date":
        raise RefusedCellError("a date, where a value belongs; a spreadsheet makes dates of numbers such as 1.5")
    if variable.kind == "flag":
        return CellReading(*_flag(cell, use, variable), cell.note)
    word = use.words.get(cell.text)
    given = (
        cell if word is None else GridCell(str(word), "number" if isinstance(word, float) else "text", note=cell.note)
    )
    number = _number(given, writes, comparator)
    raw = _with_unit(number, variable, _one_unit(number.rest, unit, use.unit, variable))
    return CellReading(raw, _told(raw, variable), cell.note)


def date_of(cell: GridCell, use: ColumnUse, writes: TableFormat, first_day: FirstDay | None, today: date) -> date:
    """Read a cell as a date that has come.

    Raises
    ------
    AmbiguousDateError
        If it can be read as two dates.
    RefusedCellError
        If it is no date from 1900 to today.
    """
    when = any_date_of(cell, use, writes, first_day)
    if when > today:
        raise RefusedCellError(f"{when} lies in the future")
    return when


def any_date_of(cell: GridCell, use: ColumnUse, writes: TableFormat, first_day: FirstDay | None) -> date:
    """Read a cell as a date, past or to come; raise as `date_of` does."""
    if cell.fault:
        raise RefusedCellError(cell.fault)
    try:
        when = written_date(cell, use.dates or writes.dates, first_day, writes.two_digit_years_from)
    except UnreadDateError as error:
        raise error if type(error) is not UnreadDateError else RefusedCellError(str(error)) from None
    if when < EARLIEST:
        raise RefusedCellError(f"{when} lies before {EARLIEST}")
    return when


def whole_number_of(cell: GridCell, writes: TableFormat, what: str) -> int:
    """Read a cell as a whole number, such as a day or a year."""
    number = plain_number_of(cell, writes, what)
    if not number.is_integer():
        raise RefusedCellError(f"no whole number, as {what} is")
    return int(number)


def plain_number_of(cell: GridCell, writes: TableFormat, what: str) -> float:
    """Read a cell as a number without unit and bound."""
    if cell.fault:
        raise RefusedCellError(cell.fault)
    if cell.stored == "date":
        raise RefusedCellError(f"a date, where {what} belongs")
    number = _number(cell, writes, "")
    if number.comparator or number.titre or number.rest:
        raise RefusedCellError(f"not a plain number, as {what} is")
    return number.number


def word_of(cell: GridCell, use: ColumnUse) -> str:
    """Read a cell as text, through the map's words."""
    if cell.fault:
        raise RefusedCellError(cell.fault)
    word = use.words.get(cell.text, cell.text)
    return str(word).lower() if isinstance(word, bool) else str(word)


def attribution_of(cell: GridCell, use: ColumnUse) -> str:
    """Read a cell as what a value is put down to."""
    word = word_of(cell, use).lower()
    if word not in ATTRIBUTIONS:
        raise RefusedCellError(f"none of {', '.join(ATTRIBUTIONS)}; say under words of the map what it means")
    return word


def _flag(cell: GridCell, use: ColumnUse, variable: Variable) -> tuple[bool, str]:
    word = use.words.get(cell.text, cell.text)
    raw = bool(word) if isinstance(word, float) and word in {0.0, 1.0} else word
    try:
        value = bool(measurement(variable, raw, "", "").value)
    except InputError:
        raise RefusedCellError("neither yes nor no; say under words of the map what it means") from None
    return value, f"{variable.name} {'true' if value else 'false'}"


def _number(cell: GridCell, writes: TableFormat, comparator: str) -> WrittenNumber:
    if cell.stored == "number":
        read = WrittenNumber("", False, float(cell.text), "")
    else:
        try:
            read = written_number(cell.text, writes)
        except UnreadNumberError as error:
            raise RefusedCellError(str(error)) from None
    if comparator and read.comparator and comparator != read.comparator:
        raise RefusedCellError(f"{read.comparator} here and {comparator} beside it")
    return WrittenNumber(read.comparator or comparator, read.titre, read.number, read.rest)


def _one_unit(here: str, beside: str, mapped: str | None, variable: Variable) -> str | None:
    """Return the unit that cell, row and map agree on; None where none of them names one."""
    named = [unit for unit in (here, beside, mapped or "") if unit]
    if not named:
        if needs_unit(variable.name):
            raise RefusedCellError(
                f"no unit; say in the map which (the data dictionary holds {unit_in_words(variable.unit)})"
            )
        return None
    first = named[0]
    if here:
        _check_unit(here)
    for other in named[1:]:
        if not _same_unit(first, other, variable):
            raise RefusedCellError(f"two units, {first} and {other}")
    return first


def _check_unit(text: str) -> None:
    try:
        parse(text)
    except UnitError:
        raise RefusedCellError(f"{text!r} behind the number is no unit") from None


def _same_unit(one: str, other: str, variable: Variable) -> bool:
    try:
        alike = convertible(one, other, variable.substance)
        return one == other or (alike and convert(1.0, one, other, variable.substance) == 1.0)
    except UnitError:
        return False


def _with_unit(number: WrittenNumber, variable: Variable, unit: str | None) -> Any:
    """Return number, bound and unit as a patient file writes them, checked by its rules."""
    digits = repr(number.number).removesuffix(".0")
    text = f"{number.comparator}{'1:' if number.titre else ''}{digits}"
    value: Any = text if number.comparator or number.titre else number.number
    raw = value if unit is None else {"value": value, "unit": unit}
    try:
        measurement(variable, raw, "", "")
    except InputError as error:
        raise RefusedCellError(f"expected {error.expected}") from None
    return raw


def _told(raw: Any, variable: Variable) -> str:
    held = measurement(variable, raw, "", "")
    sign = "" if held.comparator == "=" else held.comparator
    return f"{variable.name} {sign}{held.value:g} {unit_in_words(variable.unit)}".rstrip()
