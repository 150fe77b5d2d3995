"""What is wrong or unread in a file though it can be used: told as warnings, as no validator stands before the reader.

This is no validation against profiles, value sets or terminologies.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from lupercal.exchange.fhir.code_tables import (
    FOLDER,
    condition_table,
    medication_table,
    observation_codes,
    system_name,
    system_table,
)
from lupercal.exchange.fhir.ledger import ImportLedger
from lupercal.exchange.fhir.wording import shown_text
from lupercal.files.checked import read_as

MOST = 25
"""Warnings of one kind that are told one by one; the rest is counted."""
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_TAG = re.compile(r"<[A-Za-z/!?]")
_ANSWERED = ("http://terminology.hl7.org/", "http://hl7.org/fhir/", "http://unitsofmeasure.org", "urn:lupercal:")


def look_over(document: dict[str, Any], ledger: ImportLedger) -> None:
    """Tell what breaks the rules of FHIR in a file, and how much of it is neither read nor checked."""
    counts: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for place, shown, kind, reason in _faults(document, unread):
        counts[kind] += 1
        if counts[kind] <= MOST:
            ledger.tell("warned", place, shown, reason)
    for kind, count in counts.items():
        if count > MOST:
            ledger.tell("warned", "the file", f"{count - MOST} more", f"{kind}: the first {MOST} are named above")
    counted = ", ".join(f"{count} {what}" for what, count in unread.items() if count)
    if counted:
        reason = "neither read nor checked: no profile or terminology stands behind this import"
        ledger.tell("warned", "the file", counted, reason)


def _nodes(value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Yield place, key and value of everything in a document, without recursion."""
    stack = [(place, "", value)]
    while stack:
        where, key, node = stack.pop()
        yield where, key, node
        if isinstance(node, dict):
            stack += [(f"{where}.{name}", name, one) for name, one in node.items()]
        elif isinstance(node, list):
            stack += [(f"{where}[{k}]", key, one) for k, one in enumerate(node)]


def _faults(document: dict[str, Any], unread: Counter[str]) -> Iterator[tuple[str, str, str, str]]:
    for place, key, node in _nodes(document, shown_text(document.get("resourceType"))):
        if isinstance(node, dict):
            yield from _object_faults(place, key, node, unread)
        elif isinstance(node, str):
            yield from _text_faults(place, key, node, unread)
        elif node == [] or (node is None and not key.startswith("_") and not place.endswith("]")):
            yield shown_text(place, 200), "nothing", "empty elements", "an element without content"


def _object_faults(
    place: str, key: str, node: dict[str, Any], unread: Counter[str]
) -> Iterator[tuple[str, str, str, str]]:
    if not node:
        yield shown_text(place, 200), "nothing", "empty elements", "an element without content"
    if isinstance(node.get("resourceType"), str):
        yield from _resource_faults(node, shown_text(place, 200))
    if key == "coding":
        unread["codes in no table here"] += _unknown(node)
    elif key in {"extension", "modifierExtension"}:
        unread["extensions"] += not str(node.get("url")).startswith("urn:lupercal:")


def _text_faults(place: str, key: str, text: str, unread: Counter[str]) -> Iterator[tuple[str, str, str, str]]:
    if not text:
        yield shown_text(place, 200), "nothing", "empty elements", "an element without content"
    elif key == "profile":
        unread["profiles"] += 1
    elif key == "fullUrl" and ":" not in text:
        yield shown_text(place, 200), shown_text(text), "addresses", "a fullUrl is an absolute address"
    elif key != "div" and "<" in text and _TAG.search(text):
        yield shown_text(place, 200), shown_text(text), "markup", "text that looks like markup"
    elif key != "div" and _hidden(text):
        yield shown_text(place, 200), shown_text(text), "characters", "characters that cannot be printed"


def _hidden(text: str) -> bool:
    return (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)) or "\0" in text


def _resource_faults(node: dict[str, Any], place: str) -> Iterator[tuple[str, str, str, str]]:
    kind, name = node["resourceType"], node.get("id")
    if name is not None and not (isinstance(name, str) and _ID.fullmatch(name)):
        yield f"{place}.id", shown_text(name), "ids", "an id has up to 64 letters, digits, hyphens and dots"
    allowed = elements().get(kind)
    for key in node if allowed else ():
        if allowed and key.lstrip("_") not in allowed:
            yield (
                f"{place}.{shown_text(key)}",
                shown_text(key),
                "elements",
                f"{shown_text(kind, 40)} has no such element in FHIR R4",
            )
    for key in required_elements().get(kind, ()):
        if key not in node:
            yield f"{place}.{key}", "nothing", "required elements", f"{shown_text(kind, 40)} must have {key}"


def _unknown(coding: dict[str, Any]) -> bool:
    system, code = coding.get("system"), coding.get("code")
    if isinstance(system, str) and system.startswith(_ANSWERED) and "/sid/" not in system:
        return False
    name = system_name(system)[0] if isinstance(system, str) else ""
    return not isinstance(code, str) or code not in _codes().get(name, frozenset())


@cache
def _codes() -> dict[str, frozenset[str]]:
    conditions, drugs = condition_table(), medication_table()
    procedures = system_table()["procedures"]["snomed"]
    answers = ["10828004", "260385009", "260373001", "260415000", "52101004", "2667000"]
    return {
        "loinc": frozenset(observation_codes()),
        "snomed": frozenset([*conditions["snomed"], *procedures, *answers]),
        "icd10": frozenset(conditions["icd10"]),
        "icd9": frozenset(conditions["icd9"]),
        "icd11": frozenset(conditions["icd11"]),
        "rxnorm": frozenset(drugs["rxnorm"]),
        "atc": frozenset(drugs["atc"]),
    }


@cache
def elements() -> dict[str, frozenset[str]]:
    """Return the elements of each resource that is read."""
    table = read_as(FOLDER / "elements.yaml", dict[str, Any])
    common = frozenset(table["any"])
    return {kind: common | frozenset(names) for kind, names in table.items() if kind not in {"any", "required"}}


@cache
def required_elements() -> dict[str, tuple[str, ...]]:
    """Return the elements that each resource must have."""
    table = read_as(FOLDER / "elements.yaml", dict[str, Any])
    return {kind: tuple(names) for kind, names in table["required"].items()}
