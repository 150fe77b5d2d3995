"""Mistakes that people make in study files: each is one clear sentence, and none is passed over."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.evidence.studies import read_studies, read_study
from tests.evidence.test_studies import ROW, STUDY, written

TWO_ARMS: dict[str, Any] = {
    "arms": STUDY["arms"] | {"placebo": {"n": 50, "mark": "seen", "regimen": "standard_care"}},
}


def flow(**given: Any) -> dict[str, Any]:
    return {"drop_out": {"weeks": 24, "stopped": "all", "source": "paper", "mark": "seen", "arms": given}}


@pytest.mark.parametrize(
    ("simulation", "field", "expected"),
    [
        ({"arms": {"durg": {"regimen": "belimumab"}}}, "simulation.arms.durg", "drug, placebo"),
        ({"joined": {"drug": ["placebo", "palcebo"]}}, "simulation.joined.drug", "drug, placebo"),
        (flow(durg={"started": 9, "completed": 8}), "simulation.drop_out.arms.durg", "drug, placebo"),
        (flow(drug={"started": 9, "completed": 10}), "drop_out.arms.drug.completed", "at most as many as started, 9"),
        (flow(drug={"started": 9, "completed": 8, "left_for_lupus": 2}), "left_for_lupus", "did not complete, 1"),
        ({"arms": {"drug": {"regimen": "belimumab", "amount": 5}}}, "arms.drug.product", "together with"),
        ({"arms": {"drug": {"regimen": "belimumab", "product": "belimumab"}}}, "arms.drug.product", "together with"),
    ],
)
def test_what_a_file_says_of_the_simulation_is_looked_at(
    tmp_path: Path, simulation: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(InputError, match="expected") as failed:
        read_study(written(tmp_path, simulation=simulation, **TWO_ARMS))
    assert field in failed.value.field
    assert expected in failed.value.expected


def test_a_figure_that_stands_twice_is_refused_and_one_of_another_group_is_not(tmp_path: Path) -> None:
    again = ROW | {"note": "read once more", "mark": "derived", "source": ["paper"]}
    with pytest.raises(InputError, match=r"outcomes\[1\].*outcomes\[0\] is the same"):
        read_study(written(tmp_path, outcomes=[ROW, again]))
    others = [ROW | {"subgroup": "immunosuppressant at baseline"}, ROW | {"value": 41.0}, ROW | {"time": "24 wk"}]
    assert len(read_study(written(tmp_path, outcomes=[deepcopy(one) for one in (ROW, *others)])).outcomes) == 4


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"statistic": "odds_ratio", "unit": "%", "versus": "placebo"}, "unit"),
        ({"statistic": "percent_change", "unit": "1"}, "unit"),
        ({"statistic": "count", "unit": "1"}, "unit"),
        ({"statistic": "rate", "unit": "per 100 patient-years"}, "unit"),
        ({"statistic": "rate", "unit": "%"}, "unit"),
        ({"time": 24}, "time"),
        ({"statistic": "odds_ratio", "unit": "1", "versus": "drug"}, "versus"),
    ],
)
def test_a_figure_that_cannot_mean_anything_is_refused(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as failed:
        read_study(written(tmp_path, row, **TWO_ARMS))
    assert failed.value.field == f"outcomes[0].{field}"


def test_both_endings_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    written(tmp_path).rename(tmp_path / "made_up.yml")
    (tmp_path / "._made_up.yaml").write_text("left by a computer")
    (tmp_path / "notes.txt").write_text("not a study")
    assert list(read_studies(tmp_path)) == ["made_up"]
    written(tmp_path)
    with pytest.raises(InputError, match="a second file of this name"):
        read_studies(tmp_path)


def test_a_decimal_comma_is_told_from_a_key(tmp_path: Path) -> None:
    path = written(tmp_path)
    flowing = "- {measure: sri_4, arm: drug, value: 5,3, statistic: share}"
    path.write_text(f"outcomes:\n{flowing}\n")
    with pytest.raises(InputError, match="cut at a comma; it needs quotes, and numbers a point"):
        read_study(path)


def test_a_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 'a file'; expected a folder of study files"):
        read_studies(written(tmp_path))
