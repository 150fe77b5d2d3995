"""What a product is: frozen records, validated where the files are read.

The records are the schema: an unknown key, a missing one or a value of another type is refused with the file's name.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal, final

from pydantic import AfterValidator, AllowInfNan, ConfigDict, Field, Strict

from lupercal.therapy.sources import therapy_sources
from lupercal.therapy.units import UNITS

Family = Literal[
    "glucocorticoid",
    "antimalarial",
    "antiproliferative",
    "alkylating_agent",
    "calcineurin_inhibitor",
    "anti_cd20",
    "anti_baff",
    "anti_ifnar",
    "anti_il6",
    "anti_cd40l",
    "anti_baff_receptor",
    "cd19_inhibitor",
    "interferon_signal",
    "t_cell_engager",
    "trafficking",
    "btk_inhibitor",
    "immunoglobulin",
    "apheresis",
    "car_t",
    "car_transient",
    "conditioning",
    "graft",
    "msc",
    "exosome",
]
Finding = Literal["benefit", "mixed", "no benefit", "harm", "no controlled data", "no human data"]
Level = Literal["approved", "randomised trial", "uncontrolled series", "case series", "preclinical only"]
Origin = Literal["", "donor", "autologous"]
Mark = Literal["seen", "memory"]
STRICT = ConfigDict(extra="forbid")


def _cited(key: str) -> str:
    if key not in therapy_sources():
        raise ValueError(f"no source '{key}' in therapy/sources.yaml or in the table of evidence")
    return key


def _known_unit(text: str) -> str:
    if text not in UNITS:
        raise ValueError(f"one of {', '.join(UNITS)}")
    return text


Number = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0)]
Day = Annotated[int, Strict()]
Words = Annotated[str, Strict(), Field(min_length=3)]
Ref = Annotated[str, AfterValidator(_cited)]
Unit = Annotated[str, AfterValidator(_known_unit)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDose:
    """A dose somebody reported, from ``low`` to ``high`` in ``unit``.

    ``mark`` says whether the figure was read in the source (``seen``) or is remembered and still to be checked.
    """

    __pydantic_config__ = STRICT
    low: Number
    high: Number
    unit: Unit
    use: Words
    source: Ref
    mark: Mark


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of ATC or RxNorm; ``mark`` as for doses."""

    __pydantic_config__ = STRICT
    system: Literal["ATC", "ATC (old)", "RxNorm"]
    code: Annotated[str, Field(pattern=r"^([A-Z]\d\d[A-Z]{2}\d\d|\d+)$")]
    mark: Mark


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How well the effect in SLE is known.

    ``level`` is the strongest kind of study there is, ``finding`` what such studies found, ``text`` says it in words.
    ``checked`` is the day on which what regulators say was last looked up; an approval or a word of the FDA needs one.
    """

    __pydantic_config__ = STRICT
    level: Level
    finding: Finding
    text: Words
    sources: tuple[Ref, ...]
    checked: dt.date | None = None

    def __post_init__(self) -> None:
        if (self.level == "approved" or "FDA" in self.text) and self.checked is None:
            raise ValueError("the day on which the regulator's statement was looked up, as checked: YYYY-MM-DD")

    @property
    def summary(self) -> str:
        """Level and finding in a few words."""
        return f"{self.level}, {self.finding}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A drug inside a course: ``days`` count from the first day of the course."""

    __pydantic_config__ = STRICT
    product: Id
    amount: Number
    unit: Unit
    days: tuple[Day, ...]
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing that can be given.

    ``unit`` is the unit doses are usually written in; ``current_unit`` that of a dose the patient already takes (empty:
    not a drug taken every day). ``withheld`` is empty, or the reason why no efficacy can be forecast.
    """

    __pydantic_config__ = STRICT
    id: Id
    name: Words
    family: Family
    unit: Unit
    route: Words
    evidence: Evidence
    efficacy_forecast: bool
    aliases: tuple[str, ...] = ()
    current_unit: Unit | Literal[""] = ""
    withheld: str = ""
    published_doses: tuple[PublishedDose, ...] = ()
    no_published_dose: str = ""
    codes: tuple[Code, ...] = ()
    origins: tuple[Origin, ...] = ()
    components: tuple[Component, ...] = ()
    note: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of all sources, each once."""
        return tuple(dict.fromkeys([*(d.source for d in self.published_doses), *self.evidence.sources]))

    def sources_in(self, unit: str) -> tuple[str, ...]:
        """Return the keys of the sources of the evidence and of doses published in one unit."""
        doses = (dose.source for dose in self.published_doses if dose.unit == unit)
        return tuple(dict.fromkeys([*doses, *self.evidence.sources]))
