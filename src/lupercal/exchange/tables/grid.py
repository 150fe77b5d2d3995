"""A table as it lies on the page: column names, rows with their numbers, and every cell with what is odd about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, final

from lupercal.errors import InputError
from lupercal.exchange.import_report import ImportItem

Stored = Literal["text", "number", "date"]
_BLANKS = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t\r\n", " ") | dict.fromkeys("\u200b\u200e\u200f\ufeff\u2060")
)


@final
@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell.

    Parameters
    ----------
    text
        What it holds, blanks made alike; a date is ISO, a number has a decimal point.
    stored
        How a workbook stores it; every cell of a CSV file is text.
    fault
        Why it can hold no value (an error of a formula, part of merged cells); empty for a sound cell.
    note
        What a person should know of it (the last result of a formula).
    """

    text: str
    stored: Stored = "text"
    fault: str = ""
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class GridRow:
    """One row and its number, counted from 1 at the top of the file; ``fault`` says why none of its cells counts."""

    number: int
    cells: tuple[GridCell, ...]
    fault: str = ""

    @property
    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell.text or cell.fault for cell in self.cells)

    def shown(self) -> str:
        """Return the row as short text."""
        return "; ".join(cell.text for cell in self.cells)[:200]


@final
@dataclass(frozen=True, slots=True)
class Grid:
    """A table with named columns.

    ``first_day`` is what a workbook counts its days from, None where nothing says it. ``above`` are the items of the
    rows above the header. ``several`` are names that more than one column has.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    first_day: Literal["serial-1900", "serial-1904"] | None = None
    above: tuple[ImportItem, ...] = ()
    several: frozenset[str] = field(default_factory=frozenset)


def plain_text(text: str) -> str:
    """Return a text without blanks at its ends, with one kind of blank and without signs that nobody sees."""
    return text.translate(_BLANKS).strip()


def name_key(text: str) -> str:
    """Return what two spellings of one name share: blanks and the two code points of the micro sign are alike."""
    return plain_text(text).replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")


def grid_of(
    name: str,
    path: Path,
    rows: Sequence[GridRow],
    header_row: int,
    first_day: Literal["serial-1900", "serial-1904"] | None = None,
) -> Grid:
    """Return a table whose header is the row of this number.

    Two columns of one name are called ``name (1)`` and ``name (2)``, one without a name ``(column 5)``.

    Raises
    ------
    InputError
        If there is no such row, or it names nothing.
    """
    header = next((row for row in rows if row.number == header_row), None)
    if header is None or header.empty:
        raise InputError(
            path, f"row {header_row}", "an empty row", "the names of the columns (writes.header_row of the map)"
        )
    above = tuple(_above(row, name) for row in rows if row.number < header_row and not row.empty)
    below = [row for row in rows if row.number > header_row]
    columns, several = _names(header, max((len(row.cells) for row in below if not row.empty), default=0))
    return Grid(name, columns, tuple(_fitted(row, len(columns)) for row in below), first_day, above, several)


def _above(row: GridRow, name: str) -> ImportItem:
    return ImportItem("left_out", f"row {row.number}", row.shown(), "above the names of the columns", file=name)


def _names(header: GridRow, width: int) -> tuple[tuple[str, ...], frozenset[str]]:
    given = [cell.text for cell in header.cells]
    while given and not given[-1] and len(given) > width:
        given.pop()
    count, seen = Counter(given), Counter[str]()
    names = []
    for i, text in enumerate(given):
        seen[text] += 1
        names.append(f"(column {i + 1})" if not text else f"{text} ({seen[text]})" if count[text] > 1 else text)
    return tuple(names), frozenset(text for text, times in count.items() if text and times > 1)


def _fitted(row: GridRow, width: int) -> GridRow:
    """Return a row of the header's width; cells beyond it that hold something make the row unusable."""
    cells, beyond = row.cells[:width], row.cells[width:]
    fault = row.fault
    if any(cell.text for cell in beyond) or (len(row.cells) < width and not row.empty):
        fault = fault or f"{len(row.cells)} cells, where there are {width} columns"
    return GridRow(row.number, cells, fault)
