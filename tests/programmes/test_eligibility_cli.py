"""The commands: what they print, what they write, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from lupercal import RESEARCH_USE_ONLY
from lupercal.cli.candidate import command as candidate
from lupercal.cli.eligibility import command as eligibility
from lupercal.errors import InputError, LupercalError
from lupercal.patient.read import read_patient
from lupercal.programmes.candidate import Answer, ask, read_answer
from lupercal.programmes.registry import programme as find
from lupercal.rules.questions import Question

APP = typer.Typer()
APP.command("eligibility")(eligibility)
APP.command("candidate")(candidate)
ADVICE = ("should be treated", "recommend", "we advise", "you should", "is indicated", "suitable for you")


def run(*arguments: str, typed: str | None = None) -> Result:
    result = CliRunner().invoke(APP, list(arguments), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def asked(programme: str, answers: dict[str, str]) -> list[str]:
    """Return what a candidate with these answers is asked, in order."""
    seen: list[str] = []

    def reply(question: Question) -> Answer:
        seen.append(question.name)
        return read_answer(question, answers.get(question.name))

    ask([find(programme)], reply)
    return seen


def test_all_programmes_at_once() -> None:
    text = run("eligibility", "erlangen-first-car-t").stdout
    assert RESEARCH_USE_ONLY in text
    assert "erlangen.car_t" in text
    assert "celltex.adipose" in text
    assert not [word for word in ADVICE if word in text.lower()]


def test_one_programme_in_full() -> None:
    text = run("eligibility", "krickau-15f", "--programme", "published_car_t_trial").stdout
    assert text.startswith("Safety first")
    assert "STOP: eGFR below 30, or dialysis" in " ".join(text.split())
    record = json.loads(run("eligibility", "krickau-15f", "-p", "published_car_t_trial", "--json").stdout)
    assert record["results"][0]["meaning"].startswith("does not meet 2 of the 23 criteria this page states; the page")
    assert "On dialysis: yes, day 0" in " ".join(text.split())


def test_json_holds_every_criterion_with_its_source() -> None:
    record = json.loads(run("eligibility", "ozek-case-1", "-p", "ozek.msc", "--json").stdout)
    (result,) = record["results"]
    assert record["notice"] == RESEARCH_USE_ONLY
    assert result["status"] == "cannot tell yet"
    assert [test["name"] for test in result["next_tests"]] == [
        "organ_function_sufficient",
        "infection_active",
        "sledai_2k",
    ]
    assert all(one["source"] and one["rule"] and one["reason"] for one in result["criteria"])


def test_the_day_of_decision_can_be_chosen() -> None:
    later = json.loads(run("eligibility", "erlangen-first-car-t", "-p", "erlangen", "--day", "44", "--json").stdout)
    assert later["results"][0]["status"] == "criteria not met"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("eligibility", "nobody"), "nobody"),
        (("eligibility", "ozek-case-1", "-p", "ozek"), "ozek.msc"),
        (("eligibility", "ozek-case-1", "-p", "shebba"), "sheba.car_t"),
        (("eligibility", "ozek-case-1", "-o", "x.csv"), "--json"),
        (("eligibility", "none.csv"), "no such file"),
        (("eligibility", "none.csv", "--json"), "single patient"),
        (("candidate", "--answers", "none.yaml"), "no such file"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments: tuple[str, ...], word: str, tmp_path: Path) -> None:
    extra = ("-o", str(tmp_path / "c.yaml")) if arguments[0] == "candidate" else ()
    with pytest.raises(InputError) as caught:
        run(*arguments, *extra)
    assert word in str(caught.value)


def test_a_table_is_screened_and_written(tmp_path: Path) -> None:
    table, out = tmp_path / "registry.csv", tmp_path / "out.parquet"
    table.write_text("id,lupus_type,note,lvef\na,systemic,x,60\nb,neonatal,y,900\n", encoding="utf-8")
    result = run("eligibility", str(table), "-p", "celltex", "-o", str(out))
    assert "1 criteria met, 1 criteria not met, 0 cannot tell yet" in " ".join(result.stdout.split())
    assert "a second" in result.stdout
    assert "lvef: 1 cell not" in result.output
    assert "columns not used: note" in result.output
    assert pl.read_parquet(out)["celltex.adipose_msc"].to_list() == ["criteria met", "criteria not met"]


def test_a_candidate_answers_in_the_terminal(tmp_path: Path) -> None:
    out = tmp_path / "me.yaml"
    answers = {
        "lupus_type": "systemic",
        "organs_involved": "kidney",
        "sledai_2k": "12",
        "failed_immunosuppressants": "3",
    }
    typed = "".join(f"{answers.get(name, '')}\n" for name in asked("sheba", answers)).replace(
        "kidney", "kidneys\nkidney"
    )
    result = run("candidate", "-p", "sheba", "--id", "me", "-o", str(out), typed=typed)
    assert "That could not be read" in result.stdout
    assert "the record does not settle" in " ".join(result.stdout.split())
    assert "Safety first" in result.stdout
    patient = read_patient(out)
    assert (patient.id, patient.organs_involved) == ("me", ("kidney",))
    assert patient.baseline().values["sledai_2k"].value == 12
    assert not [word for word in ADVICE if word in result.stdout.lower()]


def test_a_candidate_answers_from_a_file_and_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    answers, out = tmp_path / "a.yaml", tmp_path / "me.yaml"
    answers.write_text("lupus_type: neonatal\n", encoding="utf-8")
    told = run("candidate", "--answers", str(answers), "-o", str(out)).stdout
    assert told.startswith("Safety first")
    assert "Active infection" in told
    assert read_patient(out).lupus_type == "neonatal"
    with pytest.raises(LupercalError, match="--force"):
        run("candidate", "--answers", str(answers), "-o", str(out))
    assert run("candidate", "--answers", str(answers), "-o", str(out), "--force").exit_code == 0


def test_a_candidate_is_told_in_plain_words_what_to_type_and_where_the_reasons_stand(tmp_path: Path) -> None:
    out = tmp_path / "c.yaml"
    said = run("candidate", "-p", "sheba", "-o", str(out), typed="lup\nSLE\nmany\n").output
    assert "a number in years" in said
    assert "{value" not in said
    assert "known names" not in said
    assert f"lupercal eligibility {out} --full" in " ".join(said.split())
