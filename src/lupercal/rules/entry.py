"""Who may enter: rules of entry of trials and cohorts, asked of many people at the one visit on which they are judged.

Entry is asked in the language of all rules (`lupercal.rules.parser`), with the names that only simulated visits show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.three_valued import Array
from lupercal.rules.evaluate import Evaluator, derived
from lupercal.rules.facts import Facts, Profile
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import PERSONAL, Rule, inputs


@final
@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """Who meets a rule, shape (N,), unknown is no; None where it cannot be judged for anybody, for want of ``missing``.

    ``missing`` are quantities that no visit shows, or the whole rule where it asks for what is no matter of visits.
    """

    rule: str
    met: NDArray[np.bool_] | None
    missing: tuple[str, ...] = ()


def entry_rule(text: str, origin: object = "rule of entry", field: str = "") -> Rule:
    """Read a rule of entry; see `lupercal.rules.parser.parse_rule`."""
    return parse_rule(text, "", origin, field, "simulated")


def entry_names(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the variables that rules of entry name, each once; what is asked of the person is left out."""
    return tuple(dict.fromkeys(name for rule in rules for name in inputs(rule) if name not in PERSONAL))


def entry_answers(rules: Iterable[str], columns: Mapping[str, Array]) -> tuple[EntryAnswer, ...]:
    """Return who meets each rule at a visit of columns (N,) each; of earlier drugs and organs nothing is known."""
    asked = at_one_visit(columns)
    return tuple(_answer(text, asked) for text in rules)


def _answer(text: str, asked: Evaluator) -> EntryAnswer:
    rule = entry_rule(text)
    missing = tuple(name for name in entry_names([rule]) if not _shown(name, asked))
    truth = asked.truth(rule)
    if missing or truth.is_unknown.all():
        return EntryAnswer(text, None, missing or (text,))
    return EntryAnswer(text, truth.low)


def _shown(name: str, asked: Evaluator) -> bool:
    """Return whether a visit shows a quantity of anybody, or what it follows from."""
    if name in asked.view:
        return not bool(np.isnan(asked.view.value(name)).all())
    return name in derived() and all(_shown(part, asked) for part in inputs(derived()[name]))


def at_one_visit(columns: Mapping[str, Array]) -> Evaluator:
    """Return what answers rules for people seen once, on the day they are judged.

    Parameters
    ----------
    columns
        The visit, each (N,); of what no visit shows (earlier drugs, organs, type of lupus) nothing is known.
    """
    size = next((len(column) for column in columns.values()), 0)
    rows = {name: np.asarray(column, np.float64)[:, None] for name, column in columns.items()}
    return Evaluator(Facts(rows, np.zeros((size, 1)), (Profile(),), np.zeros(size, np.intp)))
