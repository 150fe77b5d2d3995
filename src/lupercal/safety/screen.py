"""Safety of a whole table of patients at once: every rule over columns, no loop over patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.rules.evaluate import Evaluator
from lupercal.safety.records import GRAVITY, RuleVerdict, SafetyVerdict
from lupercal.safety.registry import danger_rule, exempting_rule, names_of_therapy, rules_for
from lupercal.safety.signs import contradicted

VERDICTS: tuple[SafetyVerdict, ...] = tuple(sorted(GRAVITY, key=GRAVITY.__getitem__))


@final
@dataclass(frozen=True, slots=True)
class SafetyScreening:
    """One therapy over many patients.

    Parameters
    ----------
    therapy
        Id of the regimen.
    rules
        Ids of the rules that concern it.
    codes
        Shape (rules, patients), int8: places in `VERDICTS`, of which the greater forbids more.
    """

    therapy: str
    rules: tuple[str, ...]
    codes: NDArray[np.int8]

    @property
    def verdict(self) -> NDArray[np.int8]:
        """The gravest verdict of each patient as its place in `VERDICTS`, shape (patients,)."""
        return np.asarray(self.codes.max(axis=0), np.int8)

    def counts(self) -> dict[SafetyVerdict, int]:
        """Return how many patients have each verdict, the gravest first."""
        numbers = np.bincount(self.verdict, minlength=len(VERDICTS))
        return {VERDICTS[code]: int(numbers[code]) for code in reversed(range(len(VERDICTS)))}


def screen_safety(evaluator: Evaluator, therapy: str) -> SafetyScreening:
    """Apply the safety rules of a therapy to every patient of an evaluator; equal to `safety_of` one by one."""
    rules, targets = rules_for(therapy), names_of_therapy(therapy)
    codes = [_codes(evaluator, one.id, one.verdict_for(targets) or "note") for one in rules]
    return SafetyScreening(therapy, tuple(one.id for one in rules), np.stack(codes))


def _codes(evaluator: Evaluator, rule: str, verdict: RuleVerdict) -> NDArray[np.int8]:
    parsed, present = danger_rule(rule), GRAVITY[verdict]
    if parsed is None:
        return np.full(evaluator.facts.days_ago.shape[0], present, np.int8)
    truth = evaluator.truth(parsed)
    exempting = exempting_rule(rule)
    unknown = np.full(truth.low.shape, min(present, GRAVITY["clarify first"]))
    if exempting is not None:
        unknown = np.where(evaluator.truth(exempting).low, GRAVITY["none found"], unknown)
    opposed = contradicted(evaluator, rule)
    unknown = np.where(opposed, min(present, GRAVITY["clarify first"]), unknown)
    return np.where(
        truth.is_unknown | (opposed & ~truth.low), unknown, np.where(truth.low, present, GRAVITY["none found"])
    ).astype(np.int8)
