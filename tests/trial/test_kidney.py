"""Renal responses of trials: each definition stands once, and a trial judges as the instrument does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.studies import study
from lupercal.instruments import instrument
from lupercal.instruments.columns import View
from lupercal.instruments.registry import score
from lupercal.instruments.renal_response import DEFINITIONS, disease_conditions
from lupercal.instruments.three_valued import all_of
from lupercal.trial.conduct import conduct
from lupercal.trial.endpoints.kidney import definition, responds, rules
from lupercal.trial.pool import Pool
from lupercal.trial.seen import SeenArm
from lupercal.validation.as_trial import design
from tests.trial.conftest import SEED

NAMED = tuple(
    name
    for name in DEFINITIONS
    if any(name in group for table in rules()["measures"].values() for group in table.values())
)


@pytest.fixture(scope="module")
def arm(people: Pool) -> SeenArm:
    trial = design(study("bliss_ln"))
    one = next(iter(trial.arms))
    return conduct(replace(trial, arms={one: trial.arms[one]}), people, SEED, 24).arms[one]


def test_every_renal_response_of_a_trial_is_an_instrument_with_a_source() -> None:
    used = {name for table in rules()["measures"].values() for group in table.values() for name in group}
    assert used <= DEFINITIONS.keys()
    assert all(instrument(name).source.startswith("doi:") for name in used)


@pytest.mark.parametrize("name", NAMED)
def test_a_trial_judges_as_the_instrument_does(name: str, arm: SeenArm) -> None:
    last = {key: column[-1] for key, column in arm.columns.items()}
    then = {f"{key}@baseline": column[0] for key, column in arm.columns.items()}
    given_too = {"egfr@preflare": arm.columns["egfr"][0], "treatment_failure": np.zeros(arm.size)}
    days = np.where((arm.columns["prednisone"][arm.days > arm.days[-1] - 56] > 10).any(axis=0), 56.0, 0.0)
    steroid = {"days_above_10mg": days, "consecutive_days_above_10mg": days}
    expected = score(name, last | then | given_too | steroid).value
    assert np.array_equal(responds(definition(name), arm)[-1], expected == 1)


@given(st.floats(0.01, 12), st.floats(0.01, 12), st.booleans())
def test_nephrotic_proteinuria_must_leave_its_range(then: float, now: float, suffices: bool) -> None:
    rule = definition("renal_response_alms" if suffices else "kdigo_2024_partial")
    columns = {
        "upcr": np.array(now),
        "upcr@baseline": np.array(then),
        "egfr": np.array(90.0),
        "egfr@baseline": np.array(90.0),
    }
    holds = bool(all_of(disease_conditions(View(columns), rule).values()).low)
    halved, below = now <= (1.0 - 0.5) * then, now < 3.0
    expected = (below if then >= 3.0 else halved) if suffices else halved and (below or then < 3.0)
    assert holds == expected


def test_steroid_above_ten_milligrams_is_no_response_where_the_definition_says_so(arm: SeenArm) -> None:
    none = np.zeros_like(arm.columns["upcr"])
    cured = {"upcr": none, "prednisone": none, "egfr": none + 90.0}
    late = cured["prednisone"].copy()
    late[-2] = 12.0
    well, treated = (
        replace(arm, visits=arm.visits.having(cured | {"prednisone": dose}), cache={})
        for dose in (cured["prednisone"], late)
    )
    assert responds(definition("crr_aurora"), well)[-1].all()
    assert not responds(definition("crr_aurora"), treated)[-1].any()
    assert responds(definition("kdigo_2024_complete"), treated)[-1].sum() > 0
