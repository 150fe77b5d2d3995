"""Scales of the residual: the slope of what is minimised, what made-up figures give back, what the model cannot say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import norm, t

from lupercal.engine.random import normals
from lupercal.evidence.random_effects import SCALES, SharedFigure
from lupercal.evidence.residual import ResidualField
from lupercal.validation.left_out import TAILS, WIDTHS, UnseenShares, curve_of, factors_of
from lupercal.validation.places import Share
from lupercal.validation.residual import ScaleProblem, likeliest, shared_figures, without_cluster
from tests.validation.test_meta_analysis import share


def figures(studies: int, each: int, between: float, own: float, **more: object) -> list[SharedFigure]:
    """Return figures of end points of one kind of which the model errs by study, by a known standard deviation."""
    of_study = between * normals(3, "made up studies", np.arange(studies))
    of_figure = own * normals(4, "made up figures", np.arange(studies * each))
    truth = 0.7 + 0.25 * normals(5, "made up truth", np.arange(studies * each))
    seen = truth + np.sqrt(0.002) * normals(6, "made up chance", np.arange(studies * each))
    made = []
    for k in range(studies * each):
        place = share(f"s{k // each}", end_point=f"e{k % each}", day=30.0 + 60 * (k % each)).place
        model = None if k % 5 == 0 else float(truth[k] + of_study[k // each] + of_figure[k])
        given = {"spread": 0.01 * (k % 3) * (k % 5 > 0), "fitted": k % 5 == 2, "model": model} | more
        made.append(SharedFigure(place=place, angle=float(seen[k]), variance=0.002, **given))  # type: ignore[arg-type]
    return made


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
    made = figures(40, 3, 0.15, 0.03, fitted=False, spread=0.0)
    scales = dict(zip(SCALES, np.exp(likeliest(made).best), strict=True))
    assert scales["error.study"] == pytest.approx(0.15, rel=0.35)
    assert scales["error.own"] < 0.08
    assert scales["truth.own"] == pytest.approx(0.25, rel=0.35)


def test_draws_spread_around_the_likeliest_scales_and_move_with_them() -> None:
    made = figures(8, 3, 0.1, 0.05)
    scales = likeliest(made, seed=2)
    of_studies = np.array([draw["error.study"] for draw in scales.draws()])
    assert 0 < of_studies.min() < of_studies.max()
    assert scales.draws() == likeliest(made, seed=2).draws()
    left = without_cluster(ResidualField(tuple(made), scales.draws()), scales, "s3")
    assert all(one.place.study != "s3" for one in left.figures)
    fewer = likeliest([one for one in made if one.place.study != "s3"], near=scales)
    assert fewer.drawn - fewer.best == pytest.approx(scales.drawn - scales.best)
    assert left.draws == fewer.draws()


def test_where_the_model_says_nothing_there_is_nothing_to_hear() -> None:
    shares: list[Share] = [share("a"), share("b"), share("c", end_point="lldas")]
    told = {("a", 0): np.array([0.3, 0.3]), ("c", 0): np.array([0.9, 0.9])}
    made = shared_figures(shares, told, {"a#0", "b#0"})
    assert [one.model for one in made] == pytest.approx([np.arcsin(np.sqrt(0.3)), None, np.arcsin(np.sqrt(0.9))])
    assert [one.fitted for one in made] == [True, False, False]


@pytest.mark.parametrize("tells", [True, False])
def test_a_model_that_tells_is_heard_and_one_that_does_not_is_not(tells: bool) -> None:
    shares, told = [], {}
    for k in range(24):
        fraction = 0.15 + 0.7 * (k % 6) / 5
        one = share(f"s{k}", events=round(100 * fraction), end_point=f"e{k % 2}")
        shares.append(one)
        told[f"s{k}", 0] = np.full(3, fraction if tells else 0.15 + 0.7 * ((k * 5 + 2) % 7) / 6)
    made = shared_figures(shares, told, ())
    field = ResidualField(tuple(made[1:]), likeliest(made[1:]).draws())
    low, high = (made[0].model_copy(update={"model": angle}) for angle in (0.4, 1.2))
    means = field.predict([low, high])[0].mean(axis=0)
    assert (means[1] - means[0]) / 0.8 == pytest.approx(0.9 if tells else 0.3, abs=0.15)


def test_left_out_studies_say_how_much_too_sure_scales_are() -> None:
    """Figures foretold with half the spread they have ask for wider ones, those with their own for none."""
    shares = [share(f"s{k}", events=round(200 * x)) for k, x in enumerate((np.arange(30) + 0.5) / 30)]
    parts = tuple((np.array([np.pi / 4]), np.array([spread])) for spread in (0.25, 0.5) for _ in shares)
    tight, right = (
        UnseenShares(
            dict(zip(shares, own, strict=True)),
            {one.place.cluster: curve_of(one, *part) for one, part in zip(shares, own, strict=True)},
        )
        for own in (parts[:30], parts[30:])
    )
    assert np.median(tight.widening(24)) > 1.4
    assert np.median(right.widening(24)) == pytest.approx(1.0, abs=0.15)
    assert tight.widening(24, "s0") != tight.widening(24)
    assert UnseenShares({}, {}).widening(2) == (1.0, 1.0)


def test_factors_of_many_parts_make_a_normal_distribution_one_of_student() -> None:
    parts = 4001
    factors = factors_of(parts)[WIDTHS.index(1.0)]
    assert TAILS[0] == 4.0
    for at in (0.5, 1.5, 3.0):
        assert np.mean(norm.cdf(at / factors)) == pytest.approx(t.cdf(at, 4.0), abs=1e-3)
