"""Whole tables as CSV files within a page: a link that holds the table, so that the page needs no file beside it."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import final

from lupercal.exchange.import_report import guarded
from lupercal.report.layout import Table
from lupercal.report.wording import plural


@final
@dataclass(frozen=True, slots=True)
class Download:
    """A CSV file as a link: its name, what it says of itself, and the address that holds its content."""

    name: str
    words: str
    href: str


@final
@dataclass(frozen=True, slots=True)
class Excerpt:
    """The first rows of a table, and all of it as a file where rows are left out."""

    table: Table
    whole: Download | None


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Download:
    """Return a table as a CSV file (UTF-8); no cell of it is taken for a formula by a spreadsheet."""
    text = io.StringIO()
    writer, body = csv.writer(text), [[_cell(cell) for cell in row] for row in rows]
    writer.writerow([_cell(head) for head in columns])
    writer.writerows(body)
    content = base64.b64encode(text.getvalue().encode("utf-8-sig")).decode("ascii")
    return Download(f"{name}.csv", f"{name}.csv, {plural(len(body), 'row')}", f"data:text/csv;base64,{content}")


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.6g}"
    return guarded(str(cell).replace("\n", "; "))


def downloaded(table: Table, name: str) -> Download:
    """Return a table of the report as a CSV file."""
    return csv_download(name, table.columns, table.rows)


def excerpt(table: Table | None, name: str, most: int) -> Excerpt | None:
    """Return the first ``most`` rows of a table with all of it as a file; the table itself where it is no longer."""
    if table is None or len(table.rows) <= most:
        return Excerpt(table, None) if table else None
    return Excerpt(replace(table, rows=table.rows[:most]), downloaded(table, name))
