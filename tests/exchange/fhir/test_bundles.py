"""Files as a whole: JSON, kinds of bundle, whose they are, and what an attacker sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.exchange.fhir.json_text import read_json
from lupercal.exchange.fhir.read import Settings, fhir_patient, read_fhir
from lupercal.exchange.import_report import report_text
from tests.exchange.fhir.build import (
    PREDNISONE,
    SLE,
    TODAY,
    bundle,
    condition,
    imported,
    item,
    observation,
    person,
    statement,
    value,
)

SEEN = observation("777-3", 98, "10*9/L")


def read(document: dict[str, Any]) -> Any:
    return fhir_patient(document, "test.json", Settings(today=TODAY))


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch", "document", "message"])
def test_kinds_of_bundle(kind: str) -> None:
    assert value(read(bundle(person(), SEEN, kind=kind)), "platelets") == 98


def test_a_history_is_no_present_state() -> None:
    with pytest.raises(InputError, match="history"):
        read(bundle(person(), SEEN, kind="history"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "well-formed"),
        ("{", "well-formed"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 100_000, "nested"),
        ("1" * 5000, "digits"),
        ("[]", "a list"),
        ("7", "a single value"),
        ('{"resourceType": "Patient", "id": "p", "id": "q"}', "twice"),
        ('{"resourceType": "Patient", "name": [{"family": "a", "family": "b"}]}', "twice"),
        ("{}", "names its type"),
        ('{"resourceType": ["Patient"]}', "names its type"),
        ('{"resourceType": "StructureDefinition"}', "a patient"),
        ('{"resourceType": "Bundle"}', "a patient"),
        ('{"resourceType": "Bundle", "type": "collection", "entry": {}}', "a list of entries"),
        ('{"resourceType": "Bundle", "type": "collection", "entry": [1, null, {}, {"resource": 7}]}', "a patient"),
        ("<Patient/>", "well-formed"),
        ('{"resourceType": "Patient"} {}', "well-formed"),
        ("\ufeff", "well-formed"),
    ],
)
def test_what_is_no_fhir_is_refused_in_one_sentence(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "in.json", tmp_path / "out.yaml"
    file.write_text(text, encoding="utf-8")
    assert status(["import", "fhir", str(file), "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said
    assert not out.exists()


def test_numbers_that_no_float_holds_are_no_values() -> None:
    parsed, repeated = read_json('{"big": 1e999, "n": 123456789012345678901234567890}', "x")
    assert repeated == []
    assert value(imported(observation("777-3", parsed["big"], "10*9/L")), "platelets") is None
    assert value(imported(observation("777-3", parsed["n"], "10*9/L")), "platelets") is None


@pytest.mark.parametrize(
    "entries",
    [
        (person("p"), person("q"), SEEN),
        (SEEN, SEEN | {"subject": {"reference": "Patient/q"}}),
        (SEEN, SEEN | {"subject": {"reference": "https://other.org/fhir/Patient/q"}}),
    ],
)
def test_two_people_are_an_error_that_names_both(entries: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(InputError, match=r"Patient/p.*Patient/q"):
        read(bundle(*entries))


@pytest.mark.parametrize(
    ("reference", "theirs"),
    [
        ({"reference": "Patient/p"}, True),
        ({"reference": "Patient/p/_history/3"}, True),
        ({"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}, True),
        ({"reference": "https://hospital.org/fhir/Patient/p"}, True),
        ({"identifier": {"system": "urn:mrn", "value": "77"}}, True),
        ({"reference": "Patient?identifier=urn:mrn|77"}, True),
        ({"reference": "Patient/P"}, False),
        ({"reference": "urn:uuid:00000000-0000-4000-8000-000000000009"}, False),
        ({"identifier": {"system": "urn:mrn", "value": "78"}}, False),
        ({"display": "Anna"}, False),
        ({"reference": "#pat"}, False),
        ("Patient/p", False),
    ],
)
def test_every_way_to_refer_to_a_person(reference: Any, theirs: bool) -> None:
    who = person(identifier=[{"system": "urn:mrn", "value": "77"}])
    done = read(bundle(who, SEEN | {"subject": reference}))
    assert (value(done, "platelets") == 98) is theirs


def test_an_absolute_address_of_another_server_is_another_person() -> None:
    whole = bundle(person(), SEEN | {"subject": {"reference": "https://b.org/fhir/Patient/p"}})
    whole["entry"][0]["fullUrl"] = "https://a.org/fhir/Patient/p"
    assert value(read(whole), "platelets") is None


def test_without_a_patient_resource_the_items_say_who_it_is() -> None:
    done = read(bundle(SEEN))
    assert (done.patient.id, done.patient.sex, value(done, "platelets")) == ("p", None, 98)


def test_pages_that_are_missing_are_told() -> None:
    done = read(bundle(person(), SEEN, kind="searchset", total=2, link=[{"relation": "next", "url": "https://x.org"}]))
    assert any("next page" in one.reason for one in done.report.of("warned"))
    done = read(bundle(person(), SEEN, kind="searchset", total=40))
    assert any("missing here" in one.reason for one in done.report.of("warned"))


def test_versions_of_one_resource() -> None:
    old = SEEN | {"id": "a", "meta": {"versionId": "1"}}
    new = observation("777-3", 120, "10*9/L", id="a", meta={"versionId": "2"})
    assert value(imported(old, new), "platelets") == 120
    assert value(imported(new, old), "platelets") == 120
    assert value(imported(old, dict(old)), "platelets") == 98
    unclear = imported(SEEN | {"id": "a"}, observation("777-3", 120, "10*9/L", id="a"))
    assert value(unclear, "platelets") is None
    assert item(unclear).verdict == "refused"


def test_a_request_to_delete_is_no_resource() -> None:
    whole = bundle(person(), SEEN, kind="transaction")
    whole["entry"][1]["request"] = {"method": "DELETE", "url": "Observation/r1"}
    assert value(read(whole), "platelets") is None


def test_bundles_within_bundles_are_read() -> None:
    assert value(read(bundle(person(), bundle(SEEN, kind="searchset"), kind="batch-response")), "platelets") == 98


def test_nothing_is_silent(tmp_path: Path) -> None:
    rows = [
        SEEN,
        {"resourceType": "Nonsense"},
        {"resourceType": "Encounter", "status": "finished"},
        condition(SLE),
        statement(PREDNISONE),
    ]
    done = imported(*rows)
    for k in range(len(rows) + 1):
        assert any(one.place.startswith(f"Bundle.entry[{k}].resource") for one in done.report.items), k


def test_markup_and_names_do_not_come_through() -> None:
    attack = "<script>alert(1)</script>"
    who = person(name=[{"family": "Musterfrau", "text": attack}], gender=attack)
    rows = [
        SEEN | {"id": attack, "status": attack},
        SEEN | {"note": [{"text": attack}], "valueQuantity": {"value": 3, "unit": attack, "code": attack}},
        statement({"text": attack}),
        condition({"text": attack}),
        {"resourceType": attack},
    ]
    done = read(bundle(who, *rows))
    text = report_text(done.report)
    assert "<script" not in text
    assert "Musterfrau" not in text + repr(done.patient)


def test_what_says_nothing_is_refused_with_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, report = tmp_path / "in.json", tmp_path / "report.json"
    file.write_text(json.dumps(SEEN | {"status": "cancelled"}), encoding="utf-8")
    assert status(["import", "fhir", str(file), "-o", str(tmp_path / "p.yaml"), "--report", str(report)]) == 2
    assert "none usable" in capsys.readouterr().err
    assert json.loads(report.read_text(encoding="utf-8"))["counts"]["left_out"] >= 1
    assert not (tmp_path / "p.yaml").exists()


def test_the_command_writes_patient_and_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out, report = tmp_path / "in.json", tmp_path / "p.yaml", tmp_path / "r.csv"
    file.write_text(json.dumps(bundle(person(), SEEN, condition(SLE))), encoding="utf-8")
    arguments = ["import", "fhir", str(file), "-o", str(out), "--report", str(report)]
    assert status(arguments) == 0
    assert "used" in capsys.readouterr().err
    assert status(["assess", str(out)]) == 0
    assert status(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert status([*arguments, "--force", "--day-0", "2025-03-13"]) == 0
    assert "2025-03-13" in out.read_text(encoding="utf-8")
    assert status(["import", "fhir", str(file), "--day-0", "yesterday"]) == 2
    assert status(["import", "fhir", str(file), "-o", str(file)]) == 2


def test_a_file_too_large_for_one_person_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lupercal.exchange.fhir.read.MAX_BYTES", 100)
    file = tmp_path / "in.json"
    file.write_text(json.dumps(bundle(person(), SEEN)), encoding="utf-8")
    with pytest.raises(InputError, match="at most 100 bytes"):
        read_fhir(file)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"id": "bad id"}, "64 letters"),
        ({"nonsense": 1}, "no such element"),
        ({"active": None}, "without content"),
        ({"name": []}, "without content"),
        ({"extension": [{"url": "http://x.org"}]}, "neither read nor checked"),
        ({"meta": {"profile": ["http://x.org"]}}, "neither read nor checked"),
        ({"active": False}, "not in use"),
        ({"deceasedBoolean": True}, "has died"),
        ({"link": [{"type": "replaced-by"}]}, "another record"),
    ],
)
def test_what_breaks_the_rules_is_used_with_a_warning(changed: dict[str, Any], told: str) -> None:
    done = read(bundle(person() | changed, SEEN))
    assert any(told in one.reason for one in done.report.of("warned"))


@pytest.mark.parametrize(
    ("born", "age"),
    [("1992-04-15", 32), ("1992-02", 33), ("1992-03", None), ("1992", None), ("2031-01-01", None), ("15.4.1992", None)],
)
def test_an_age_is_told_where_the_birth_leaves_one(born: str, age: int | None) -> None:
    assert read(bundle(person(birthDate=born), SEEN)).patient.age_years == age
