"""A virtual trial recruits by its rules, treats as written, and compares like with like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.course.follow import follow
from lupercal.course.luck import NoLuck
from lupercal.course.stay import stay
from lupercal.evidence.parameters import values
from lupercal.evidence.studies import study
from lupercal.model.observation import NOISE_STREAMS
from lupercal.model.schedule import Amount
from lupercal.population.cohort import Cohort
from lupercal.therapy.treatment import StudyTreatment, combined
from lupercal.trial.conduct import conduct, plan_of
from lupercal.trial.design import Trial, TrialArm
from lupercal.trial.endpoints.registry import measures
from lupercal.trial.entry import may_enter, pick_entrants
from lupercal.trial.luck import leaves_trial, trial_infections, trial_noise, trial_triggers
from lupercal.trial.pool import Pool
from lupercal.trial.recruitment import recruit
from lupercal.validation.as_trial import design
from tests.trial.conftest import SEED

DRUGS = {
    "gc": np.array([0.0, 10.0, 10.0, 25.0, 0.0]),
    "hq": np.array([400.0, 0.0, 400.0, 400.0, 400.0]),
    "ap": np.array([0.0, 1.5, 0.0, 2.0, 0.0]),
}


@pytest.mark.parametrize(
    "treatment",
    [
        StudyTreatment("belimumab"),
        StudyTreatment("belimumab", "mmf_induction"),
        StudyTreatment("cd19_car_t"),
        StudyTreatment("rituximab", "mmf_induction", "rituximab", days=(0, 14, 168, 182)),
    ],
    ids=["add-on", "on top of induction", "CAR T", "own days"],
)
def test_one_task_with_everybody_equals_one_task_per_patient(people: Pool, treatment: StudyTreatment) -> None:
    members = np.arange(5)
    cohort = replace(people.cohort.take(members), background=DRUGS)
    arm = TrialArm("arm", None, treatment, combined(treatment).lead_days)
    days = stay(-30, 220, (), (0, 100, 220), ("AM", "GC", "BT"))

    def end(part: Cohort) -> np.ndarray:
        return follow(part, plan_of(arm, part, 365), days, NoLuck(part.size)).course.end

    whole = end(cohort)
    for one in members:
        np.testing.assert_array_equal(whole[:, [one]], end(cohort.take(np.array([one]))))


def test_a_regimen_on_top_of_another_gives_both() -> None:
    both = combined(StudyTreatment("belimumab", "mmf_induction"))
    assert {line.product for line in both.doses} == {"belimumab", "mycophenolate_mofetil"}
    assert both.current_drugs.glucocorticoid.taper, "the steroid taper of the induction stays"


def test_own_doses_of_an_arm_are_given() -> None:
    trial = design(study("bliss52"))
    amounts = {name: {line.amount for line in combined(arm.treatment).doses} for name, arm in trial.arms.items()}
    assert amounts == {"placebo": set(), "bel1": {1.0}, "bel10": {10.0}}


def test_everybody_who_enters_meets_the_rules(people: Pool) -> None:
    trial = design(study("bliss52"))
    found = may_enter(trial, people)
    entered = people.screening["selena_sledai"][found.members]
    left_out = np.setdiff1d(np.flatnonzero(people.role == "entering"), found.members)
    assert entered.min() >= 6
    assert (people.screening["upcr"][found.members] <= 6).all()
    assert found.not_applied == ("entry: ana_titer",), "rules that no visit answers are named"
    assert len(left_out) > 0


def test_trials_of_withdrawal_recruit_stable_patients(people: Pool) -> None:
    found = may_enter(design(study("hcq_withdrawal_1991")), people)
    assert (people.role[found.members] == "stable").all()
    assert (people.screening["hydroxychloroquine"][found.members] >= 100).all()


def test_a_larger_trial_starts_with_the_same_patients(people: Pool) -> None:
    found = may_enter(design(study("bliss52")), people)
    own = people.weights[found.members]
    np.testing.assert_array_equal(
        pick_entrants(found.members, own, SEED, 20), pick_entrants(found.members, own, SEED, 64)[:20]
    )


def test_weights_decide_who_enters(people: Pool) -> None:
    trial = design(study("bliss52"))
    members = may_enter(trial, people).members
    heavy = np.zeros(people.size)
    heavy[members[:3]] = 1 / 3
    weighted = replace(people, weights=heavy)
    found = recruit(trial, weighted)
    assert set(pick_entrants(found.members, found.weights, SEED, 50)) <= set(members[:3])


def test_scores_fall_back_after_entry_without_any_placebo_effect(people: Pool) -> None:
    one = study("bliss52")
    strict = replace(one, design=replace(one.design, entry=("selena_sledai >= 14",)))
    trial = design(strict, [row for row in one.outcomes if row.arm == "placebo"])
    seen = conduct(replace(trial, arms={"placebo": trial.arms["placebo"]}), people, SEED, 128).arms["placebo"]
    recruited = recruit(trial, people)
    entered = pick_entrants(recruited.members, recruited.weights, SEED, 128)
    judged = people.screening["sledai_2k"][entered]
    np.testing.assert_array_equal(seen.baseline("sledai_2k"), judged)
    assert seen.column("sledai_2k")[seen.row(84)].mean() < judged.mean() - 1


def test_arms_with_the_same_treatment_are_the_same(people: Pool) -> None:
    trial = design(study("bliss52"))
    arms = {"one": replace(trial.arms["placebo"], name="one"), "two": replace(trial.arms["placebo"], name="two")}
    done = conduct(replace(trial, arms=arms, pooled=()), people, SEED, 24)
    np.testing.assert_array_equal(done.arms["one"].column("sledai_2k"), done.arms["two"].column("sledai_2k"))


def test_low_disease_activity_asks_whether_anything_is_newly_active(people: Pool) -> None:
    arm = conduct(design(study("hcq_withdrawal_1991")), people, SEED, 40).arms["hcq"]
    visits, fresh = arm.visits, arm.visits.new_activity(arm.new_activity)
    told = visits.having({"new_activity": fresh}).scored("lldas").columns["lldas"]
    assert np.array_equal(arm.column("lldas"), told, equal_nan=True)
    assert (visits.having({"new_activity": np.zeros(1)}).scored("lldas").columns["lldas"] > np.nan_to_num(told)).any()
    assert (told == 1).any()


def test_same_seed_same_trial_and_another_seed_another(people: Pool) -> None:
    trial = design(study("hcq_withdrawal_1991"))
    first, again, other = (conduct(trial, people, seed, 40).arms["hcq"] for seed in (SEED, SEED, SEED + 1))
    np.testing.assert_array_equal(first.columns["anti_dsdna"], again.columns["anti_dsdna"])
    assert not np.array_equal(first.columns["anti_dsdna"], other.columns["anti_dsdna"])


def test_too_few_who_meet_the_rules_is_a_reason_not_a_number(people: Pool) -> None:
    one = study("bliss52")
    nobody = replace(one, design=replace(one.design, entry=("selena_sledai >= 104",)))
    done = conduct(design(nobody), people, SEED, 30)
    assert not done.arms
    assert "meet the entry rules" in done.not_simulated["placebo"]


def test_luck_of_a_slot_does_not_depend_on_length_or_number() -> None:
    rate = np.linspace(1.0, 8.0, 20)
    p, few = (_with(z_season=0.5, z_rate=own) for own in (rate, rate[:10]))
    np.testing.assert_array_equal(
        trial_triggers(1, np.arange(20), 300, p)[:, :10], trial_triggers(1, np.arange(10), 900, few)[:300]
    )
    np.testing.assert_array_equal(
        trial_infections(1, np.arange(20), 300)[:, :10], trial_infections(1, np.arange(10), 700)[:43]
    )


def test_the_month_of_screening_is_the_patients_what_follows_the_slots() -> None:
    p = _with(z_rate=60.0)
    one, other = trial_triggers(1, np.array([7, 3]), 400, p), trial_triggers(1, np.array([3, 7]), 400, p)
    np.testing.assert_array_equal(one[:30, 0], other[:30, 1])
    np.testing.assert_array_equal(one[30:], other[30:])
    assert (one[:30, 0] != other[:30, 0]).any()


def test_trial_patients_have_triggers_at_their_own_rate_and_size() -> None:
    rate, size = np.repeat([1.0, 12.0, 40.0], 300), np.tile([0.5, 1.0], 450)
    p = _with(z_rate=rate, z_size=size)
    jumps = trial_triggers(1, np.arange(900), 730, p)
    yearly = (jumps > 0).sum(axis=0) / 2
    for own in np.unique(rate):
        assert yearly[rate == own].mean() == pytest.approx(own, rel=0.1)
    for own in np.unique(size):
        assert jumps[:, size == own][jumps[:, size == own] > 0].mean() == pytest.approx(own, rel=0.05)


def test_patients_who_are_screened_all_year_round_have_their_season_at_any_time_of_the_trial() -> None:
    p = _with(z_rate=12.0, z_season=3.0, z_peak=100.0)
    jumps = trial_triggers(1, np.arange(3000), 365, p) > 0
    by_quarter = [part.mean() for part in np.array_split(jumps, 4)]
    assert max(by_quarter) < 1.1 * min(by_quarter)
    phases = [by_day[:91].mean() - by_day[182:273].mean() for by_day in jumps.T]
    assert np.var(phases) > 1.5 * np.var([d[:91].mean() - d[182:273].mean() for d in _without_season(p).T])


def _without_season(p: dict[str, Amount]) -> np.ndarray:
    return trial_triggers(1, np.arange(3000), 365, p | _with(z_season=0.0, z_rate=12.0 * (1 + 3.0 / np.pi))) > 0


def _with(**changed: Amount) -> dict[str, Amount]:
    return {**values(), **changed}


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_as_many_drop_out_in_a_year_as_asked_for(share: float) -> None:
    left = leaves_trial(3, 20000, share) <= 365.25
    assert left.mean() == pytest.approx(share, abs=0.01)
    assert np.isinf(leaves_trial(3, 10, 0.0)).all()


def test_a_trial_that_nobody_has_run_needs_no_study(people: Pool) -> None:
    treatment = StudyTreatment("belimumab")
    trial = Trial(
        name="made up", baseline=(), renal="", arms={"one": TrialArm("one", 20, treatment, 0)}, not_simulated={},
        pooled=(), entry=("sledai_2k >= 6",), not_applied=(), drop_out=0.1, failure_counts=True,
        steroid_limit=None, acute=False, recruits="entering", end=168, visits=(28, 84, 168), told=(),
    )  # fmt: skip
    done = conduct(trial, people, SEED, 20)
    assert (done.arms["one"].baseline("sledai_2k") >= 6).all()
    response = measures()["complete_renal_response"].value(done.arms["one"], 168)
    assert set(np.unique(response)) <= {0.0, 1.0}


def test_rules_of_entry_may_be_written_in_the_language_of_programmes(people: Pool) -> None:
    active = replace(design(study("bliss52")), entry=("sledai_2k >= 6",), ages=None)
    with_kidneys = replace(active, entry=("sledai_2k >= 6", 'not (upcr >= 3 "g/g")'))
    few, same = may_enter(with_kidneys, people), may_enter(active, people)
    assert set(same.members) == set(
        np.flatnonzero((people.role == "entering") & (people.screening["sledai_2k"] >= 6) & (people.weights > 0))
    )
    assert set(few.members) == {k for k in same.members if people.screening["upcr"][k] < 3}
    assert len(few.members) > 0
    age = people.cohort.people.age
    adults = may_enter(replace(active, ages=(18.0, 75.0)), people).members
    assert set(adults) == {k for k in same.members if 18 <= age[k] <= 75}
    assert len(adults) < len(same.members)
    unknown = may_enter(replace(active, entry=("lupus_type in [systemic]",)), people)
    assert unknown.not_applied[-1] == "entry: lupus_type in [systemic]", "nobody's type is simulated"


def test_noise_of_a_slot_does_not_depend_on_what_was_asked_before() -> None:
    days = np.array([30, 58, 86])

    def noise(slots: int, last: int) -> dict[str, np.ndarray]:
        begins = {name: np.linspace(-1, 1, 40)[:slots] for name in NOISE_STREAMS}
        return trial_noise(987, begins, np.append(days, last), 60.0)

    small = noise(12, 100)
    for slots, last in ((40, 100), (12, 900), (25, 450)):
        later = noise(slots, last)
        assert all(np.array_equal(later[name][:3, :12], small[name][:3]) for name in NOISE_STREAMS)
