"""The data dictionary: name, unit, plausible range and codes of every clinical variable, from ``variables.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lupercal.evidence.units import convertible, parse
from lupercal.files.checked import read_as, validated

Kind = Literal["quantity", "flag", "score"]
Group = Literal["sledai", "instrument", "laboratory", "clinical", "drug", "score", "outcome"]
DICTIONARY = Path(__file__).with_name("variables.yaml")
_UNITS = {"flag": "1", "score": "{score}"}


class Variable(BaseModel):
    """One clinical variable.

    ``unit`` is UCUM, ``low`` and ``high`` bound what is plausible in it. ``limit_low`` and ``limit_high`` name the
    variable that holds the laboratory's own limit. ``loinc`` lists codes seen in a copy of the LOINC table,
    ``loinc_memory`` codes not yet checked; ``substance`` names the molecule where molar units are accepted. Above
    ``bare_high`` a number is plausible only with its unit written out: without one it is more likely in another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    group: Group
    kind: Kind
    unit: str
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    loinc: tuple[str, ...] = ()
    loinc_memory: tuple[str, ...] = ()
    limit_low: str | None = None
    limit_high: str | None = None
    substance: str | None = None
    bare_high: float | None = Field(default=None, allow_inf_nan=False)
    description: str = ""

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, given: dict[str, object]) -> dict[str, object]:
        kind = str(given.get("kind"))
        filled = {"unit": _UNITS.get(kind), **({"low": 0, "high": 1} if kind == "flag" else {}), **given}
        return {key: value for key, value in filled.items() if value is not None}

    @field_validator("loinc", "loinc_memory", mode="before")
    @classmethod
    def _tuple(cls, codes: object) -> object:
        return tuple(codes) if isinstance(codes, list) else codes

    @field_validator("unit")
    @classmethod
    def _readable(cls, unit: str) -> str:
        return parse(unit).text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError("low must lie below high")
        return self


def accepts(variable: Variable, unit: str) -> bool:
    """Return whether a value in this unit may be read as the variable; units of one assay never stand for another's."""
    return _accepts(variable.unit, variable.substance, unit)


@lru_cache(maxsize=4096)
def _accepts(wanted: str, substance: str | None, unit: str) -> bool:
    of_one_assay = wanted == "U/mL" and _INTERNATIONAL.search(unit) is not None
    return not of_one_assay and convertible(unit, wanted, substance)


_INTERNATIONAL = re.compile(r"I[UE]|UI|iU")


class _Dictionary(BaseModel):
    variables: dict[str, Variable]

    @model_validator(mode="after")
    def _limits_exist(self) -> Self:
        for variable in self.variables.values():
            for limit in (variable.limit_low, variable.limit_high):
                if limit and self.variables.get(limit, variable).unit != variable.unit:
                    raise ValueError(f"{variable.name}: its limit {limit} has another unit")
                if limit and limit not in self.variables:
                    raise ValueError(f"{variable.name}: its limit {limit} is not in the dictionary")
        return self


@cache
def variables() -> Mapping[str, Variable]:
    """Return all variables by name, in the order of the file.

    Raises
    ------
    InputError
        If the dictionary itself is not valid.
    """
    rows = read_as(DICTIONARY, dict[str, dict[str, Any]])
    named = {name: {"name": name, **row} for name, row in rows.items()}
    checked = validated({"variables": named}, _Dictionary, DICTIONARY)
    return MappingProxyType(checked.variables)


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...] | frozenset[str]) -> str:
    """Return a phrase naming the known words most like ``name``, or pointing at the whole list."""
    word = name.lower()
    close = get_close_matches(word, list(known), n=3, cutoff=0.6) or [one for one in known if word and word in one][:3]
    return f"perhaps {' or '.join(close)}" if close else f"one of {len(known)} known names"
