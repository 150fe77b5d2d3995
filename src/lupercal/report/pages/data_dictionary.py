"""The page ``docs/reference/data-dictionary.md``: every variable with its unit and plausible range, from the data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from lupercal.patient.variables import Variable, variables
from lupercal.report.markdown import markdown_table

_HEAD = """# The data dictionary

Written from `src/lupercal/patient/variables.yaml` by `python -m lupercal.report.pages docs`; a test compares.

Patient files, tables of visits and the courses of virtual patients use these names and units (UCUM). A flag is 1, 0 or
unknown. Values outside the plausible range are refused. Codes are those of LOINC as seen in a copy of its table."""
_COLUMNS = ("name", "what", "kind", "unit", "plausible", "LOINC")


def page() -> str:
    """Return the text of ``docs/reference/data-dictionary.md``."""
    return "\n\n".join([_HEAD, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    ordered = sorted(variables().values(), key=lambda one: one.group)
    for group, members in groupby(ordered, key=lambda one: one.group):
        yield f"## {group.replace('_', ' ').capitalize()}"
        yield markdown_table(_COLUMNS, map(_row, members))


def _row(one: Variable) -> tuple[str, ...]:
    what = f"{one.label}. {one.description}" if one.description else one.label
    plausible = "" if one.kind == "flag" else f"{one.low:g} to {one.high:g}"
    return f"`{one.name}`", what, one.kind, f"`{one.unit}`", plausible, ", ".join(one.loinc)
