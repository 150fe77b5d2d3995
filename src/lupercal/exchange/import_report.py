"""What became of every item of a foreign file: used or skipped, where it stood, and why.

One kind of record for every format: a cell of a table stands at ``row 7, column C3``, a resource of a bundle at
``Bundle.entry[3].resource``. Nothing that was read is left out of the report.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, final

from lupercal.errors import InputError
from lupercal.files.writing import write_text

Verdict = Literal["used", "warned", "left_out", "refused"]
"""What became of an item: ``used``; ``warned``: used, but somebody should look; ``left_out``: it was read and holds
nothing to use (an empty cell, a column that the map sets aside, an order that was cancelled); ``refused``: it may hold
something, and could not be read safely."""
REPORT_FORMATS = (".json", ".csv")
_FIELDS = ("verdict", "file", "place", "found", "patient", "became", "reason")
_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


@final
@dataclass(frozen=True, slots=True)
class ImportItem:
    """One item of a foreign file.

    Parameters
    ----------
    verdict
        What became of it.
    place
        Where it stands in its file, as a person finds it there.
    found
        What stood there, shortened.
    reason
        Why it was not used, or what to look at; empty where it was used without more.
    patient
        Id of the patient it belongs to; empty where none is known.
    became
        What it is in the patient file, such as ``visits 2025-03-03: c3 0.72 g/L``; empty where it was not used.
    file
        The file, or the sheet of it.
    """

    verdict: Verdict
    place: str
    found: str
    reason: str = ""
    patient: str = ""
    became: str = ""
    file: str = ""


@final
@dataclass(frozen=True, slots=True)
class ImportReport:
    """All items of what was imported, in the order in which they stood."""

    items: tuple[ImportItem, ...]
    patients: tuple[str, ...] = ()

    def counts(self) -> dict[Verdict, int]:
        """Return the number of items per verdict, all four named."""
        counted = Counter(item.verdict for item in self.items)
        return {verdict: counted[verdict] for verdict in ("used", "warned", "left_out", "refused")}

    def of(self, verdict: Verdict) -> tuple[ImportItem, ...]:
        """Return the items of one verdict."""
        return tuple(item for item in self.items if item.verdict == verdict)


def report_text(report: ImportReport, form: str = ".json") -> str:
    """Return a report as JSON, or as CSV whose cells no spreadsheet takes for formulas."""
    if form == ".csv":
        return _csv_text(report.items)
    items = [{name: asdict(item)[name] for name in _FIELDS} for item in report.items]
    document = {
        "format": "lupercal import report 1",
        "patients": list(report.patients),
        "counts": report.counts(),
        "items": items,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write_report(path: Path, report: ImportReport) -> None:
    """Write a report, ``.json`` or ``.csv``, whole or not at all."""
    write_text(path, report_text(report, checked_report_name(path)))


def checked_report_name(path: Path) -> str:
    """Return the ending of a report's name, one of `REPORT_FORMATS`; raise `InputError` for another."""
    form = path.suffix.lower()
    if form not in REPORT_FORMATS:
        raise InputError(path, "", form or "no ending", f"a file ending in {' or '.join(REPORT_FORMATS)}")
    return form


def report_lines(report: ImportReport, most: int = 20) -> list[str]:
    """Return a report for a terminal: the counts, then what was refused or needs a look, at most ``most`` of each."""
    counts = report.counts()
    words: dict[Verdict, str] = {
        "used": "used", "warned": "used, to be looked at", "left_out": "left out", "refused": "refused"
    }  # fmt: skip
    lines = ["; ".join(f"{counts[verdict]} {word}" for verdict, word in words.items())]
    looked_at: tuple[Verdict, ...] = ("refused", "warned")
    for verdict in looked_at:
        alike: dict[tuple[str, str], list[ImportItem]] = {}
        for item in report.of(verdict):
            alike.setdefault((item.place.partition(", ")[2] or item.place, item.reason), []).append(item)
        lines += [_line(items[0], len(items) - 1) for items in list(alike.values())[:most]]
        left = sum(len(items) for items in list(alike.values())[most:])
        if left:
            lines.append(f"  and {left} more {words[verdict]}; the report names each")
    return lines


def guarded(text: str) -> str:
    """Return a text for a cell of a spreadsheet: one that would be taken for a formula has an apostrophe before it."""
    return f"'{text}" if text.startswith((*_AS_FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_AS_FORMULA, "'")) else text


def _line(item: ImportItem, alike: int) -> str:
    where = f"{item.file}: {item.place}" if item.file else item.place
    more = f" ({alike} more like it)" if alike else ""
    return f"  {where}: {_short(item.found)}: {item.reason}{more}"


def _short(text: str, limit: int = 60) -> str:
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: 4 * limit])
    return repr(plain if len(plain) <= limit else plain[: limit - 1] + "…")


def _csv_text(items: Sequence[ImportItem]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_FIELDS)
    for item in items:
        row = asdict(item)
        writer.writerow([guarded(row[name]) for name in _FIELDS])
    return text.getvalue()
