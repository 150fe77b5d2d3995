"""Whom studies took, as data: see ``populations.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, final

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.documents import read_document
from lupercal.evidence.study_records import Criterion, Study

Groups = tuple[tuple[Criterion, ...], ...]
Role = Literal["entering", "stable", "nephritis"]
"""Whom a trial takes: those who may enter a trial, stable patients of a clinic, those with the kidney involved."""

NEPHRITIS_QUANTITIES = frozenset({"upcr", "active_nephritis", "nephritis_class_iii_iv", "nephritis_class_v"})
NEPHRITIS = re.compile(r"nephritis|\bLN\b|ln_class", re.IGNORECASE)
SOME = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class Bound(_Rule):
    """One criterion in the unit of its column."""

    quantity: str
    low: float | None = None
    high: float | None = None

    def criterion(self) -> Criterion:
        """Return it as the studies' own criteria are held."""
        return Criterion(self.quantity, self.low, self.high, "")


@final
class Quantity(_Rule):
    """1 where any of the groups of criteria is met as a whole."""

    any: tuple[tuple[Bound, ...], ...]
    reason: str


@final
class OfStudy(_Rule):
    """Entry rules assumed for one study, and why; ``stable`` where it took stable patients of a clinic."""

    entry: tuple[tuple[Bound, ...], ...] = ()
    stable: bool = False
    reason: str


@final
class Populations(_Rule):
    """The whole file."""

    quantities: Mapping[str, Quantity]
    exclusions: Mapping[str, tuple[Bound, ...]]
    defaults: Mapping[str, tuple[tuple[Bound, ...], ...]]
    studies: Mapping[str, OfStudy]


@cache
def populations() -> Populations:
    """Return the file, read and checked once."""
    return Populations.model_validate(read_document(Path(__file__).with_name("populations.yaml")))


def entry_of(study: Study) -> tuple[Groups, tuple[str, ...]]:
    """Return the entry rules of a study and what had to be assumed for them."""
    known = populations().studies.get(study.id)
    if known:
        return (*study.design.entry, *_groups(known.entry)), (f"entry rules assumed: {known.reason}",)
    if study.design.entry:
        return study.design.entry, ()
    kind = "nephritis" if names_nephritis(study) else study.therapy.kind
    return _groups(populations().defaults.get(kind, ())), (f"entry rules of the class '{kind}' assumed",)


def recruits(study: Study) -> Role:
    """Return from whom a study recruited.

    Stable patients where the data say so or its entry rules ask for quiescence; patients with nephritis where a rule of
    entry, stated or assumed, asks for it whatever else; others elsewhere.
    """
    known = populations().studies.get(study.id)
    rules = entry_of(study)[0]
    if (known is not None and known.stable) or any(one.quantity == "clinical_quiescence" for g in rules for one in g):
        return "stable"
    return "nephritis" if any(all(_asks_for_nephritis(one) for one in group) for group in rules) else "entering"


def _asks_for_nephritis(criterion: Criterion) -> bool:
    return criterion.low is not None and criterion.quantity in NEPHRITIS_QUANTITIES


def names_nephritis(study: Study) -> bool:
    """Return whether a study says that it took patients with nephritis, as a condition of entry."""
    if any(NEPHRITIS.search(text) for text in study.design.excluded) or "non-renal" in study.design.text:
        return False
    shares = [row.value for row in study.baseline if row.measure == "ln" and row.statistic == "share"]
    if shares:
        return all(share == 100.0 for share in shares)
    some = SOME.fullmatch(study.design.population.get("ln", ""))
    if some:
        return some[1] == some[2]
    told = " ".join(
        (study.design.text, study.design.entry_note, *study.design.population, *study.design.population.values())
    )
    return bool(NEPHRITIS.search(told))


def _groups(bounds: tuple[tuple[Bound, ...], ...]) -> Groups:
    return tuple(tuple(bound.criterion() for bound in group) for group in bounds)
