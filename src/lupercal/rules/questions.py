"""The question behind each variable of the rules, in plain words, from ``data/questions.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, final, get_args

from pydantic import ConfigDict, Field

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.patient.schema import LupusType, Organ
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.rules.syntax import ORGANS, TYPE

TABLE = Path(__file__).with_name("data") / "questions.yaml"
Form = Literal["yes or no", "number", "one of", "some of"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    __pydantic_config__ = ConfigDict(extra="forbid")
    who: Literal["candidate", "clinic"]
    question: Annotated[str, Field(min_length=10, max_length=300)]
    why: Annotated[str, Field(min_length=10, max_length=200)]


@final
@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one variable: the words, who usually knows, form of the answer, unit or choices, and why."""

    name: str
    text: str
    who: Literal["candidate", "clinic"]
    form: Form
    unit: str = ""
    choices: tuple[str, ...] = ()
    why: str = ""

    @property
    def hint(self) -> str:
        """How to answer."""
        if self.form == "number":
            unit = unit_in_words(self.unit)
            return f"a number in {unit}" if unit else "a number"
        listed = ", ".join(choice.replace("_", " ") for choice in self.choices)
        return {"yes or no": "yes or no", "one of": listed, "some of": f"any of {listed}; separate them by commas"}[
            self.form
        ]


@cache
def questions() -> Mapping[str, Question]:
    """Return all questions by the variable they are about, in the order of asking.

    Raises
    ------
    InputError
        If the table is not valid or asks for something that is no variable.
    """
    rows = read_as(TABLE, dict[str, _Row])
    return MappingProxyType({name: _question(name, row) for name, row in rows.items()})


@cache
def ranks() -> Mapping[str, int]:
    """Return the place of each variable in the order of asking."""
    return MappingProxyType({name: place for place, name in enumerate(questions())})


def _question(name: str, row: _Row) -> Question:
    if name == TYPE:
        return Question(name, row.question, row.who, "one of", choices=get_args(LupusType), why=row.why)
    if name == ORGANS:
        return Question(name, row.question, row.who, "some of", choices=get_args(Organ), why=row.why)
    variable = variables().get(name)
    if variable is None:
        raise InputError(TABLE, name, name, "a variable of the data dictionary")
    if variable.kind == "flag":
        return Question(name, row.question, row.who, "yes or no", why=row.why)
    unit = "" if variable.unit in {"1", "{score}"} else variable.unit
    return Question(name, row.question, row.who, "number", unit, why=row.why)
