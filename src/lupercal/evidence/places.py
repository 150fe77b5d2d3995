"""Where a figure of a study stands among all figures: end point, family, treatment, kind of arm, time.

What is sorted how is data (``data/places.yaml``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

from pydantic import BaseModel, ConfigDict

from lupercal.evidence.sources import DATA
from lupercal.files.checked import read_as

FILE = DATA / "places.yaml"
_BANDS = ((112.0, "early"), (280.0, "half"), (460.0, "year"))  # d
ACUTE_DAY, UNTIMED_DAY = 20.0, 365.0


@final
class PlaceTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    same: Mapping[str, str]
    renal_in_nephritis: Mapping[str, str]
    families: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, str]
    controls: tuple[str, ...]
    drugs_of_arms: Mapping[str, str]
    pools: Mapping[str, tuple[str, ...]]
    outcomes: Mapping[str, str]
    families_of_products: Mapping[str, str]
    nephritis_upcr: float


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands.

    ``end_point`` is the name that like end points share, ``family`` a coarser one; ``treatment`` what the arm got,
    ``kind`` the kind of arm (control, active, stable, car_t and so on, apart for nephritis); ``day`` (d) its time,
    ``band`` a coarser one; ``study`` and ``arm`` whose it is, ``cluster`` which studies share patients with it;
    ``cells`` whether a cell therapy was studied; ``blinded`` whether the study says that it was double blind.
    """

    study: str
    cluster: str
    arm: str
    end_point: str
    family: str
    treatment: str
    kind: str
    day: float
    band: str
    cells: bool
    blinded: bool = False


@cache
def place_table() -> PlaceTable:
    """Return the file, read and checked once."""
    return read_as(FILE, PlaceTable)


def shared_name(measure: str, nephritis: bool) -> str:
    """Return the name that like end points share; some mean a renal response where nephritis is the entry."""
    table = place_table()
    renal = table.renal_in_nephritis.get(measure) if nephritis else None
    return renal or table.same.get(measure, measure)


def family_of(end_point: str) -> str:
    """Return the family of an end point by its shared name."""
    families = place_table().families.items()
    return next((name for name, heads in families if any(end_point.startswith(head) for head in heads)), "other")


def band_of(day: float) -> str:
    """Return the band of a time (d)."""
    return next((name for end, name in _BANDS if day <= end), "later")


def arm_words(treatment: str, cells: str | None, nephritis: bool) -> tuple[str, str]:
    """Return the treatment and the kind of an arm that gives a regimen, or cells of a kind, to somebody."""
    if cells:
        return treatment, cells
    kidney = "nephritis " if nephritis else ""
    if treatment in place_table().controls:
        return ("induction" if kidney else "standard care"), f"{kidney}control"
    return treatment, f"{kidney}active"


def cluster_of(study: str, overlap: str) -> str:
    """Return which studies share patients: the head of what a file says of it, the study alone where it says nothing.

    ``pooled`` and ``none`` name no cluster; words in brackets are remarks.
    """
    head = overlap.partition(" (")[0].strip()
    return study if head in ("", "pooled", "none") else head
