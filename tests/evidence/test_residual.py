"""The field of residuals: the known answer of one-way random effects, far places, what is left out, what ships."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.places import Place
from lupercal.evidence.residual import FILE, SCALES, Difference, Residual, ResidualField, shipped_residual
from lupercal.files.checked import read_as

NOTHING = dict.fromkeys(SCALES, 0.0) | {"fitted": 1.0, "cells": 1.0}


def place(study: str = "a", end_point: str = "sri_4", cells: bool = False, day: float = 365.0) -> Place:
    return Place(study, study, "drug", end_point, "response", "belimumab", "active", day, "year", cells)


def difference(
    study: str = "a", away: float = 0.0, variance: float = 0.01, model: float = 0.7, **more: object
) -> Difference:
    given = {"spread": 0.0, "modelled": True, "fitted": False, "place": place(study)} | more
    return Difference(angle=model + away, variance=variance, model=model, **given)  # type: ignore[arg-type]


@given(
    aways=st.lists(st.floats(-0.4, 0.4), min_size=1, max_size=6),
    between=st.floats(0.02, 0.5), own=st.floats(0.02, 0.5), variance=st.floats(0.001, 0.1),
)  # fmt: skip
def test_one_way_random_effects_have_their_textbook_answer(
    aways: list[float], between: float, own: float, variance: float
) -> None:
    """Best linear unbiased prediction of a group effect with known variances (Robinson 1991)."""
    scales = NOTHING | {"study": between, "own": own}
    others = [difference("b", 0.3), *(difference("a", away, variance) for away in aways)]
    means, spreads, _ = ResidualField(tuple(others), (scales,)).predict([difference("a")])
    size, noise = len(aways), own**2 + variance
    shrunk = between**2 * sum(aways) / (size * between**2 + noise)
    left = between**2 * noise / (size * between**2 + noise) + own**2
    assert means[0, 0] == pytest.approx(0.7 + shrunk, abs=1e-9)
    assert spreads[0, 0] == pytest.approx(np.sqrt(left), rel=1e-6)


def test_far_from_all_evidence_it_is_the_model_with_honest_width() -> None:
    scales = NOTHING | {"study": 0.1, "end_point": 0.2, "treatment": 0.05, "own": 0.03}
    known = (difference("a", 0.4), difference("b", 0.4))
    far = difference("c", place=Place("c", "c", "x", "rash", "skin", "cream", "topical", 10.0, "early", False))
    near = difference("d")
    means, spreads, _ = ResidualField(known, (scales,)).predict([far, near])
    assert means[0, 0] == pytest.approx(0.7)
    assert spreads[0, 0] == pytest.approx(np.sqrt(0.1**2 + 0.2**2 + 0.05**2 + 0.03**2))
    assert means[0, 1] > 0.85
    assert spreads[0, 1] < spreads[0, 0]


def test_a_place_nearer_in_time_is_corrected_more() -> None:
    scales = NOTHING | {"end_point_kind_time": 0.2, "own": 0.01}
    asked = [difference("z", place=place("z", day=day)) for day in (365.0, 400.0, 1500.0, 28.0)]
    means, _, _ = ResidualField((difference("a", 0.3),), (scales,)).predict(asked)
    away = (means[0] - 0.7).tolist()
    assert away[0] > away[1] > away[2] > 0
    assert away[0] > away[3] > 0


def test_cells_and_fitted_figures_have_scales_of_their_own() -> None:
    scales = NOTHING | {"own": 0.1, "cells": 2.0, "fitted": 0.5}
    asked = [difference(), difference(place=place(cells=True)), difference(fitted=True)]
    _, spreads, _ = ResidualField((), (scales,)).predict(asked)
    assert spreads[0].tolist() == pytest.approx([0.1, 0.2, 0.05])


def test_what_is_left_out_has_no_say() -> None:
    scales = NOTHING | {"study": 0.1, "end_point": 0.2, "own": 0.03}
    asked = [difference("a")]
    by = {
        away: ResidualField((difference("a", away), difference("b", 0.1)), (scales,)).without("a").predict(asked)
        for away in (-0.5, 0.5)
    }
    assert all(np.array_equal(one, other) for one, other in zip(by[-0.5], by[0.5], strict=True))


def test_the_field_without_a_model_does_not_listen_to_it() -> None:
    scales = NOTHING | {"end_point": 0.3, "own": 0.03, "not_modelled": 0.01}
    both = ResidualField((difference("b", 0.1),), (scales,), (scales,), weight=0.25, weight_fitted=0.75)
    low, high = (both.predict([difference("a", model=model)]) for model in (0.2, 1.2))
    assert low[0][1] == high[0][1]
    assert low[0][0] < high[0][0]
    assert low[2][:, 0].tolist() == pytest.approx([0.25, 0.75])
    assert both.predict([difference("a", fitted=True)])[2][:, 0].tolist() == pytest.approx([0.75, 0.25])


def test_what_is_out_of_date_is_not_used() -> None:
    shipped = read_as(FILE, Residual)
    assert all(set(draw) == set(SCALES) for draw in (*shipped.draws, *shipped.blind_draws))
    assert {one.place.cells for one in shipped.figures} == {True, False}
    assert 0 <= shipped.weight <= 1
    assert (shipped_residual() is not None) == shipped.is_current()


@pytest.mark.slow
def test_what_ships_is_of_this_ensemble_these_parameters_and_these_studies() -> None:
    """Written by ``lupercal validate --skill --ship``; run it again where this fails."""
    assert read_as(FILE, Residual).is_current()
