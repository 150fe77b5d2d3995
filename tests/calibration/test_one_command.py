"""One calibration from data and seed: rules take every figure, toxicity is its last step, a stop changes no byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from lupercal.calibration.data import Data, FittedFigure, alike, datum_of
from lupercal.calibration.fit import Simulator
from lupercal.calibration.members import joint_space, set_scores, space_of
from lupercal.calibration.run import CalibrationPlan, calibrate, calibration_plan
from lupercal.calibration.settings import FigureRule, settings, steps
from lupercal.calibration.step_data import all_figures, data_of, effective_data, figures_of_step, studies_of_step
from lupercal.calibration.store import PROVENANCE, write_ensemble
from lupercal.calibration.taken import answerable, figures_taken
from lupercal.evidence.parameter_sets import FILE, figures_fitted, read_sets
from lupercal.evidence.published_toxicity import harm_kinds
from lupercal.evidence.studies import studies, study

TOXICITY = steps()[-1]
BY_NAME = {step.name: step for step in steps()}
SIZES = {"members": 12, "accepted": 6, "passes": 2, "pool": 300, "arm": 20}


def measure(key: str) -> str:
    name, _, index = key.partition("#")
    return study(name).outcomes[int(index)].measure


def test_every_figure_that_a_fit_may_use_and_a_trial_can_answer_is_taken_by_a_step() -> None:
    taken = {row.key for row in all_figures(steps()) if "#" in row.key}
    assert taken == {
        f"{name}#{index}"
        for name in studies()
        for index in answerable(name)
        if datum_of(study(name), index, study(name).outcomes[index])
    }


def test_harm_but_death_belongs_to_toxicity_and_to_no_other_step() -> None:
    assert TOXICITY.name == "toxicity"
    for step in steps():
        kinds = {harm_kinds().get(measure(row.key)) for row in figures_of_step(step) if "#" in row.key}
        own = {"infection", "blood count", "cytokine release"}
        assert kinds == own if step is TOXICITY else not kinds & own


def test_rules_take_by_kind_of_arm_family_and_harm_and_the_arms_compared_with() -> None:
    bare = BY_NAME["drugs"].model_copy(update={"studies": {}, "takes": (FigureRule(arms=("active",)),)})
    alone = figures_taken(bare)["bliss52"]
    assert {study("bliss52").outcomes[index].arm for index in alone} == {"bel1", "bel10"}
    whole = bare.model_copy(update={"takes": (FigureRule(arms=("active",), whole=True),)})
    assert set(alone) < set(figures_taken(whole)["bliss52"])
    flares = bare.model_copy(update={"takes": (FigureRule(arms=("active",), families=("flare",)),)})
    assert {study("bliss52").outcomes[index].measure for index in figures_taken(flares)["bliss52"]} == {
        "severe_flare_sfi"
    }
    infections = bare.model_copy(update={"takes": (FigureRule(harms=("infection",)),)})
    assert "ong_2005" in figures_taken(infections)
    assert "bliss52" not in figures_taken(infections)


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.name)
def test_a_step_goes_without_the_clusters_it_is_told_to(step: object) -> None:
    whole = BY_NAME[step.name]  # type: ignore[attr-defined]
    less = whole.model_copy(update={"without": ("bliss", "erlangen", "nanjing")})
    gone = {"bliss52", "bliss76", "bliss_pooled", "mackensen_2022", "mueller_2024", "mougiakakos_2021"}
    left = studies_of_step(less)
    assert not left & gone
    assert set(data_of(less).keys) == {
        key for key in data_of(whole).keys if key.partition("#")[0] in left or "#" not in key
    }


def test_data_of_a_study_are_worth_a_few_whatever_their_number() -> None:
    rows = [FittedFigure(f"a#{k}", 1.0, 2.0, logarithmic=False) for k in range(40)]
    rows += [FittedFigure("b#0", 1.0, 2.0, logarithmic=False), FittedFigure("T04.mean", 1.0, 2.0, logarithmic=False)]
    assert effective_data(Data(alike(rows)), rows) == pytest.approx(settings().figures_of_a_study + 2)


AXES = joint_space([step for step in steps() if not step.mixture]).axes
LOW, WIDE = np.array([axis.low for axis in AXES]), np.array([axis.high - axis.low for axis in AXES])


def linear(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
    """Predict every figure from where two parameters stand in their ranges, others for each figure."""
    return [dict(zip(keys, _told(one, keys), strict=True)) for one in sets]


def _told(one: Mapping[str, float], keys: Sequence[str]) -> list[float]:
    stands = (np.array([one.get(axis.name, np.nan) for axis in AXES]) - LOW) / WIDE
    known = stands[np.isfinite(stands)]
    marks = [sum(map(ord, key)) for key in keys]
    return [30 + 20 * float(known[mark % len(known)] + known[-1 - mark % 5]) for mark in marks]


def made(folder: Path, simulate: Simulator) -> dict[str, bytes]:
    what = calibration_plan(folder / "passes", None, "serial", 1, None, **SIZES)
    write_ensemble(what, calibrate(what, lambda text, share: None, simulate), folder)
    return {name: (folder / name).read_bytes() for name in (FILE.name, PROVENANCE)}


def test_the_same_data_and_seed_make_the_same_bytes_with_or_without_a_stop(tmp_path: Path) -> None:
    calls: list[int] = []

    def counted(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        calls.append(len(sets))
        return linear(sets, keys)

    def stops(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        if len(calls) == stop:
            raise KeyboardInterrupt
        return counted(sets, keys)

    once = made(tmp_path / "once", counted)
    whole = len(calls)
    assert made(tmp_path / "twice", linear) == once
    for stop in (1, whole - 2, whole - 1):  # the last two in toxicity, and at the look at all data
        folder = tmp_path / f"stopped-{stop}"
        calls.clear()
        with pytest.raises(KeyboardInterrupt):
            made(folder, stops)
        assert made(folder, counted) == once
        assert len(calls) == whole


def test_toxicity_is_moved_by_its_own_step_and_lands_in_the_sets_and_their_provenance(tmp_path: Path) -> None:
    made(tmp_path, linear)
    sets = read_sets(tmp_path / FILE.name)
    within = joint_space([TOXICITY])
    for name in TOXICITY.parameters:
        column, axis = sets.values[:, sets.symbols.index(name)], within.axes[within.names.index(name)]
        assert len(set(column)) == sets.size
        assert ((axis.low <= column) & (column <= axis.high)).all()
    assert {row.key for row in figures_of_step(TOXICITY)} <= figures_fitted(tmp_path)


@pytest.mark.slow
def test_the_model_itself_gives_the_same_bytes_on_one_worker_or_two_and_toxicity_moves(tmp_path: Path) -> None:
    sizes = settings().ensemble.model_copy(update={"members": 8, "accepted": 4, "passes": 1, "pool": 200, "arm": 20})
    written = []
    for name, runner, workers in (("one", "serial", 1), ("two", "processes", 2)):
        what = CalibrationPlan((steps()[0], TOXICITY), sizes, tmp_path / name / "passes", runner, workers)  # type: ignore[arg-type]
        write_ensemble(what, calibrate(what, lambda text, share: None), tmp_path / name)
        written.append([(tmp_path / name / file).read_bytes() for file in (FILE.name, PROVENANCE)])
    assert written[0] == written[1]
    sets, within = read_sets(tmp_path / "one" / FILE.name), space_of(TOXICITY)
    drawn, kept = within.prior(8, sizes.seed), set_scores(sets, within)
    apart = np.abs(kept[:, None, :] - drawn[None, :, :]).max(axis=2)  # 0 for a member that stayed where it was drawn
    assert apart.min() > 0.05
