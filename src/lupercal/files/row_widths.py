"""Rows of a CSV file that are too short, found without reading what is in them.

A row with fewer cells than there are columns may lack any of them, so it is no row with unknown values at its end.
Empty lines are no rows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError

PART = 1 << 22
"""Bytes looked at together."""
LONGEST = 1 << 26
"""Bytes in which a row must end; a quotation mark without its end would swallow the file."""
QUOTES = 'quotes around whole cells, as in "a, b", each with its end'
_QUOTE, _END, _RETURN = b'"\n\r'

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]


def check_widths(path: Path, plain: Path, separator: str, columns: int) -> None:
    """Refuse a file of which a row has fewer cells than there are columns.

    Parameters
    ----------
    path
        The file, as errors name it.
    plain
        The file, or its copy, whose lines end in line feeds.
    separator
        One character between cells.
    columns
        Number of columns.

    Raises
    ------
    InputError
        Naming the first such row, counted from 1 below the column names as everywhere in tables of visits.
    """
    row, rest = 0, np.empty(0, np.uint8)
    with plain.open("rb") as file:
        while part := file.read(PART):
            held = np.concatenate((rest, np.frombuffer(part, np.uint8)))
            ends = _outside(held, _END)
            whole = int(ends[-1]) + 1 if ends.size else 0
            _check(held[:whole], ends, separator, columns, path, row)
            row += ends.size
            rest = held[whole:]  # begins outside quotes, as what is before it ended a row
            if rest.size > LONGEST:
                raise InputError(path, f"row {row + 1}", "a quotation mark without its end", QUOTES)
    if rest.size:
        _check(np.append(rest, np.uint8(_END)), np.array([rest.size]), separator, columns, path, row, cut=True)


def _check(held: Bytes, ends: Places, separator: str, columns: int, path: Path, row: int, cut: bool = False) -> None:
    """Refuse the first short row of whole lines, which end at ``ends``; ``row`` were before, ``cut`` is a lost end."""
    signs = _outside(held, ord(separator))
    cells = np.diff(np.searchsorted(signs, ends), prepend=0) + 1
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.intp)
    short = (cells < columns) & ~_empty(held, starts, ends)
    if short.any():
        first = int(np.argmax(short))
        if _QUOTE in held[starts[first] : ends[first]]:
            raise InputError(path, f"row {row + first}", "a quotation mark within a cell or without its end", QUOTES)
        shown = f"{cells[first]} cell{'s' if cells[first] > 1 else ''}"
        last = "the file is cut off" if cut else "where the last are unknown they stay empty"
        raise InputError(path, f"row {row + first}", shown, f"{columns} cells, as there are columns; {last}")


def _empty(held: Bytes, starts: Places, ends: Places) -> NDArray[np.bool_]:
    """Return which lines hold nothing but perhaps a carriage return."""
    length = ends - starts
    alone = (length == 1) & (held[np.minimum(starts, held.size - 1)] == _RETURN) if held.size else length == 0
    return np.asarray((length == 0) | alone)


def _outside(held: Bytes, sign: int) -> Places:
    """Return where a character stands outside quotes."""
    places = np.flatnonzero(held == sign)
    quotes = np.flatnonzero(held == _QUOTE)
    if not quotes.size:
        return places
    return np.asarray(places[np.searchsorted(quotes, places) % 2 == 0])
