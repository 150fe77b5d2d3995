"""Whom studies took, as data: see ``populations.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, final

from pydantic import BaseModel, ConfigDict

from lupercal.files.checked import read_as

Role = Literal["entering", "stable", "nephritis"]
"""Whom a trial takes: those who may enter a trial, stable patients of a clinic, those with the kidney involved."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class EntryQuantity(_Rule):
    """1 where the rule holds, else 0; ``reason`` says why it stands for the word."""

    rule: str
    reason: str


@final
class Adults(_Rule):
    """Ages taken where a study names no bound of age and none of the words for children."""

    ages: tuple[float, float]
    children: str
    reason: str


@final
class Populations(_Rule):
    """The whole file; all rules are in the language of `lupercal.rules`, each to be met, of exclusions none."""

    quantities: Mapping[str, EntryQuantity]
    exclusions: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, tuple[str, ...]]
    adults: Adults


@cache
def populations() -> Populations:
    """Return the file, read and checked once."""
    return read_as(Path(__file__).with_name("populations.yaml"), Populations)
