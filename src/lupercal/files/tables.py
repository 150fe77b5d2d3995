"""Tables that somebody else wrote: CSV and Parquet, opened lazily, every cell of a CSV file as text.

A CSV file may be separated by commas, semicolons or tabs, end its lines in any way and begin with a byte order mark.
Its name is a name, whatever characters it has. A column that stands twice is refused, as a key of a YAML file is, and
so is a row with fewer cells than there are columns: nobody can say which of them it lacks.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, final

from lupercal.errors import InputError
from lupercal.files.documents import check_name
from lupercal.files.row_widths import QUOTES, check_widths

if TYPE_CHECKING:
    import polars as pl

TABLE_FORMATS = (".csv", ".parquet")
SEPARATORS = (",", ";", "\t")
CHUNK = 1 << 22
HEAD = 1 << 20
"""Bytes in which the line of column names must end."""


@final
@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that is open: its rows, its column names, and whether its numbers may have a decimal comma."""

    rows: pl.LazyFrame
    columns: tuple[str, ...]
    decimal_comma: bool = False


@contextmanager
def open_table(path: Path) -> Iterator[OpenTable]:
    """Open a table for reading.

    Parameters
    ----------
    path
        ``.csv`` (UTF-8) or ``.parquet``.

    Raises
    ------
    InputError
        If there is no such file, it is no such table, or a column name stands twice.
    """
    check_table_name(path)
    if not path.is_file():
        raise InputError(path, "", "a folder" if path.is_dir() else "no such file", "a readable file")
    if path.suffix.lower() == ".parquet":
        yield _parquet(path)
        return
    with _usual_line_ends(path) as plain:
        yield _csv(path, plain)


def check_table_name(path: Path, expected: str = "a file") -> None:
    """Refuse a name whose ending says that it is no table."""
    check_name(path)
    if path.suffix.lower() not in TABLE_FORMATS:
        raise InputError(path, "", path.suffix or "no ending", f"{expected} ending in {' or '.join(TABLE_FORMATS)}")


def table_fault(path: Path, error: BaseException) -> InputError:
    """Return what is wrong with a table, in place of what the reader of tables says."""
    text = (str(error).splitlines() or ["a damaged file"])[0]
    said = text.lower()
    if "more fields" in said:
        return InputError(path, "", "a row with more cells than there are columns", "a readable table")
    if "utf-8" in said or "utf8" in said:
        return InputError(path, "", "bytes that are not UTF-8", "UTF-8 text (in a spreadsheet: CSV UTF-8)")
    if "empty" in said or "no data" in said:
        return InputError(path, "", "an empty file", f"a table in {path.suffix[1:].lower()} format")
    if path.suffix.lower() == ".csv" and ("could not parse" in said or "malformed" in said):
        return InputError(path, "", "a quotation mark within a cell or without its end", QUOTES)
    return InputError(path, "", text, f"a table in {path.suffix[1:].lower()} format")


def _parquet(path: Path) -> OpenTable:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    try:
        rows = pl.scan_parquet(path.absolute(), glob=False)  # a name such as file:x is no address
        return OpenTable(rows, tuple(rows.collect_schema()))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise table_fault(path, error) from None


def _csv(path: Path, plain: Path) -> OpenTable:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    separator, columns = _head(path)
    check_widths(path, plain, separator, len(columns))
    try:
        rows = pl.scan_csv(
            plain.absolute(),
            infer_schema=False,
            separator=separator,
            glob=False,
            with_column_names=lambda _: list(columns),
        )
        rows.collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise table_fault(path, error) from None
    return OpenTable(rows, columns, decimal_comma=separator != ",")


def _head(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return separator and column names, from the first line."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(path, "", "UTF-16 text", "UTF-8 text (in a spreadsheet: CSV UTF-8)")
    if b"\0" in head.partition(b"\n")[0]:
        raise InputError(path, "", "UTF-16 text or no text at all", "UTF-8 text (in a spreadsheet: CSV UTF-8)")
    text = head.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InputError(path, "", "an empty file", "a table in csv format")
    if not _is_utf8(head.splitlines()[0]):
        raise InputError(path, "", "bytes that are not UTF-8", "UTF-8 text (in a spreadsheet: CSV UTF-8)")
    first = text.lstrip("\ufeff").splitlines()[0]
    separator = max(SEPARATORS, key=_outside_quotes(first).count)
    names = tuple(name.strip() for name in next(csv.reader(io.StringIO(text, newline=None), delimiter=separator), []))
    if not any(names):
        raise InputError(path, "", "an empty first line", "a line of column names")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(path, f"column {twice[0] or '(no name)'}", "the name twice", "each column once")
    return separator, names


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


@contextmanager
def _usual_line_ends(path: Path) -> Iterator[Path]:
    """Yield the file itself, or a copy whose lines end as usual where some end in a carriage return alone."""
    try:
        alone = _lone_returns(path)
    except OSError as error:
        raise InputError(path, "", error.strerror or "not readable", "a readable file") from None
    if not alone:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="lupercal-") as folder:
        copy = Path(folder) / "table.csv"
        with path.open("rb") as old, copy.open("wb") as new:
            for part in _without_returns(old):
                new.write(part)
        yield copy


def _lone_returns(path: Path) -> bool:
    with path.open("rb") as file:
        return any(part.count(b"\r") != part.count(b"\r\n") for part in _parts(file))


def _without_returns(file: BinaryIO) -> Iterator[bytes]:
    for part in _parts(file):
        yield part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _parts(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in parts, none of which ends between a carriage return and its line feed."""
    while part := file.read(CHUNK):
        yield part + file.read(1) if part.endswith(b"\r") else part
