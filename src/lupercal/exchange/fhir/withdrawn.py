"""What was entered in error or cancelled takes with it what rests on it: results of a report, members of a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lupercal.exchange.fhir.entries import FhirEntry

_HOLDERS = {"DiagnosticReport": "result", "Observation": "hasMember"}
_RESTS_ON = ("encounter", "context", "derivedFrom", "basedOn", "request", "partOf", "medicationReference")
ERROR = "entered-in-error"


class Withdrawn:
    """The records of a file that were withdrawn, and what they held; true where there is any."""

    def __init__(self, entries: Sequence[FhirEntry]) -> None:
        self.held: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        for entry in entries:
            status = entry.resource.get("status")
            if status not in (ERROR, "cancelled"):
                continue
            for reference in _references(entry.resource, (_HOLDERS.get(entry.kind, ""),)):
                self.held[reference] = entry.title
            if status == ERROR:
                self.errors |= {
                    name: entry.title for name in (entry.reference, entry.url) if "/" in name or ":" in name
                }

    def __bool__(self) -> bool:
        return bool(self.held or self.errors)

    def reason(self, entry: FhirEntry) -> str:
        """Return why a record must not be used for what it belongs to or rests on; empty where it may."""
        holder = self.held.get(entry.reference) or self.held.get(entry.url)
        if holder:
            return f"its {'report' if 'Report' in holder else 'panel'}, {holder}, was withdrawn"
        for reference in _references(entry.resource, _RESTS_ON):
            if reference in self.errors:
                return f"it rests on {self.errors[reference]}, which was entered in error"
        return ""


def _references(resource: dict[str, Any], keys: Sequence[str]) -> Iterator[str]:
    """Yield the references of some elements, without their version."""
    for key in keys:
        raw = resource.get(key)
        for row in raw if isinstance(raw, list) else [raw]:
            text = row.get("reference") if isinstance(row, dict) else None
            if isinstance(text, str):
                yield text.partition("/_history/")[0]
