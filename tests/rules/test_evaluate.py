"""What rules mean for a patient: windows, the newest settling datum, attribution, counts, derived values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import decision_day, facts_of
from lupercal.rules.parser import parse_rule
from tests.programmes.people import built


def asked(rule: str, day: int | None = 0, unit: str = "", **person: Any) -> bool | None:
    """Return the answer of a rule about a patient: true, false, or None where unknown."""
    truth = Evaluator(facts_of(built({"id": "p", **person}), day)).truth(parse_rule(rule, unit))
    return None if truth.is_unknown[0] else bool(truth.low[0])


def visits(**days: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"day": int(day.removeprefix("d").replace("m", "-")), "values": values} for day, values in days.items()]


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("sledai_2k >= 8", True),
        ("sledai_2k >= 10", False),
        ("sledai_2k within 20 d >= 8", True),
        ("sledai_2k within 9 d >= 8", None),
        ("sledai_2k within 10 d >= 8", True),
        ("known(sledai_2k)", True),
        ("known(sledai_2k within 5 d)", None),
        ("known(c3)", None),
        ("sledai_2k > 8", False),
        ("sledai_2k < 8", False),
        ("sledai_2k <= 8", True),
        ("sledai_2k = 8", True),
        ("sledai_2k != 8", False),
    ],
)
def test_the_newest_value_in_the_window_counts(rule: str, answer: bool | None) -> None:
    seen = visits(dm90={"sledai_2k": 12}, dm10={"sledai_2k": 8}, d0={"rash": True}, d30={"sledai_2k": 0})
    assert asked(rule, visits=seen) is answer


def test_a_bound_settles_what_it_can_and_leaves_the_rest_to_an_older_value() -> None:
    seen = visits(dm30={"platelets": 80}, d0={"platelets": "<70"})
    assert asked("platelets >= 100", unit="10*9/L", visits=seen) is False
    assert asked("platelets >= 50", unit="10*9/L", visits=seen) is True
    assert asked("platelets within 5 d >= 50", unit="10*9/L", visits=seen) is None


def test_day_of_decision_hides_what_came_later() -> None:
    seen = visits(d0={"sledai_2k": 16}, d44={"sledai_2k": 0})
    assert asked("sledai_2k >= 8", 0, visits=seen) is True
    assert asked("sledai_2k >= 8", 43, visits=seen) is True
    assert asked("sledai_2k >= 8", 44, visits=seen) is False
    assert asked("sledai_2k >= 8", -1, visits=seen) is None


def test_the_day_of_decision_is_day_0_unless_all_visits_are_later() -> None:
    assert decision_day(built({"id": "p"})) == 0
    assert decision_day(built({"id": "p", "visits": visits(dm5={}, d9={})})) == 0
    assert decision_day(built({"id": "p", "visits": visits(d5={}, d9={})})) == 9


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_unknown_stays_unknown_until_it_cannot_matter(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    known = {name: value for name, value in (("rash", a), ("pregnant", b)) if value is not None}
    seen = visits(d0=known)
    assert asked("rash and pregnant", visits=seen) is both
    assert asked("pregnant or rash", visits=seen) is either
    assert asked("not (rash and pregnant)", visits=seen) is (None if both is None else not both)


@pytest.mark.parametrize(
    ("cause", "answer"), [("sle", True), ("infection", False), ("other", False), ("unknown", None)]
)
def test_a_finding_put_down_to_another_cause_is_not_lupus(cause: str, answer: bool | None) -> None:
    seen = [{"day": 0, "values": {"seizure": True}, "attribution": {"seizure": cause}}]
    assert asked("seizure", visits=seen) is answer


def test_a_flag_follows_from_others_where_it_is_not_stated() -> None:
    assert asked("active_cns_lupus", visits=visits(d0={"psychosis": True})) is True
    assert asked("active_cns_lupus", visits=visits(d0={"psychosis": False})) is None
    assert asked("active_cns_lupus", visits=visits(d0={"psychosis": True, "active_cns_lupus": False})) is False
    assert asked("active_cns_lupus within 60 d", visits=visits(dm61={"psychosis": True})) is None
    assert asked("permanent_organ_damage", visits=visits(d0={"sdi": 0})) is False


def test_scores_are_computed_where_they_are_not_recorded() -> None:
    values = {"creatinine": 4.0}
    assert asked("egfr >= 30", unit="mL/min/{1.73_m2}", sex="female", age_years=30, visits=visits(d0=values)) is False
    assert asked("egfr >= 30", unit="mL/min/{1.73_m2}", age_years=30, visits=visits(d0=values)) is None
    assert asked("sledai_2k >= 8", visits=visits(d0={"seizure": True})) is True
    assert asked("sledai_2k >= 8", visits=visits(d0={"rash": True})) is None
    assert asked("sledai_2k >= 8", visits=visits(d0={"seizure": True, "sledai_2k": 4})) is False


@pytest.mark.parametrize(
    ("rule", "recorded", "answer"),
    [
        ("clinical_sledai >= 1", {"sledai_2k": 5}, True),
        ("clinical_sledai >= 1", {"sledai_2k": 4}, None),
        ("clinical_sledai >= 1", {"sledai_2k": 0}, False),
        ("clinical_sledai >= 1", {"sledai_2k": 4, "clinical_sledai": 0}, False),
        ("sledai_2k >= 8", {"clinical_sledai": 8}, True),
        ("sledai_2k >= 8", {"clinical_sledai": 3}, False),
        ("sledai_2k >= 8", {"clinical_sledai": 4}, None),
        ("clinical_sledai >= 1", {"sledai_2k": 2, "rash": True}, True),
    ],
)
def test_either_form_of_sledai_bounds_the_other(rule: str, recorded: dict[str, Any], answer: bool | None) -> None:
    assert asked(rule, visits=visits(d0=recorded)) is answer
    older = visits(dm50={"clinical_sledai": 12, "sledai_2k": 14}, d0=recorded)
    assert asked(rule, visits=older) is (True if answer is None else answer)


def test_age_and_sex_are_known_on_the_day_without_a_visit() -> None:
    assert asked("age >= 18", unit="a", age_years=17.9) is False
    assert asked("age >= 18", 60, unit="a", age_years=17.9) is True
    assert asked("not sex_female", sex="male") is True


FAILED = [{"drug": "mmf", "status": "failed"}, {"drug": "belimumab", "status": "failed"}]


def test_counts_are_of_different_drugs_and_the_list_may_be_incomplete() -> None:
    rule = "count(failed immunosuppressant or biologic stated failed_immunosuppressants) >= {}"
    assert asked(rule.format(2), treatments=FAILED) is True
    assert asked(rule.format(2), treatments=[FAILED[0], FAILED[0]]) is None
    assert asked(rule.format(3), treatments=FAILED) is None
    stated = visits(d0={"failed_immunosuppressants": 1})
    assert asked(rule.format(2), visits=stated) is False
    assert asked(rule.format(2), treatments=FAILED, visits=stated) is True
    assert asked(rule.format(3), treatments=FAILED, visits=stated) is False


def test_a_stated_flag_closes_a_list_and_opens_a_number() -> None:
    rule = "count(given cd19_car_t stated prior_gene_modified_cells) {}"
    no, yes = (visits(d0={"prior_gene_modified_cells": answer}) for answer in (False, True))
    assert asked(rule.format(">= 1"), visits=no) is False
    assert asked(rule.format(">= 1"), visits=yes) is True
    assert asked(rule.format(">= 2"), visits=yes) is None
    assert asked(rule.format(">= 1")) is None


@pytest.mark.parametrize(
    ("course", "status", "answer"),
    [
        ({"start_day": -100, "stop_day": -10, "status": "failed"}, "failed", True),
        ({"start_day": -100, "stop_day": 10, "status": "failed"}, "failed", None),
        ({"start_day": 5, "status": "failed"}, "failed", None),
        ({"status": "failed"}, "given", True),
        ({"start_day": 0}, "given", None),
        ({"start_day": -1}, "given", True),
        ({"start_day": -100, "status": "current"}, "current", True),
        ({"start_day": 5, "status": "current"}, "current", None),
        ({"start_day": -100, "stop_day": -10, "status": "stopped"}, "stopped", True),
    ],
)
def test_treatments_count_as_they_stood_on_the_day(course: dict[str, Any], status: str, answer: bool | None) -> None:
    assert asked(f"any({status} rituximab)", treatments=[{"drug": "rituximab", **course}]) is answer


def test_organs_listed_are_complete_and_none_listed_is_unknown() -> None:
    assert asked("any(organ in [kidney, brain])", organs_involved=["skin", "brain"]) is True
    assert asked("any(organ in [kidney])", organs_involved=["skin"]) is False
    assert asked("count(organ in [kidney, skin, brain]) = 2", organs_involved=["skin", "kidney", "gut"]) is True
    assert asked("any(organ in [kidney])") is None


@pytest.mark.parametrize(
    ("kind", "systemic", "skin"),
    [("systemic", True, False), ("discoid", False, True), ("drug_induced", False, False), ("neonatal", False, False)],
)
def test_the_type_of_lupus_matters(kind: str, systemic: bool, skin: bool) -> None:
    assert asked("lupus_type in [systemic]", lupus_type=kind) is systemic
    assert asked("lupus_type in [chronic_cutaneous, subacute_cutaneous]", lupus_type=kind) is skin


def test_many_patients_are_judged_in_one_pass_as_one_by_one() -> None:
    facts = facts_of(built({"id": "p", "visits": visits(d0={"sledai_2k": 9})}))
    assert Evaluator(facts).truth(parse_rule("sledai_2k >= 8")).low.shape == (1,)
    assert np.array_equal(facts.days_ago, [[0.0]])
