"""Severity of infections by the transplant network BMT CTN: the worst of what was found, 0 to 3.

Source: BMT CTN Technical Manual of Procedures 3.0 (19 March 2013), appendix 4-A, as stored at docslib.org/doc/6727026;
rationale Shahid 2024, doi:10.1016/j.jtct.2024.05.010. The bacterial rows and those of fungi were read there; the rows
of viruses, parasites and unnamed organisms are recalled, to be confirmed (``data/bmt_ctn_infections.csv``).
"""

from __future__ import annotations

from functools import partial

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item, Standing
from lupercal.instruments.result import Score
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import any_known, grade

ROWS = rows("bmt_ctn_infections")
GRADES = {row["item"]: float(row["grade"]) for row in ROWS}
BACTERIAL = tuple(row["item"] for row in ROWS if row["kind"] == "bacterial")
NAMES = {"bmt_ctn_bacterial": BACTERIAL, "bmt_ctn_infection": tuple(GRADES)}
"""Which findings each of the two instruments reads."""


def bmt_ctn_infection(name: str, columns: Columns) -> Score:
    """Grade the infections of a period: 0 none, 1 to 3.

    Parameters
    ----------
    name
        A key of `NAMES`.
    columns
        Flags of the findings of `NAMES`; ``infection`` absent says that there was none of them.
    """
    view = View(columns)
    none = ~view.flag("infection").high
    findings = {item: view.flag(item).unless(none) for item in NAMES[name]}
    return INFECTIONS[name].result(
        grade((GRADES[item], truth) for item, truth in findings.items()),
        known=any_known(findings.values()),
        items={item: truth.state for item, truth in findings.items()},
        columns=columns,
    )


_ITEMS = {
    row["item"]: Item(row["item"], f"{row['rule']}: {row['grade']}", float(row["grade"]), (row["item"],))
    for row in ROWS
}
_GIVEN = {
    "version": "manual 3.0, 2013",
    "kind": "grade",
    "unit": "{grade}",
    "range": (0.0, 3.0),
    "missing_rule": "A finding that is not known leaves the grade open up to its own; no infection settles all.",
    "source": "BMT CTN Technical MOP 3.0, appendix 4-A (docslib.org/doc/6727026); doi:10.1016/j.jtct.2024.05.010",
    "licence": "Public manual of a US network, terms not found: facts in own words.",
    "labels": ("none", "1", "2", "3"),
}


def _instrument(name: str, title: str, definition: str, standing: Standing) -> Instrument:
    return Instrument(
        name=name,
        title=title,
        inputs=("infection", *NAMES[name]),
        items=tuple(_ITEMS[item] for item in NAMES[name]),
        definition=definition,
        score=partial(bmt_ctn_infection, name),
        standing=standing,
        **_GIVEN,  # type: ignore[arg-type]
    )


INFECTIONS = {
    "bmt_ctn_bacterial": _instrument(
        "bmt_ctn_bacterial",
        "Bacterial infection, severity (BMT CTN)",
        "The worst of sixteen findings of bacterial infection, grades 1 to 3.",
        "published",
    ),
    "bmt_ctn_infection": _instrument(
        "bmt_ctn_infection",
        "Infection, severity (BMT CTN)",
        "The worst finding of bacterial, fungal, viral, parasitic and unnamed infection, grades 1 to 3.",
        "unconfirmed",
    ),
}
INSTRUMENTS = tuple(INFECTIONS.values())
