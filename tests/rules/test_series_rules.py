"""Rules over a series of visits: what lasts, what changed against another visit, and states of instruments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import Facts, Profile
from lupercal.rules.series_parser import parse_series_rule
from lupercal.rules.syntax import InState, Lasting, Relative, visits_asked

NAN = np.nan
VALUES = st.sampled_from([0.2, 1.0, 1.5, NAN])
FLAGS = st.sampled_from([0.0, 1.0, NAN])


def answer(rule: str, **visits: list[float]) -> bool | None:
    """Return the answer at the last of one patient's visits; None where it is open."""
    columns = {name: np.array([values], float) for name, values in visits.items()}
    count = len(next(iter(visits.values())))
    facts = Facts(columns, np.arange(count, dtype=float)[None, ::-1] * 30, (Profile(),), np.zeros(1, np.intp))
    truth = Evaluator(facts).truth(parse_series_rule(rule))
    return None if truth.is_unknown[0] else bool(truth.low[0])


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ([9, 0, 0, 0], True),
        ([0, 0, 1, 0], False),
        ([0, 0], None),  # too few visits leave it open
        ([0, NAN, 0], None),
        ([NAN, 3, 0], False),  # one visit at which it did not hold settles it
    ],
)
def test_what_lasts_held_at_each_of_the_last_visits(values: list[float], holds: bool | None) -> None:
    assert answer("clinical_sledai = 0 for 3 visits", clinical_sledai=values) is holds


@pytest.mark.parametrize(
    ("rule", "values", "holds"),
    [
        ('upcr >= 2 times lowest and upcr > 1 "g/g"', [2.0, 0.5, 0.8, 1.2], True),
        ("upcr >= 2 times lowest", [2.0, 0.8, 1.2], False),
        ("upcr >= 2 times previous", [2.0, 0.5, 1.0], True),
        ("upcr >= 2 times start", [0.5, 9.0, 0.9], False),
        ("upcr <= 0.5 times highest", [1.0, 4.0, 2.0], True),
        ("upcr > 0.5 times highest", [1.0, 4.0, 2.0], False),
        ("upcr < 1 times start", [NAN], None),
    ],
)
def test_a_number_stands_to_itself_at_another_visit(rule: str, values: list[float], holds: bool | None) -> None:
    assert answer(rule, upcr=values) is holds


def test_the_first_visit_has_none_before_it() -> None:
    assert answer("upcr >= 2 times previous", upcr=[3.0]) is None
    assert answer("upcr >= 1 times start", upcr=[3.0]) is True


def test_a_state_is_asked_of_its_instrument() -> None:
    remission = {"clinical_sledai": [0.0], "pga": [0.2], "prednisone": [5.0]}
    assert answer("state(doris_2021)", **remission) is True
    assert answer("state(doris_2021)", **(remission | {"prednisone": [7.5]})) is False
    assert answer("state(lldas)", rash=[0.0]) is None
    assert answer("not state(lldas)", lldas=[1.0]) is False, "what was scored already counts"


def test_parts_are_what_they_say() -> None:
    assert parse_series_rule("rash for 2 visits") == Lasting(parse_series_rule("rash"), 2)
    assert parse_series_rule("state(lldas_5)") == InState("lldas_5")
    assert parse_series_rule("upcr >= 1.5 times previous") == Relative("upcr", ">=", 1.5, "previous")
    assert answer("(rash or fever) for 2 visits", rash=[1.0, 0.0], fever=[0.0, 1.0]) is True
    assert answer("(not rash and fever) for 2 visits", rash=[0.0, 0.0], fever=[1.0, 1.0]) is True


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("rash for 1 visits", "a whole number from 2 to 60"),
        ("rash for 61 visits", "a whole number from 2 to 60"),
        ("rash for 2.5 visits", "a whole number from 2 to 60"),
        ("rash for 3 days", "visits"),
        ("lupus_type in [systemic] for 2 visits", "a flag, a number or a state"),
        ("known(rash) for 2 visits", "a flag, a number or a state"),
        ("(rash for 2 visits or fever) for 2 visits", "a flag, a number or a state"),
        ("state(sledai_2k)", "an instrument that answers yes or no"),
        ("state lldas", r"'\('"),
        ("rash >= 2 times lowest", "is a flag and stands alone"),
        ("upcr >= 2 times yesterday", "start, previous, lowest or highest"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(rule: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        parse_series_rule(rule)


def test_sixty_visits_can_be_asked_for() -> None:
    assert answer("rash for 60 visits", rash=[1.0] * 60) is True
    assert answer("rash for 2 visits", rash=[1.0] * 2) is True


@pytest.mark.parametrize(
    ("rule", "visits"),
    [
        ("clinical_sledai > 1", 1),
        ("pregnant or not clinical_sledai > 1", 1),
        ("clinical_sledai > 1 for 3 visits and not pregnant", 3),
        ("clinical_sledai > 1 for 2 visits or clinical_sledai < 1 for 4 visits", 4),
        ("upcr >= 2 times lowest", None),
        ("upcr >= 2 times previous and pregnant", None),
        ("known(clinical_sledai)", None),
    ],
)
def test_how_far_a_rule_looks_back_is_known_before_it_is_asked(rule: str, visits: int | None) -> None:
    assert visits_asked(parse_series_rule(rule)) == visits


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.tuples(VALUES, FLAGS), min_size=n, max_size=n)))
def test_the_last_visits_answer_for_all_where_the_last_is_known(seen: list[tuple[float, float]]) -> None:
    points, pregnant = [value for value, _ in seen], [flag for _, flag in seen]
    points[-1], pregnant[-1] = np.nan_to_num(points[-1]), np.nan_to_num(pregnant[-1])
    for rule in (
        "clinical_sledai > 1 or pregnant",
        "clinical_sledai > 1 for 2 visits and not pregnant",
        "not (clinical_sledai <= 1 for 3 visits)",
    ):
        visits = visits_asked(parse_series_rule(rule))
        assert visits is not None
        last = {"clinical_sledai": points[-visits:], "pregnant": pregnant[-visits:]}
        assert answer(rule, **last) == answer(rule, clinical_sledai=points, pregnant=pregnant)
