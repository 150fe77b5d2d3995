"""Virtual patients: each depends on seed and number alone, and distributions are those of the data."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.evidence.parameters import Parameter, parameters
from lupercal.model.observation import CNS_ITEMS
from lupercal.population.draw import SIMPLEXES, draw, growth_for, quantile, varying


def test_a_patient_does_not_depend_on_how_many_are_drawn() -> None:
    many, few = draw(3, 0, 64), draw(3, 20, 5)
    for name, value in few.parameters.items():
        whole = many.parameters[name]
        assert np.array_equal(value, np.asarray(whole)[20:25] if np.ndim(whole) else whole)
    assert np.array_equal(few.traits.cns_item, many.traits.cns_item[20:25])
    assert np.array_equal(few.background["gc"], many.background["gc"][20:25])


def test_another_seed_gives_other_patients() -> None:
    assert not np.array_equal(draw(3, 0, 8).parameters["s_loop"], draw(4, 0, 8).parameters["s_loop"])


@pytest.mark.parametrize("parameter", varying(), ids=lambda p: p.symbol)
def test_quantiles_stay_in_range_rise_and_have_their_median(parameter: Parameter) -> None:
    u = np.linspace(0.001, 0.999, 501)
    found = quantile(parameter, u)
    positive = found[found > 0]
    assert positive.min() >= parameter.low * (1 - 1e-9)
    assert positive.max() <= parameter.high * (1 + 1e-9)
    assert (np.diff(found) >= 0).all()
    involved = parameter.spread.involved
    assert np.mean(found == 0) == pytest.approx(1 - involved, abs=0.01)
    assert np.median(positive) == pytest.approx(parameter.value, rel=0.25)


def test_spread_is_the_one_of_the_data_where_the_range_does_not_cut_it() -> None:
    found = quantile(parameters()["s_loop"], (np.arange(20_000) + 0.5) / 20_000)
    assert np.std(found) / np.mean(found) == pytest.approx(0.08, abs=0.004)


def test_weights_sum_to_one_and_growth_follows_loop_strength() -> None:
    p = draw(1, 0, 100).parameters
    for names in SIMPLEXES:
        assert np.allclose(sum(np.asarray(p[name]) for name in names), 1)
    assert np.allclose(np.asarray(p["p_am"]), growth_for(p))


def test_classes_have_their_shares() -> None:
    drawn = draw(5, 0, 4096)
    assert np.mean(np.asarray(drawn.parameters["pi_ki"]) > 0) == pytest.approx(0.4, abs=0.02)
    assert np.mean(drawn.background["gc"] > 0) == pytest.approx(0.75, abs=0.02)
    shares = np.bincount(drawn.traits.cns_item, minlength=len(CNS_ITEMS)) / 4096
    assert shares[CNS_ITEMS.index("seizure")] == pytest.approx(0.22, abs=0.02)
