"""The files of plans: every one is read, every source is known, nothing is put in a clinic's mouth."""

from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.patient.drugs import drug_classes
from lupercal.patient.variables import variables
from lupercal.programmes.plan_data import (
    FOLDER,
    GoalRow,
    ItemRow,
    PlanData,
    common,
    plan_data,
    plan_names,
    plan_sources,
)
from lupercal.programmes.registry import programmes
from lupercal.therapy.registry import products

PAGES = {"sheba_page", "erlangen_page", "ozek_page", "gencell_page", "celltex_page"}


def test_every_programme_of_the_registry_has_a_plan() -> None:
    assert set(plan_names()) == set(programmes())


@pytest.mark.parametrize("name", plan_names())
def test_only_statements_of_the_page_cite_the_page(name: str) -> None:
    data = plan_data(name)
    rows: list[ItemRow | GoalRow] = [*data.items, *data.goals]
    for row in rows:
        assert (data.source_of(row) in PAGES) == (row.basis == "page"), row


@pytest.mark.parametrize("name", plan_names())
def test_every_quotation_stands_in_its_item_only_with_basis_page(name: str) -> None:
    for row in plan_data(name).items:
        assert row.basis == "page" or "page" not in row.tests, f"{row.id}: a test of the page in an item that is not"


def test_every_source_is_used_or_known() -> None:
    assert set(PAGES) <= set(plan_sources())
    for table in ("goals", "alerts"):
        assert {row["source"] for row in common(table).values()} <= set(plan_sources())
    assert common("washout")["source"] in plan_sources()


def test_tests_goals_and_alerts_name_variables_of_the_dictionary() -> None:
    named = [name for row in common("tests").values() for group in row["needs"] for name in group]
    named += [row["variable"] for row in common("alerts").values()]
    named += [name for row in common("goals").values() if row["rule"] != "state" for name in row["variables"]]
    assert set(named) <= set(variables())


def test_washouts_name_known_drugs() -> None:
    rows = common("washout")["rows"]
    assert {name for row in rows for name in row["drugs"]} <= set(drug_classes()) | set(products())


@pytest.mark.parametrize(
    ("name", "found"), [("sheba", "sheba.car_t"), ("Erlangen", "erlangen.car_t"), ("ozek msc", "ozek.msc")]
)
def test_names_are_those_of_the_registry(name: str, found: str) -> None:
    assert plan_data(name).id == found


@pytest.mark.parametrize(
    "name", ["ozek", "", "../../etc/passwd", "sets/car_t", "nobody", "a" * 10_000, "\0", "ozek.msc.x"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        plan_data(name)


ITEM = {"id": "a", "section": "visit", "title": "A visit", "when": {"day": 1}, "basis": "project default"}
PLAN = {"id": "x", "zone": "UTC", "include": [], "unstated": "nothing"}


@pytest.mark.parametrize(
    "item",
    [
        {**ITEM, "basis": "clinic"},
        {**ITEM, "basis": "published"},
        {**ITEM, "basis": "page"},
        {**ITEM, "source": "nobody"},
        {**ITEM, "when": {}},
        {**ITEM, "when": {"day": 1, "month": 1}},
        {**ITEM, "when": {"day": 1, "last_day": 2, "last_month": 2}},
        {**ITEM, "when": {"day": "1"}},
        {**ITEM, "when": {"day": 1, "after": "birth"}},
        {**ITEM, "window_days": -1},
        {**ITEM, "extra": 1},
        {**ITEM, "tests": {"hearsay": ["sledai"]}},
    ],
)
def test_an_item_that_does_not_fit_is_refused(item: dict[str, object]) -> None:
    with pytest.raises(InputError):
        validated({**PLAN, "items": [item]}, PlanData, Path("x.yaml"))


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        validated({**PLAN, "zone": "Mars/Olympus"}, PlanData, FOLDER / "x.yaml")
