"""From a bundle, or one resource, to the resources in it, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from lupercal.errors import InputError
from lupercal.exchange.fhir.ledger import ImportLedger
from lupercal.exchange.fhir.wording import shown_text

READ_BUNDLES = {"collection", "searchset", "transaction", "batch", "document", "message"}
_RESPONSES = {"transaction-response", "batch-response"}
_DEEPEST = 4
"""Bundles within bundles: the answer to a batch of searches is one of searchsets."""


@final
@dataclass(slots=True)
class FhirEntry:
    """One resource: where it stands, its type, its logical id and its fullUrl (both empty where not stated).

    ``reference`` is the resource as others refer to it, ``Type/id``; its type alone where it has no id.
    """

    place: str
    resource: dict[str, Any]
    kind: str
    id: str
    url: str
    reference: str

    @property
    def title(self) -> str:
        """The resource as a person finds it."""
        return shown_text(self.reference)


def entries_of(document: dict[str, Any], ledger: ImportLedger, origin: object) -> list[FhirEntry]:
    """Return the resources of a file; what is no resource is told to the ledger.

    Raises
    ------
    InputError
        If the file is no FHIR resource, or a bundle of a kind that holds no patient's state.
    """
    kind = document.get("resourceType")
    if not isinstance(kind, str):
        raise InputError(origin, "resourceType", shown_text(kind), "a FHIR resource, which names its type")
    if kind != "Bundle":
        return [fhir_entry(document, kind)]
    return list(_bundle(document, "Bundle", ledger, origin, 0))


def fhir_entry(resource: dict[str, Any], place: str, url: str = "") -> FhirEntry:
    """Return a resource with its place."""
    kind, name = resource.get("resourceType"), resource.get("id")
    kind, name = kind if isinstance(kind, str) else "", name if isinstance(name, str) else ""
    return FhirEntry(place, resource, kind, name, url, f"{kind}/{name}" if name else kind)


def _bundle(
    bundle: dict[str, Any], place: str, ledger: ImportLedger, origin: object, depth: int
) -> Iterator[FhirEntry]:
    _check_bundle(bundle, place, ledger, origin)
    rows = bundle.get("entry")
    if rows is not None and not isinstance(rows, list):
        raise InputError(origin, f"{place}.entry", shown_text(rows), "a list of entries")
    deleted = _deleted(rows or ()) if bundle.get("type") in ("transaction", "batch") else set()
    for k, row in enumerate(rows or ()):
        where = f"{place}.entry[{k}]"
        resource = row.get("resource") if isinstance(row, dict) else None
        reason = _no_resource(row, resource)
        if reason or not isinstance(resource, dict):
            ledger.tell("left_out" if isinstance(row, dict) else "refused", where, shown_text(row), reason)
        elif resource["resourceType"] == "Bundle" and depth < _DEEPEST:
            yield from _bundle(resource, f"{where}.resource", ledger, origin, depth + 1)
        else:
            url = row.get("fullUrl")
            made = fhir_entry(resource, f"{where}.resource", url if isinstance(url, str) else "")
            if made.id and made.reference in deleted:
                ledger.tell("left_out", made.place, made.title, "another entry of the bundle asks to delete it")
            else:
                yield made


def _deleted(rows: Sequence[Any]) -> set[str]:
    """Return what a transaction asks to delete, as ``Type/id``."""
    asked = (row.get("request") for row in rows if isinstance(row, dict))
    urls = [one.get("url") for one in asked if isinstance(one, dict) and one.get("method") == "DELETE"]
    return {"/".join(url.partition("?")[0].rsplit("/", 2)[-2:]) for url in urls if isinstance(url, str)}


def _check_bundle(bundle: dict[str, Any], place: str, ledger: ImportLedger, origin: object) -> None:
    kind = bundle.get("type")
    if kind == "history":
        raise InputError(origin, f"{place}.type", kind, "a bundle of a patient's present state, such as collection")
    if kind not in (*READ_BUNDLES, *_RESPONSES):
        ledger.tell(
            "warned", f"{place}.type", shown_text(kind), "no kind of bundle that FHIR R4 knows; its entries were read"
        )
    rows, total = bundle.get("entry"), bundle.get("total")
    if _has_next(bundle.get("link")):
        ledger.tell("warned", f"{place}.link", "next", "the bundle has a next page: what stands there is missing here")
    elif isinstance(total, int) and isinstance(rows, list) and kind == "searchset" and total > len(rows):
        reason = f"the search found {shown_text(total)}, the bundle holds {len(rows)}: the rest is missing here"
        ledger.tell("warned", f"{place}.total", shown_text(total), reason)


def _has_next(links: Any) -> bool:
    return isinstance(links, list) and any(isinstance(one, dict) and one.get("relation") == "next" for one in links)


def _no_resource(row: Any, resource: Any) -> str:
    """Return why an entry holds nothing to read, empty where it holds a resource."""
    if not isinstance(row, dict):
        return "an entry is an object"
    request = row.get("request")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        return "the entry asks to delete something"
    if resource is None:
        return "an entry without a resource"
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return "no resource: it does not name its type"
    return ""


def without_repeats(entries: Sequence[FhirEntry], ledger: ImportLedger) -> list[FhirEntry]:
    """Return the entries with each resource once: of several versions the newest, of two that cannot be told none."""
    if len({entry.reference if entry.id else entry.place for entry in entries}) == len(entries):
        return list(entries)
    groups: dict[str, list[FhirEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.reference if entry.id else entry.place, []).append(entry)
    unrepeated = []
    for group in groups.values():
        best = group if len(group) == 1 else _newest(group, ledger)
        unrepeated += best
    return unrepeated


def _newest(group: list[FhirEntry], ledger: ImportLedger) -> list[FhirEntry]:
    """Return the newest of several versions of one resource, at most one."""
    if all(one.resource == group[0].resource for one in group):
        for one in group[1:]:
            ledger.tell("left_out", one.place, one.title, f"the same as {group[0].place}; counted once")
        return group[:1]
    ranked = sorted(group, key=_version)
    if _version(ranked[-1]) == _version(ranked[-2]):
        for one in group:
            reason = "two versions of one resource that differ, and nothing says which is newer"
            ledger.tell("refused", one.place, one.title, reason)
        return []
    for one in ranked[:-1]:
        ledger.tell("left_out", one.place, one.title, f"an older version of {ranked[-1].place}")
    return ranked[-1:]


def _version(entry: FhirEntry) -> tuple[str, int]:
    meta = entry.resource.get("meta")
    fields = meta if isinstance(meta, dict) else {}
    updated, version = fields.get("lastUpdated"), fields.get("versionId")
    number = int(version) if isinstance(version, str) and version.isascii() and version[:9].isdigit() else 0
    return updated if isinstance(updated, str) else "", number


def contained_in(resource: dict[str, Any], place: str) -> list[FhirEntry]:
    """Return the contained resources with their places."""
    rows = resource.get("contained")
    contained = [
        fhir_entry(row, f"{place}.contained[{k}]")
        for k, row in enumerate(rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    ]
    return [one for one in contained if one.kind]
