"""Whom studies took, as data: see ``populations.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, final

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.study_records import EntryCriterion
from lupercal.files.checked import read_as

Groups = tuple[tuple[EntryCriterion, ...], ...]
Role = Literal["entering", "stable", "nephritis"]
"""Whom a trial takes: those who may enter a trial, stable patients of a clinic, those with the kidney involved."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class EntryBound(_Rule):
    """One criterion in the unit of its column."""

    quantity: str
    low: float | None = None
    high: float | None = None

    def criterion(self) -> EntryCriterion:
        """Return it as the studies' own criteria are held."""
        return EntryCriterion(self.quantity, self.low, self.high, "")


@final
class EntryQuantity(_Rule):
    """1 where any of the groups of criteria is met as a whole."""

    any: tuple[tuple[EntryBound, ...], ...]
    reason: str


@final
class Adults(_Rule):
    """Ages taken where a study names no bound of age and none of the words for children."""

    criterion: EntryBound
    children: str
    reason: str


@final
class Populations(_Rule):
    """The whole file."""

    quantities: Mapping[str, EntryQuantity]
    exclusions: Mapping[str, tuple[EntryBound, ...]]
    defaults: Mapping[str, tuple[tuple[EntryBound, ...], ...]]
    adults: Adults


@cache
def populations() -> Populations:
    """Return the file, read and checked once."""
    return read_as(Path(__file__).with_name("populations.yaml"), Populations)
