"""Ways to change an input: some change nothing that is said, some make one cell wrong, some break anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from lupercal.patient.spellings import NO, UNKNOWN, YES

COLUMNS = ("patient_id", "rash", "arthritis", "fever", "upcr", "platelets", "c3", "c3_lln", "ana_titer")
FLAGS = ("rash", "arthritis", "fever")
WRONG = {
    "rash": ("maybe", "2", "m", "0.5", "-1", "yess", "<1"),
    "arthritis": ("oui", "9", "x"),
    "fever": ("38.5", "high", "inf"),
    "upcr": ("-0.1", "900", "1:80", "0.5 mg/dL", "many", "inf", "1e9", "0.5.1", "<<1"),
    "platelets": ("45000", "-3", "4 5", "1_000", "200 g/L"),
    "c3": ("72", "nanana", "0", "-0.7"),
    "c3_lln": ("90", "low"),
    "ana_titer": ("1:", "1:-80", "1:80:1", "one"),
}
"""Cells that no patient can have or that say nothing."""


@dataclass(frozen=True)
class Rows:
    """A table as cells; None is unknown."""

    cells: tuple[dict[str, str | None], ...]

    def text(self, separator: str = ",", end: str = "\n") -> str:
        """Return the table as people store it."""
        lines = [separator.join(COLUMNS)]
        lines += [separator.join("" if row[name] is None else str(row[name]) for name in COLUMNS) for row in self.cells]
        return end.join(lines) + end

    def with_cell(self, row: int, column: str, cell: str | None) -> Rows:
        """Return the table with one cell changed."""
        return Rows(tuple({**one, column: cell} if i == row else one for i, one in enumerate(self.cells)))


def drawn_rows(chance: random.Random, count: int) -> Rows:
    """Return a table in which every cell can be used."""

    def row(number: int) -> dict[str, str | None]:
        flags: dict[str, str | None] = {name: chance.choice(["0", "1", None]) for name in FLAGS}
        values = {
            "upcr": f"{chance.uniform(0, 5):.2f}",
            "platelets": f"{chance.randint(20, 400)}",
            "c3": f"{chance.uniform(0.2, 1.8):.2f}",
            "c3_lln": "0.9",
            "ana_titer": f"{40 * 2 ** chance.randint(0, 6)}",
        }
        known = {name: value if chance.random() > 0.2 else None for name, value in values.items()}
        return {"patient_id": f"p{number}", **flags, **known}

    return Rows(tuple(row(number) for number in range(count)))


def said_otherwise(rows: Rows, chance: random.Random) -> bytes:
    """Return the same table as somebody else would have stored it."""
    cells = []
    for row in rows.cells:
        other = dict(row)
        for name in FLAGS:
            words = UNKNOWN if row[name] is None else YES if row[name] == "1" else NO
            other[name] = chance.choice([str.upper, str.lower, str.title])(chance.choice(words))
        for name in ("upcr", "platelets", "c3"):
            value = row[name]
            if value is None:
                other[name] = chance.choice(UNKNOWN)
            elif name == "upcr" and chance.random() < 0.5:
                other[name] = f"{float(value) * 1000:.0f} mg/g Cr"
            elif name == "c3" and chance.random() < 0.5:
                other[name] = f"{float(value) * 100:.0f} MG/DL"
            elif name == "platelets" and chance.random() < 0.5:
                other[name] = f"{value} {chance.choice(['10⁹/L', 'G/L', 'x10E9/L', '10^3/uL'])}"
        if row["ana_titer"] is not None:
            other["ana_titer"] = f"1:{row['ana_titer']}"
        cells.append(other)
    separator = chance.choice([",", ";", "\t"])
    end = chance.choice(["\n", "\r\n", "\r"])
    text = Rows(tuple(cells)).text(separator, end)
    return (chance.choice(["", "\ufeff"]) + text).encode()


def one_wrong_cell(rows: Rows, chance: random.Random) -> tuple[bytes, int, str]:
    """Return the table with one cell that cannot be used, and where it stands (row from 0)."""
    row, column = chance.randrange(len(rows.cells)), chance.choice(sorted(WRONG))
    return rows.with_cell(row, column, chance.choice(WRONG[column])).text().encode(), row, column


def broken_anyhow(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few places cut, doubled, swapped or overwritten."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        chance.choice(_WAYS)(found, chance)
    return bytes(found)


def _cut(found: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(found) + 1)
    del found[start : start + chance.randint(1, 12)]


def _double(found: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(found) + 1)
    found[start:start] = found[start : start + chance.randint(1, 40)]


def _overwrite(found: bytearray, chance: random.Random) -> None:
    if found:
        found[chance.randrange(len(found))] = chance.randrange(256)


def _insert(found: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(found) + 1)
    found[start:start] = chance.choice(
        [
            b",",
            b'"',
            b"\n",
            b"\r",
            b";",
            b": ",
            b"- ",
            b"{",
            b"]",
            b"\x00",
            b"\xff",
            "µ".encode(),
            b"1e999",
            b"&a",
            b"!!",
        ]
    )


def _end(found: bytearray, chance: random.Random) -> None:
    del found[chance.randrange(len(found) + 1) :]


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (_cut, _double, _overwrite, _insert, _end)
