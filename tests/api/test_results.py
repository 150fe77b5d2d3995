"""Results of the public face: frames, plain values, HTML, and the same answers as the command line."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import lupercal as lp
from lupercal.api.result import SHOWN_ROWS, html_of
from lupercal.cli.main import status

CASE = "example-nephritis"


def test_a_patient_is_a_case_a_file_or_a_patient(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("id: p\n", encoding="utf-8")
    assert lp.read_patient(path).id == "p"
    assert lp.read_patient(str(path)) == lp.read_patient(lp.read_patient(path))
    assert lp.read_patient(CASE).id == CASE
    with pytest.raises(lp.InputError, match=CASE):
        lp.read_patient("example-nefritis")
    with pytest.raises(lp.InputError, match="no such file"):
        lp.read_patient("nobody.yaml")


def test_listings_are_frames() -> None:
    for frame, column in ((lp.cases(), "name"), (lp.therapies(), "therapy"), (lp.studies(), "study")):
        assert frame.height > 5
        assert frame[column].is_unique().all()


DATES = ["--today", "2026-12-24", "--start", "2026-12-01"]
PAIRS = [
    (["assess", CASE], lambda: lp.assess(CASE)),
    (["assess", CASE, "-i", "lldas", "--attribution", "lupus"], lambda: lp.assess(CASE, ["lldas"], "lupus")),
    (["eligibility", CASE], lambda: lp.eligibility(CASE)),
    (["plan", CASE, "-p", "erlangen", "--start", "2026-12-01"], lambda: lp.plan(CASE, "erlangen", "2026-12-01")),
    (
        ["follow-up", CASE, "-p", "erlangen", *DATES],
        lambda: lp.follow_up(CASE, "erlangen", "2026-12-24", start="2026-12-01"),
    ),
]


@pytest.mark.parametrize(("arguments", "result"), PAIRS)
def test_the_command_line_prints_what_the_function_returns(
    arguments: list[str], result: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status([*arguments, "--json"]) == 0
    found = result()  # type: ignore[operator]
    assert json.loads(capsys.readouterr().out) == json.loads(found.json())
    assert found.frame().height > 0
    assert lp.RESEARCH_USE_ONLY in found._repr_html_()


def test_tables_are_scored_from_frames_and_from_files(tmp_path: Path) -> None:
    visits = pl.DataFrame({"id": ["a", "b"], "lab": [2400.0, None]})
    visits.write_csv(tmp_path / "visits.csv")
    columns = {"upcr": {"column": "lab", "unit": "mg/g"}}
    scored = lp.score(visits, ["sledai_2k"], columns=columns, items=True)
    assert scored.equals(lp.score(tmp_path / "visits.csv", ["sledai_2k"], columns=columns, items=True))
    assert scored["sledai_2k.proteinuria"].to_list() == [4.0, None]
    assert scored["id"].to_list() == ["a", "b"]
    with pytest.raises(lp.InputError, match="unit"):
        lp.score(visits, ["sledai_2k"], columns={"upcr": {"column": "lab", "unit": "kg"}})
    with pytest.raises(lp.InputError, match="lupus or recorded"):
        lp.score(visits, ["sledai_2k"], columns=columns, attribution="none")


@pytest.mark.slow
def test_a_forecast_is_tables_a_page_and_a_folder(tmp_path: Path) -> None:
    made = lp.forecast(lp.read_patient(CASE), ["rituximab", "exosomes"], virtual_patients=10, months=2)
    assert made.request.path is None
    assert made.folder is None
    chances, bands, courses = made.frame(), made.frame("bands"), made.frame("courses")
    assert chances["therapy"].unique().to_list() == ["rituximab"]  # exosomes have no efficacy forecast
    assert bands.filter(pl.col("q05") > pl.col("q95")).is_empty()
    assert courses["virtual_patient"].n_unique() == 10
    assert made.write(tmp_path / "run").folder == tmp_path / "run"
    with pytest.raises(lp.InputError):  # looked at before any work is done
        lp.forecast(CASE, keep=tmp_path)
    kept = json.loads((tmp_path / "run" / "forecast.json").read_text(encoding="utf-8"))
    assert kept == made.record()
    assert "No data" in made.html()


def test_a_population_is_the_same_in_memory_and_in_a_file(tmp_path: Path) -> None:
    there = lp.population(60, "trial", seed=3, path=tmp_path / "people.parquet")
    here = lp.population(60, "trial", seed=3, chunk=25)
    assert here.frame().equals(there.frame())
    assert here.record()["effective_sample_size"] == pytest.approx(there.record()["effective_sample_size"])
    assert "weight" in here.frame().columns
    for wrong in ({"cohort": "hospital"}, {"patients": 0}):
        with pytest.raises(lp.InputError):
            lp.population(**wrong)


def test_a_simulation_from_plain_values(tmp_path: Path) -> None:
    asked = {"therapy": "rituximab", "patients": 6, "months": 1, "states": ["BN"]}
    made = lp.simulate(asked, tmp_path / "run", runner="serial")
    assert made.frame()["patient"].n_unique() == 6
    assert made.record()["asked"]["therapy"] == "rituximab"
    with pytest.raises(lp.InputError, match="specification"):
        lp.simulate(asked | {"patients": -1}, tmp_path / "other")


def test_text_in_a_notebook_is_text() -> None:
    frame = pl.DataFrame({"<b>": ["<script>alert(1)</script>", None] * SHOWN_ROWS})
    shown = html_of("a < b & c", frame)
    assert "<script" not in shown
    assert "a &lt; b &amp; c" in shown
    assert f"{SHOWN_ROWS} more rows" in shown
