"""The command line: what a user sees, exit statuses, and bad input without tracebacks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from lupercal.cli.main import status
from tests.patient.hostile import hostile_cases


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("forecast", "cases", "therapies", "model", "assess", "score", "instruments"))
    assert "Research use only" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lupercal ")


@pytest.mark.parametrize("command", ["cases", "therapies", "model", "instruments"])
def test_lists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status([command]) == 0
    assert len(capsys.readouterr().out) > 300


def test_model_prints_equations_parameters_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["model", "anti_cd20"]) == 0
    shown = capsys.readouterr().out
    assert "k_r2" in shown
    assert "R2" in shown
    assert "published" in shown


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        (["model", "b_cell"], 2, "b_cells"),
        (["forecast", "erlangen"], 2, "erlangen-first-car-t"),
        (["forecast", "example-nephritis", "--therapy", "rituxmab"], 2, "rituximab"),
        (["forecast", "example-nephritis", "--patients", "0"], 2, "1 to 1000000"),
        (["forecast", "example-nephritis", "--engine", "magic"], 2, "compiled, screen, reference"),
        (["validate", "--engine", "magic"], 2, "--engine: found 'magic'; expected compiled, screen, reference"),
        (["forecast", "no/such/file.yaml"], 2, "no such file"),
        (["forecast", "example-nephritis", "--months", "many"], 2, "months"),
        (["nonsense"], 2, "nonsense"),
        (["forecast", "ozek-case-1"], 1, "no forecast"),
    ],
)
def test_what_a_user_can_mend_is_one_message(
    arguments: list[str], expected: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(arguments) == expected
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown


def test_hostile_files_are_refused_in_one_line_and_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    files = hostile_cases(tmp_path / "in")
    assert len(files) >= 30
    for file in files:
        out = tmp_path / "out"
        assert status(["forecast", str(file), "-o", str(out)]) == 2, file
        message = capsys.readouterr().err
        assert message.startswith("lupercal: ")
        assert len(message.strip().splitlines()) == 1, message
        assert "expected" in message
        assert not out.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    assert (
        status(
            [
                "forecast",
                "example-nephritis",
                "-t",
                "rituximab",
                "-n",
                "20",
                "-m",
                "3",
                "--history",
                "baseline",
                "-o",
                str(folder),
            ]
        )
        == 0
    )
    return folder


def test_a_run_folder_holds_input_record_courses_and_report(run: Path) -> None:
    assert sorted(path.name for path in run.iterdir()) == [
        "courses.parquet",
        "forecast.json",
        "input.yaml",
        "report.html",
        "report_details.html",
        "run.json",
        "summary_clinician.html",
        "summary_patient.html",
    ]
    record = json.loads((run / "forecast.json").read_text(encoding="utf-8"))
    assert record["seed"] == 1
    assert record["provenance"]["content hash"]
    table = pl.read_parquet(run / "courses.parquet")
    assert table["virtual_patient"].n_unique() == 20
    assert "Research use only" in (run / "report.html").read_text(encoding="utf-8")


def test_the_pages_of_a_run_can_be_written_again_the_same(run: Path, tmp_path: Path) -> None:
    assert status(["report", str(run), "-o", str(tmp_path / "pages")]) == 0
    for page in (tmp_path / "pages").iterdir():
        assert page.read_bytes() == (run / page.name).read_bytes(), page.name
    assert len(list((tmp_path / "pages").iterdir())) == 4


def test_a_folder_without_a_forecast_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "forecast.json").write_text('{"patient": 3}', encoding="utf-8")
    for folder in (tmp_path, tmp_path / "none"):
        assert status(["report", str(folder)]) == 2
        message = capsys.readouterr().err
        assert len(message.strip().splitlines()) == 1
        assert "expected a run folder" in message


def test_pdf_without_its_extra_names_the_extra(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert status(["report", str(run), "--pdf", "-o", str(tmp_path / "pages")]) == 1
    assert "lupercal[pdf]" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


def test_what_is_withheld_is_in_no_file_of_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    chosen = ["-t", "exosomes", "-t", "standard_care"]
    assert (
        status(
            ["forecast", "example-nephritis", *chosen, "-n", "5", "-m", "1", "--history", "baseline", "-o", str(folder)]
        )
        == 0
    )
    record = json.loads((folder / "forecast.json").read_text(encoding="utf-8"))
    withheld, shown = record["arms"]
    assert withheld["efficacy_withheld"]
    assert (withheld["bands"], withheld["chances"], withheld["toxicity"], withheld["incidence"]) == ({}, [], [], {})
    assert shown["chances"]
    assert pl.read_parquet(folder / "courses.parquet")["therapy"].unique().to_list() == ["standard_care"]


def test_an_earlier_forecast_is_replaced_on_demand_and_other_folders_are_left_alone(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = ["forecast", "example-nephritis", "-t", "standard_care", "-n", "5", "-m", "1", "--history", "baseline"]
    before = (run / "forecast.json").read_bytes()
    assert status([*short, "-o", str(run)]) == 2
    assert "is there already; --force replaces it" in capsys.readouterr().err
    assert (run / "forecast.json").read_bytes() == before
    assert status([*short, "-o", str(run), "--force"]) == 0
    assert (run / "forecast.json").read_bytes() != before
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert status([*short, "-o", str(tmp_path), "--force"]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_json_goes_to_standard_output_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "forecast",
        "example-nephritis",
        "-t",
        "exosomes",
        "-n",
        "5",
        "-m",
        "1",
        "--history",
        "baseline",
        "--json",
        "-o",
        str(tmp_path / "x"),
    ]
    assert status(arguments) == 0
    record = json.loads(capsys.readouterr().out)
    assert "No data" in record["arms"][0]["efficacy_withheld"]


def test_a_population_in_a_folder_is_replaced_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["population", "-n", "10", "-o", str(tmp_path / "people")]
    assert [status(asked), status(asked), status([*asked, "--force"])] == [0, 2, 0]
    assert "is there already; --force replaces it" in capsys.readouterr().err
