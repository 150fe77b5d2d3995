"""Whom a published study recruited: its entry criteria as bounds on what a visit shows."""

from __future__ import annotations

import re

from lupercal.evidence.study_records import EntryCriterion, Study
from lupercal.trial.populations import EntryBound, Groups, Role, populations

NEPHRITIS_QUANTITIES = frozenset({"upcr", "active_nephritis", "nephritis_class_iii_iv", "nephritis_class_v"})


NEPHRITIS = re.compile(r"nephritis|\bLN\b|ln_class", re.IGNORECASE)


_CLAUSE = re.compile(r"[;,.]")
_NOT_ALL = re.compile(
    r"\b(?:without|no|not|non|excluded?|excluding|past|history|some|few|mixed|\d+ of \d+|\d+/\d+)\b|%|non-renal"
)


SOME = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")


def entry_of(study: Study) -> tuple[Groups, tuple[str, ...]]:
    """Return the entry rules of a study and what had to be assumed for them."""
    known = study.simulation
    if known.reason:
        assumed = tuple(
            tuple(EntryCriterion(one.quantity, one.low, one.high, "") for one in group) for group in known.entry
        )
        return (*study.design.entry, *assumed), (f"entry rules assumed: {known.reason}",)
    if study.design.entry:
        return study.design.entry, ()
    kind = "nephritis" if names_nephritis(study) else study.therapy.kind
    return _groups(populations().defaults.get(kind, ())), (f"entry rules of the class '{kind}' assumed",)


def ages_of(study: Study) -> tuple[Groups, tuple[str, ...]]:
    """Return the ages a study took where its file names none, and what is assumed; nothing where children took part."""
    rule = populations().adults
    named = any(one.quantity == "age" for group in entry_of(study)[0] for one in group)
    young = any(
        row.measure == "age" and row.range and row.range[0] < (rule.criterion.low or 0) for row in study.baseline
    )
    words = (study.design.text, study.therapy.what, *study.design.population, *study.design.population.values())
    if named or young or any(re.search(rule.children, text, re.IGNORECASE) for text in words):
        return (), ()
    return ((rule.criterion.criterion(),),), (f"ages assumed: {rule.reason}",)


def recruits(study: Study) -> Role:
    """Return from whom a study recruited.

    Stable patients where the data say so or its entry rules ask for quiescence; patients with nephritis where a rule of
    entry, stated or assumed, asks for it whatever else; others elsewhere.
    """
    rules = entry_of(study)[0]
    if study.simulation.stable or any(one.quantity == "clinical_quiescence" for g in rules for one in g):
        return "stable"
    return "nephritis" if any(all(_asks_for_nephritis(one) for one in group) for group in rules) else "entering"


def _asks_for_nephritis(criterion: EntryCriterion) -> bool:
    return criterion.low is not None and criterion.quantity in NEPHRITIS_QUANTITIES


def names_nephritis(study: Study) -> bool:
    """Return whether a study says that it took patients with nephritis, as a condition of entry.

    What counts is a baseline share of 100 %, its own rules of entry, a class of nephritis of its population, or a
    clause of its design that speaks of nephritis and neither denies it nor grants it to some. Remarks do not count.
    """
    if any(NEPHRITIS.search(text) for text in study.design.excluded) or "non-renal" in study.design.text:
        return False
    shares = [row.value for row in study.baseline if row.measure == "ln" and row.statistic == "share"]
    if shares:
        return all(share == 100.0 for share in shares)
    some = SOME.fullmatch(study.design.population.get("ln", ""))
    if some:
        return some[1] == some[2]
    if any(all(_asks_for_nephritis(one) for one in group) for group in study.design.entry):
        return True
    told = (*study.design.population, *study.design.population.values(), *_CLAUSE.split(study.design.text))
    return any(bool(NEPHRITIS.search(text)) and not _NOT_ALL.search(text) for text in told)


def of_nephritis(study: Study) -> bool:
    """Return whether a study took patients with nephritis, by its words or by its rules of entry."""
    return names_nephritis(study) or recruits(study) == "nephritis"


def _groups(bounds: tuple[tuple[EntryBound, ...], ...]) -> Groups:
    return tuple(tuple(bound.criterion() for bound in group) for group in bounds)
