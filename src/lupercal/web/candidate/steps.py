"""Where a candidate stands: which question comes, which came before, how many are about to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, final

from lupercal.programmes.candidate import Answers, still_to_ask
from lupercal.programmes.records import Programme
from lupercal.rules.questions import Question, questions

Who = Literal["candidate", "clinic"]


@final
@dataclass(frozen=True, slots=True)
class QuestionStep:
    """One question: its place, about how many there are, and what was answered to it before."""

    question: Question
    place: int
    about: int
    before: str
    """The question to which *back* leads; empty at the first."""


def next_step(programmes: Iterable[Programme], answers: Answers) -> QuestionStep | None:
    """Return the next question: what a candidate knows first, then what the clinic's papers say."""
    waiting = _in_turn(still_to_ask(programmes, answers))
    if not waiting:
        return None
    before = list(answers.given)
    same = [one for one in waiting if one.who == waiting[0].who]
    place = sum(questions()[name].who == waiting[0].who for name in before) + 1
    return QuestionStep(waiting[0], place, place + len(same) - 1, before[-1] if before else "")


def step_of(name: str, programmes: Iterable[Programme], answers: Answers) -> QuestionStep:
    """Return a question that is asked again."""
    asked, given = questions()[name], list(answers.given)
    same = [one for one in given if questions()[one].who == asked.who]
    at = given.index(name) if name in given else len(given)
    left = sum(one.who == asked.who for one in still_to_ask(programmes, answers))
    place = same.index(name) + 1 if name in same else len(same) + 1
    return QuestionStep(asked, place, max(place, len(same) + left), given[at - 1] if at else "")


def knows_all_of_own(programmes: Iterable[Programme], answers: Answers) -> bool:
    """Whether everything that candidates know themselves is answered."""
    return not any(one.who == "candidate" for one in still_to_ask(programmes, answers))


def _in_turn(waiting: Iterable[Question]) -> list[Question]:
    return sorted(waiting, key=lambda one: one.who != "candidate")
