"""Who may enter: one language for trials and cohorts, asked at one visit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.population.goals import entry_rules
from lupercal.programmes.records import Criterion
from lupercal.rules.entry import entry_answers, entry_names, entry_rule
from lupercal.rules.parser import parse_rule
from lupercal.trial.populations import populations

NAN = np.nan
VISIT = {"sledai_2k": np.array([4.0, 6.0, NAN, 12.0]), "upcr": np.array([0.2, 1.0, 3.0, NAN]), "pga": np.full(4, NAN)}


def met(rule: str) -> list[bool] | None:
    answer = entry_answers([rule], VISIT)[0].met
    return None if answer is None else answer.tolist()


def test_unknown_does_not_enter() -> None:
    assert met("sledai_2k >= 6") == [False, True, False, True]
    assert met("not (sledai_2k >= 6)") == [True, False, False, False]
    assert met('sledai_2k >= 6 or upcr >= 1 "g/g"') == [False, True, True, True]


def test_units_are_converted() -> None:
    assert met('upcr >= 113 "mg/mmol"') == met('upcr >= 1 "g/g"') == [False, True, True, False]


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        ("pga >= 1", ("pga",)),
        ('ana_titer >= 80 "{titer}" or sledai_2k >= 6', ("ana_titer",)),
        ("lupus_type in [systemic]", ("lupus_type in [systemic]",)),
        ("active_cns_lupus", ("active_cns_lupus",)),
    ],
)
def test_what_no_visit_shows_is_named_and_decides_nothing(rule: str, missing: tuple[str, ...]) -> None:
    answer = entry_answers([rule], VISIT)[0]
    assert answer.met is None
    assert answer.missing == missing


def test_a_flag_that_follows_from_others_can_be_asked() -> None:
    items = ("seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance", "cranial_nerve", "lupus_headache")
    seen = {name: np.zeros(2) for name in items} | {"cva": np.array([0.0, 1.0])}
    answer = entry_answers(["active_cns_lupus"], seen)[0]
    assert answer.met is not None
    assert answer.met.tolist() == [False, True]


@pytest.mark.parametrize("name", ["bilag_a_domains >= 1", "past_nephritis", 'clinical_quiescence >= 1 "a"'])
def test_only_entry_knows_what_no_record_has(name: str) -> None:
    assert entry_names([entry_rule(name)])
    with pytest.raises(InputError):
        parse_rule(name)


def test_every_file_that_says_who_may_enter_speaks_one_language() -> None:
    table = populations()
    texts = [quantity.rule for quantity in table.quantities.values()]
    texts += [rule for rules in (*table.exclusions.values(), *table.defaults.values()) for rule in rules]
    texts += [rule.rule for cohort in ("trial", "nephritis_trial") for rule in entry_rules(cohort)]
    assert len(texts) > 15
    assert all(entry_rule(text) for text in texts)
    assert Criterion.__dataclass_fields__["rule"].type.startswith("Annotated[str")  # programmes: rules as well


@given(st.floats(0, 105, allow_nan=False).map(lambda value: round(value, 3)))
def test_a_bound_and_its_opposite_share_those_who_are_known(bound: float) -> None:
    rule = f"sledai_2k >= {bound:.3f}"
    inside, outside = met(rule), met(f"not ({rule})")
    assert inside is not None
    assert outside is not None
    known = ~np.isnan(VISIT["sledai_2k"])
    assert [a != b for a, b in zip(inside, outside, strict=True)] == known.tolist()
