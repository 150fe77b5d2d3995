"""Tables as clinics send them, broken at random: what was true of each value is kept, so that no other may come out."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

COLUMNS: dict[str, dict[str, Any]] = {
    "Pat-Nr": {"is": "patient"},
    "Datum": {"is": "date", "dates": "dmy"},
    "Geschlecht": {"is": "sex", "words": {"w": "female"}},
    "Kreatinin (µmol/l)": {"is": "creatinine", "unit": "µmol/l"},
    "C3 [g/L]": {"is": "c3", "unit": "g/L"},
    "Anti-dsDNA": {"is": "anti_dsdna", "unit": "IU/mL"},
    "Exanthem": {"is": "rash", "words": {"ja": True, "nein": False}},
    "SLEDAI": {"is": "sledai_2k"},
}
NUMBERS = {"Kreatinin (µmol/l)": (30, 400, 1), "C3 [g/L]": (0.2, 2, 2), "Anti-dsDNA": (1, 900, 0), "SLEDAI": (0, 40, 0)}
ODD = (
    "", "n.v.", "k.A.", "-", "=1+1", "@SUM(A1)", "+49 170", "#DIV/0!", "1,2,3", "1.2.3", "30-40", "<", "<<3", "1e999",
    "9" * 400, "nan", "inf", "NULL", "\u202e123", "12\u00a0000", "0x1F", "¼", "٣", "<script>alert(1)</script>", "1:80",
    "ca. 7", "7 mg/dL", "31.02.2025", "03/04/25", "45719", "2025-13-01", "9999-12-31", "true", "x" * 5000,
    "'; DROP TABLE", "../../x", "\ufffd",
)  # fmt: skip


@dataclass
class HostileTable:
    """A table on its way to a file: cells, what is true of it, and how it is written."""

    header: list[str]
    rows: list[list[str]]
    truth: dict[tuple[str, str, str], float]
    touched: set[tuple[str, str]] = field(default_factory=set)
    codec: str = "utf-8"
    delimiter: str = ";"
    writes: dict[str, Any] = field(default_factory=lambda: {"decimal": ","})
    columns: dict[str, Any] = field(default_factory=lambda: {name: dict(use) for name, use in COLUMNS.items()})
    edit: Callable[[bytes], bytes] = lambda content: content

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write table and map; return their paths."""
        table, made = folder / "t.csv", folder / "m.yaml"
        lines = [self.delimiter.join(map(self._cell, row)) for row in [self.header, *self.rows]]
        table.write_bytes(self.edit(("\n".join(lines) + "\n").encode(self.codec, "replace")))
        document = {"writes": self.writes, "tables": [{"columns": self.columns}]}
        made.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return table, made

    def _cell(self, text: str) -> str:
        quoted = any(sign in text for sign in (self.delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if quoted else text


def sound_table(chance: random.Random) -> HostileTable:
    """Return a table with nothing wrong."""
    table = HostileTable(list(COLUMNS), [], {})
    for person in range(chance.randint(1, 4)):
        for visit in range(chance.randint(1, 4)):
            name, day = f"P{person}", f"2025-{visit + 1:02}-{chance.randint(1, 28):02}"
            row = [name, ".".join(reversed(day.split("-"))), "w"]
            for column in list(COLUMNS)[3:]:
                row.append(_drawn(chance, table, (name, day, column)))
            table.rows.append(row)
    return table


def _drawn(chance: random.Random, table: HostileTable, place: tuple[str, str, str]) -> str:
    column = place[2]
    if column not in NUMBERS:
        value = float(chance.random() < 0.5)
        table.truth[place] = value
        return "ja" if value else "nein"
    low, high, digits = NUMBERS[column]
    number = round(chance.uniform(low, high), digits)
    table.truth[place] = number
    text = f"{number:.{digits}f}".replace(".", ",")
    return f"<{text}" if column == "Anti-dsDNA" and chance.random() < 0.3 else text


def broken_table(chance: random.Random) -> HostileTable:
    """Return a table with one to three things wrong."""
    table = sound_table(chance)
    for fault in chance.sample(FAULTS, chance.randint(1, 3)):
        fault(table, chance)
    return table


def _odd_cell(table: HostileTable, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        row, column = chance.choice(table.rows), chance.randrange(len(table.header))
        _touch(table, row)
        row[min(column, len(row) - 1)] = chance.choice(ODD)
        _touch(table, row)


def _touch(table: HostileTable, row: list[str]) -> None:
    """Note that nothing is certain any more of the patient and day of a row, nor of any day where it has none."""
    table.touched.add((row[0] if row else "", row[1] if len(row) > 1 else ""))


def _short_row(table: HostileTable, chance: random.Random) -> None:
    row = chance.choice(table.rows)
    del row[chance.randrange(1, max(2, len(row))) :]


def _long_row(table: HostileTable, chance: random.Random) -> None:
    chance.choice(table.rows).append(chance.choice(ODD))


def _twice(table: HostileTable, chance: random.Random) -> None:
    table.rows.append(list(chance.choice(table.rows)))


def _two_headers(table: HostileTable, chance: random.Random) -> None:
    table.header[chance.randrange(1, len(table.header))] = table.header[0]


def _lost_header(table: HostileTable, chance: random.Random) -> None:
    table.header[chance.randrange(len(table.header))] = chance.choice(["", "?", "C3", "=A1"])


def _codec(table: HostileTable, chance: random.Random) -> None:
    table.codec = chance.choice(["utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig", "utf-32", "cp437"])
    table.writes["encoding"] = chance.choice(["utf-8", "utf-16", "latin-1", "cp1252", "utf-16-le", "mac-roman"])


def _delimiter(table: HostileTable, chance: random.Random) -> None:
    table.delimiter = chance.choice(["\t", "|", ",", ":", "~"])


def _signs(table: HostileTable, chance: random.Random) -> None:
    table.writes.update(
        chance.choice([{"decimal": "."}, {"thousands": "."}, {"thousands": " "}, {"decimal": ".", "thousands": "'"}])
    )


def _order(table: HostileTable, chance: random.Random) -> None:
    del chance
    del table.columns["Datum"]["dates"]


def _unit(table: HostileTable, chance: random.Random) -> None:
    name = chance.choice(["Kreatinin (µmol/l)", "C3 [g/L]", "Anti-dsDNA"])
    del table.columns[name]["unit"]


def _unmapped(table: HostileTable, chance: random.Random) -> None:
    del table.columns[chance.choice(list(table.columns))]


def _unsure(table: HostileTable, chance: random.Random) -> None:
    table.columns[chance.choice(list(table.columns))]["unsure"] = "really?"


def _bytes(table: HostileTable, chance: random.Random) -> None:
    at, new = chance.random(), bytes(chance.randrange(256) for _ in range(chance.randint(1, 3)))
    for row in table.rows:
        _touch(table, row)
    table.touched.add(("", ""))
    before = table.edit
    table.edit = lambda content: (
        before(content)[: int(at * len(content))] + new + before(content)[int(at * len(content)) :]
    )


def _cut(table: HostileTable, chance: random.Random) -> None:
    """Cut the end off; the last row may lose digits, and nobody can see it."""
    at = chance.uniform(0.3, 1)
    for row in table.rows:
        _touch(table, row)
    before = table.edit
    table.edit = lambda content: before(content)[: int(at * len(content))]


def _quote(table: HostileTable, chance: random.Random) -> None:
    at = chance.random()
    for row in table.rows:
        _touch(table, row)
    before = table.edit
    table.edit = lambda content: (
        before(content)[: int(at * len(content))] + b'"' + before(content)[int(at * len(content)) :]
    )


FAULTS: tuple[Callable[[HostileTable, random.Random], None], ...] = (
    _odd_cell, _odd_cell, _odd_cell, _short_row, _long_row, _twice, _two_headers, _lost_header, _codec, _delimiter,
    _signs, _order, _unit, _unmapped, _unsure, _bytes, _cut, _quote,
)  # fmt: skip
