"""Which rules of a protocol a course can have: the model holds one set of properties of a drug for a whole arm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import final

from lupercal.care.records import CareProtocol, CareRule
from lupercal.course.deeds import not_represented, products_of
from lupercal.course.plan import DrugPlan
from lupercal.model.inputs import conflict, properties
from lupercal.therapy.regimen_records import Regimen


@final
@dataclass(frozen=True, slots=True)
class Fit:
    """How a protocol fits an arm: ``left_out`` are rules it cannot have, and why; ``products`` those it may give."""

    left_out: dict[str, str]
    products: tuple[str, ...]

    def prepared(self, plan: DrugPlan) -> DrugPlan:
        """Return a plan with the properties of what the protocol may give; what is never given acts on nothing."""
        more, now = properties(self.products), plan.timeline
        timeline = replace(
            now, switches=dict(more.switches) | dict(now.switches), scales=dict(more.scales) | dict(now.scales)
        )
        return replace(plan, timeline=timeline)


def fit(protocol: CareProtocol, arm: Regimen | None) -> Fit:
    """Return how a protocol fits an arm that is given a regimen, or nothing beside daily drugs."""
    given = [] if arm is None else list(dict.fromkeys(line.product for line in arm.doses))
    left_out = dict[str, str]()
    for rule in protocol.rules:
        reason = _why_not(rule, given, arm)
        if reason:
            left_out[rule.id] = reason
        else:
            given.extend(name for name in _products(rule) if name not in given)
    of_regimen = set() if arm is None else {line.product for line in arm.doses}
    return Fit(left_out, tuple(name for name in given if name not in of_regimen))


def _why_not(rule: CareRule, given: list[str], arm: Regimen | None) -> str:
    if any(deed.do == "repeat" for deed in rule.do) and (arm is None or not arm.principal):
        return "the arm gives no therapy that could be repeated"
    reasons = chain(
        (not_represented(deed) for deed in rule.do),
        (conflict(one, other) for one in _products(rule) for other in given if one != other),
    )
    return next(filter(None, reasons), "")


def _products(rule: CareRule) -> tuple[str, ...]:
    return tuple(chain.from_iterable(products_of(deed) for deed in rule.do))
