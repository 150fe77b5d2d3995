"""The burn-in: who lived it is an active lupus patient with a baseline visit like a real one's."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.engine.task import Outcome
from lupercal.instruments.registry import score
from lupercal.patient.variables import variables
from lupercal.population.burn_in import Lived, live, plausible
from lupercal.population.draw import draw

DRUGS = {"gc": 7.5, "hq": 400.0}


@pytest.fixture(scope="module")
def lived() -> Lived:
    return live(draw(2, 0, 48), 2, DRUGS)


def test_a_visit_is_complete_and_within_plausible_ranges(lived: Lived) -> None:
    assert not np.isnan(score("sledai_2k", lived.columns).value).any()
    assert lived.usable.all()
    for name in ("anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "pga"):
        assert (lived.columns[name] >= variables()[name].low).all()


def test_disease_is_active_and_differs_between_patients(lived: Lived) -> None:
    activity = score("sledai_2k", lived.columns).value
    assert 6 < activity.mean() < 20
    assert activity.std() > 3


def test_a_patient_does_not_depend_on_the_others(lived: Lived) -> None:
    few = live(draw(2, 30, 3), 2, DRUGS)
    assert np.array_equal(few.states, lived.states[:, 30:33])
    assert np.array_equal(few.columns["upcr"], lived.columns["upcr"][30:33])
    assert np.array_equal(few.noise["SK"], lived.noise["SK"][30:33])


def test_engines_agree_on_the_baseline_visit(lived: Lived) -> None:
    checked = live(draw(2, 0, 6), 2, DRUGS, "reference")
    assert np.allclose(checked.columns["anti_dsdna"], lived.columns["anti_dsdna"][:6], rtol=2e-4)
    assert np.allclose(checked.columns["upcr"], lived.columns["upcr"][:6], rtol=2e-4)


def test_a_failed_or_implausible_patient_is_counted_by_reason() -> None:
    outcome = np.array([Outcome.DONE, Outcome.NOT_FINITE, Outcome.DONE], np.int8)
    usable, rejected = plausible({"c3": np.array([1.0, 1.0, 99.0])}, outcome)
    assert usable.tolist() == [True, False, False]
    assert rejected == {"not_finite": 1, "c3": 1}
