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
    told: Counter[str] = Counter()
    for place, found, kind, reason in _faults(document):
        told[kind] += 1
        if told[kind] <= MOST:
            ledger.tell("warned", place, found, reason)
    for kind, count in told.items():
        if count > MOST:
            ledger.tell("warned", "the file", f"{count - MOST} more", f"{kind}: the first {MOST} are named above")
    unread = _unread(document)
    if unread:
        ledger.tell(
            "warned",
            "the file",
            unread,
            "neither read nor checked: no profile or terminology stands behind this import",
        )


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


def _faults(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for place, key, node in _nodes(document, shown_text(document.get("resourceType"))):
        shown = shown_text(place, 200)
        if isinstance(node, dict) and isinstance(node.get("resourceType"), str):
            yield from _resource_faults(node, shown)
        if node in ("", [], {}) or (node is None and not key.startswith("_") and not place.endswith("]")):
            yield shown, shown_text(node) if node is None else "empty", "empty elements", "an element without content"
        elif isinstance(node, str) and key != "div" and _TAG.search(node):
            yield shown, shown_text(node), "markup", "text that looks like markup"
        elif key == "fullUrl" and isinstance(node, str) and ":" not in node:
            yield shown, shown_text(node), "addresses", "a fullUrl is an absolute address"
        elif isinstance(node, str) and key != "div" and _hidden(node):
            yield shown, shown_text(node), "characters", "characters that cannot be printed"


def _hidden(text: str) -> bool:
    return (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)) or "\0" in text


def _resource_faults(node: dict[str, Any], place: str) -> Iterator[tuple[str, str, str, str]]:
    kind, name = node["resourceType"], node.get("id")
    if name is not None and not (isinstance(name, str) and _ID.fullmatch(name)):
        yield f"{place}.id", shown_text(name), "ids", "an id has up to 64 letters, digits, hyphens and dots"
    known = elements().get(kind)
    for key in node if known else ():
        if known and key.lstrip("_") not in known:
            yield (
                f"{place}.{shown_text(key)}",
                shown_text(key),
                "elements",
                f"{shown_text(kind, 40)} has no such element in FHIR R4",
            )
    for key in required_elements().get(kind, ()):
        if key not in node:
            yield f"{place}.{key}", "nothing", "required elements", f"{shown_text(kind, 40)} must have {key}"


def _unread(document: dict[str, Any]) -> str:
    """Return how many codes and extensions nothing here knows, empty where there are none."""
    codes, extensions, profiles = 0, 0, 0
    for _, key, node in _nodes(document, ""):
        if isinstance(node, dict) and key == "coding":
            codes += _unknown(node)
        elif isinstance(node, dict) and key in {"extension", "modifierExtension"}:
            extensions += not str(node.get("url")).startswith("urn:lupercal:")
        elif isinstance(node, str) and key == "profile":
            profiles += 1
    counts = ((codes, "codes in no table here"), (extensions, "extensions"), (profiles, "profiles"))
    parts = [f"{count} {word}" for count, word in counts if count]
    return ", ".join(parts)


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
