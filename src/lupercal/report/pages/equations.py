"""The page ``docs/reference/equations.md``: every equation of the model with its symbols, from code and data."""

from __future__ import annotations

from collections.abc import Sequence

from lupercal.engine.text.latex import LatexEquations, hazard_equations, latex, latex_equations
from lupercal.evidence.parameters import Basis, Parameter, parameters
from lupercal.model.start import start_values
from lupercal.model.subsystem import Subsystem, Symbol
from lupercal.model.system import system
from lupercal.report.markdown import markdown_table

_HEAD = """# Equations of the model

Research use only, not medical advice. `python -m lupercal.report.pages docs` writes this page; a test compares.

Each section is one file of `src/lupercal/model/`: its equations as that file writes them, and the symbols it declares.
Time is in days. A value inside an equation that has no row in a table is computed in the same section. An effect is how
a therapy reaches the disease, a signal follows the states at once; both are used across sections.

Values of parameters are those of the typical patient; *published* means that a publication gives the value,
*calibrated* that it was fitted, *assumed* that neither is so. Sources, spread between patients and plausible ranges are
in `src/lupercal/evidence/data/parameters/`. Units are UCUM.
"""

_HAZARD = """## Serious infection

The hazard per year. Once a week it decides, with probability hazard × 7/365, on an infection, which adds `z_inf` to Z.
"""

_DEATH = """## Death

`model/mortality.py`. The hazard per year is that of people of the same age and sex, times `hr_sle`, `hr_act` to the
power of SLEDAI-2K, exp((`hr_dm` - 1) × expected damage), and `hr_egfr` or `hr_esrd` below an eGFR of 50 or 15. On top
comes `cf_inf` times the hazard of serious infection. It is read at visits: nobody dies in a simulation.
"""


def page() -> str:
    """Return the text of ``docs/reference/equations.md``."""
    sections = [_section(part) for part in system().subsystems]
    struck = hazard_equations()
    rows = [parameters()[name] for name in (*sorted(struck.symbols & parameters().keys()), "z_inf")]
    sections.append("\n\n".join([_HAZARD.rstrip(), _display(struck), _parameters(rows)]))
    deadly = [row for row in parameters().values() if row.group == "mortality"]
    sections.append("\n\n".join([_DEATH.rstrip(), _parameters(deadly)]))
    return "\n\n".join([_HEAD.rstrip(), *sections]) + "\n"


def _section(part: Subsystem) -> str:
    by_symbol = parameters()
    tables = [
        _states(part.of_kind("state")),
        markdown_table(("input", "meaning", "unit"), (_cells(row) for row in part.of_kind("input"))),
        markdown_table(("effect", "meaning", "unit"), (_cells(row) for row in part.of_kind("effect"))),
        markdown_table(("signal", "meaning", "unit"), (_cells(row) for row in part.of_kind("signal"))),
        _parameters([by_symbol[row.symbol] for row in part.of_kind("parameter")]),
    ]
    head = f"## {part.title}\n\n`model/{part.name}.py`"
    return "\n\n".join([head, _display(latex_equations(part)), *(table for table in tables if table)])


def _display(part: LatexEquations) -> str:
    """Return the equations as a fenced block of mathematics."""
    lines = " \\\\\n".join(f"{left} &= {right}" for left, right in latex(part))
    return f"```math\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n```"


def _states(rows: Sequence[Symbol]) -> str:
    healthy, active = start_values(0.0), start_values(1.0)
    values = ((f"{healthy.get(row.symbol, 0.0):g}", f"{active.get(row.symbol, 0.0):g}") for row in rows)
    cells = ((*_cells(row), *pair) for row, pair in zip(rows, values, strict=True))
    return markdown_table(("state", "meaning", "unit", "start in health", "start in active disease"), cells)


def _parameters(rows: Sequence[Parameter]) -> str:
    cells = ((f"`{row.symbol}`", row.meaning, f"`{row.unit}`", f"{row.value:g}", _basis(row)) for row in rows)
    return markdown_table(("parameter", "meaning", "unit", "value", "basis"), cells)


def _basis(row: Parameter) -> str:
    return f"{row.basis.value} ({row.source})" if row.basis is Basis.PUBLISHED else row.basis.value


def _cells(row: Symbol) -> tuple[str, str, str]:
    return f"`{row.symbol}`", row.meaning, f"`{row.unit}`"
