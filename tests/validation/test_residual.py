"""Scales of the residual: the slope of what is minimised, what made-up figures give back, what stands for the model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from lupercal.engine.random import normals
from lupercal.evidence.residual import SCALES, Difference
from lupercal.validation.places import Share
from lupercal.validation.residual import DRAWS, ScaleProblem, differences, likeliest
from lupercal.validation.stacking import stacked
from tests.validation.test_meta_analysis import share


def figures(studies: int, each: int, between: float, own: float, **more: object) -> list[Difference]:
    """Return figures of end points of one kind whose studies differ by a known standard deviation."""
    of_study = between * normals(3, "made up studies", np.arange(studies))
    of_figure = np.sqrt(own**2 + 0.002) * normals(4, "made up figures", np.arange(studies * each))
    found = []
    for k in range(studies * each):
        place = share(f"s{k // each}", end_point=f"e{k % each}", day=30.0 + 60 * (k % each)).place
        away = float(of_study[k // each] + of_figure[k])
        given = {"spread": 0.01 * (k % 3), "modelled": k % 5 > 0, "fitted": k % 2 == 0} | more
        found.append(Difference(place=place, angle=0.7 + away, variance=0.002, model=0.7 + 0.01 * (k % 7), **given))  # type: ignore[arg-type]
    return found


def test_the_slope_is_that_of_the_loss() -> None:
    problem = ScaleProblem.of_figures(figures(6, 4, 0.1, 0.1))
    logs = np.log(np.linspace(0.05, 0.4, len(SCALES)))

    def loss(at: np.ndarray) -> float:
        return float(problem.loss(at)[0])

    def slope(at: np.ndarray) -> np.ndarray:
        return np.asarray(problem.loss(at)[1])

    wrong = check_grad(loss, slope, logs)
    assert wrong < 1e-3 * np.linalg.norm(problem.loss(logs)[1])


def test_made_up_studies_give_their_scale_back() -> None:
    made = figures(40, 3, 0.15, 0.03, modelled=True, fitted=False, spread=0.0)
    scales = dict(zip(SCALES, np.exp(likeliest(made).best), strict=True))
    assert scales["study"] == pytest.approx(0.15, rel=0.35)
    assert scales["own"] < 0.08


def test_draws_spread_around_the_likeliest_scales_and_move_with_them() -> None:
    made = figures(8, 3, 0.1, 0.05)
    found = likeliest(made, seed=2)
    of_studies = np.array([draw["study"] for draw in found.draws()])
    assert 0 < of_studies.min() < of_studies.max()
    assert found.draws() == likeliest(made, seed=2).draws()
    fewer = likeliest(made[:-3], near=found)
    assert fewer.drawn - fewer.best == pytest.approx(found.drawn - found.best)
    assert np.abs(fewer.best - likeliest(made[:-3]).best).max() < 0.3


def test_like_figures_stand_in_where_the_model_says_nothing() -> None:
    shares: list[Share] = [share("a"), share("b"), share("c", end_point="lldas")]
    told = {("a", 0): np.array([0.3, 0.3]), ("c", 0): np.array([0.9, 0.9])}
    found = differences(shares, told, {"a#0"})
    assert [one.modelled for one in found] == [True, False, True]
    assert found[1].model == pytest.approx(np.arcsin(np.sqrt(0.3)))
    assert [one.fitted for one in found] == [True, False, False]


@pytest.mark.parametrize("tells", [True, False])
def test_the_weight_goes_to_the_field_that_foretells_left_out_studies(tells: bool) -> None:
    shares, told = [], {}
    for k in range(24):
        fraction = 0.15 + 0.7 * (k % 6) / 5
        one = share(f"s{k}", events=round(100 * fraction), end_point=f"e{k % 2}")
        shares.append(one)
        told[f"s{k}", 0] = np.full(3, fraction if tells else 0.15 + 0.7 * ((k * 5 + 2) % 7) / 6)
    found = stacked(shares, differences(shares, told, ()))
    assert (found.field.weight > 0.7) is tells
    left = found.without("s3")
    assert all(one.place.study != "s3" for one in left.figures)
    assert len(left.draws) == len(left.blind_draws) == DRAWS
