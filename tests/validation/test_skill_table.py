"""Forecasters side by side: what is left out has no say, groups and differences, what is printed and drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lupercal.evidence.studies import study
from lupercal.evidence.study_records import Study
from lupercal.report.figures.skill import write_skill_figure
from lupercal.report.skill import page, skill_lines
from lupercal.validation import kept
from lupercal.validation.kept import kept_predictions
from lupercal.validation.places import Share
from lupercal.validation.predict import Prediction
from lupercal.validation.sizes import Sizes
from lupercal.validation.skill_summary import skill_document
from lupercal.validation.skill_table import FORECASTERS, FoldTold, SkillInput, SkillRow, skill_table
from lupercal.validation.unexplained import assumed
from tests.validation.test_meta_analysis import share

FRACTIONS = (0.2, 0.35, 0.5, 0.65, 0.8, 0.3)


def given(first: float = 20.0) -> SkillInput:
    shares = [share(f"s{k}", events=100 * p, cells=k > 3, end_point=f"e{k % 2}") for k, p in enumerate(FRACTIONS)]
    shares[0] = replace(shares[0], events=first)
    told = {(f"s{k}", 0): np.array([p, p + 0.05]) for k, p in enumerate(FRACTIONS)}
    apart = assumed()
    learnt: tuple[Share, ...] = tuple(shares)
    return SkillInput(learnt, learnt, learnt, told, told, frozenset({"s1#0"}), apart, apart.scales)


@pytest.fixture(scope="module")
def rows() -> list[SkillRow]:
    return skill_table(given())[0]


def test_every_forecaster_is_scored_for_every_share(rows: list[SkillRow]) -> None:
    assert len(rows) == len(FRACTIONS)
    assert all(set(row.scores) == set(FORECASTERS) for row in rows)
    assert [row.fitted for row in sorted(rows, key=lambda row: row.study)] == [False, True, False, False, False, False]


def test_a_share_has_no_say_in_what_is_foretold_for_it(rows: list[SkillRow]) -> None:
    other = {row.study: row for row in skill_table(given(first=90.0))[0]}
    mine = {row.study: row for row in rows}
    for name in FORECASTERS:
        one, two = mine["s0"].scores[name], other["s0"].scores[name]
        # figures are those of others; only how far studies lie apart is learnt with all (see docs/explanation/skill.md)
        near = 0.0 if name in ("model", "raw prior") else 15.0
        assert (one.low, one.middle, one.high) == pytest.approx((two.low, two.middle, two.high), abs=near), name
        assert one.log != two.log
    assert any(mine[k].scores["meta-analysis"] != other[k].scores["meta-analysis"] for k in mine if k != "s0")


def test_a_fold_foretells_what_it_left_out_and_nothing_else(rows: list[SkillRow]) -> None:
    usual = given()
    left_out = usual.learnt[1].place.cluster  # the only figure the accepted sets were fitted to
    low = {key: np.array([0.05, 0.06]) if key == ("s1", 0) else values for key, values in usual.told.items()}
    fold = FoldTold(frozenset({left_out}), low, frozenset({"s2#0"}))
    other = {row.study: row for row in skill_table(replace(usual, folds=(fold,)))[0]}
    mine = {row.study: row for row in rows}
    assert [name for name, row in other.items() if row.refitted] == ["s1"]
    assert not any(row.fitted for row in other.values())
    assert other["s1"].scores["model"].middle < 20 < mine["s1"].scores["model"].middle
    assert other["s1"].scores["model + residual"].middle < mine["s1"].scores["model + residual"].middle
    assert other["s1"].scores["meta-analysis"] == mine["s1"].scores["meta-analysis"]
    assert all(other[name].scores["model"] == mine[name].scores["model"] for name in mine if name != "s1")


def test_what_an_interval_should_hold_is_told_beside_what_it_held(rows: list[SkillRow]) -> None:
    scores = [score for row in rows for score in row.scores.values()]
    assert np.mean([score.chance_50 for score in scores]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([score.chance_90 for score in scores]) == pytest.approx(0.9, abs=0.04)


def test_groups_are_printed_written_and_drawn(rows: list[SkillRow], tmp_path: Path) -> None:
    document = skill_document(rows, {"parameter_sets": 2, "patients_per_arm": 20, "seed": 1})
    named = {one["name"]: one for one in document["groups"]}
    assert named["all"]["shares"] == len(FRACTIONS)
    assert named["drugs"]["shares"] + named["cells"]["shares"] == len(FRACTIONS)
    gains = named["all"]["gains"]["meta-analysis"]["log"]
    means = named["all"]["means"]
    assert gains["mean"] == pytest.approx(means["model + residual"]["log"] - means["meta-analysis"]["log"])
    logs = [row["scores"]["model + residual"]["log"] for row in document["rows"]]
    assert logs == sorted(logs)
    assert any("meta-analysis" in line for line in skill_lines(document))
    assert page(document).startswith("# Skill")
    assert write_skill_figure(tmp_path / "skill.svg", document).stat().st_size > 1000


def test_kept_predictions_are_simulated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def simulated(
        studies: list[Study], typical: list[dict[str, float]], *_: object, **__: object
    ) -> dict[str, list[Prediction]]:
        asked.extend(one.id for one in studies)
        return {
            one.id: [Prediction(one, {0: 12.5}, {0: float("nan")}, {1: "why"}, ("told",), 7) for _ in typical]
            for one in studies
        }

    monkeypatch.setattr(kept, "predictions_by_set", simulated)
    both, sizes = [study("bliss52"), study("tulip1")], Sizes(1, 200, 20)
    first = kept_predictions(tmp_path, both[:1], [{}, {}], sizes)
    again = kept_predictions(tmp_path, both, [{}, {}], sizes)
    assert asked == ["bliss52", "tulip1"]
    one = again["bliss52"][1]
    assert (one.values, one.reasons, one.told, one.eligible) == ({0: 12.5}, {1: "why"}, ("told",), 7)
    assert np.isnan(one.errors[0])
    assert first["bliss52"][0].values == one.values
    kept_predictions(tmp_path, [replace(both[0], notes=("changed",))], [{}, {}], sizes)
    kept_predictions(tmp_path, both[:1], [{}], sizes)
    assert asked == ["bliss52", "tulip1", "bliss52", "bliss52"]
