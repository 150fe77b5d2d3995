"""The record of skill says what the validation says, worst figure of each measure first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lupercal.cli.main import status
from lupercal.evidence.skill import Skill
from lupercal.evidence.unexplained import Estimated
from lupercal.files.checked import read_as
from lupercal.validation.compare import Compared, Validation
from lupercal.validation.skill import skill_of, write_skill
from lupercal.validation.unexplained import assumed

ROW = Compared(
    "a", 0, "arm", "", "response", "", "", "24 wk", "share", "%", 20, "", 50.0, None, 81.234567, (60.0, 90.0),
    (70.0, 85.0), False, False, False, 3.0, True, "calibrate", "seen",
)  # fmt: skip


def validation(*rows: Compared) -> Validation:
    apart: Estimated = assumed()
    return Validation(rows, (), {}, 4, 256, 1, apart)


def test_the_record_counts_and_keeps_the_worst_of_each_measure(tmp_path: Path) -> None:
    inside = replace(ROW, study="b", measure="relapse", inside_90=True, fitted=False)
    result = validation(ROW, replace(ROW, study="c", z=2.5), replace(ROW, measure="rash", z=2.0), inside)
    skill = skill_of(result, {"targets": 2, "targets_met": ["T01"], "rows": [{"target": "T01"}, {"target": "T02"}]})
    assert [(missed.study, missed.measure) for missed in skill.misses] == [("a", "response"), ("a", "rash")]
    assert skill.misses[0].predicted == pytest.approx(81.23)
    assert (skill.coverage["fitted"].inside, skill.coverage["fitted"].figures) == (0, 3)
    assert (skill.coverage["not_fitted"].inside, skill.coverage["not_fitted"].figures) == (1, 1)
    assert skill.targets_missed == ("T02",)
    path = write_skill(skill, tmp_path / "skill.yaml")
    assert read_as(path, Skill) == skill


def test_a_part_is_never_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["validate", "--only", "mueller_2024", "--sets", "1", "--patients", "20", "--pool", "200", "--ship"]
    assert status(asked) == 2
    assert "all studies and targets" in capsys.readouterr().err
