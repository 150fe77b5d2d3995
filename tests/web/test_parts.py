"""The bill of materials names every part that the workbench stands on, and says when it is out of date."""

from __future__ import annotations

import datetime as dt
import json
import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest
import yaml

from lupercal.web import parts
from lupercal.web.pages import keeping
from lupercal.web.parts import VENDORED, bill_of_materials
from tests.web.site import Site


def required() -> set[str]:
    """Return what the installed package says that it needs for the workbench, on every system."""
    lines = (line.partition(";") for line in requires("lupercal") or ())
    wanted = (name for name, _, when in lines if not when or re.search(r"extra == .(web|registry|oidc)\b", when))
    return {re.split(r"[\s>=<\[~!(]", name)[0].lower() for name in wanted} - {"lupercal"}


def test_every_library_that_is_needed_stands_in_it_as_it_is_installed() -> None:
    bill = bill_of_materials()
    libraries = {one["name"]: one for one in bill["components"] if one["type"] == "library"}
    assert required() <= set(libraries)
    assert {"starlette", "anyio", "argon2-cffi-bindings", "markupsafe"} <= set(libraries)  # what these need in turn
    for name, one in libraries.items():
        assert one["version"] == version(name)
        assert one["purl"] == f"pkg:pypi/{name}@{one['version']}"
        assert one["licenses"]
    assert "pytest" not in libraries


def test_every_vendored_file_stands_in_it_with_its_digest() -> None:
    files = {one["name"]: one for one in bill_of_materials()["components"] if one["type"] == "file"}
    rows = yaml.safe_load(VENDORED.read_text(encoding="utf-8"))
    assert set(files) == set(rows)
    for name, row in rows.items():
        assert files[name]["hashes"] == [{"alg": "SHA-256", "content": row["sha256"]}]


def test_what_needs_what_is_told_of_parts_that_are_there() -> None:
    bill = bill_of_materials()
    known = {one["bom-ref"] for one in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(known) == len(bill["components"]) + 1
    for row in bill["dependencies"]:
        assert {row["ref"], *row["dependsOn"]} <= known


def test_it_is_cyclonedx() -> None:
    validation = pytest.importorskip("cyclonedx.validation.json", reason="needs cyclonedx-python-lib")
    schema = pytest.importorskip("cyclonedx.schema")
    checker = validation.JsonStrictValidator(schema.SchemaVersion.V1_5)
    assert checker.validate_str(json.dumps(bill_of_materials())) is None
    assert checker.validate_str(json.dumps(bill_of_materials() | {"components": [{}]})) is not None


def test_only_the_administrator_fetches_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    answer = site.signed_in("admin").get("/keeping/parts.json")
    assert answer.json()["bomFormat"] == "CycloneDX"
    assert "attachment" in answer.headers["content-disposition"]
    assert site.signed_in("clinician").get("/keeping/parts.json").status_code == 403


def test_parts_that_were_not_brought_up_to_date_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = Site(tmp_path).signed_in("admin")
    assert parts.last_update() > dt.date(2024, 1, 1)
    for days, told in ((89, False), (91, True)):
        then = dt.date.today() - dt.timedelta(days=days)
        monkeypatch.setattr(keeping, "last_update", lambda then=then: then)
        assert ("more than 90 days ago" in admin.get("/keeping").text) == told


def test_the_dates_by_which_weak_parts_are_replaced_are_written_down() -> None:
    page = Path("docs/reference/workbench-security.md").read_text(encoding="utf-8")
    table = page.partition("## Parts and their time")[2].partition("## ")[0]
    days = [int(text) for text in re.findall(r"\| (\d+) days \|", table)]
    assert len(days) == 3
    assert days == sorted(days)
    assert f"every {parts.LONGEST_DAYS} days at the latest" in table
    assert ".ci/parts" in table
    assert ".ci/parts" in Path(".ci/run").read_text(encoding="utf-8")
