"""The questionnaire: questions follow from the rules, while they matter, and end in eligibility and a patient file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.patient.read import read_patient
from lupercal.patient.variables import variables
from lupercal.programmes.candidate import (
    Answer,
    Answers,
    ask,
    candidate_results,
    next_question,
    read_answer,
    read_answers,
    write_patient,
)
from lupercal.programmes.eligibility import eligibilities, rule_of
from lupercal.programmes.records import Programme
from lupercal.programmes.registry import programme, programmes
from lupercal.rules.questions import Question, questions
from lupercal.rules.syntax import inputs
from lupercal.safety.registry import danger_rule, exempting_rule, rules_for
from lupercal.therapy.registry import regimens

ALL = tuple(programmes().values())
GOOD: dict[str, Any] = {
    "lupus_type": "systemic",
    "organs_involved": ["kidney"],
    "failed_immunosuppressants": 3,
    "stay_possible": "yes",
    "stable_for_treatment": True,
    "sledai_2k": 12,
}


def scripted(given_: dict[str, Any], seen: list[str]) -> Any:
    def reply(question: Question) -> Answer:
        seen.append(question.name)
        return read_answer(question, given_.get(question.name))

    return reply


def test_every_variable_of_a_rule_has_a_question() -> None:
    needed = {name for one in ALL for criterion in one.criteria for name in inputs(rule_of(criterion))}
    assert needed | set(safety_inputs(regimens())) == set(questions())


def test_questions_are_plain_and_say_how_to_answer() -> None:
    for one in questions().values():
        assert one.text.endswith("?")
        assert one.hint
        assert "_" not in one.text


def safety_inputs(therapies: Iterable[str]) -> Iterator[str]:
    """Yield what the safety rules of therapies ask for."""
    for rule in (rule for therapy in therapies for rule in rules_for(therapy)):
        for parsed in (danger_rule(rule.id), exempting_rule(rule.id)):
            yield from () if parsed is None else inputs(parsed)


def test_a_good_candidate_is_asked_what_page_and_safety_ask_and_no_more() -> None:
    seen: list[str] = []
    answers = ask([programme("sheba")], scripted(GOOD, seen))
    assert candidate_results([programme("sheba")], answers)[0].status == "criteria met"
    safety = set(safety_inputs(["cd19_car_t"]))
    assert set(seen) <= set(GOOD) | safety
    assert {"pregnant", "infection_active", "hiv", "live_vaccine_4_weeks", "lvef"} <= set(seen)
    assert len(set(seen) - safety) <= len(GOOD)


def test_after_an_excluding_answer_only_the_safety_questions_are_asked() -> None:
    seen: list[str] = []
    answers = ask([programme("sheba")], scripted({"lupus_type": "neonatal"}, seen))
    assert set(seen) - {"lupus_type"} <= set(safety_inputs(["cd19_car_t"]))
    assert {"pregnant", "infection_active"} <= set(seen)
    assert candidate_results([programme("sheba")], answers)[0].status == "criteria not met"


@pytest.mark.parametrize("one", ALL, ids=lambda one: str(one.id))
def test_no_page_is_met_without_the_safety_questions(one: Programme) -> None:
    seen: list[str] = []
    answers = ask([one], scripted({"lupus_type": "systemic"}, seen))
    (result,) = candidate_results([one], answers)
    assert {"age", "sex_female", "pregnant", "infection_active", "malignancy", "hiv", "hepatitis_b"} <= set(seen)
    assert result.safety.verdict == "clarify first"
    assert "clarify first" in result.summary
    assert "eligible" not in result.summary


def test_pregnancy_is_not_asked_of_a_man() -> None:
    seen: list[str] = []
    everything = dict.fromkeys(questions(), "unknown") | {"sex_female": "no", "age": 40, "lupus_type": "systemic"}
    ask(ALL, scripted(everything, seen))
    assert "pregnant" not in seen[seen.index("sex_female") :]


def test_who_knows_nothing_is_asked_everything_that_decides_once() -> None:
    seen: list[str] = []
    answers = ask(ALL, scripted({}, seen))
    assert len(seen) == len(set(seen))
    open_rules = [c for one in ALL for c in one.criteria if c.role == "decides" and c.missing == "ask"]
    deciding = {name for criterion in open_rules for name in inputs(rule_of(criterion))}
    assert set(seen) <= deciding | set(safety_inputs(one.therapy for one in ALL))
    assert {one.status for one in candidate_results(ALL, answers)} == {"cannot tell yet"}


def answers_to(question: Question) -> st.SearchStrategy[Any]:
    """Return answers of any kind, do not know included."""
    if question.name in ("pregnant", "breastfeeding"):
        return st.sampled_from([None, False, "no"])  # a pregnant man is refused where a record is read
    if question.form == "yes or no":
        return st.sampled_from([None, True, False, "yes", "no", "?"])
    if question.form == "number":
        variable = variables()[question.name]
        return st.none() | st.integers(int(variable.low) + 1, int(variable.bare_high or variable.high))
    if question.form == "one of":
        return st.none() | st.sampled_from(question.choices)
    return st.none() | st.lists(st.sampled_from(question.choices), min_size=1, max_size=4)


@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_further_answer_changes_a_result(data: st.DataObject) -> None:
    def reply(question: Question) -> Answer:
        return read_answer(question, data.draw(answers_to(question), label=question.name))

    done = ask(ALL, reply)
    assert next_question(ALL, done) is None
    more = done
    for name, question in questions().items():
        if name not in done.given:
            more = more.and_then(name, reply(question))
    before, after = candidate_results(ALL, done), candidate_results(ALL, more)
    assert [one.status for one in before] == [one.status for one in after]


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_patient_file_says_the_same(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    answers = Answers("someone")
    for name, question in questions().items():
        answers = answers.and_then(name, read_answer(question, data.draw(answers_to(question), label=name)))
    path = tmp_path_factory.mktemp("candidate") / "someone.yaml"
    write_patient(answers, path)
    read = eligibilities(read_patient(path), ALL)
    assert [one.record() for one in read] == [one.record() for one in candidate_results(ALL, answers)]


@pytest.mark.parametrize(
    ("name", "raw", "answer"),
    [
        ("pregnant", "Yes", True),
        ("pregnant", " no ", False),
        ("pregnant", 1, True),
        ("pregnant", "", None),
        ("pregnant", "Unknown", None),
        ("age", "30", 30.0),
        ("age", "30,5", 30.5),
        ("hemoglobin", "110 g/L", 11.0),
        ("sledai_2k", 12, 12.0),
        ("lupus_type", "Drug induced", "drug_induced"),
        ("lupus_type", "chronic cutaneous", "discoid"),
        ("organs_involved", "Kidney, skin, kidney", ("kidney", "skin")),
        ("organs_involved", ["kidney"], ("kidney",)),
    ],
)
def test_how_answers_are_read(name: str, raw: Any, answer: Answer) -> None:
    assert read_answer(questions()[name], raw) == answer


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("pregnant", "maybe"),
        ("pregnant", 2),
        ("pregnant", 1.0),
        ("pregnant", ["yes"]),
        ("age", "old"),
        ("age", 300),
        ("age", True),
        ("hemoglobin", "110 km"),
        ("hemoglobin", ">5 g/dL"),
        ("sledai_2k", 4.5),
        ("lupus_type", "lupus"),
        ("lupus_type", ["systemic"]),
        ("organs_involved", "kidney; skin"),
        ("organs_involved", []),
        ("organs_involved", {"kidney": True}),
        ("organs_involved", 7),
    ],
)
def test_answers_that_do_not_fit_are_refused(name: str, raw: Any) -> None:
    with pytest.raises(InputError):
        read_answer(questions()[name], raw)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("- a\n", "keys with values"),
        ("pregnent: yes\n", "pregnant"),
        ("age: old\n", "age"),
        ("", "empty"),
        ("a: [", "well-formed YAML"),
    ],
)
def test_files_of_answers_that_do_not_fit_are_refused(content: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=word):
        read_answers(path)


def test_a_file_of_answers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("lupus_type: systemic\nage: 30\nsex_female: yes\nhiv: unknown\n", encoding="utf-8")
    answers = read_answers(path, "a-1")
    patient = answers.patient()
    assert (patient.id, patient.lupus_type, patient.age_years, patient.sex) == ("a-1", "systemic", 30.0, "female")
    assert answers.given["hiv"] is None
    assert not patient.visits[0].values
