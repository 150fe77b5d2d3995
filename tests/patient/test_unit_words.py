"""Units as people write them."""

from __future__ import annotations

import pytest

from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.rules.questions import questions


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1", ""),
        ("a", "years"),
        ("[IU]/mL", "IU/mL"),
        ("10*9/L", "10⁹/L"),
        ("{cells}/uL", "cells/µL"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("umol/L", "µmol/L"),
    ],
)
def test_a_code_becomes_words(code: str, words: str) -> None:
    assert unit_in_words(code) == words


def test_no_unit_of_the_dictionary_shows_its_code() -> None:
    assert not [name for name, one in variables().items() if set("{}[]*") & set(unit_in_words(one.unit))]


def test_a_question_for_the_age_asks_for_years() -> None:
    assert questions()["age_years" if "age_years" in questions() else "age"].hint == "a number in years"
