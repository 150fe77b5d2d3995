"""Correlated draws: the correlations of the data, checked before use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.special import ndtri

from lupercal.errors import InputError
from lupercal.population.care import CARES
from lupercal.population.copula import FILE, correlations, read_correlations
from lupercal.population.draw import correlated_points, draw, drawn_names


def scores(name: str) -> Any:
    return ndtri(correlated_points(6, 0, 8192)[drawn_names().index(name)])


@pytest.mark.parametrize(
    ("one", "other", "value"), [("pi_ki", "DNref", 0.3), ("pi_ki", "pi_jo", -0.1), ("age_at_onset", "th4", -0.35)]
)
def test_drawn_scores_have_the_correlation_of_the_data(one: str, other: str, value: float) -> None:
    assert correlations().between(one, other) == value
    assert np.corrcoef(scores(one), scores(other))[0, 1] == pytest.approx(value, abs=0.02)


def test_drugs_follow_severity_and_unnamed_quantities_stay_alone() -> None:
    assert correlations().between("pred", "s_loop") == pytest.approx(0.7 * 0.4 / 0.96, abs=0.05)
    assert np.corrcoef(scores("pred"), scores("s_loop"))[0, 1] > 0.25
    assert abs(np.corrcoef(scores("rho"), scores("pred"))[0, 1]) < 0.02
    assert correlations().between("rho", "pred") == 0


def test_sicker_patients_take_more_prednisone_in_every_care() -> None:
    for care in CARES:
        drawn = draw(6, 0, 4096, care=care)
        assert np.corrcoef(drawn.background["gc"], np.asarray(drawn.parameters["s_loop"]))[0, 1] > 0.15


def test_every_name_is_a_drawn_quantity() -> None:
    assert set(correlations().names) <= set(drawn_names())


def changed(tmp_path: Path, change: Any) -> Path:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "correlations.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def pair(one: str, other: str, value: float, **more: str) -> dict[str, Any]:
    return {"of": [one, other], "value": value, "basis": "assumed", "source": "lupercal", "where": "a test", **more}


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ([pair("rho", "nu", 0.9), pair("nu", "kr_t", 0.9), pair("rho", "kr_t", -0.9)], "positive definite"),
        ([pair("DNref", "pi_ki", 0.1)], "each pair once"),
        ([pair("rho", "rho", 0.1)], "each pair once"),
        ([pair("rho", "nu", 1.0)], "less than 1"),
        ([pair("rho", "nu", 0.1, source="nowhere")], "a source of"),
        ([pair("rho", "pred", 0.1)], "severity alone"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, extra: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_correlations(changed(tmp_path, lambda document: document["pairs"].extend(extra)))
