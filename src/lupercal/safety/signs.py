"""Findings that speak against a danger's being absent: with one of them the danger is not known, whatever is stated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.columns import ATTRIBUTIONS, CAUSE
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.measured import told
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import Compare, Count, Flag, Rule, leaves
from lupercal.safety.records import SafetySign
from lupercal.safety.registry import RULES, danger_rule, safety_rules


@cache
def sign_rules(name: str) -> tuple[tuple[SafetySign, Rule | None], ...]:
    """Return the signs of a safety rule with their parsed rules; None for those by attribution."""
    where = f"rules.{name}.signs"
    signs = safety_rules()[name].signs
    return tuple((one, parse_rule(one.rule, one.unit, RULES, where) if one.rule else None) for one in signs)


def contradicted(evaluator: Evaluator, name: str) -> NDArray[np.bool_]:
    """Return where a sign of a danger is certainly present, shape (patients,)."""
    seen = [_visits(evaluator, name, sign, rule).any(axis=1) for sign, rule in sign_rules(name)]
    return np.any(seen, axis=0) if seen else np.zeros(evaluator.facts.days_ago.shape[0], bool)


def signs_in_words(evaluator: Evaluator, name: str) -> tuple[str, ...]:
    """Return what speaks against the absence of a danger in an evaluator's single patient, with its day."""
    return tuple(dict.fromkeys(_worded(evaluator, name)))


def _worded(evaluator: Evaluator, name: str) -> Iterator[str]:
    for sign, rule in sign_rules(name):
        for place in np.flatnonzero(_visits(evaluator, name, sign, rule)[0]):
            visit = evaluator.facts.visits[place]
            for one in _named(evaluator, sign, rule, int(place)):
                yield f"{told(one, visit.values[one])} on day {visit.day}" if one in visit.values else one


def _named(evaluator: Evaluator, sign: SafetySign, rule: Rule | None, place: int) -> list[str]:
    if rule is None:
        return [one for one, found in _attributed(evaluator, sign).items() if found[0, place]]
    true_leaves = [
        leaf for leaf in leaves(rule) if isinstance(leaf, Compare | Flag) and _at_visits(evaluator, leaf)[0, place]
    ]
    return [leaf.name for leaf in true_leaves]


def _visits(evaluator: Evaluator, name: str, sign: SafetySign, rule: Rule | None) -> NDArray[np.bool_]:
    """Return at which visits a sign is certainly present and counts, shape (patients, visits)."""
    shape = evaluator.facts.days_ago.shape
    if rule is None:
        present = np.any([np.zeros(shape, bool), *_attributed(evaluator, sign).values()], axis=0)
    else:
        present = np.broadcast_to(_at_visits(evaluator, rule), shape)
    if sign.days is not None:
        return np.asarray(present & (evaluator.facts.days_ago <= sign.days))
    return np.asarray(present & (np.arange(shape[1]) >= _since(evaluator, name)[:, None] + sign.later))


def _at_visits(evaluator: Evaluator, rule: Rule) -> NDArray[np.bool_]:
    return np.asarray(evaluator.at_visits(rule).low, bool)


def _attributed(evaluator: Evaluator, sign: SafetySign) -> dict[str, NDArray[np.bool_]]:
    """Return for each finding put down to the sign's cause at which visits it is present."""
    columns, cause = evaluator.facts.columns, ATTRIBUTIONS.index(sign.attributed or "")
    names = [one.removesuffix(CAUSE) for one in columns if one.endswith(CAUSE)]
    return {
        one: np.asarray((columns[f"{one}{CAUSE}"] == cause) & (evaluator.view.value(one) != 0), bool) for one in names
    }


def _since(evaluator: Evaluator, name: str) -> NDArray[np.intp]:
    """Return the visit of the newest datum that settles a danger, shape (patients,); −1 where none does."""
    rule = danger_rule(name)
    asked = [leaf for leaf in leaves(rule) if not isinstance(leaf, Count)] if rule is not None else []
    newest = [evaluator.settled(leaf).visit for leaf in asked]
    return np.asarray(np.max([np.full(evaluator.facts.days_ago.shape[0], -1), *newest], axis=0), np.intp)
