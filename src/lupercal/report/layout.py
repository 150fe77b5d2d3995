"""The one shape of a table in the report: caption, columns, rows of text, notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from lupercal.report.wording import DASH

MISSING_NOTE = f"{DASH} not defined or not forecast"


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be printed anywhere.

    ``align`` holds one letter per column, ``l`` or ``r``. The first cell of each row names it. A line break in a cell
    parts the main text from what is printed smaller below it.
    """

    key: str
    caption: str
    columns: tuple[str, ...]
    align: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def table_of(
    key: str, caption: str, columns: Iterable[str], align: str, rows: Iterable[Iterable[str]], *notes: str
) -> Table:
    """Return a table without its empty columns; if any cell is a dash, a note says what the dash means.

    Raises
    ------
    ValueError
        If a row or ``align`` has not as many parts as there are columns.
    """
    heads, body = tuple(columns), tuple(tuple(row) for row in rows)
    if any(len(part) != len(heads) for part in (align, *body)):
        raise ValueError(f"table {key}: every row and align must have {len(heads)} parts")
    used = [k for k in range(len(heads)) if k == 0 or not body or any(row[k] for row in body)]
    dashed = any(line == DASH for row in body for cell in row for line in cell.split("\n"))
    return Table(
        key,
        caption,
        tuple(heads[k] for k in used),
        "".join(align[k] for k in used),
        tuple(tuple(row[k] for k in used) for row in body),
        (*notes, MISSING_NOTE) if dashed else notes,
    )
