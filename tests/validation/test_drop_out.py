"""Who leaves a trial at random: its own figure, else that of like trials, else an assumption; never those who flare."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import Study
from lupercal.evidence.study_schema import ArmFlowModel, FlowModel, HowSimulatedModel
from lupercal.trial.settings import settings
from lupercal.validation.as_trial import design
from lupercal.validation.drop_out import DropOuts, drop_out, drop_outs, lupus_share, own_rate, read_drop_outs

HEAD = "lupus_share: {value: 0.3, low: 0.0, high: 0.5, basis: assumed, note: none}\n"
YEAR = 365.25 / 7
TRIAL = "{weeks: %s, stopped: %s, source: paper, mark: seen, arms: {%s}}"


def facts(folder: Path, *trials: str, together: str = "{}") -> DropOuts:
    path = folder / "drop_out.yaml"
    body = "".join(f"  {one}\n" for one in trials) or "  {}\n"
    path.write_text(f"{HEAD}studies:\n{body}together: {together}\n")
    return read_drop_outs(path)


def trial(name: str, weeks: float, arms: str, stopped: str = "all") -> str:
    return f"{name}: {TRIAL % (weeks, stopped, arms)}"


def named(name: str, blinding: str | None = "double", randomised: bool = True) -> Study:
    one = study("bliss52")
    return replace(one, id=name, design=replace(one.design, blinding=blinding, randomised=randomised))


def test_those_who_left_for_lupus_are_no_drop_out(tmp_path: Path) -> None:
    """Of 200 in two arms 70 left, 30 of them for lupus: 40 of 200 in half a year are 36 % a year."""
    arms = "a: {started: 100, completed: 60, left_for_lupus: 25}, b: {started: 100, completed: 70, left_for_lupus: 5}"
    share, words = drop_out(named("bliss52"), facts(tmp_path, trial("bliss52", YEAR / 2, arms)))
    assert share == pytest.approx(1 - 0.8**2)
    assert words == "drop-out of 36% a year for reasons other than active lupus: this trial's own figure"


def test_reasons_that_are_not_stated_are_those_of_who_states_them(tmp_path: Path) -> None:
    states = trial("bliss76", YEAR, "a: {started: 100, completed: 80, left_for_lupus: 10}")
    known = facts(tmp_path, trial("bliss52", YEAR, "a: {started: 100, completed: 60}"), states)
    assert lupus_share(known.studies["bliss52"], known) == pytest.approx(0.5)
    assert drop_out(named("bliss52"), known)[0] == pytest.approx(0.2)


def test_reasons_that_nobody_states_are_assumed_and_told(tmp_path: Path) -> None:
    share, words = drop_out(
        named("bliss52"), facts(tmp_path, trial("bliss52", YEAR, "a: {started: 100, completed: 60}"))
    )
    assert share == pytest.approx(0.28)
    assert "30% of those who stopped assumed to have left for lupus" in words


def test_a_trial_of_which_one_arm_lacks_the_reasons_does_not_state_them(tmp_path: Path) -> None:
    arms = "a: {started: 100, completed: 90, left_for_lupus: 10}, b: {started: 100, completed: 90}"
    known = facts(tmp_path, trial("bliss52", YEAR, arms))
    assert lupus_share(known.studies["bliss52"], known) == pytest.approx(0.3)


def test_a_trial_without_a_figure_takes_that_of_like_trials_by_their_patients(tmp_path: Path) -> None:
    known = facts(
        tmp_path,
        trial("bliss52", YEAR, "a: {started: 300, completed: 270, left_for_lupus: 0}"),
        trial("bliss76", 2 * YEAR, "a: {started: 100, completed: 64, left_for_lupus: 0}"),
        trial("alms_induction", YEAR, "a: {started: 100, completed: 10, left_for_lupus: 0}"),
    )
    share, words = drop_out(study("tulip1"), known)
    assert share == pytest.approx(1 - exp(0.75 * log(0.9) + 0.25 * log(0.8)))
    assert "that of like trials (double design: bliss52, bliss76)" in words
    assert drop_out(named("never_seen", "open"), known)[0] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("blinding", "randomised", "kind"),
    [("double", True, "double"), (None, True, "double"), ("open", True, "open"), (None, False, "uncontrolled")],
)
def test_where_nothing_is_known_the_assumption_holds(
    tmp_path: Path, blinding: str | None, randomised: bool, kind: str
) -> None:
    share, words = drop_out(named("never_seen", blinding, randomised), facts(tmp_path))
    assert share == pytest.approx(getattr(settings().drop_out, kind))
    assert words.endswith(f"assumed ({kind} design)")


def test_loss_to_follow_up_stands_for_its_own_study_only(tmp_path: Path) -> None:
    lost = trial("maintain", 10 * YEAR, "all: {started: 100, completed: 90}", "lost_to_follow_up")
    known = facts(tmp_path, lost)
    share, words = drop_out(study("maintain"), known)
    assert share == pytest.approx(1 - 0.9**0.1)
    assert "assumed" not in words
    assert "assumed (open design)" in drop_out(study("alms_induction"), known)[1]


def test_a_pooled_study_is_its_parts_together() -> None:
    known = drop_outs()
    parts = [own_rate("bliss52", known), own_rate("bliss76", known)]
    pooled = own_rate("bliss_pooled", known)
    assert pooled is not None
    assert parts[0] is not None
    assert parts[1] is not None
    assert parts[0] < pooled < parts[1]


def test_the_shipped_facts_are_of_studies_that_may_be_calibrated_to_and_agree_with_them() -> None:
    known = drop_outs()
    assert known.lupus_share.low <= known.lupus_share.value <= known.lupus_share.high
    for name in (*known.studies, *known.together):
        assert studies()[name].calibrates
    for name, flow in known.studies.items():
        assert {arm: one.started for arm, one in flow.arms.items()} == {
            arm: studies()[name].arms[arm].n for arm in flow.arms
        }


def test_a_virtual_trial_tells_its_own_figure_and_one_infusion_stays_followed_up() -> None:
    bliss = design(study("bliss52"))
    assert bliss.drop_out == drop_out(study("bliss52"))[0] < settings().drop_out.double
    assert any("this trial's own figure" in words for words in bliss.told)
    assert design(study("mackensen_2022")).drop_out == settings().drop_out.cell_therapy


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (trial("x", 52, "a: {started: 10, completed: 11}"), "at most as many who completed as started"),
        (trial("x", 52, "a: {started: 10, completed: 9, left_for_lupus: 2}"), "left for lupus as left at all"),
        (trial("x", 52, "a: {started: 10, complete: 9}"), "perhaps 'completed'"),
        (trial("x", 0, "a: {started: 10, completed: 9}"), "more than 0"),
        (trial("x", 52, "a: {started: 9, completed: 8, left_for_lupus: 1}", "lost_to_follow_up"), "no left_for_lupus"),
    ],
)
def test_a_bad_file_is_named_with_the_place_of_its_fault(tmp_path: Path, entry: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        facts(tmp_path, entry)
    assert str(tmp_path / "drop_out.yaml") in str(caught.value)
    assert words in str(caught.value)


def test_a_pooled_study_needs_its_parts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        facts(tmp_path, together="{both: [nowhere]}")


def test_a_study_that_nobody_has_seen_brings_its_own_drop_out() -> None:
    """Of 100 in a year 40 left, 10 of them for lupus: 30 of 100 for other reasons."""
    flow = FlowModel(
        weeks=YEAR, stopped="all", source="its flow chart", mark="derived",
        arms={"a": ArmFlowModel(started=100, completed=60, left_for_lupus=10)},
    )  # fmt: skip
    unseen = replace(study("bliss52"), id="unseen", simulation=HowSimulatedModel(drop_out=flow))
    share, words = drop_out(unseen)
    assert share == pytest.approx(0.3)
    assert "this trial's own figure" in words
    both = replace(unseen, simulation=HowSimulatedModel(together=("bliss52", "bliss76")))
    assert drop_out(both)[0] == pytest.approx(drop_out(named("bliss_pooled"))[0])


def test_a_sum_of_studies_that_are_not_there_is_refused() -> None:
    lost = replace(study("bliss52"), id="unseen", simulation=HowSimulatedModel(together=("bliss52", "nobody")))
    with pytest.raises(InputError, match=r"study unseen: simulation\.together.*nobody"):
        drop_out(lost)
