"""Patient files to fill in, cases to look at, and questions that can be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lupercal.cli.main import app, status
from lupercal.errors import InputError
from lupercal.patient.cases import case_names, case_path
from lupercal.patient.new import new_patient_text
from lupercal.patient.read import patient_from, read_patient
from lupercal.programmes.candidate import Move, ask, read_answer
from lupercal.programmes.registry import programme
from lupercal.rules.questions import Question, questions


def test_the_file_to_fill_in_states_nothing_but_the_id(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    assert status(["new-patient", str(path), "--id", "p-7"]) == 0
    assert read_patient(path) == patient_from({"id": "p-7"}, "test")


def test_its_examples_are_a_patient_file(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# ", "", new_patient_text())
    path = tmp_path / "filled.yaml"
    path.write_text(text, encoding="utf-8")
    patient = read_patient(path)
    assert (patient.sex, patient.lupus_type, len(patient.visits), len(patient.treatments)) == (
        "female",
        "systemic",
        2,
        4,
    )
    assert patient.visits[1].values["arthritis"].value == 1.0
    assert patient.visits[1].values["upcr"].value == pytest.approx(2.12, abs=0.01)


@pytest.mark.parametrize(("name", "ending"), [("new.txt", "yaml"), ("new", "yaml"), ("new.json", "yaml")])
def test_another_ending_is_refused(tmp_path: Path, name: str, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["new-patient", str(tmp_path / name)]) == 2
    assert ending in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("identifier", ["", "../x", "a b", "x" * 90])
def test_an_id_that_is_none_is_refused_in_words(identifier: str) -> None:
    with pytest.raises(InputError) as caught:
        new_patient_text(identifier)
    assert "^" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["new-patient", "out.yaml"],
        ["score", "v.csv", "-i", "pga", "-o", "out.yaml"],
        ["candidate", "--answers", "a.yaml", "-o", "out.yaml"],
        ["eligibility", "v.csv", "-o", "out.yaml"],
    ],
)
def test_nothing_is_replaced_unless_asked(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out.yaml").write_text("mine", encoding="utf-8")
    assert status(arguments) == 2
    assert "out.yaml is there already; --force replaces it" in capsys.readouterr().err
    assert Path("out.yaml").read_text(encoding="utf-8") == "mine"


def test_a_plan_is_not_written_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out.yaml").write_text("mine", encoding="utf-8")
    assert status(["plan", "example-nephritis", "-p", "erlangen", "-o", "out.yaml", "--force"]) == 2
    assert "expected a folder for the plan" in capsys.readouterr().err
    assert Path("out.yaml").read_text(encoding="utf-8") == "mine"


def test_a_case_is_shown_as_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    for name in case_names()[:2]:
        assert status(["cases", name]) == 0
        assert yaml.safe_load(capsys.readouterr().out)["id"] == yaml.safe_load(case_path(name).read_text())["id"]
    assert status(["cases", "nobody"]) == 2


def test_a_question_can_be_taken_back() -> None:
    asked: list[str] = []
    script: Iterator[bool | Move] = iter([True, Move.BACK, False, Move.BACK, Move.BACK, Move.BACK, True, Move.END])

    def reply(question: Question) -> bool | Move | None:
        asked.append(question.name)
        answer: bool | Move = next(script)
        if isinstance(answer, Move):
            return answer
        return answer if question.form == "yes or no" else None

    found = ask([programme("published_car_t_trial")], reply)
    first = asked[0]
    assert asked[2] == first  # asked again after BACK
    assert list(found.given) == [first]


def test_the_end_of_input_keeps_what_was_answered(tmp_path: Path) -> None:
    out = tmp_path / "me.yaml"
    result = CliRunner().invoke(app, ["candidate", "-p", "celltex", "-o", str(out)], input="SLE\n")
    assert result.exit_code == 0, result.output
    assert read_patient(out).lupus_type == "systemic"


@pytest.mark.parametrize(
    "word", ["SLE", "systemic lupus erythematosus", "Systemic", "systemic-lupus-erythematosus", " sle "]
)
def test_sle_is_understood(word: str) -> None:
    assert read_answer(questions()["lupus_type"], word) == "systemic"
    assert patient_from({"id": "a", "lupus_type": word}, "test").lupus_type == "systemic"


@pytest.mark.parametrize(("word", "sex"), [("F", "female"), ("f", "female"), ("M", "male"), ("Female", "female")])
def test_sex_may_be_a_letter(word: str, sex: str) -> None:
    assert patient_from({"id": "a", "sex": word}, "test").sex == sex


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"resourceType": "Bundle", "type": "collection"}', "FHIR data"),
        ('{"id": "x", "resourceType": "Patient"}', "FHIR data"),
        ('{"subject": {}, "phenotypicFeatures": []}', "a phenopacket"),
        ("[1, 2]", "a list"),
        ("3", "a single text or number"),
        ("<Patient/>", "an XML or HTML document"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(tmp_path: Path, content: str, found: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=found):
        read_patient(path)
