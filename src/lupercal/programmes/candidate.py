"""The candidate's questionnaire: the safety questions always, those of the pages while their answer can matter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Any, Self, final

import yaml

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.files.writing import write_text
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.spellings import flag_in_words, lupus_type_in_words
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.values import measurement
from lupercal.patient.variables import nearest, variables
from lupercal.programmes.eligibility import Eligibility, eligibilities, rule_of
from lupercal.programmes.records import Programme
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import facts_of
from lupercal.rules.next_tests import state_of, ways
from lupercal.rules.parser import TYPES
from lupercal.rules.questions import Question, questions
from lupercal.rules.syntax import ORGANS, TYPE, Rule
from lupercal.safety.registry import danger_rule, exempting_rule, rules_for

DO_NOT_KNOW = ("", "?", "unknown", "do not know", "don't know")
Answer = bool | float | str | tuple[str, ...] | None


@final
@dataclass(frozen=True, slots=True)
class Answers:
    """What a candidate has answered so far, by variable; None where the answer was *do not know*."""

    id: str = "candidate"
    given: Mapping[str, Answer] = field(default_factory=dict)

    def and_then(self, name: str, answer: Answer) -> Self:
        """Return the answers with one more."""
        return replace(self, given={**self.given, name: answer})

    def document(self) -> dict[str, Any]:
        """Return the answers as a patient file; what is not known is left out."""
        answers = {name: answer for name, answer in self.given.items() if answer is not None}
        person: dict[str, Any] = {"id": self.id, "title": "Answers of a candidate", "data_origin": "clinical"}
        if "sex_female" in answers:
            person["sex"] = "female" if answers.pop("sex_female") else "male"
        if "age" in answers:
            person["age_years"] = answers.pop("age")
        if TYPE in answers:
            person["lupus_type"] = answers.pop(TYPE)
        if ORGANS in answers:
            person["organs_involved"] = list(_words(answers.pop(ORGANS)))
        notes = ["Stated by the candidate in a questionnaire; nothing was checked against a medical file."]
        values = {name: _plain(one) for name, one in answers.items()}
        return {**person, "notes": notes, "visits": [{"day": 0, "label": "questionnaire", "values": values}]}

    def patient(self) -> Patient:
        """Return the patient whom the answers describe."""
        return patient_from(self.document(), "answers")


class Move(Enum):
    """What may be replied to a question instead of an answer."""

    BACK = "back"
    END = "end"


def ask(
    programmes: Iterable[Programme], reply: Callable[[Question], Answer | Move], answers: Answers | None = None
) -> Answers:
    """Ask question after question until none matters any more.

    Parameters
    ----------
    programmes
        For which eligibility is wanted.
    reply
        Returns the answer to a question, as `read_answer` gives it; None for *do not know*; `Move.BACK` to have the
        question before asked again, `Move.END` to leave everything else unknown.
    answers
        What is known already.

    Returns
    -------
    Answers
        All answers, in the order given.
    """
    chosen, steps = tuple(programmes), [answers or Answers()]
    while (question := next_question(chosen, steps[-1])) is not None:
        replied = reply(question)
        if replied is Move.END:
            break
        if replied is Move.BACK:
            del steps[max(1, len(steps) - 1) :]
        elif not isinstance(replied, Move):
            steps.append(steps[-1].and_then(question.name, replied))
    return steps[-1]


def next_question(programmes: Iterable[Programme], answers: Answers) -> Question | None:
    """Return the first question whose answer can still change a result; None where there is none."""
    return next(iter(still_to_ask(programmes, answers)), None)


def still_to_ask(programmes: Iterable[Programme], answers: Answers) -> tuple[Question, ...]:
    """Return the questions whose answer can still change a result and was not given yet, in the order of asking."""
    matter = still_matter(programmes, answers.patient()) - set(answers.given)
    return tuple(question for name, question in questions().items() if name in matter)


def still_matter(programmes: Iterable[Programme], patient: Patient) -> frozenset[str]:
    """Return the variables that could settle a danger, or an open criterion of a programme that is not decided yet."""
    evaluator, chosen = Evaluator(facts_of(patient)), tuple(programmes)
    dangers = _dangers_in({one.therapy for one in chosen}, evaluator)
    return frozenset(chain(dangers, *(_open_in(one, evaluator) for one in chosen)))


def candidate_results(programmes: Iterable[Programme], answers: Answers) -> tuple[Eligibility, ...]:
    """Return the eligibility that the answers give, programme by programme."""
    return eligibilities(answers.patient(), programmes)


def read_answer(question: Question, raw: Any, origin: object = "answer") -> Answer:
    """Return an answer as it is kept: flags as booleans, numbers in the dictionary's unit, None for *do not know*.

    Parameters
    ----------
    question
        What was asked.
    raw
        What was typed or read from a file: text, a number, a boolean, a list, or None.
    origin
        Names where it came from in errors.

    Raises
    ------
    InputError
        If the answer is not of the form the question asks for.
    """
    if raw is None or (isinstance(raw, str) and raw.strip().lower() in DO_NOT_KNOW):
        return None
    if question.form == "yes or no":
        return _yes_or_no(question, raw, origin)
    if question.form == "number":
        return _number(question, raw, origin)
    if question.form == "one of":
        return _choice(question, raw, origin)
    listed = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(listed, list) or not listed:
        raise InputError(origin, question.name, raw, question.hint)
    return tuple(dict.fromkeys(_choice(question, one, origin) for one in listed))


AnswerFile = dict[str, str | bool | int | float | list[str] | None]
"""What a user writes to answer the questions: answers by variable, null for *do not know*."""


def read_answers(path: Path, name: str = "candidate") -> Answers:
    """Read a YAML or JSON file that maps variables to answers.

    Raises
    ------
    InputError
        If the file is no mapping, names something that is not asked, or an answer does not fit.
    """
    document = read_as(path, AnswerFile)
    answers = Answers(name)
    for key, raw in document.items():
        if key not in questions():
            raise InputError(path, str(key), key, f"something that is asked, {nearest(str(key), tuple(questions()))}")
        answers = answers.and_then(key, read_answer(questions()[key], raw, path))
    return answers


def write_patient(answers: Answers, path: Path) -> None:
    """Write the answers as a patient file that `lupercal.patient.read.read_patient` reads, whole or not at all."""
    answers.patient()
    write_text(path, yaml.safe_dump(answers.document(), sort_keys=False, allow_unicode=True))


def _dangers_in(therapies: Iterable[str], evaluator: Evaluator) -> Iterator[str]:
    """Yield what could settle a danger that is not known, whatever the pages say."""
    for name in dict.fromkeys(rule.id for therapy in therapies for rule in rules_for(therapy)):
        rule, exempting = danger_rule(name), exempting_rule(name)
        if rule is None or not evaluator.truth(rule).is_unknown[0]:
            continue
        if exempting is not None and evaluator.truth(exempting).low[0]:
            continue
        yield from _settling(rule, evaluator)
        yield from () if exempting is None else _settling(exempting, evaluator)


def _open_in(programme: Programme, evaluator: Evaluator) -> Iterator[str]:
    """Yield what could settle an open criterion of a programme that no criterion excludes yet."""
    deciding = [one for one in programme.criteria if one.role == "decides"]
    truths = [evaluator.truth(rule_of(one)) for one in deciding]
    lacking = [bool(truth.is_unknown[0]) for truth in truths]
    judged = zip(deciding, truths, lacking, strict=True)
    if any(one.missing == "fail" if unknown else not truth.low[0] for one, truth, unknown in judged):
        return
    for one, unknown in zip(deciding, lacking, strict=True):
        if unknown and one.missing == "ask":
            yield from _settling(rule_of(one), evaluator)


def _settling(rule: Rule, evaluator: Evaluator) -> Iterator[str]:
    """Yield the variables that could settle a rule one way or the other."""
    state = state_of(evaluator)
    for way in (*ways(rule, True, state), *ways(rule, False, state)):
        yield from way


def _yes_or_no(question: Question, raw: Any, origin: object) -> bool:
    flag = None if isinstance(raw, float) else flag_in_words(str(raw))
    if flag is None or math.isnan(flag):
        raise InputError(origin, question.name, raw, question.hint)
    return bool(flag)


def _number(question: Question, raw: Any, origin: object) -> float:
    plain = _typed_number(raw, unit_in_words(question.unit)) if isinstance(raw, str) else raw
    measured = measurement(variables()[question.name], plain, origin, question.name)
    if measured.censored:
        raise InputError(origin, question.name, raw, question.hint)
    return measured.value


def _typed_number(text: str, unit: str) -> float | str:
    """Return a number that may bear the unit asked for, in words; the text itself where it is none."""
    try:
        return float(text.strip().lower().removesuffix(unit.lower()).strip().replace(",", "."))
    except ValueError:
        return text


def _choice(question: Question, raw: Any, origin: object) -> str:
    word = str(raw).strip().lower().replace(" ", "_").replace("-", "_")
    word = TYPES.get(lupus_type_in_words(word), lupus_type_in_words(word)) if question.name == TYPE else word
    if word not in question.choices:
        close = nearest(word, question.choices)
        near = f"; {close}" if close.startswith("perhaps") else ""
        raise InputError(origin, question.name, raw, f"{question.hint}{near}")
    return word


def _words(answer: Answer) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else ()


def _plain(answer: Answer) -> Answer:
    """Return a number of points without a decimal point."""
    return int(answer) if isinstance(answer, float) and answer.is_integer() else answer
