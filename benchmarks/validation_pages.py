"""Two pages of validation results side by side: coverage, width and bias of the figures both list, by kind.

``git show 64da5ca:docs/validation_results.md > OLD``, then ``python -m benchmarks.validation_pages OLD
docs/reference/validation_results.md``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

_PREDICTED = re.compile(r"^(\S+) \((\S+) to (\S+)\)$")
_WEEKS = re.compile(r"^([\d.]+) wk$")


@final
@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A figure as a page prints it: what was observed, predicted, and its 90 % interval."""

    study: str
    figure: str
    time: str
    observed: float
    predicted: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the observed figure lies in the interval."""
        return self.low <= self.observed <= self.high

    @property
    def week(self) -> float:
        """The time in weeks; NaN where it is not one of weeks."""
        found = _WEEKS.match(self.time)
        return float(found[1]) if found else float("nan")


def of_page(text: str) -> dict[tuple[str, ...], PrintedRow]:
    """Return the figures of studies that a page lists, by study, arm, figure and time."""
    found: dict[tuple[str, ...], PrintedRow] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        predicted = _PREDICTED.match(cells[5]) if len(cells) >= 8 else None
        if predicted and cells[4] and cells[4] != "observed":
            key, numbers = tuple(cells[:4]), [float(x) for x in predicted.groups()]
            found.setdefault(key, PrintedRow(cells[0], cells[2], cells[3], float(cells[4]), *numbers))
    return found


def _starts(*heads: str) -> Callable[[PrintedRow], bool]:
    return lambda row: row.figure.startswith(heads)


_RENAL = _starts("crr", "perr", "prr", "overall renal", "renal re", "complete re", "complete renal", "good renal")
_QUIESCENT = ("corticolup", "win lupus", "hcq stop", "gc stop", "belimumab holiday", "ecmps")
KINDS: Mapping[str, Callable[[PrintedRow], bool]] = {
    "shares": lambda row: ", share" in row.figure,
    "early renal response (to 28 weeks)": lambda row: _RENAL(row) and row.week <= 28,
    "later renal response and remission": lambda row: _RENAL(row) and row.week > 28,
    "low disease activity": _starts("lldas"),
    "skin": _starts("sledai rash", "sledai mucocutaneous", "clasi"),
    "complement": _starts("c3", "c4", "complement"),
    "severe flares": _starts("severe flare"),
    "flares of the quiescent": lambda row: "flare" in row.figure and row.study.startswith(_QUIESCENT),
    "SRI and BICLA": _starts("sri", "bicla"),
    "all": lambda row: True,
}


def main() -> None:
    """Print a row per kind: figures, coverage, mean width and mean bias on the old page and on the new one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    asked = parser.parse_args()
    old, new = (of_page(path.read_text(encoding="utf-8")) for path in (asked.old, asked.new))
    both = [key for key in new if key in old]
    print(f"{len(old)} figures on the old page, {len(new)} on the new one, {len(both)} on both\n")
    print("| kind | figures | inside | width | bias |\n| --- | --- | --- | --- | --- |")
    for name, chosen in KINDS.items():
        pairs = [(old[key], new[key]) for key in both if chosen(new[key])]
        if pairs:
            print(f"| {name} | {len(pairs)} | {_side_by_side(pairs, unit=name not in ('complement', 'all'))} |")


def _side_by_side(pairs: list[tuple[PrintedRow, PrintedRow]], *, unit: bool) -> str:
    sides = list(zip(*pairs, strict=True))
    inside = " → ".join(f"{sum(row.inside for row in side)}" for side in sides)
    if not unit:  # figures in different units
        return f"{inside} |  | "
    width = " → ".join(f"{np.mean([row.high - row.low for row in side]):.0f}" for side in sides)
    return f"{inside} | {width} | " + " → ".join(
        f"{np.mean([row.predicted - row.observed for row in side]):+.0f}" for side in sides
    )


if __name__ == "__main__":
    main()
