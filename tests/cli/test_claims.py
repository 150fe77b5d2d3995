"""``lupercal claims``: what it prints and writes, and sixty files that it refuses in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.api.schemas import schema
from lupercal.claims.desk import checked_file
from lupercal.claims.rules import VERDICTS
from lupercal.cli.main import status

EXAMPLES = sorted((Path(__file__).parents[2] / "src/lupercal/claims/data/examples").glob("*.yaml"))
PAGE: dict[str, Any] = {
    "id": "made_up", "title": "A page", "clinic": "Nobody", "country": "Nowhere", "where": "nowhere",
    "read": "2026-11-20",
}  # fmt: skip
CLAIM: dict[str, Any] = {
    "id": "X1", "place": "top", "words": "All get better", "kind": "effect", "support": "none", "therapy": "msc",
    "parts": [{"topic": "response", "strength": "all"}],
}  # fmt: skip


def good() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps({"page": PAGE, "claims": [CLAIM]}))
    return made


def changed(place: str, value: Any) -> bytes:
    """The good file with one field changed (``...`` takes it out)."""
    data = good()
    *way, last = place.split(".")
    inside: Any = data
    for step in way:
        inside = inside[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is ...:
        del inside[key]
    else:
        inside[key] = value
    return yaml.safe_dump(data).encode()


P = "claims.0.parts.0"
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\n  \n",
    "comment": b"# nothing\n",
    "null": b"null\n",
    "a word": b"claims\n",
    "a number": b"7\n",
    "a list": b"- 1\n- 2\n",
    "binary": bytes(range(256)),
    "nul": b"page: \0\n",
    "not utf-8": b"page: {id: \xff\xfe}\n",
    "utf-16": "page: {}".encode("utf-16"),
    "tab": b"page:\n\tid: x\n",
    "unclosed": b"page: {id: x\n",
    "cut": b"page:\n  id: [",
    "two documents": b"a: 1\n---\nb: 2\n",
    "python tag": b"!!python/object/apply:os.system ['true']\n",
    "twice": b"page: {}\npage: {}\nclaims: []\n",
    "anchors": b"a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\npage: [*c,*c,*c]\n",
    "deep": b"[" * 5000 + b"]" * 5000,
    "self": b"&a {page: *a}\n",
    "json cut": b'{"page": {"id": "x"',
    "no page": changed("page", ...),
    "no claims": changed("claims", ...),
    "no claim": changed("claims", []),
    "claims a map": changed("claims", {"a": 1}),
    "page a list": changed("page", [1]),
    "extra": changed("verdict", "supported"),
    "page extra": changed("page.score", 1),
    "typed verdict": changed("claims.0.verdict", "supported"),
    "typed rule": changed("claims.0.rule", "P99"),
    "page id": changed("page.id", "../../etc"),
    "page id long": changed("page.id", "a" * 500),
    "no title": changed("page.title", ""),
    "read": changed("page.read", "yesterday"),
    "read 30 Feb": changed("page.read", "2026-02-30"),
    "read later": changed("page.read", "2999-01-01"),
    "digest": changed("page.digest", "xyz"),
    "country": changed("page.country", 7),
    "id": changed("claims.0.id", "<script>"),
    "id a number": changed("claims.0.id", 5),
    "no words": changed("claims.0.words", ""),
    "words long": changed("claims.0.words", "x" * 5000),
    "words a list": changed("claims.0.words", ["x"]),
    "quote long": changed("claims.0.quote", "x" * 400),
    "kind": changed("claims.0.kind", "miracle"),
    "support": changed("claims.0.support", "trust me"),
    "therapy": changed("claims.0.therapy", "snake oil"),
    "content": changed("claims.0.content", "true"),
    "asserts": changed("claims.0.asserts", "always"),
    "no parts": changed("claims.0.parts", []),
    "parts a word": changed("claims.0.parts", "response"),
    "many parts": changed("claims.0.parts", [{"topic": "response"}] * 40),
    "against": changed("claims.0.against", ["Z9"]),
    "topic": changed(f"{P}.topic", "happiness"),
    "topic a path": changed(f"{P}.topic", "../x"),
    "strength": changed(f"{P}.strength", "lots"),
    "low a word": changed(f"{P}.low", "ninety"),
    "low nan": changed(f"{P}.low", float("nan")),
    "low inf": changed(f"{P}.high", float("inf")),
    "both": changed(P, {"topic": "response", "strength": "all", "low": 3}),
    "above 100": changed(P, {"topic": "response", "low": 140}),
    "turned": changed(P, {"topic": "response", "low": 90, "high": 10}),
    "within": changed(f"{P}.within", "soon"),
    "within and lasting": changed(P, {"topic": "response", "within": "6 mo", "lasting": True}),
    "no therapy": changed("claims.0.therapy", ...),
    "reply": changed("claims.0.replies", [{"received": "2999-01-01", "words": "x"}]),
    "reply empty": changed("claims.0.replies", [{"received": "2026-11-01", "words": ""}]),
    "twice the id": yaml.safe_dump({"page": PAGE, "claims": [CLAIM, CLAIM]}).encode(),
}


def test_there_are_sixty_of_them() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence_and_status_2(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "claims.yaml", tmp_path / "out.json"
    path.write_bytes(HOSTILE[name])
    assert status(["claims", "check", str(path), "--json", str(out)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1, told.err
    assert told.err.startswith("lupercal: ")
    assert len(told.err) < 4000
    assert not out.exists()


def test_the_good_file_is_good(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_bytes(yaml.safe_dump(good()).encode())
    assert status(["claims", "check", str(path), "--brief"]) == 0


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["claims", "check", str(tmp_path / "none.yaml")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_ten_claims_of_other_pages_are_judged_with_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(EXAMPLES) == 10
    for path in EXAMPLES:
        assert status(["claims", "check", str(path)]) == 0
        told = capsys.readouterr().out
        assert "VERDICT: " in told
        assert "imulation" in told
        assert "name changed" in " ".join(told.split())
    found = {one.claim.id: one.verdict for path in EXAMPLES for one in checked_file(path)}
    assert found["X09"] == "contradicted"
    assert found["X10"] == "no evidence found"
    assert found["X05"] == "supported"


def test_the_list_is_written_as_json_table_and_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = {kind: tmp_path / f"claims.{kind}" for kind in ("json", "csv", "fhir")}
    given = [part for kind, path in paths.items() for part in (f"--{kind}", str(path))]
    assert status(["claims", *given]) == 0
    made = json.loads(paths["json"].read_text(encoding="utf-8"))
    assert {one["verdict"] for one in made["claims"]} == set(VERDICTS)
    assert json.loads(paths["fhir"].read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    assert paths["csv"].read_text(encoding="utf-8").count("\n") >= 89
    assert capsys.readouterr().out.count("Written") == 3


def test_list_and_show_print_verdict_rule_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["claims"]) == 0
    assert "88 claims" in capsys.readouterr().out
    assert status(["claims", "show", "D07"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "VERDICT: contradicted" in told
    assert "rule P50" in told
    assert "wang_2014_multicentre.major_clinical_response+partial_clinical_response@12_mo" in told.replace(" ", "")
    assert status(["claims", "show", "Z99"]) == 2


def test_a_verdict_moves_with_the_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "claims.json"

    def verdicts(*given: str) -> dict[str, str]:
        assert status(["claims", "--json", str(out), *given]) == 0
        return {one["id"]: one["verdict"] for one in json.loads(out.read_text(encoding="utf-8"))["claims"]}

    before = verdicts()
    without = verdicts("--without", "deng_2017_rct")
    assert before["C03"] == "contradicted"
    assert without["C03"] == "no evidence found"
    folder = tmp_path / "studies"
    folder.mkdir()
    row = {"measure": "minimal_treatment_with_reduced_activity", "statistic": "share", "unit": "%", "mark": "seen",
           "source": ["s"], "n": 100, "time": "12 mo"}  # fmt: skip
    study = {
        "id": "harm", "use": "context", "citation": {"text": "Nobody A 2030 Made Up", "mark": "seen"},
        "therapy": {"kind": "msc", "what": "cells"}, "design": {"text": "made up", "randomised": True},
        "arms": {name: {"n": 100, "mark": "seen", "regimen": None, "reason": "made up"} for name in ("msc", "placebo")},
        "sources": {"s": {"what": "made up", "where": "nowhere"}},
        "outcomes": [{**row, "arm": "msc", "value": 10.0}, {**row, "arm": "placebo", "value": 80.0}],
    }  # fmt: skip
    (folder / "harm.yaml").write_text(json.dumps(study), encoding="utf-8")
    assert before["C16"] == "partly supported"
    assert verdicts("--studies", str(folder))["C16"] == "contradicted"
    assert status(["claims", "--without", "nobody_2030"]) == 2
    assert status(["claims", "--studies", str(tmp_path / "nowhere")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_pages_are_written_for_clinic_claim_and_file(tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    for given in (["celltex"], ["D07"], [str(EXAMPLES[0])], ["gencell", "--claim", "D07", "--claim", "D08"]):
        assert status(["claims", "page", *given, "-o", str(out), "--force"]) == 0
        assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for given in (["nobody"], ["Z99"], ["celltex", "--claim", "D07"], [str(tmp_path / "none.yaml")]):
        assert status(["claims", "page", *given, "-o", str(tmp_path / "other.html")]) == 2
    assert not (tmp_path / "other.html").exists()


def test_a_reply_is_recorded_with_its_date(tmp_path: Path) -> None:
    path, out = tmp_path / "claims.yaml", tmp_path / "answered.yaml"
    path.write_bytes(yaml.safe_dump(good()).encode())
    given = ["claims", "reply", str(path), "X1", "--words", "We disagree.", "-o", str(out), "--force"]
    assert status([*given, "--received", "2026-11-21"]) == 0
    reply = checked_file(out)[0].claim.replies[0]
    assert (reply.received.isoformat(), reply.words) == ("2026-11-21", "We disagree.")
    assert status([*given, "--received", "never"]) == 2
    assert (
        status(
            ["claims", "reply", str(path), "Z", "--words", "x", "--received", "2026-11-21", "-o", str(out), "--force"]
        )
        == 2
    )


def test_the_schema_is_published_and_takes_what_the_reader_takes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft202012Validator(schema("claims"))
    assert not list(checker.iter_errors(good()))
    assert list(checker.iter_errors(yaml.safe_load(HOSTILE["kind"])))
