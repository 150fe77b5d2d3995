"""The figures of the pages, drawn by the package itself while the pages are built."""

from __future__ import annotations

from pathlib import Path

import lupercal as lp
from lupercal.report.figures import FIGURES
from lupercal.report.figures.svg import svg_file
from lupercal.report.shown import as_shown

CASE = "example-nephritis"
THERAPIES = ("standard_care", "cd19_car_t", "rituximab")


def draw_all(folder: Path) -> None:
    """Write every figure that a page shows, as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    made = lp.forecast(CASE, THERAPIES, virtual_patients=200, months=12)
    kind = FIGURES["incidence"]
    panel = kind.select(as_shown(made.forecast))[0]
    (folder / "incidence.svg").write_text(svg_file(kind, panel), encoding="utf-8")
