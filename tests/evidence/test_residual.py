"""Two fields, of true angles and of the model's errors: known answers, far places, what is left out, what ships."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.places import Place
from lupercal.evidence.random_effects import MIDDLE, SCALES, SharedFigure
from lupercal.evidence.residual import FILE, Residual, ResidualField, shipped_residual
from lupercal.files.checked import read_as

NOTHING = dict.fromkeys(SCALES, 0.0) | {"truth.cells": 1.0, "error.fitted": 1.0, "error.cells": 1.0}
SOME = st.floats(0.05, 0.5)


def place(study: str = "a", end_point: str = "sri_4", cells: bool = False, day: float = 365.0) -> Place:
    return Place(study, study, "drug", end_point, "response", "belimumab", "active", day, "year", cells)


def figure(study: str = "a", angle: float = 0.7, model: float | None = 0.7, **more: object) -> SharedFigure:
    given = {"variance": 0.01, "spread": 0.0, "fitted": False, "place": place(study)} | more
    return SharedFigure(angle=angle, model=model, **given)  # type: ignore[arg-type]


FAR = Place("c", "c", "x", "rash", "skin", "cream", "topical", 10.0, "early", False)


@given(truth=SOME, error=SOME, model=st.floats(0.0, 1.5))
def test_far_from_all_evidence_two_witnesses_are_weighed_by_how_much_each_errs(
    truth: float, error: float, model: float
) -> None:
    scales = NOTHING | {"truth.end_point": truth, "error.study": error}
    field = ResidualField((figure("b"),), (scales,))
    means, spreads = field.predict([figure("c", model=model, place=FAR)])
    weight = truth**2 / (truth**2 + error**2)
    assert means[0, 0] == pytest.approx(weight * model + (1 - weight) * MIDDLE)
    assert spreads[0, 0] == pytest.approx(error * np.sqrt(weight), abs=1e-4)
    means, spreads = field.predict([figure("c", model=None, place=FAR)])
    assert (means[0, 0], spreads[0, 0]) == pytest.approx((MIDDLE, truth))


@given(
    aways=st.lists(st.floats(-0.4, 0.4), min_size=1, max_size=6), between=SOME, own=SOME,
    variance=st.floats(0.001, 0.1), simulated=st.booleans(),
)  # fmt: skip
def test_one_way_random_effects_have_their_textbook_answer(
    aways: list[float], between: float, own: float, variance: float, simulated: bool
) -> None:
    """Best linear unbiased prediction of a group effect with known variances (Robinson 1991), of truth and of error."""
    side = "error" if simulated else "truth"
    scales = NOTHING | {f"{side}.study": between, f"{side}.own": own} | ({"truth.level": 50.0} if simulated else {})
    if simulated:  # a model that is off by as much from figures that are known for sure
        known = [
            figure("a", angle=0.7 + 0.1 * k, model=0.7 + 0.1 * k + away, variance=1e-9) for k, away in enumerate(aways)
        ]
        scales |= {"truth.own": 50.0}
        means, spreads = ResidualField(tuple(known), (scales,)).conditioned().corrected([figure("a", model=0.9)])
        shown, variance = 0.9 - float(means[0, 0]), 0.0
    else:
        known = [figure("a", angle=MIDDLE + away, model=None, variance=variance) for away in aways]
        means, spreads = ResidualField(tuple(known), (scales,)).predict([figure("a", model=None)])
        shown = float(means[0, 0]) - MIDDLE
    size, noise = len(aways), own**2 + variance
    assert shown == pytest.approx(between**2 * sum(aways) / (size * between**2 + noise), abs=1e-3)
    left = between**2 * noise / (size * between**2 + noise) + own**2
    assert spreads[0, 0] == pytest.approx(np.sqrt(left), rel=1e-2)


@given(
    seed=st.integers(0, 10_000), count=st.integers(1, 7),
    scales=st.lists(st.floats(0.02, 0.5), min_size=len(SCALES), max_size=len(SCALES)),
)  # fmt: skip
def test_it_is_a_normal_distribution_given_what_is_known(seed: int, count: int, scales: list[float]) -> None:
    """Against the plain conditional mean and variance of one large normal vector, every covariance written out."""
    chance = np.random.default_rng(seed)
    figures = [_random_figure(chance) for _ in range(count + 1)]
    by = dict(zip(SCALES, scales, strict=True))
    field = ResidualField(tuple(figures[1:]), (by,))
    truth, error = (
        np.array([[_shared(x, y, by, side) for y in figures] for x in figures]) for side in ("truth", "error")
    )
    heard = [k for k, one in enumerate(figures) if one.model is not None]
    chances = np.diag([0.0, *(one.variance for one in figures[1:])])
    top = np.hstack([truth + chances, truth[:, heard]])
    whole = np.vstack([top, np.hstack([truth[heard], (truth + error)[np.ix_(heard, heard)]])])
    values = (
        np.array([*(one.angle for one in figures), *(one.model for one in figures if one.model is not None)]) - MIDDLE
    )
    known = np.arange(1, len(values))
    gain = np.linalg.solve(whole[np.ix_(known, known)], whole[known, 0])
    means, spreads = field.predict(figures[:1])
    assert means[0, 0] == pytest.approx(MIDDLE + gain @ values[known], abs=1e-6)
    assert spreads[0, 0] ** 2 == pytest.approx(max(whole[0, 0] - gain @ whole[known, 0], 1e-8), abs=1e-6)


def _random_figure(chance: np.random.Generator) -> SharedFigure:
    study, arm, point = (str(chance.integers(3)) for _ in range(3))
    where = Place(
        study, study, "x", point, point[0], arm, arm, float(chance.uniform(20, 900)), "b", bool(chance.integers(2))
    )
    simulated = bool(chance.integers(2))
    return SharedFigure(
        place=where, angle=float(chance.uniform(0.1, 1.4)), variance=float(chance.uniform(0.001, 0.05)),
        model=float(chance.uniform(0.1, 1.4)) if simulated else None, spread=0.02 if simulated else 0.0,
        fitted=simulated and bool(chance.integers(2)),
    )  # fmt: skip


def _shared(one: SharedFigure, other: SharedFigure, by: dict[str, float], side: str) -> float:
    x, y = one.place, other.place
    apart = np.log((x.day + 30) / (y.day + 30)) / 0.7
    same = {
        "level": True,
        "family": x.family == y.family,
        "family_kind": (x.family, x.kind) == (y.family, y.kind),
        "end_point": x.end_point == y.end_point,
        "treatment": (x.treatment, x.kind) == (y.treatment, y.kind),
        "end_point_treatment": (x.end_point, x.treatment, x.kind) == (y.end_point, y.treatment, y.kind),
        "end_point_kind_time": ((x.end_point, x.kind) == (y.end_point, y.kind)) * np.exp(-0.5 * apart**2),
        "study": x.study == y.study,
        "study_end_point": (x.study, x.end_point) == (y.study, y.end_point),
        "own": one is other,
    }
    total = sum(by[f"{side}.{name}"] ** 2 * how for name, how in same.items())
    if side == "error" and one is other:
        total += by["error.sets"] ** 2 * one.spread
    for each in (one, other):
        total *= by[f"{side}.cells"] if each.place.cells else 1.0
        total *= by["error.fitted"] if side == "error" and each.fitted else 1.0
    return float(total)


def test_a_place_nearer_in_time_is_corrected_more() -> None:
    scales = NOTHING | {"truth.own": 1.0, "error.end_point_kind_time": 0.2, "error.own": 0.01}
    asked = [figure("z", place=place("z", day=day)) for day in (365.0, 400.0, 1500.0, 28.0)]
    means, _ = ResidualField((figure("a", angle=1.0),), (scales,)).conditioned().corrected(asked)
    away = (means[0] - 0.7).tolist()
    assert away[0] > away[1] > away[2] > 0
    assert away[0] > away[3] > 0


def test_a_person_is_not_drawn_to_what_studies_report_of_others() -> None:
    scales = NOTHING | {"truth.end_point": 0.3, "error.own": 0.2}
    others = tuple(figure(f"s{k}", angle=0.3, model=None, variance=0.001) for k in range(9))
    field = ResidualField(others, (scales,)).conditioned()
    asked = [figure("z", model=1.2)]
    assert field.predict(asked)[0][0, 0] < 0.8
    assert field.corrected(asked)[0][0, 0] == pytest.approx(1.2)


def test_errors_about_cells_and_at_fitted_figures_have_scales_of_their_own() -> None:
    scales = NOTHING | {"error.own": 0.1, "error.cells": 2.0, "error.fitted": 0.5}
    asked = [figure(), figure(place=place(cells=True)), figure(fitted=True)]
    _, spreads = ResidualField((), (scales,)).conditioned().corrected(asked)
    assert spreads[0].tolist() == pytest.approx([0.1, 0.2, 0.05], rel=1e-3)


def test_what_is_left_out_or_asked_has_no_say() -> None:
    scales = NOTHING | {"truth.study": 0.1, "truth.end_point": 0.2, "error.own": 0.03, "error.study": 0.2}
    told = {
        away: ResidualField((figure("a", away), figure("b", 0.9)), (scales,)).without("a").predict([figure("a", away)])
        for away in (0.2, 1.2)
    }
    assert all(np.array_equal(one, other) for one, other in zip(told[0.2], told[1.2], strict=True))


def test_what_is_asked_together_is_told_as_alone() -> None:
    scales = NOTHING | {"truth.study": 0.1, "truth.end_point": 0.2, "error.own": 0.03, "error.study": 0.2}
    field = ResidualField((figure("a", 0.4), figure("b", 0.9, None)), (scales,)).conditioned()
    asked = [figure("a", model=0.3), figure("z", model=None), figure("b", model=1.1, fitted=True)]
    together = np.concatenate(field.predict(asked))
    alone = np.concatenate([np.concatenate(field.predict([one])) for one in asked], axis=1)
    assert together == pytest.approx(alone)


def test_what_is_out_of_date_is_not_used() -> None:
    shipped = read_as(FILE, Residual)
    assert all(set(draw) == set(SCALES) for draw in shipped.draws)
    assert {one.place.cells for one in shipped.figures} == {True, False}
    assert (shipped_residual() is not None) == shipped.is_current()


@pytest.mark.slow
def test_what_ships_is_of_this_ensemble_these_parameters_and_these_studies() -> None:
    """Written by ``lupercal validate --skill --ship``; run it again where this fails."""
    assert read_as(FILE, Residual).is_current()
