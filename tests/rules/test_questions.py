"""Every question says what is asked, how to answer and why."""

from __future__ import annotations

from lupercal.patient.variables import variables
from lupercal.rules.questions import questions, ranks
from lupercal.rules.syntax import ORGANS, TYPE


def test_the_form_of_an_answer_follows_from_what_is_asked() -> None:
    for name, one in questions().items():
        kind = None if name in (TYPE, ORGANS) else variables()[name].kind
        expected = {TYPE: "one of", ORGANS: "some of"}.get(name) or ("yes or no" if kind == "flag" else "number")
        assert one.form == expected, name
        assert one.why, name
        assert bool(one.choices) == (name in (TYPE, ORGANS)), name


def test_hints_say_how_to_answer() -> None:
    table = questions()
    assert table[TYPE].hint.startswith("systemic")
    assert table[ORGANS].hint.startswith("any of ")
    assert {one.hint for one in table.values() if one.form == "yes or no"} == {"yes or no"}
    scores = {one.hint for name, one in table.items() if name in variables() and variables()[name].kind == "score"}
    assert scores <= {"a number"}
    assert all(one.hint.startswith("a number in ") for one in table.values() if one.unit)


def test_questions_have_an_order() -> None:
    assert list(ranks()) == list(questions())
    assert list(ranks().values()) == list(range(len(questions())))
