"""Every statement of the pages goes to a rule, regimen or plan item that exists, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.programmes.plan_data import plan_data
from lupercal.programmes.records import Statement
from lupercal.programmes.registry import programmes
from lupercal.programmes.statements import statements
from lupercal.report.pages.programmes import page
from lupercal.therapy.registry import regimens

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "programmes.md"


@pytest.mark.parametrize("statement", statements(), ids=lambda one: one.id)
def test_a_statement_leads_to_what_exists(statement: Statement) -> None:
    for rule in statement.rules:
        programme, _, criterion = rule.partition("#")
        assert programmes()[programme].criterion(criterion)
        assert programmes()[programme].page == statement.page
    for item in statement.plan:
        programme, _, name = item.partition("#")
        plan = plan_data(programme)
        goals = {f"goal:{row.goal}" for row in plan.goals}
        assert name in {row.id for row in plan.items} | goals, f"{item} is in no plan"
        assert programmes()[programme].page == statement.page
    assert set(statement.regimens) <= set(regimens())


def test_claims_are_never_rules() -> None:
    for one in statements():
        assert one.kind != "claim" or (one.why_not and not one.rules)


def test_every_criterion_of_a_page_comes_from_a_statement() -> None:
    used = {rule for one in statements() for rule in one.rules}
    ours = {f"{p.id}#{c.id}" for p in programmes().values() if p.page for c in p.criteria}
    assert ours - used == set()


def test_ids_are_unique_and_every_page_is_there() -> None:
    ids = [one.id for one in statements()]
    assert len(set(ids)) == len(ids)
    assert {one.page for one in statements()} == {"sheba", "erlangen", "ozek", "gencell", "celltex"}
    assert all(one.id.startswith(one.page) for one in statements())


def test_the_figures_of_the_pages_are_kept() -> None:
    text = " ".join(one.text for one in statements())
    for figure in (
        "8 to 10 weeks",
        "45 days",
        "three consecutive days",
        "99 %",
        "60 %",
        "1, 3, 6 and 12",
        "30 to 60 min",
    ):
        assert figure.lower() in text.lower()


def test_the_page_in_the_docs_is_the_one_the_data_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m lupercal.report.pages docs"
