"""Tables for a terminal: columns where they fit without splitting a word, else one block of lines per row."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from lupercal.report.layout import Table

WIDEST, NARROWEST = 120, 40
_SPACES = re.compile(r"[\t\n\v\f\r ]+")  # what lines may break at: no-break spaces hold a number and its unit together
_GAP = 2
_TALLER = 1.4  # how much taller than blocks columns may be; they are easier to compare


def terminal_width() -> int:
    """Return the columns of the terminal, or of ``COLUMNS``; 80 where nothing tells."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def table_lines(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None
) -> Iterator[str]:
    """Yield a table as lines of at most ``width`` columns; no word is split, however long it is.

    Parameters
    ----------
    title
        Printed above; left out where empty.
    headings, rows
        As many cells in every row as there are headings. Lines of a cell are kept apart.
    width
        Columns of the terminal, by default those it has.
    """
    columns = width or terminal_width()
    cells = [list(map(str, row)) for row in rows]
    used = [k for k in range(len(headings)) if k == 0 or any(row[k].strip() for row in cells)]
    heads, body = [headings[k] for k in used], [[row[k] for k in used] for row in cells]
    yield from filter(None, wrapped(title, columns))
    as_columns, as_blocks = _columns(heads, body, columns), _blocks(heads, body, columns)
    yield from as_columns if as_columns and len(as_columns) <= _TALLER * len(as_blocks) else as_blocks


def layout_lines(table: Table, width: int | None = None) -> Iterator[str]:
    """Yield a table of the report as lines, its notes below."""
    flat = [[_on_one_line(cell) for cell in row] for row in table.rows]
    yield from table_lines(table.caption, [head.replace("\n", " ") for head in table.columns], flat, width)
    for note in table.notes:
        yield from wrapped(note, width or terminal_width())


def _on_one_line(cell: str) -> str:
    """Return a cell with what is printed smaller below its main text in brackets."""
    first, *rest = cell.split("\n")
    return f"{first} ({'; '.join(rest)})" if rest else first


def wrapped(text: str, width: int | None = None, indent: str = "", hanging: str | None = None) -> list[str]:
    """Return text as lines that split no word; what follows a line break starts a line of its own."""
    hang = indent if hanging is None else hanging
    columns = width or terminal_width()
    lines: list[str] = []
    for part in text.split("\n"):
        made = wrap(part, columns, initial_indent=indent if not lines else hang, subsequent_indent=hang,
                    break_long_words=False, break_on_hyphens=False)  # fmt: skip
        lines += made or [""]
    return lines


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the table in columns, or nothing where a word would not fit."""
    widths = _widths([heads, *rows], width)
    if widths is None:
        return []
    rule = "─" * (sum(widths) + _GAP * (len(widths) - 1))
    lines = [*_row(heads, widths), rule]
    for row in rows:
        lines += _row(row, widths)
    return lines


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    parts = [wrapped(cell, w) for cell, w in zip(cells, widths, strict=True)]
    for k in range(max(map(len, parts))):
        line = (" " * _GAP).join(
            (part[k] if k < len(part) else "").ljust(w) for part, w in zip(parts, widths, strict=True)
        )
        yield line.rstrip()


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return the width of each column: as wide as its longest word at least, as its longest line at most."""
    across = list(zip(*rows, strict=True))
    least = [max(len(word) for cell in column for word in _SPACES.split(cell)) for column in across]
    most = [max(len(line) for cell in column for line in cell.split("\n")) for column in across]
    room = width - _GAP * (len(across) - 1)
    if sum(least) > room:
        return None
    if sum(most) <= room:
        return most
    widths, spare = least, room - sum(least)
    while spare:  # column by column, so that short ones are whole before long ones grow
        wanting = [k for k in range(len(widths)) if widths[k] < most[k]]
        share = max(1, spare // len(wanting))
        for k in wanting:
            more = min(share, most[k] - widths[k], spare)
            widths[k], spare = widths[k] + more, spare - more
    return widths


def _blocks(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return each row as a block: its first cell, then one line per heading that has something to say."""
    lines: list[str] = []
    for row in rows:
        lines += wrapped(row[0], width)
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if cell.strip():
                lines += wrapped(f"{head}: {cell}", width, "  ", "    ")
    return lines
