"""What a protocol of care says of a record today, rule by rule, and in words."""

from __future__ import annotations

from lupercal.care.of_patient import rules_today
from lupercal.care.registry import protocol, protocols
from lupercal.care.words import protocol_lines, protocol_words
from lupercal.patient.cases import read_case
from lupercal.patient.read import patient_from
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import decision_day, facts_of


def test_every_rule_is_answered_as_the_rule_language_answers_it() -> None:
    patient = read_case("example-nephritis")
    asked = Evaluator(facts_of(patient, decision_day(patient)))
    for one in protocols().values():
        today = rules_today(one, patient)
        assert [each.rule for each in today] == [rule.id for rule in one.rules]
        for each, when in zip(today, one.conditions("here"), strict=True):
            truth = asked.truth(when)
            assert (each.answer == "holds") == bool(truth.low[0])
            assert (each.answer == "not known") == bool(truth.is_unknown[0])
            assert each.asks
            assert each.what


def test_an_empty_record_settles_nothing() -> None:
    nobody = patient_from({"id": "p", "visits": [{"day": 0, "values": {}}]}, "here")
    answers = {each.answer for each in rules_today(protocol("treat_to_target"), nobody)}
    assert "holds" not in answers
    assert "not known" in answers


def test_later_visits_do_not_count_on_an_earlier_day() -> None:
    values = {"upcr": "4 g/g", "sledai_2k": 16, "clinical_sledai": 16, "pga": 2.5}
    late = patient_from({"id": "p", "visits": [{"day": -90, "values": {}}, {"day": 0, "values": values}]}, "here")
    before, now = (rules_today(protocol("treat_to_target"), late, day) for day in (-90, 0))
    assert "holds" not in {each.answer for each in before}
    assert before != now


def test_lines_begin_with_name_and_summary() -> None:
    for one in protocols().values():
        name, *rest = protocol_lines(one)
        assert name == f"{one.name}: {one.summary}"
        assert tuple(rest) == protocol_words(one)
