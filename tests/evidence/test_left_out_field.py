"""Leaving a cluster out by block inversion says what the field without it says."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.evidence.left_out_field import LeftOutField
from lupercal.evidence.parameter_sets import FILE
from lupercal.evidence.residual import Residual, ResidualField
from lupercal.files.checked import read_as

SHIPPED = read_as(FILE.with_name("residual.yaml"), Residual)
FIELD = ResidualField(SHIPPED.figures, SHIPPED.draws[:2], SHIPPED.widening[:2])
LEFT_OUT = LeftOutField.of(FIELD)


@pytest.mark.parametrize("cluster", ["bliss", "erlangen", "maintain", "APLC", "nobody's"])
def test_a_cluster_is_left_out_as_if_it_had_never_been_there(cluster: str) -> None:
    of_cluster = [one for one in FIELD.figures if one.place.cluster == cluster]
    asked = [*of_cluster, *(one.model_copy(update={"model": None}) for one in of_cluster[:2]), *FIELD.figures[:3]]
    wanted = FIELD.without(cluster).conditioned().predict(asked)
    for mine, right in zip(LEFT_OUT.predict_without(cluster, asked), wanted, strict=True):
        assert mine == pytest.approx(right, abs=1e-8)


def test_what_was_observed_in_the_cluster_has_no_say() -> None:
    cluster = "bliss"
    figures = tuple(
        one.model_copy(update={"angle": 1.5 - one.angle, "model": None}) if one.place.cluster == cluster else one
        for one in FIELD.figures
    )
    asked = [one for one in FIELD.figures if one.place.cluster == cluster]
    other = LeftOutField.of(ResidualField(figures, FIELD.draws, FIELD.widening))
    for mine, theirs in zip(
        LEFT_OUT.predict_without(cluster, asked), other.predict_without(cluster, asked), strict=True
    ):
        assert np.allclose(mine, theirs, atol=1e-8)
