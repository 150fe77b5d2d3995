"""Usual care: shares, doses in tablets, and those who hardly take what they were prescribed."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.evidence.natural_history import figure, targets
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.parameters import values
from lupercal.population.care import absorbed
from lupercal.population.draw import draw
from lupercal.trial.pool import pool


def test_a_trial_has_the_published_shares_at_baseline() -> None:
    drugs = draw(7, 0, 8192, care="trial").background
    assert targets()["T15"].hit({"value": float((drugs["gc"] > 7.5).mean())})
    assert (drugs["gc"] > 0).mean() == pytest.approx(0.86, abs=0.01)
    assert 8.8 < drugs["gc"].mean() < 12.7


@pytest.mark.slow
def test_those_who_are_active_enter_trials_with_about_as_many_drugs_as_published() -> None:
    shares = []
    for typical in accepted_sets():
        people = pool(typical, 7, 600, nephritis=False)
        active = (people.role == "entering") & (people.screening["sledai_2k"] >= 6)
        shares.append([(people.cohort.background[name][active] > 0).mean() for name in ("hq", "ap")])
    antimalarial, immunosuppressant = np.mean(shares, axis=0)
    assert antimalarial == pytest.approx(0.73, abs=0.08)
    assert immunosuppressant == pytest.approx(0.485, abs=0.08)


def accepted_sets() -> list[dict[str, float]]:
    sets = accepted()
    assert sets is not None
    return sets.spread(3)


def test_a_clinic_has_its_own_and_a_registry_takes_least() -> None:
    clinic, registry = (draw(7, 0, 4096, care=care).background["gc"] for care in ("clinic", "population"))
    assert (clinic > 0).mean() == pytest.approx(0.455, abs=0.01)
    assert registry.mean() < clinic.mean() < draw(7, 0, 4096, care="trial").background["gc"].mean()


def test_prednisone_is_taken_in_tablets() -> None:
    doses = draw(7, 0, 4096, care="trial").background["gc"]
    assert np.allclose(doses % 2.5, 0)
    assert doses.max() <= 40


def test_the_share_of_severe_non_adherence_is_the_published_one() -> None:
    share = figure("adherence.severe_nonadherence_slicc").values["value"] / 100
    gain, u = np.full(1000, 2.5), (np.arange(1000) + 0.5) / 1000
    low = absorbed(gain, u, values()) < 1
    assert low.mean() == pytest.approx(share, abs=0.002)
