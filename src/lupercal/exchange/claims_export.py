"""JudgedClaim claims for other tools: plain records, a table, and JSON in the shape of EBMonFHIR (FHIR R5 Evidence).

EBMonFHIR (HL7, 1.0.0-ballot) describes evidence with its statistics, certainty and risk of bias; a claim becomes an
``ArtifactAssessment`` that relates to the ``Evidence`` resources of the rows it was judged by.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from lupercal.claims.exhibit import Exhibit
from lupercal.claims.verdict import JudgedClaim

COLUMNS = (
    "id", "clinic", "read", "claim", "kind", "therapy", "number", "support", "verdict", "rule", "why", "rows", "dated",
)  # fmt: skip
_RATING = "http://terminology.hl7.org/CodeSystem/certainty-rating"
_TYPE = "http://terminology.hl7.org/CodeSystem/certainty-type"
_STATISTIC = "http://terminology.hl7.org/CodeSystem/statistic-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/variable-role"


def claims_document(judged: Sequence[JudgedClaim]) -> dict[str, Any]:
    """Return judged claims as a document: a list ``claims``, each with id, verdict, deciding rule and rows."""
    return {"dated": judged[0].dated if judged else None, "claims": [claim_record(one) for one in judged]}


def claim_record(one: JudgedClaim) -> dict[str, Any]:
    """Return one judged claim as plain values."""
    return {
        "id": one.claim.id, "clinic": one.page.clinic, "page": one.page.id, "read": one.page.read.isoformat(),
        "claim": one.claim.words, "kind": one.claim.kind, "therapy": one.claim.therapy, "number": one.claim.number,
        "support": one.claim.support, "verdict": one.verdict, "rule": one.rule, "why": one.why,
        "rows": list(one.rows),
        "parts": [
            {
                "topic": part.part.topic, "verdict": part.verdict, "rule": part.rule, "why": part.why,
                "rows": [_row(row) for row in part.used],
            }
            for part in one.parts
        ],
        "replies": [{"received": reply.received.isoformat(), "words": reply.words} for reply in one.claim.replies],
        "dated": one.dated,
    }  # fmt: skip


def _row(row: Exhibit) -> dict[str, Any]:
    return {
        "ref": row.ref, "tier": row.tier, "stance": row.stance, "text": row.text, "certainty": row.certainty,
        "risk_of_bias": row.bias, "cluster": row.cluster, "n": row.n, "events": row.events,
        "value": row.value, "interval": list(row.interval) if row.interval else None,
    }  # fmt: skip


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def claims_csv(judged: Sequence[JudgedClaim]) -> str:
    """Return judged claims as a table of one line each; text that a spreadsheet would run as a formula is quoted."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in judged:
        record = claim_record(one) | {"rows": "; ".join(one.rows)}
        table.writerow([_cell(record[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def claims_bundle(judged: Sequence[JudgedClaim]) -> dict[str, Any]:
    """Return judged claims as a FHIR Bundle of Evidence and ArtifactAssessment resources."""
    rows = {row.ref: row for one in judged for part in one.parts for row in part.used}
    ids = {ref: f"evidence-{place}" for place, ref in enumerate(rows, start=1)}
    resources = [*(_evidence(ids[ref], row) for ref, row in rows.items()), *(_assessment(one, ids) for one in judged)]
    return {
        "resourceType": "Bundle", "type": "collection",
        "entry": [{"fullUrl": f"urn:lupercal:{one['id']}", "resource": one} for one in resources],
    }  # fmt: skip


def bundle_text(judged: Sequence[JudgedClaim]) -> str:
    """Return `claims_bundle` as indented JSON text."""
    return json.dumps(claims_bundle(judged), indent=1, ensure_ascii=False) + "\n"


def _coded(system: str, code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], "text": text}


def _evidence(name: str, row: Exhibit) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Evidence", "id": name, "status": "active", "title": row.name or row.ref,
        "identifier": [{"value": row.ref}], "description": row.text,
        "note": [{"text": f"risk of bias: {row.bias}; people: {row.cluster}; tier: {row.tier}"}],
        "variableDefinition": [
            {"description": row.measure or row.ref, "variableRole": _coded(_ROLE, "measuredVariable", "outcome")}
        ],
    }  # fmt: skip
    if row.value is not None:
        resource["statistic"] = [_statistic(row)]
    if row.certainty not in {"not graded", ""}:
        resource["certainty"] = [
            {
                "type": _coded(_TYPE, "Overall", "GRADE"),
                "rating": _coded(_RATING, row.certainty.replace(" ", "-"), row.certainty),
            }
        ]
    return resource


def _statistic(row: Exhibit) -> dict[str, Any]:
    made: dict[str, Any] = {
        "statisticType": _coded(_STATISTIC, "C44256", "Ratio"), "quantity": {"value": row.value, "unit": "%"},
    }  # fmt: skip
    if row.n is not None:
        made["sampleSize"] = {"numberOfParticipants": row.n, "knownDataCount": row.n}
    if row.events is not None:
        made["numberOfEvents"] = row.events
    if row.interval is not None:
        low, high = row.interval
        made["attributeEstimate"] = [
            {
                "description": "exact 95 % interval",
                "level": 0.95,
                "range": {"low": {"value": low}, "high": {"value": high}},
            }
        ]
    return made


def _assessment(one: JudgedClaim, ids: dict[str, str]) -> dict[str, Any]:
    return {
        "resourceType": "ArtifactAssessment", "id": f"claim-{one.claim.id}", "title": one.claim.words,
        "date": one.dated, "artifactUri": f"urn:lupercal:page:{one.page.id}",
        "content": [
            {
                "informationType": "rating", "summary": one.why, "type": {"text": f"verdict by rule {one.rule}"},
                "classifier": [{"text": one.verdict}], "relatedArtifact": list(_related(one, ids)),
            }
        ],
    }  # fmt: skip


def _related(one: JudgedClaim, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    for ref in one.rows:
        yield {"type": "supported-with", "label": ref, "resourceReference": {"reference": f"Evidence/{ids[ref]}"}}
