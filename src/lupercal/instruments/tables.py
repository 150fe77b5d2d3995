"""The rule tables that belong to this package: read once, strictly, and kept as plain records."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``data/<name>.csv``; every cell is text."""
    text = files("lupercal.instruments").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def instrument_document(name: str) -> Any:
    """Return the content of ``data/<name>.yaml``, checked."""
    return read_as(Path(str(files("lupercal.instruments"))) / "data" / f"{name}.yaml", _DOCUMENTS[name])


@closed
class _BilagSystem(TypedDict):
    a: list[str]
    b: list[str]
    c: list[str]


@closed
class _LupusType(TypedDict):
    title: str
    also: NotRequired[list[str]]
    systemic: bool
    consequence: str


_Bound = tuple[Literal["<", "<=", ">", ">="], float]


@closed
class _RenalResponse(TypedDict):
    title: str
    upcr: NotRequired[_Bound]
    fall: NotRequired[_Bound]
    egfr: NotRequired[float]
    loss: NotRequired[float]
    loss_below: NotRequired[float]
    creatinine: NotRequired[float]
    failure: NotRequired[bool]
    reference: NotRequired[Literal["preflare", "baseline"]]
    prednisone: NotRequired[_Bound]
    steroid_days: NotRequired[bool]
    sediment: NotRequired[bool]
    nephrotic_below: NotRequired[float]  # g/g, with the next
    nephrotic_suffices: NotRequired[bool]
    source: str
    standing: Literal["published", "unconfirmed"]


@closed
class _NotAvailable(TypedDict):
    title: str
    version: str
    kind: Literal["score", "state", "grade", "measure"]
    source: str
    reason: str


@closed
class DltCriterion(TypedDict):
    """One way to a dose-limiting toxicity: every ``[column, comparator, number]`` must hold."""

    id: str
    text: str
    when: list[tuple[str, Literal["==", "<", "<=", ">", ">="], float]]


@closed
class DltProtocol(TypedDict):
    """A definition of dose-limiting toxicity: its window in days after infusion, and its criteria."""

    title: str
    window_days: float
    criteria: list[DltCriterion]
    source: str


_SteroidEndpoint = TypedDict(
    "_SteroidEndpoint",
    {
        "title": str,
        "version": str,
        "from": float,
        "comparator": Literal[">", ">="],
        "to": float,
        "reduction": NotRequired[float],
        "source": str,
        "definition": str,
    },
)
closed(_SteroidEndpoint)
_Contradiction = TypedDict(
    "_Contradiction",
    {
        "id": str,
        "when": list[tuple[str, Literal["==", "<", "<=", ">", ">="], float | str]],
        "except": NotRequired[list[str]],
    },
)
closed(_Contradiction)
_DOCUMENTS: dict[str, Any] = {
    "bilag_2004": dict[str, str | _BilagSystem],
    "contradictions": list[_Contradiction],
    "dose_limiting_toxicities": dict[str, DltProtocol],
    "lupus_types": dict[str, _LupusType],
    "not_available": dict[str, _NotAvailable],
    "unconfirmed": dict[str, str],
    "renal_responses": dict[str, _RenalResponse],
    "steroid_endpoints": dict[str, _SteroidEndpoint],
}
