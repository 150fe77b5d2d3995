"""Observed against predicted: intervals that hold what they promise, misses first, studies nobody has seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lupercal.cli.validate import command
from lupercal.errors import InputError
from lupercal.evidence.studies import FOLDER, read_studies, study
from lupercal.evidence.study_records import Study
from lupercal.report.figures.forest import draw, select, write_forest
from lupercal.report.validation import comparison_lines, write_json
from lupercal.trial.pool import Pool
from lupercal.validation.compare import Validation, compare, enough
from lupercal.validation.predict import predict
from lupercal.validation.unexplained import assumed
from tests.trial.conftest import SEED


@pytest.fixture(scope="module")
def compared(people: Pool) -> Validation:
    return on(people, [study("bliss52"), study("tulip1")], 60, sets=2)


def on(people: Pool, studies: Sequence[Study], patients: int, sets: int = 1) -> Validation:
    """Compare studies with what the same people predict for every set."""
    found = {one.id: [predict(one, people, SEED, enough(one, patients))] * sets for one in studies}
    return compare(studies, found, SEED, patients, assumed())


def test_misses_come_first_and_rows_are_complete(compared: Validation) -> None:
    inside = [row.inside_90 for row in compared.rows]
    assert inside == sorted(inside)
    for row in compared.rows:
        assert row.interval[0] <= row.predicted <= row.interval[1]
        assert row.fitted == study(row.study).outcomes[row.index].usable_for_calibration
    hits, total = compared.coverage()
    assert (hits, total) == (sum(inside), len(inside))


def test_every_figure_is_compared_or_has_a_reason(compared: Validation) -> None:
    outcomes = len(study("bliss52").outcomes) + len(study("tulip1").outcomes)
    assert len(compared.rows) + len(compared.not_simulated) == outcomes
    assert all(row.reason for row in compared.not_simulated)


def test_json_and_text_say_the_same(compared: Validation, tmp_path: Path) -> None:
    write_json(tmp_path / "v.json", compared, {"lupercal": "test"})
    document = json.loads((tmp_path / "v.json").read_text())
    assert len(document["rows"]) == len(compared.rows)
    asked = {"study", "measure", "time", "observed", "predicted", "interval", "inside_90", "fitted"}
    assert all(asked <= row.keys() for row in document["rows"])
    text = "\n".join(comparison_lines(compared, calibrated=False))
    hits, total = compared.coverage()
    assert f"{hits} of {total} figures" in text
    assert "Not simulated" in text
    first = compared.rows[0]
    assert any(line.startswith(f"{first.study}, {first.arm}") for line in text.splitlines())


def test_the_figure_has_a_line_for_every_row(compared: Validation, tmp_path: Path) -> None:
    pages = select(compared)
    assert sum(len(page.rows) for page in pages) == len(compared.rows)
    assert draw(pages[0]).axes[0].get_xlabel() == "Patients, %"
    assert all(path.is_file() for path in write_forest(tmp_path, compared))


def unseen(folder: Path, **changes: str) -> Path:
    """Write a study nobody has seen into a folder: an old one under another name."""
    text = (FOLDER / "hcq_withdrawal_1991.yaml").read_text().replace("hcq_withdrawal_1991", "unseen")
    for old, new in changes.items():
        text = text.replace(old, new)
    (folder / "unseen.yaml").write_text(text)
    return folder


def test_a_study_nobody_has_seen_is_predicted(people: Pool, tmp_path: Path) -> None:
    further = read_studies(unseen(tmp_path))
    result = on(people, list(further.values()), 40)
    assert {row.study for row in result.rows} == {"unseen"}
    assert "assumed" in " ".join(result.told["unseen"])


def test_sets_that_cannot_answer_are_told(people: Pool) -> None:
    one = study("bliss52")
    answering = predict(one, people, SEED, 40)
    silent = replace(answering, values={}, errors={}, reasons={0: "nobody may enter"}, eligible=0)
    told = compare([one], {one.id: [silent, answering, answering]}, SEED, 40, assumed()).told[one.id]
    assert "2 of 3 parameter sets answer; of another: nobody may enter" in told
    few = answering.eligible
    assert f"of each parameter set {few} to {few} different virtual patients may enter" in told
    assert set(answering.told) <= set(told)


def test_how_it_was_made_is_told(people: Pool) -> None:
    one = study("tulip1")
    result = compare([one], {one.id: [predict(one, people, SEED, 40)]}, SEED, 40, assumed(), made_with={"pool": 240})
    assert result.document({})["settings"] == {"parameter_sets": 1, "patients_per_arm": 40, "seed": SEED, "pool": 240}
    assert "by the model alone" in " ".join(comparison_lines(result, calibrated=False))


def test_an_unusable_file_is_one_clear_line(tmp_path: Path) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    unseen(tmp_path, share="portion")
    failed = CliRunner().invoke(app, ["--studies", str(tmp_path)])
    assert isinstance(failed.exception, InputError)
    assert "\n" not in str(failed.exception)
    assert "statistic" in str(failed.exception)
