"""Calibrations that leave studies out: every cluster once, nothing of it in the fit, sets written and read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lupercal.calibration.folds import dealt, figures_by_cluster, folds, without_clusters
from lupercal.calibration.folds_run import calibrate_folds
from lupercal.calibration.members import joint_space
from lupercal.calibration.run import calibration_plan
from lupercal.calibration.settings import steps
from lupercal.calibration.step_data import data_of
from lupercal.calibration.taken import cluster
from lupercal.errors import InputError, LupercalError
from lupercal.evidence.fold_sets import RECORD, read_folds
from lupercal.evidence.parameter_sets import FILE, read_sets
from lupercal.evidence.studies import studies


@given(st.dictionaries(st.text("abcdefgh", min_size=1), st.integers(1, 60), min_size=2), st.integers(2, 6))
def test_hands_share_out_every_cluster_once_and_about_alike(figures: dict[str, int], count: int) -> None:
    hands = dealt(figures, count)
    assert Counter(name for hand in hands for name in hand) == Counter(dict.fromkeys(figures, 1))
    held = [sum(figures[name] for name in hand) for hand in hands]
    assert max(held) - min(held) <= max(figures.values())


def test_a_fold_is_fitted_to_nothing_of_what_it_leaves_out(tmp_path: Path) -> None:
    what = calibration_plan(tmp_path / "passes")
    whole = {row.key for step in what.steps for row in data_of(step).rows}
    out = Counter[str]()
    for fold in folds(what, 5):
        used = {row.key for step in fold.plan.steps for row in data_of(step).rows}
        of_studies = {key.partition("#")[0] for key in used if "#" in key}
        assert not {cluster(name) for name in of_studies} & set(fold.clusters)
        assert whole - used == {key for key in whole if "#" in key and cluster(key.partition("#")[0]) in fold.clusters}
        out.update(fold.clusters)
    assert out == Counter(dict.fromkeys(figures_by_cluster(what.steps), 1))


def test_a_step_without_data_falls_out() -> None:
    cells = next(step for step in steps() if step.name == "car_t")
    every = {cluster(name) for name in studies()}
    assert without_clusters([cells], every) == ()
    (whole,) = without_clusters([cells], ["nobody"])
    assert data_of(whole) == data_of(cells)


@pytest.mark.parametrize("count", [1, 1000])
def test_too_few_or_too_many_folds_are_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(LupercalError, match="folds of"):
        folds(calibration_plan(tmp_path / "passes"), count)


def simulate(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
    """Predict every figure as one parameter's standard score."""
    axes = joint_space([step for step in steps() if not step.mixture]).axes
    told = []
    for one in sets:
        known = [axis for axis in axes if axis.name in one]
        told.append({key: 50 + 10 * float(known[len(key) % len(known)].score(one[known[len(key) % len(known)].name]))
                     for key in keys})  # fmt: skip
    return told


def test_sets_of_folds_are_written_and_read_with_what_they_were_fitted_to(tmp_path: Path) -> None:
    what = calibration_plan(tmp_path / "passes", members=12, accepted=6, passes=1)
    path = calibrate_folds(what, 3, tmp_path, lambda text, share: None, simulate)
    assert path == tmp_path / RECORD
    read, shipped = read_folds(tmp_path), read_sets(FILE)
    harm = next(step for step in steps() if step.name == "toxicity")
    assert len(read) == 3
    for fold in read:
        assert fold.sets.size == 6
        assert set(shipped.symbols) <= set(fold.sets.symbols)
        for name in harm.parameters:  # refitted in each fold, not taken from the shipped sets
            assert len(set(fold.sets.values[:, fold.sets.symbols.index(name)])) > 1
        fitted = {cluster(key.partition("#")[0]) for key in fold.fitted if "#" in key}
        assert fitted
        assert not fitted & set(fold.clusters)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda record: record["folds"][1].update(clusters=list(record["folds"][0]["clusters"])),
            "every cluster in one fold",
        ),
        (lambda record: record["folds"][0].update(folder="../elsewhere"), "folder"),
        (lambda record: record["folds"][0].update(folder="fold-9"), "calibrate folds"),
        (lambda record: record.pop("members"), "members"),
    ],
)
def test_a_broken_record_of_folds_is_refused(tmp_path: Path, change: object, words: str) -> None:
    what = calibration_plan(tmp_path / "passes", members=8, accepted=4, passes=1)
    path = calibrate_folds(what, 2, tmp_path, lambda text, share: None, simulate)
    record = yaml.safe_load(path.read_text())
    change(record)  # type: ignore[operator]
    path.write_text(yaml.safe_dump(record))
    with pytest.raises(InputError, match=words):
        read_folds(tmp_path)
