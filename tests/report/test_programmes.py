"""The report's section on programmes: statuses with reasons, plans with their basis, no advice."""

from __future__ import annotations

import pytest

from lupercal.patient.cases import read_case
from lupercal.programmes.eligibility import eligibilities
from lupercal.programmes.plan import plan
from lupercal.programmes.registry import programme, programmes
from lupercal.report.html import forecast_html
from lupercal.report.programme_tables import Offered, eligibility_table, plan_table
from tests.report.build import small


@pytest.fixture(scope="module")
def offered() -> Offered:
    patient = read_case("example-nephritis")
    found = eligibilities(patient, programmes().values())
    return Offered(found, (plan(patient, "erlangen.car_t"), plan(patient, "gencell.msc_45_days")))


def test_every_programme_has_a_row_with_its_meaning(offered: Offered) -> None:
    rows = eligibility_table(offered).rows
    assert all(any(one.name in row[0] for row in rows) for one in programmes().values()), "those alike share a row"
    assert len(rows) <= len(programmes())
    assert {row[1] for row in rows} <= {"stop", "clarify first", "note", "none found"}


def test_what_is_not_met_is_said_with_what_it_rests_on() -> None:
    baby = read_case("ozek-case-1")
    found = eligibilities(baby, (programme("sheba"),))
    row = eligibility_table(Offered(found, ())).rows[0]
    failed = [one for one in found[0].findings if one.decides and one.answer == "not met"]
    assert all(any(one.criterion.text in cell for cell in row) for one in failed)
    assert not any("eligible" in cell for cell in row)


def test_a_plan_shows_the_doses_of_this_body(offered: Offered) -> None:
    shown = "\n".join(" ".join(row) for row in plan_table(offered.plans[0]).rows)
    assert "Fludarabine" in shown
    assert "mg/m²" in shown
    assert {row[-1] for row in plan_table(offered.plans[0]).rows} <= {"page", "published", "project default"}


def test_the_page_has_the_section_only_where_programmes_were_judged(offered: Offered) -> None:
    assert "Programmes and plans" not in forecast_html(small())
    page = forecast_html(small(), offered)
    assert page.count("Programmes and plans") == 1
    assert "it prescribes nothing" in page
    assert "should be treated" not in page
