"""Whom studies took, as data: see ``populations.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import final

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.documents import read_document
from lupercal.evidence.study_records import Criterion, Study

Groups = tuple[tuple[Criterion, ...], ...]
NEPHRITIS = re.compile(r"nephritis|\bLN\b|ln_class", re.IGNORECASE)


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


def recruits_stable(study: Study) -> bool:
    """Return whether a study took stable patients: as the data say, or because its entry rules ask for quiescence."""
    known = populations().studies.get(study.id)
    quiet = any(criterion.quantity == "clinical_quiescence" for group in study.design.entry for criterion in group)
    return quiet or (known is not None and known.stable)


def names_nephritis(study: Study) -> bool:
    """Return whether a study says that it took patients with nephritis, as a condition of entry."""
    if any(NEPHRITIS.search(text) for text in study.design.excluded) or "non-renal" in study.design.text:
        return False
    shares = [row.value for row in study.baseline if row.measure == "ln" and row.statistic == "share"]
    if shares:
        return all(share == 100.0 for share in shares)
    told = " ".join(
        (study.design.text, study.design.entry_note, *study.design.population, *study.design.population.values())
    )
    return bool(NEPHRITIS.search(told))


def _groups(bounds: tuple[tuple[Bound, ...], ...]) -> Groups:
    return tuple(tuple(bound.criterion() for bound in group) for group in bounds)
