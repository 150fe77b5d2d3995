"""Eligibility of a whole table of patients at once: every rule over columns, no loop over patients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.programmes.eligibility import Answer, Status, rule_of
from lupercal.programmes.records import Criterion, Programme
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import Facts
from lupercal.safety.screen import SafetyScreening, screen_safety

STATUSES: tuple[Status, ...] = ("criteria met", "criteria not met", "cannot tell yet")
ANSWERS: tuple[Answer, ...] = ("unknown", "not met", "met", "counted as met")
UNKNOWN, NOT_MET, MET, COUNTED = range(4)
DEFAULT = {"ask": UNKNOWN, "fail": NOT_MET, "pass": COUNTED}


@final
@dataclass(frozen=True, slots=True)
class Screening:
    """One programme over many patients.

    Parameters
    ----------
    programme
        Whose criteria were applied.
    answers
        Shape (criteria, patients), int8: places in `ANSWERS`, in the order of the programme's criteria.
    safety
        What the safety rules say of the programme's therapy, which comes before its criteria.
    """

    programme: Programme
    answers: NDArray[np.int8]
    safety: SafetyScreening

    @property
    def codes(self) -> NDArray[np.int8]:
        """The status of each patient as its place in `STATUSES`, shape (patients,)."""
        deciding = self.answers[[criterion.role == "decides" for criterion in self.programme.criteria]]
        failed, lacking = (deciding == NOT_MET).any(axis=0), (deciding == UNKNOWN).any(axis=0)
        return np.where(failed, 1, np.where(lacking, 2, 0)).astype(np.int8)

    @property
    def status(self) -> NDArray[np.str_]:
        """The status of each patient, shape (patients,)."""
        return np.array(STATUSES, dtype=np.str_)[self.codes]

    def counts(self) -> Mapping[Status, int]:
        """Return how many patients have each status."""
        numbers = np.bincount(self.codes, minlength=len(STATUSES))
        return {status: int(number) for status, number in zip(STATUSES, numbers, strict=True)}


def screen(facts: Facts, programmes: Iterable[Programme]) -> Iterator[Screening]:
    """Apply programmes to a table of patients.

    Parameters
    ----------
    facts
        Any number of patients; see `lupercal.programmes.patient_table.facts_from`.
    programmes
        Their rules share what they have in common.

    Yields
    ------
    Screening
        One per programme, in the order given; equal to `eligibility` patient by patient.
    """
    evaluator = Evaluator(facts)
    for one in programmes:
        answers = np.stack([_answers(criterion, evaluator) for criterion in one.criteria])
        yield Screening(one, answers, screen_safety(evaluator, one.therapy))


def _answers(criterion: Criterion, evaluator: Evaluator) -> NDArray[np.int8]:
    truth = evaluator.truth(rule_of(criterion))
    settled = np.where(truth.low, MET, NOT_MET)
    return np.where(truth.is_unknown, DEFAULT[criterion.missing], settled).astype(np.int8)
