"""The page ``docs/reference/programmes.md``: programmes, criteria and statements, made from the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lupercal.programmes.records import Criterion, Programme, Statement
from lupercal.programmes.registry import programmes
from lupercal.programmes.statements import statements
from lupercal.report.markdown import markdown_table

PAGES = {
    "sheba": "Sheba Medical Center, CAR T cells",
    "erlangen": "University Hospital Erlangen, CAR T cells",
    "ozek": "Clinic of Prof. Dr. Erdinç Özek, stem cells and exosomes",
    "gencell": "GenCell, mesenchymal stem cells",
    "celltex": "Celltex, mesenchymal stem cells from fat",
}

PAGE = Path(__file__).with_name("programmes.md")
"""The page without its tables."""


def page() -> str:
    """Return the text of ``docs/reference/programmes.md``."""
    return PAGE.read_text(encoding="utf-8").format(
        programmes=markdown_table(
            ("programme", "what", "who and where", "regimen"), map(_programme_row, programmes().values())
        ),
        criteria="\n\n".join(_criteria(one) for one in programmes().values()),
        statements="\n\n".join(_statements(name, title) for name, title in PAGES.items()),
    )


def places(one: Statement) -> Iterator[str]:
    """Yield where a statement is used: rules, regimens, items of plans."""
    yield from (f"rule `{name}`" for name in one.rules)
    yield from (f"regimen `{name}`" for name in one.regimens)
    yield from (f"plan `{name}`" for name in one.plan)


def _programme_row(one: Programme) -> tuple[str, ...]:
    return (f"`{one.id}`", one.name, one.clinic, f"`{one.therapy}`")


def _criteria(one: Programme) -> str:
    head = ("criterion", "in words", "rule", "missing", "basis and source")
    notes = "".join(f"\n- {note}" for note in one.notes)
    return f"### {one.id}\n\n{markdown_table(head, (_criterion_row(c) for c in one.criteria))}" + (
        f"\n{notes}" if notes else ""
    )


def _criterion_row(one: Criterion) -> tuple[str, ...]:
    role = "" if one.role == "decides" else " (informs)"
    unit = f", numbers in {one.unit}" if one.unit else ""
    note = f" {one.note}" if one.note else ""
    source = f"*{one.basis}*: {one.source.ref}, {one.source.where}.{note}"
    return (f"`{one.id}`{role}", one.text, f"`{' '.join(one.rule.split())}`{unit}", one.missing, source)


def _statements(name: str, title: str) -> str:
    rows = (
        (one.text, one.kind.replace("_", " "), "; ".join(places(one)) or "nowhere", one.why_not)
        for one in statements()
        if one.page == name
    )
    return f"### {title}\n\n" + markdown_table(
        ("statement (our words)", "kind", "where it went", "why not, or not all"), rows
    )
