"""Measurements that may be bounds against limits: true, false, or open."""

from __future__ import annotations

import pytest

from lupercal.patient.read import patient_from
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables
from lupercal.rules.measured import (
    above,
    all_measured,
    any_measured,
    before,
    below,
    limit_of,
    measured_at_most,
    newest_measured,
    not_,
    told,
)


@pytest.mark.parametrize(
    ("text", "at_most", "is_above", "is_below"),
    [
        ("49 10*9/L", True, False, True),
        ("50 10*9/L", True, False, False),
        ("51 10*9/L", False, True, False),
        ("<50 10*9/L", True, False, True),
        ("<60 10*9/L", None, False, None),
        (">50 10*9/L", False, True, False),
        (">40 10*9/L", None, False, None),
    ],
)
def test_a_bound_answers_only_what_it_settles(
    text: str, at_most: bool | None, is_above: bool, is_below: bool | None
) -> None:
    found = measurement(variables()["platelets"], text, "", "")
    assert measured_at_most(found, 50.0) is at_most
    assert above(found, 50.0) is is_above
    assert below(found, 50.0) is is_below


def test_three_answers_together() -> None:
    assert [not_(truth) for truth in (True, False, None)] == [False, True, None]
    assert [any_measured(t) for t in ([False, True, None], [False, None], [False], [])] == [True, None, False, None]
    assert [all_measured(t) for t in ([True, False, None], [True, None], [True], [])] == [False, None, True, None]


PATIENT = patient_from(
    {
        "id": "p",
        "visits": [
            {"day": -30, "values": {"c3": "0.8 g/L", "c3_lln": "0.9 g/L"}},
            {"day": 0, "values": {"c3": "0.7 g/L", "rash": True, "sledai_2k": 8}},
            {"day": 10, "values": {"c3": "<0.5 g/L"}},
        ],
    },
    "here",
)


def test_the_newest_value_counts_up_to_a_day() -> None:
    found = newest_measured(PATIENT.visits, "c3")
    assert found is not None
    assert (found[0], found[1].value) == (10, 0.5)
    assert newest_measured(PATIENT.visits, "upcr") is None
    at_zero, earlier = before(PATIENT, "c3"), before(PATIENT, "c3", 0)
    assert at_zero is not None
    assert earlier is not None
    assert (at_zero.value, earlier.value) == (0.7, 0.8)


def test_a_laboratory_s_limit_holds_until_another_is_stated() -> None:
    assert limit_of(PATIENT, PATIENT.visits[1], "c3", "low") == 0.9
    assert limit_of(PATIENT, PATIENT.visits[1], "c3", "high") is None
    assert limit_of(PATIENT, PATIENT.visits[1], "nothing", "low") is None


def test_a_value_in_words() -> None:
    now = PATIENT.visits[1].values
    assert told("rash", now["rash"]).endswith("present")
    assert told("c3", PATIENT.visits[2].values["c3"]).endswith("< 0.5 g/L")
    assert told("sledai_2k", now["sledai_2k"]).endswith(" 8")
