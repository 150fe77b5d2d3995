"""Drug names: one generic name each, glucocorticoids as prednisone equivalent; the table is ``drugs.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from lupercal.errors import InputError
from lupercal.files.checked import closed, read_as
from lupercal.patient.variables import nearest

DrugClass = Literal[
    "glucocorticoid",
    "antimalarial",
    "immunosuppressant",
    "biologic",
    "investigational",
    "conditioning",
    "cell",
    "topical",
    "other",
]
TABLE = Path(__file__).with_name("drugs.yaml")


@cache
def drug_classes() -> Mapping[str, DrugClass]:
    """Return every generic name with its class, in the order of the table."""
    return MappingProxyType({name: row["class"] for name, row in _table()["drugs"].items()})


@cache
def drug_families() -> Mapping[str, str]:
    """Return for drugs without a product of their own the family of products they belong to, where they have one."""
    return MappingProxyType({name: row["family"] for name, row in _table()["drugs"].items() if "family" in row})


@cache
def prednisone_equivalents() -> Mapping[str, float]:
    """Return for each glucocorticoid the factor from its dose to the equal dose of prednisone (same unit).

    Methylprednisolone has 1.25: 4 mg equal 5 mg of prednisone. Source: see ``drugs.yaml``.
    """
    table = _table()["glucocorticoids"]
    return MappingProxyType({name: table["reference"] / equal for name, equal in table["equal"].items()})


@cache
def pulse_limit() -> float:
    """Return the daily dose, mg of prednisone equivalent, from which a glucocorticoid counts as a pulse."""
    table = _table()["glucocorticoids"]
    return float(table["pulse_from"] * prednisone_equivalents()["methylprednisolone"])


def generic_name(text: str, origin: object = "drug", field: str = "") -> str:
    """Return the generic name for a drug as somebody wrote it; glucocorticoids keep their own name here.

    Raises
    ------
    InputError
        If the name is not known; the message lists the nearest ones.
    """
    names = _spellings()
    name = names.get(_plain(text))
    if name is None:
        raise InputError(origin, field, text, f"a drug by its generic name, {nearest(_plain(text), names)}")
    return name


@cache
def _spellings() -> Mapping[str, str]:
    rows = _table()["drugs"]
    steroids = {name: name for name in prednisone_equivalents()}
    generic = {name: name for name in rows}
    return steroids | {_plain(word): name for name, row in rows.items() for word in row.get("also", ())} | generic


def _plain(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")


@cache
def _table() -> _Drugs:
    return read_as(TABLE, _Drugs)


_DrugRow = TypedDict("_DrugRow", {"class": DrugClass, "family": NotRequired[str], "also": NotRequired[list[str]]})
closed(_DrugRow)


@closed
class _Glucocorticoids(TypedDict):
    unit: str
    reference: float
    pulse_from: float
    basis: Literal["published"]
    source: str
    equal: dict[str, float]


@closed
class _Drugs(TypedDict):
    drugs: dict[str, _DrugRow]
    glucocorticoids: _Glucocorticoids
