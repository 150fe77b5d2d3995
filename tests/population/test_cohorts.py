"""Cohorts: published properties as data, met by weights, and what cannot be met is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.errors import LupercalError
from lupercal.evidence.natural_history import targets
from lupercal.model.observation import Traits
from lupercal.population.care import CARES, Care
from lupercal.population.cohort import Cohort, joined
from lupercal.population.cohorts import cohort_members, cohort_of, people_features, weigh
from lupercal.population.draw import draw
from lupercal.population.goals import Entry, Goal, entry_rules, left_out, sought, standard_goals

N = 3000


@pytest.fixture(scope="module")
def sledai() -> NDArray[np.float64]:
    return np.round(np.random.default_rng(2).gamma(2.0, 3.5, N))


def bands(points: NDArray[np.float64]) -> dict[str, Any]:
    limits = {"low": (0, 2), "moderate": (3, 4), "moderately_high": (5, 8), "very_high": (9, 105)}
    return {f"band_{k}": ((points >= a) & (points <= b)).astype(float) for k, (a, b) in limits.items()}


def test_a_clinic_is_weighted_to_mean_spread_and_bands_of_activity(sledai: NDArray[np.float64]) -> None:
    found = weigh({"sledai": sledai, **bands(sledai)}, standard_goals("clinic"), N)
    mean = found.weights @ sledai
    spread = np.sqrt(found.weights @ (sledai - mean) ** 2)
    assert targets()["T04"].hit({"mean": float(mean), "sd": float(spread)})
    assert targets()["T05"].hit({k.removeprefix("band_"): float(found.weights @ v) for k, v in bands(sledai).items()})
    assert found.out_of_reach == ()
    assert set(found.not_simulated) >= {"T18.long_quiescent", "T19.value"}
    assert 100 < found.effective_sample_size < N


def test_a_trial_takes_adults_who_are_active_enough(sledai: NDArray[np.float64]) -> None:
    features = {"sledai": sledai, "age": np.linspace(5, 80, N)}
    who = cohort_members(features, entry_rules("trial"), np.ones(N, bool))
    found = weigh(features, standard_goals("trial"), N, who)
    assert found.weights[~who].max() == 0
    assert found.weights @ sledai == pytest.approx(9.7, abs=0.3)
    assert sledai[found.members].min() == 6


def test_the_registry_s_targets_are_in_reach_of_drawn_people() -> None:
    drawn = draw(3, 0, N, care="population")
    found = weigh(people_features(drawn.people), standard_goals("population"), N)
    assert found.out_of_reach == ()
    assert found.not_simulated == ()
    assert found.effective_sample_size > 0.7 * N


def test_a_goal_nobody_can_meet_is_named(sledai: NDArray[np.float64]) -> None:
    goals = (Goal("mean", "sledai", 5.0, 0.5), Goal("far", "sledai", 60.0, 0.5))
    assert "far" in [goal.name for goal in weigh({"sledai": sledai}, goals, N).out_of_reach]


def test_who_has_an_unknown_feature_is_left_out_and_counted(sledai: NDArray[np.float64]) -> None:
    holes = np.where(np.arange(N) < 7, np.nan, sledai)
    found = weigh({"sledai": holes}, [Goal("mean", "sledai", 6.0, 0.5)], N)
    assert found.unknown == 7
    assert len(found.members) == N - 7
    with pytest.raises(LupercalError, match="no virtual patient"):
        weigh({"sledai": holes}, [Goal("mean", "sledai", 6.0, 0.5)], N, np.arange(N) < 7)


def test_an_unknown_feature_does_not_meet_an_entry_rule() -> None:
    rule = Entry(rule='age >= 18 "a"', where="a test")
    who = cohort_members({"age": np.array([17.9, 18.0, np.nan, 40.0])}, [rule], np.array([True, True, True, False]))
    assert who.tolist() == [False, True, False, False]


@pytest.mark.parametrize("cohort", CARES)
def test_every_goal_is_a_published_one_with_a_tolerance(cohort: Care) -> None:
    goals = standard_goals(cohort)
    assert len({(goal.name, goal.feature) for goal in goals}) == len(goals)
    for goal in goals:
        key, _, value = goal.name.partition(".")
        assert value in targets()[key].values
        assert goal.tolerance > 0
    assert not {row.target for row in left_out(cohort)} & {goal.name[:3] for goal in goals}


def test_joint_shares_are_those_of_the_published_table() -> None:
    both, low = (goal for goal in standard_goals("trial") if goal.name == "T09.value")
    assert (both.target, low.target) == pytest.approx((0.507, 0.614))
    assert both.tolerance == pytest.approx(0.0134, abs=0.0005), "as far as 0.08 of the correlation lets it vary"
    assert low.tolerance == targets()["T08"].tolerance["value"]


def test_a_second_moment_holds_mean_and_spread() -> None:
    wanted = targets()["T04"].values
    goal = next(goal for goal in standard_goals("clinic") if goal.name == "T04.sd")
    assert goal.target == pytest.approx(wanted["mean"] ** 2 + wanted["sd"] ** 2)
    assert goal.row(np.array([1.0, 3.0])).tolist() == [1.0, 9.0]
    assert goal.what == "squared distance of sledai from 0"


def test_a_spread_without_a_published_mean_is_taken_about_that_of_the_members() -> None:
    goal = next(goal for goal in standard_goals("trial") if goal.name.startswith("T13"))
    x = np.array([1.0, 3.0, 50.0])
    found = weigh({"log_anti_dsdna": x}, [goal], 3, np.array([True, True, False]))
    assert found.balanced.reached == pytest.approx([1.0])
    assert goal.what == "squared distance of log_anti_dsdna from its mean"


def test_base_weights_stay_where_the_goals_are_met() -> None:
    base = np.array([0.5, 0.3, 0.2, 0.0])
    found = weigh({"x": np.array([0.0, 1.0, 1.0, 5.0])}, [Goal("x", "x", 0.5, 0.1)], 4, base=base)
    assert found.weights == pytest.approx(base)


def test_the_targets_of_weights_are_told() -> None:
    assert {"T04", "D01", "T13"} <= sought("clinic", "trial")
    assert not {"T04", "D01", "T13"} & sought("population")


def test_a_cohort_takes_its_members_and_people_along() -> None:
    drawn = draw(3, 0, 40)
    pool = Cohort(
        drawn.patients, drawn.parameters, drawn.traits, drawn.background, np.zeros((45, 40)),
        {"c3": np.linspace(0, 1, 40)}, {"SK": np.zeros(40)}, drawn.people,
    )  # fmt: skip
    found = cohort_of(pool, {"c3": pool.columns["c3"]}, [Goal("c3", "c3", 0.6, 0.01)], np.arange(40) % 2 == 0)
    assert found.cohort.patients.tolist() == list(range(0, 40, 2))
    assert found.weights @ found.cohort.columns["c3"] == pytest.approx(0.6, abs=0.01)
    assert np.array_equal(found.cohort.people.age, drawn.people.age[::2])
    assert joined([found.cohort, found.cohort]).people.size == 40
    assert isinstance(found.cohort.traits, Traits)


def test_a_published_median_is_met_when_half_of_the_members_lie_above_it() -> None:
    goal = next(goal for goal in standard_goals("nephritis_trial") if goal.name == "T14.median")
    skewed = np.log([2.5, 9.0, 30.0, 2.3, 2.2, 2.1])
    assert goal.row(skewed).mean() == goal.target
    assert 0.05 < goal.tolerance < 0.07  # 0.3 / 2.4 on the logarithm, of a normal quantity with an SD of 0.8
    assert "above" in goal.what
