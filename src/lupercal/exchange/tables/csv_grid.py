"""A CSV file becomes a grid; its encoding is read from its mark or from the map, never guessed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

from lupercal.errors import InputError
from lupercal.exchange.tables.grid import Grid, GridCell, GridRow, grid_of, plain_text
from lupercal.exchange.tables.map_file import TableFormat
from lupercal.files.documents import check_name
from lupercal.files.row_widths import QUOTES

MOST_BYTES = 1 << 28
DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_NO_LETTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ufffd]")
_NAMED = "the right one under writes.encoding of the map, such as utf-8, cp1252 (Windows), latin-1 or utf-16-le"


def read_csv_grid(path: Path, writes: TableFormat) -> Grid:
    """Read a CSV file.

    Raises
    ------
    InputError
        If there is no such file, it is too large, or its bytes are no text in the encoding that marks or map name.
    """
    text = table_text(path, writes)
    lines = text.splitlines()
    delimiter: str | None = writes.delimiter
    start = 0
    if lines and re.fullmatch(r'"?sep=.?"?', lines[0], re.IGNORECASE):
        start, named = 1, lines[0].strip('"')[4:]
        delimiter = delimiter or next((one for one in DELIMITERS if one == named), None)
    header = lines[writes.header_row - 1 + start] if len(lines) >= writes.header_row + start else ""
    rows = _rows(path, text, delimiter or header_delimiter(header))
    return grid_of(path.name, path, [GridRow(row.number - start, row.cells) for row in rows[start:]], writes.header_row)


def table_text(path: Path, writes: TableFormat) -> str:
    """Return the text of a file, by its byte order mark, the map, or else as UTF-8."""
    data = _bytes(path)
    for mark, codec, words in _MARKS:
        if data.startswith(mark):
            if writes.encoding and not words.lower().startswith(writes.encoding[:6]):
                raise InputError(
                    path, "", f"a mark of {words}", f"{writes.encoding}, as writes.encoding of the map says"
                )
            return _decoded(path, data, codec, words)
    if writes.encoding is None and b"\0" in data[:4096]:
        raise InputError(path, "", "UTF-16 without its mark, or no text at all", _NAMED)
    return _decoded(path, data, writes.encoding or "utf-8", writes.encoding or "UTF-8")


def header_delimiter(header: str) -> str:
    """Return the sign between the cells of a header: the commonest outside quotes, a comma where there is none."""
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _bytes(path: Path) -> bytes:
    check_name(path)
    if not path.is_file():
        raise InputError(path, "", "a folder" if path.is_dir() else "no such file", "a readable file")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                path, "", f"{path.stat().st_size >> 20} MiB", f"at most {MOST_BYTES >> 20} MiB; split the table"
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(path, "", error.strerror or "not readable", "a readable file") from None
    if not data.strip():
        raise InputError(path, "", "an empty file", "a table with a row of column names")
    return data


def _decoded(path: Path, data: bytes, codec: str, words: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(path, f"row {line}", f"bytes that are not {words}", _NAMED) from None
    odd = _NO_LETTERS.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise InputError(path, f"row {line}", f"the sign U+{ord(odd[0]):04X}, which no text holds", _NAMED)
    return text


def _rows(path: Path, text: str, delimiter: str) -> list[GridRow]:
    rows: list[GridRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            rows.append(GridRow(number, tuple(GridCell(plain_text(cell)) for cell in cells)))
    except csv.Error:
        fault = "a quotation mark within a cell or without its end"
        raise InputError(path, f"row {len(rows) + 1}", fault, QUOTES) from None
    return rows
