"""The six types of lupus as a typed subtype, with what follows for a programme for systemic disease."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import final

from lupercal.errors import InputError
from lupercal.instruments.tables import instrument_document


class LupusType(StrEnum):
    """Which lupus a person has."""

    SYSTEMIC = "systemic"
    CHRONIC_CUTANEOUS = "chronic_cutaneous"
    SUBACUTE_CUTANEOUS = "subacute_cutaneous"
    DRUG_RELATED = "drug_related"
    NEONATAL = "neonatal"
    OVERLAP = "overlap"


@final
@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type's title, whether it is systemic, what follows for eligibility, and other words for it in patient files."""

    type: LupusType
    title: str
    systemic: bool
    consequence: str
    also: tuple[str, ...] = ()


@cache
def lupus_types() -> tuple[TypeInfo, ...]:
    """Return all six types in a fixed order."""
    table = instrument_document("lupus_types")
    rows = ((one, table[one.value]) for one in LupusType)
    return tuple(TypeInfo(one, **{**row, "also": tuple(row.get("also", ()))}) for one, row in rows)


def lupus_type(text: str, origin: object = "lupus type", field: str = "") -> TypeInfo:
    """Return the type of that name.

    Raises
    ------
    InputError
        If there is no such type; the message lists the six.
    """
    plain = text.strip().lower().replace(" ", "_").replace("-", "_")
    for info in lupus_types():
        if plain in (info.type.value, *info.also):
            return info
    raise InputError(origin, field, text, f"one of {', '.join(one.value for one in LupusType)}")
