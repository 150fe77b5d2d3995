"""Whom a published study recruited: its entry criteria as rules about what a visit shows."""

from __future__ import annotations

import re

from lupercal.evidence.study_records import Study
from lupercal.rules.entry import entry_names, entry_rule
from lupercal.rules.syntax import Compare, Either, Every, Flag, Rule
from lupercal.trial.populations import Role, populations

NEPHRITIS_QUANTITIES = frozenset({"upcr", "active_nephritis", "nephritis_class_iii_iv", "nephritis_class_v"})


NEPHRITIS = re.compile(r"nephritis|\bLN\b|ln_class", re.IGNORECASE)


_CLAUSE = re.compile(r"[;,.]")
_NOT_ALL = re.compile(
    r"\b(?:without|no|not|non|excluded?|excluding|past|history|some|few|many|most|half|mixed|allowed|permitted|subset|"
    r"stratified|\d+ of \d+|\d+/\d+|(?:prior|previous) (?:lupus )?nephritis)\b|%|non-renal|extra-?renal",
    re.IGNORECASE,
)


SOME = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")


def entry_of(study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the entry rules of a study and what had to be assumed for them.

    Raises
    ------
    InputError
        If a rule cannot be read; it names the study and the place.
    """
    assumed = study.simulation
    for field, rules in (("design", study.design.entry), ("simulation", assumed.entry)):
        for index, text in enumerate(rules):
            entry_rule(text, f"study {study.id}", f"{field}.entry[{index}]")
    if assumed.reason:
        return (*study.design.entry, *assumed.entry), (f"entry rules assumed: {assumed.reason}",)
    if study.design.entry:
        return study.design.entry, ()
    kind = "nephritis" if names_nephritis(study) else study.therapy.kind
    return populations().defaults.get(kind, ()), (f"entry rules of the class '{kind}' assumed",)


def ages_of(study: Study) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the ages a study took where its file names none, and what is assumed; nothing where children took part."""
    rule = populations().adults
    young = any(row.measure == "age" and row.range and row.range[0] < rule.ages[0] for row in study.baseline)
    words = (study.design.text, study.therapy.what, *study.design.population, *study.design.population.values())
    if young or any(re.search(rule.children, text, re.IGNORECASE) for text in words):
        return None, ()
    return rule.ages, (f"ages assumed: {rule.reason}",)


def recruits(study: Study) -> Role:
    """Return from whom a study recruited.

    Stable patients where the data say so or its entry rules ask for quiescence; patients with nephritis where a rule of
    entry, stated or assumed, asks for it whatever else; others elsewhere.
    """
    rules = [entry_rule(text) for text in entry_of(study)[0]]
    if study.simulation.stable or "clinical_quiescence" in entry_names(rules):
        return "stable"
    return "nephritis" if any(map(_asks_for_nephritis, rules)) else "entering"


def _asks_for_nephritis(rule: Rule) -> bool:
    """Return whether nobody meets a rule without a sign of nephritis: by a least value, or whichever way it is met."""
    match rule:
        case Compare(name, sign):
            return name in NEPHRITIS_QUANTITIES and sign in (">=", ">")
        case Flag(name):
            return name in NEPHRITIS_QUANTITIES
        case Every(parts):
            return any(map(_asks_for_nephritis, parts))
        case Either(parts):
            return all(map(_asks_for_nephritis, parts))
        case _:
            return False


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
    if any(_asks_for_nephritis(entry_rule(text)) for text in study.design.entry):
        return True
    statements = (*study.design.population, *study.design.population.values(), *_CLAUSE.split(study.design.text))
    return any(bool(NEPHRITIS.search(text)) and not _NOT_ALL.search(text) for text in statements)


def of_nephritis(study: Study) -> bool:
    """Return whether a study took patients with nephritis, by its words or by its rules of entry."""
    return names_nephritis(study) or recruits(study) == "nephritis"
