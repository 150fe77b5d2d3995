"""What a history shows of the kidney: an episode that ended, one that was seen to begin, one that was always there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lupercal.evidence.studies import study
from lupercal.trial.conduct import TrialRun, conduct
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.nephritis_before import BEGAN, EARLIER, STANDING, nephritis_before
from lupercal.trial.pool import Pool, pool
from lupercal.validation.as_trial import design
from lupercal.visits.visits import Visits
from tests.trial.conftest import SEED


def of_ratios(ratios: Sequence[float], every: int = 45) -> float:
    """Return the class of one person whose last visits, so many days apart, showed these ratios (g/g)."""
    days = np.arange(1 - len(ratios), 1) * every
    return float(nephritis_before(Visits(days, {"upcr": np.array(ratios)[:, None]}))[0])


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((2.0, 2.0, 0.4, 0.4, 0.4, 2.0), EARLIER),
        ((0.2, 1.0, 1.0, 0.7, 0.7, 0.7, 0.9), EARLIER),  # at the limits of episode and quiet
        ((2.0, 2.0, 0.4, 0.4, 0.4, 0.4), EARLIER),  # what comes next is a relapse, whenever it comes
        ((2.0, 2.0, 0.4, 0.4, 2.0, 2.0), STANDING),  # quiet for 45 days: the same episode goes on
        ((2.0, 2.0, 0.4, 0.4, 0.8, 0.4, 0.4), STANDING),  # never quiet for long enough in one go
        ((0.4, 2.0, 0.4, 0.4, 0.4, 2.0), BEGAN),  # one high value is no episode
        ((0.4, 0.4, 0.4, 0.4, 2.0, 2.0), BEGAN),
        ((0.2, 0.2, 0.2, 0.2, 0.2, 0.2), BEGAN),
        ((2.0, 2.0, 2.0, 2.0, 2.0, 2.0), STANDING),
        ((0.9, 0.9, 0.9, 2.0, 2.0, 2.0), STANDING),
    ],
)
def test_only_an_episode_that_has_ended_makes_the_next_a_relapse(ratios: Sequence[float], expected: float) -> None:
    assert of_ratios(ratios) == expected


def test_quiet_is_counted_in_days_and_not_in_visits() -> None:
    ratios = (2.0, 2.0, 0.4, 0.4, 2.0)
    assert of_ratios(ratios, every=90) == EARLIER
    assert of_ratios(ratios, every=89) == STANDING


def test_people_are_told_apart_side_by_side() -> None:
    ratios = np.array([[2.0, 2.0, 0.4, 0.4, 0.4, 2.0], [0.4, 0.4, 0.4, 0.4, 2.0, 2.0], [2.0] * 6]).T
    past = Visits(np.arange(-5, 1) * 45, {"upcr": ratios})
    assert nephritis_before(past).tolist() == [EARLIER, BEGAN, STANDING]


@pytest.fixture(scope="module")
def remembered() -> Pool:
    return pool(None, SEED, 240, kidneys_before=True)


def test_a_pool_whose_history_is_recorded_is_otherwise_the_same() -> None:
    """Of so many some live on differently where check-ups see the days that are recorded for the history."""
    people, remembered = (pool(None, SEED, 400, kidneys_before=asked) for asked in (False, True))
    assert np.array_equal(remembered.cohort.states, people.cohort.states)
    assert set(remembered.screening) - set(people.screening) == {"nephritis_before"}
    for name, column in people.screening.items():
        np.testing.assert_array_equal(remembered.screening[name], column, err_msg=name)


@pytest.fixture(scope="module")
def bliss_ln(remembered: Pool) -> TrialRun:
    return conduct(design(study("bliss_ln")), remembered, SEED, 120)


def test_who_enters_a_trial_of_nephritis_is_new_or_relapsed(bliss_ln: TrialRun) -> None:
    seen = bliss_ln.arms["placebo"]
    new, relapsed = (members(words, seen, "crr", 364.0) for words in ("new nephritis", "relapsed nephritis"))
    assert new is not None
    assert relapsed is not None
    assert (new ^ relapsed).all()
    assert 0 < relapsed.sum() < new.sum()
    assert np.array_equal(relapsed, seen.nephritis_before == EARLIER)
    low = members("relapsing nephritis and low complement", seen, "crr", 364.0)
    assert low is not None
    assert 0 < low.sum() <= relapsed.sum()


def test_who_has_no_proteinuria_has_neither(bliss_ln: TrialRun) -> None:
    seen = bliss_ln.arms["placebo"]
    ratio = seen.columns["upcr"].copy()
    ratio[0, :60] = 0.7
    quiet = replace(seen, visits=seen.visits.having({"upcr": ratio}), cache={})
    found = [members(words, quiet, "crr", 364.0) for words in ("new nephritis", "relapsed nephritis")]
    assert not any(one is None or one[:60].any() for one in found)
    assert sum(int(one.sum()) for one in found if one is not None) == seen.size - 60


def test_arms_together_keep_what_was_before(bliss_ln: TrialRun) -> None:
    every = bliss_ln.arms["all"].nephritis_before
    assert np.array_equal(
        every, np.concatenate([bliss_ln.arms[name].nephritis_before for name in ("placebo", "bel10")])
    )


def test_without_a_history_or_without_nephritis_nobody_is_told(people: Pool, remembered: Pool) -> None:
    unrecorded = conduct(design(study("bliss_ln")), people, SEED, 40).arms["placebo"]
    mixed = conduct(design(study("bliss52")), remembered, SEED, 40).arms["placebo"]
    assert members("new nephritis", unrecorded, "crr", 364.0) is None
    assert members("new nephritis", mixed, "crr", 364.0) is None
