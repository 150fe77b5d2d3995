"""Virtual patients: each depends on seed and number alone, and distributions are those of the data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from lupercal.engine.streams import PEOPLE_POINTS
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import Parameter, parameters
from lupercal.model.observation import CNS_ITEMS
from lupercal.population.draw import SIMPLEXES, correlated_points, draw, drawn_names, growth_for, sobol_points, varying
from lupercal.population.quantiles import quantile


def test_a_patient_does_not_depend_on_how_many_are_drawn() -> None:
    many, few = draw(3, 0, 64), draw(3, 20, 5)
    for name, value in few.parameters.items():
        whole = many.parameters[name]
        assert np.array_equal(value, np.asarray(whole)[20:25] if np.ndim(whole) else whole)
    assert np.array_equal(few.traits.cns_item, many.traits.cns_item[20:25])
    assert np.array_equal(few.background["gc"], many.background["gc"][20:25])
    assert np.array_equal(few.people.age, many.people.age[20:25])


def test_another_seed_gives_other_patients() -> None:
    assert not np.array_equal(draw(3, 0, 8).parameters["s_loop"], draw(4, 0, 8).parameters["s_loop"])


def test_care_changes_drugs_and_duration_but_not_the_disease() -> None:
    clinic, trial = draw(3, 0, 64, care="clinic"), draw(3, 0, 64, care="trial")
    assert trial.background["gc"].sum() > clinic.background["gc"].sum()
    assert (trial.people.disease_duration < clinic.people.disease_duration).all()
    assert np.array_equal(trial.people.age_at_onset, clinic.people.age_at_onset)
    assert all(np.array_equal(trial.parameters[name], value) for name, value in clinic.parameters.items())


def test_an_unknown_care_is_refused() -> None:
    with pytest.raises(LupercalError, match="there are: population, clinic, trial"):
        draw(3, 0, 8, care="ward")  # type: ignore[arg-type]


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
    shares = np.bincount(drawn.traits.cns_item, minlength=len(CNS_ITEMS)) / 4096
    assert shares[CNS_ITEMS.index("seizure")] == pytest.approx(0.22, abs=0.02)
    assert drawn.traits.vasculitis_prone.mean() == pytest.approx(0.15, abs=0.02)


def test_correlations_change_no_distribution() -> None:
    plain, together = sobol_points(5, PEOPLE_POINTS, 0, 4096, len(drawn_names())), correlated_points(5, 0, 4096)
    for row, name in enumerate(drawn_names()):
        assert kstest(together[row], "uniform").statistic < 0.015, name
        assert kstest(plain[row], "uniform").statistic < 0.015


def test_low_interferon_is_a_class_of_its_own() -> None:
    given = {"i_c.cv": 1e-6, "ifn_high_share": 0.75, "ifn_low_factor": 0.2}
    found = np.asarray(draw(5, 0, 4096, given).parameters["i_c"])
    low = found < 0.5 * parameters()["i_c"].value
    assert low.mean() == pytest.approx(0.25, abs=0.01)
    assert found[low] == pytest.approx(0.2 * parameters()["i_c"].value, rel=1e-3)


def test_one_number_for_all_and_one_for_each_patient_are_the_same() -> None:
    given = {"onset_before_16": 0.2, "clinic_pred": 9.0, "seronegative": 0.3, "s_loop": 1.01, "pi_ki.involved": 0.5}
    one, each = draw(5, 0, 256, given), draw(5, 0, 256, {name: np.full(256, value) for name, value in given.items()})
    assert np.array_equal(one.people.age_at_onset, each.people.age_at_onset)
    assert np.array_equal(one.background["gc"], each.background["gc"])
    assert np.array_equal(np.asarray(one.parameters["DNref"]), np.asarray(each.parameters["DNref"]))
    assert np.array_equal(one.people.ever_nephritis, each.people.ever_nephritis)


def test_taking_patients_takes_all_that_belongs_to_them() -> None:
    drawn, index = draw(5, 0, 32), np.array([4, 4, 9])
    taken = drawn.take(index)
    assert taken.patients.tolist() == [4, 4, 9]
    assert np.array_equal(taken.people.age, drawn.people.age[index])
    assert np.array_equal(np.asarray(taken.parameters["rho"]), np.asarray(drawn.parameters["rho"])[index])
