"""What an answer rests on, in words; how long ago a drug was given; how deep a rule may be bracketed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.patient.record import Treatment
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.explain import data_behind
from lupercal.rules.facts import days_since_given, facts_of
from lupercal.rules.parser import MAX_DEPTH, parse_rule
from lupercal.rules.record_notes import contradictions
from lupercal.rules.syntax import Leaf
from tests.programmes.people import built


def behind(rule: str, unit: str = "", **person: Any) -> tuple[str, ...]:
    leaf = parse_rule(rule, unit)
    assert isinstance(leaf, Leaf)
    return tuple(datum.text for datum in data_behind(leaf, Evaluator(facts_of(built({"id": "p", **person}), 0))))


def visit(**values: object) -> list[dict[str, Any]]:
    return [{"day": 0, "values": values}]


def test_a_total_is_told_as_one_number_or_as_its_span() -> None:
    items = dict.fromkeys(("seizure", "psychosis"), False)
    (span,) = behind("sledai_2k >= 4", visits=visit(rash=True, arthritis=True, **items))
    assert re.search(r": \d+ to \d+ \(computed\), day 0$", span)
    (recorded,) = behind("sledai_2k >= 4", visits=visit(sledai_2k=6))
    assert recorded.endswith(": 6, day 0")


def test_a_flag_is_told_as_yes_no_or_derived() -> None:
    assert behind("rash", visits=visit(rash=True))[0].endswith(": yes, day 0")
    assert behind("rash", visits=visit(rash=False))[0].endswith(": no, day 0")


@pytest.mark.parametrize(
    ("course", "span"),
    [
        (Treatment("rituximab", start_day=-30, stop_day=-10, status="stopped"), (10.0, 10.0)),
        (Treatment("rituximab", start_day=-30, status="stopped"), (0.0, 30.0)),
        (Treatment("rituximab", start_day=-30, status="current"), (0.0, 0.0)),
        (Treatment("rituximab", status="stopped"), (0.0, np.inf)),
        (Treatment("rituximab", start_day=-30, stop_day=10), (0.0, 0.0)),
    ],
)
def test_days_since_a_drug_was_last_given(course: Treatment, span: tuple[float, float]) -> None:
    assert days_since_given([course], 0) == {("rituximab", *span)}


def test_a_drug_not_yet_begun_was_not_given_and_the_latest_course_counts() -> None:
    later = Treatment("rituximab", start_day=5)
    assert days_since_given([later], 5) == frozenset()
    first = Treatment("rituximab", start_day=-90, stop_day=-80, status="stopped")
    second = Treatment("rituximab", start_day=-30, stop_day=-10, status="stopped")
    assert days_since_given([first, second], 0) == days_since_given([second, first], 0) == {("rituximab", 10.0, 10.0)}


def test_brackets_count_by_depth_and_not_by_number() -> None:
    side_by_side = " and ".join(["(rash)"] * (MAX_DEPTH + 5))
    parse_rule(side_by_side)
    parse_rule("(" * MAX_DEPTH + "rash" + ")" * MAX_DEPTH)
    with pytest.raises(InputError, match="levels of brackets"):
        parse_rule("(" * (MAX_DEPTH + 1) + "rash" + ")" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(("total", "told"), [(1, True), (2, False), (3, True)])
def test_a_total_beside_its_items_is_told_on_either_side(total: int, told: bool) -> None:
    items = dict.fromkeys(DESCRIPTORS, False) | {"rash": True}
    patient = built({"id": "p", "visits": visit(**items, sledai_2k=total)})
    assert any("is recorded as" in text for text in contradictions(patient)) is told


def test_a_total_alone_contradicts_nothing() -> None:
    assert not contradictions(built({"id": "p", "visits": visit(sledai_2k=105)}))
    assert not contradictions(built({"id": "p", "visits": visit(rash=True)}))
