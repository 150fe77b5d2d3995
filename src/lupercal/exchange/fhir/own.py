"""What FHIR has no element for, as extensions of our own: written beside the usual elements, read back as they were."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

PREFIX = "urn:lupercal:"
"""Begins the address of every extension and code system of our own."""


def extension(name: str, kind: str, value: Any) -> dict[str, Any]:
    """Return an extension of our own; ``kind`` is the FHIR type of its value, such as ``String``."""
    return {"url": f"{PREFIX}{name}", f"value{kind}": _SPACE.sub(" ", value) if kind == "String" else value}


_SPACE = re.compile(r"[^\S \r\n\t]")
"""Blanks that FHIR's strings do not know, such as the one that does not break."""


def compound(name: str, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return an extension that holds others."""
    return {"url": f"{PREFIX}{name}", "extension": list(parts)}


def own_extensions(element: Any) -> list[tuple[str, Any]]:
    """Return name and value of each extension of our own; the value of a compound is a list like this one."""
    rows = element.get("extension") if isinstance(element, Mapping) else None
    extensions = []
    for row in rows if isinstance(rows, list) else ():
        url = row.get("url") if isinstance(row, dict) else None
        if isinstance(url, str) and url.startswith(PREFIX):
            inner = own_extensions(row)
            values = [value for key, value in row.items() if key.startswith("value") and not _hidden(value)]
            extensions.append((url.removeprefix(PREFIX), inner or (values[0] if values else None)))
    return extensions


def _hidden(value: Any) -> bool:
    """Return whether a text holds characters that no patient file may hold."""
    return isinstance(value, str) and _CONTROL.search(value) is not None


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def own_extension(element: Any, name: str) -> Any:
    """Return the value of the extension of our own of that name, None where there is none."""
    return dict(own_extensions(element)).get(name)


def address(patient: str, *parts: object) -> str:
    """Return the fullUrl of a resource of a patient: the same for the same patient and part."""
    return uuid5(NAMESPACE_URL, PREFIX + "/".join([patient, *map(str, parts)])).urn


def concept_of(*codings: tuple[str, str, str], text: str = "") -> dict[str, Any]:
    """Return a CodeableConcept of codings (system, code, display)."""
    rows = [{"system": system, "code": code} | ({"display": shown} if shown else {}) for system, code, shown in codings]
    return ({"coding": rows} if rows else {}) | ({"text": text} if text else {})


def refer_to(url: str) -> dict[str, str]:
    """Return a Reference."""
    return {"reference": url}
