"""The search for a first point on problems whose best point is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lupercal.calibration.data import Data, FittedFigure
from lupercal.calibration.search import search
from lupercal.calibration.space import space

WITHIN = space(("hq_pb", "b_am"), {"hq_pb": (0.0, 0.8), "b_am": (0.0, 0.35)}, {"hq_pb": 0.1, "b_am": 0.3})


def curved(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
    return [{key: one["hq_pb"] ** 2 + k * one["b_am"] for k, key in enumerate(keys)} for one in sets]


def quiet(text: str, share: float) -> None:
    del text, share


def data_at(hq_pb: float, b_am: float, error: float = 0.01) -> Data:
    return Data(tuple(FittedFigure(f"x{k}", hq_pb**2 + k * b_am, error, False) for k in range(4)))


def test_it_comes_to_the_point_the_data_were_made_at() -> None:
    path = search(WITHIN, data_at(0.5, 0.1), curved, 60, quiet)
    found = WITHIN.typical(path[-1].scores)
    assert found["hq_pb"] == pytest.approx(0.5, abs=0.03)
    assert found["b_am"] == pytest.approx(0.1, abs=0.02)


def test_the_loss_never_rises_and_the_first_point_is_the_centre() -> None:
    path = search(WITHIN, data_at(0.7, 0.05), curved, 12, quiet)
    assert np.array_equal(path[0].scores, WITHIN.centre)
    losses = [one.loss for one in path]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_a_figure_that_cannot_be_met_does_not_rule_the_others() -> None:
    good = data_at(0.5, 0.1)
    with_wrong = Data((*good.rows, FittedFigure("x4", 50.0, 0.01, False)))
    found = WITHIN.typical(search(WITHIN, with_wrong, curved, 60, quiet)[-1].scores)
    assert found["hq_pb"] == pytest.approx(0.5, abs=0.1)


def test_what_is_not_predicted_moves_nothing() -> None:
    path = search(WITHIN, data_at(0.5, 0.1), lambda sets, keys: [{} for _ in sets], 2, quiet)
    assert np.array_equal(path[-1].scores, WITHIN.centre)
