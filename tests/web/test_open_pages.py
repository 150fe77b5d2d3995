"""Claims and imports through the pages: verdicts as the desk gives them, and nothing kept before it is accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lupercal.claims.desk import claim_files, judged_files
from tests.web.site import Site

BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "h1", "gender": "female", "birthDate": "1990-04-01"}},
        *(
            {
                "resource": {
                    "resourceType": "Observation", "id": f"o{n}", "status": "final",
                    "subject": {"reference": "Patient/h1"},
                    "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": "<img src=x onerror=1>"},
                    "effectiveDateTime": "2026-03-04", "valueQuantity": {"value": value, "unit": unit, "code": unit,
                    "system": "http://unitsofmeasure.org"},
                }
            }
            for n, (code, value, unit) in enumerate([("718-7", 11.2, "g/dL"), ("777-3", 180, "10*3/uL")])
        ),
    ],
}  # fmt: skip


def test_claims_are_read_without_login_with_the_verdicts_of_the_desk(site: Site) -> None:
    visitor = site.visitor()
    page = visitor.get("/claims").text
    for one in judged_files(claim_files()):
        assert f'href="/claims/{one.claim.id}"' in page
    one = next(one for one in judged_files(claim_files()) if one.rows)
    shown = visitor.get(f"/claims/{one.claim.id}").text
    assert one.rule in shown
    assert all(row in shown for row in one.rows)
    assert visitor.get("/claims/Z99").status_code == 404
    only = visitor.get("/claims", params={"clinic": one.page.id}).text
    assert f'href="/claims/{one.claim.id}"' in only
    assert "Show all" in visitor.get("/claims?verdict=made-up").text


def uploaded(site: Site, content: bytes, name: str = "bundle.json") -> Any:
    visitor = site.signed_in("coordinator")
    visitor.get("/import")
    return visitor, visitor.post("/import", files={"file": (name, content, "application/json")})


def test_lines_are_accepted_one_by_one(tmp_path: Path) -> None:
    site = Site(tmp_path)
    registry = site.app.state.workbench.registry
    visitor, page = uploaded(site, json.dumps(BUNDLE).encode())
    assert page.status_code == 200, page.text[:500]
    assert "<img src=x" not in page.text
    assert registry.patients.all() == ()
    lines = re.findall(r'name="line" value="([^"]+)"', page.text)
    assert lines == ["0.value.0.hemoglobin", "0.value.0.platelets"]
    given = {"line": lines[:1], "given_name": "Mary", "family_name": "Test", "local_id": "H-1"}
    taken = visitor.post(page.url.path, given)
    assert "Mary Test" in taken.text
    (head,) = registry.patients.all()
    (visit,) = registry.patients.whole(head.id).visits
    assert set(visit.values) == {"hemoglobin"}
    assert visitor.post(page.url.path, given).status_code == 422
    assert not list((tmp_path / "uploads").iterdir())


def test_a_file_that_is_none_is_refused_in_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for content in (b"", b"{", b"[1]", b'{"resourceType": "Bundle"}', b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 10_000):
        _, page = uploaded(site, content, "../../etc/<b>.json")
        assert page.status_code == 422, content[:20]
        assert "Traceback" not in page.text
        assert str(tmp_path) not in page.text
    assert not list((tmp_path / "uploads").iterdir())
    assert site.app.state.workbench.registry.patients.all() == ()
