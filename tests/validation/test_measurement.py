"""What a figure asks of a virtual trial: each fault once found in that reading stays mended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.evidence.studies import study
from lupercal.evidence.study_records import Row, Study
from lupercal.files.documents import parse_yaml
from lupercal.instruments.renal_response import SEDIMENT
from lupercal.trial.baseline_table import goals_of
from lupercal.trial.conduct import TrialRun, conduct
from lupercal.trial.endpoints.measure import Measure
from lupercal.trial.endpoints.registry import measures
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.entry import may_enter
from lupercal.trial.pool import Pool
from lupercal.trial.seen import SeenArm
from lupercal.validation.answer import answer
from lupercal.validation.as_trial import design, row_day
from lupercal.validation.asked import Asked, NotSimulatedError
from lupercal.validation.populations import names_nephritis, recruits
from lupercal.validation.predict import impossible
from tests.trial.conftest import SEED


@pytest.fixture(scope="module")
def bliss(people: Pool) -> TrialRun:
    return conduct(design(study("bliss52")), people, SEED, 80)


@pytest.fixture(scope="module")
def seen(bliss: TrialRun) -> SeenArm:
    return bliss.arms["placebo"]


def row(**given: Any) -> Row:
    return replace(study("bliss52").outcomes[0], **{"n": 100, "value": 10.0, "versus": None, "time": "52 wk", **given})


def asked(measure: Measure | str, **given: Any) -> Asked:
    found = measures()[measure] if isinstance(measure, str) else measure
    return Asked(found, row(measure=found.name, **given), 100)


def of_nephritis_series(name: str = "aurora1", **design_of: Any) -> Study:
    one = study(name)
    return replace(one, design=replace(one.design, **design_of))


def test_complete_remission_is_a_renal_response_only_where_nephritis_is_the_entry() -> None:
    series = study("korea_2017")
    remission = row(measure="complete_response", arm=next(iter(series.arms)))
    assert "renal response" in impossible(series, remission)
    kidney = study("alms_induction")
    assert impossible(kidney, row(measure="complete_remission", arm="mmf")) == ""


@pytest.mark.parametrize("measure", ["complement_normal", "c3", "c4_normalised"])
def test_low_at_baseline_is_of_what_is_measured(seen: SeenArm, measure: str) -> None:
    found = members("low at baseline", seen, measure, 364.0)
    assert found is not None
    low = {name: seen.baseline(name) < seen.baseline(f"{name}_lln") for name in ("c3", "c4")}
    assert (
        found == {"complement_normal": low["c3"] | low["c4"], "c3": low["c3"], "c4_normalised": low["c4"]}[measure]
    ).all()


def test_low_at_baseline_of_what_has_no_limit_is_not_simulated(seen: SeenArm) -> None:
    assert members("low at baseline", seen, "sri_4", 364.0) is None
    with pytest.raises(NotSimulatedError, match="subgroup"):
        answer(asked("sri_4", subgroup="low at baseline"), seen, None)


@pytest.mark.parametrize("years", [0.5, 1.0, 2.0, 5.0])
def test_quiescence_of_years_can_be_met(people: Pool, years: float) -> None:
    trial = replace(design(study("corticolup")), entry=(f'clinical_quiescence >= {years} "a"',), ages=None)
    always = np.where(people.role == "stable", 750.0, 10.0)
    quiet = replace(people, screening=dict(people.screening) | {"quiescent_days": always})
    assert len(may_enter(trial, quiet).members) == (people.role == "stable").sum()


def test_the_rule_that_nobody_meets_is_named(people: Pool) -> None:
    trial = replace(design(study("bliss52")), entry=(*design(study("bliss52")).entry, "sledai_2k >= 90"))
    reason = conduct(trial, people, SEED, 20).not_simulated["placebo"]
    assert "only 0 of" in reason
    assert "sledai_2k >= 90 is met by 0" in reason


def test_up_to_a_time_is_ever_and_at_a_time_is_then(seen: SeenArm) -> None:
    at, up_to = (answer(asked("sledai_down_ge4", window=window), seen, None) for window in ("at", "up_to"))
    ever = np.any([seen.scored("sri_4", float(day)) == 1 for day in seen.days[1:] if day <= 364], axis=0)
    assert at < up_to
    sri = answer(asked("sri_4", window="up_to"), seen, None)
    assert sri == pytest.approx(100 * ever[seen.usable].mean())
    with pytest.raises(NotSimulatedError, match="up to"):
        answer(asked("sledai_2k", statistic="mean", unit="{score}", window="up_to"), seen, None)


def test_a_comma_without_quotes_is_refused_and_named() -> None:
    with pytest.raises(InputError, match="line 1, column 31: found 'a text cut at a comma; it needs quotes'"):
        parse_yaml("arms: {a: {reason: two doses, not a regimen, n: 3}}", "study.yaml")
    assert parse_yaml("a: {reason: 'two doses, not a regimen'}\nb:\nc: {d: null, e: ''}", "study.yaml")["b"] is None


def test_relapse_after_a_response_is_of_those_who_responded(seen: SeenArm) -> None:
    among_all, among_responders = (answer(asked(name), seen, None) for name in ("relapse", "relapse_after_response"))
    quiet = np.asarray(np.any(seen.column("clinical_sledai")[1 : seen.row(364.0) + 1] < 4, axis=0)).reshape(-1)
    assert among_responders == pytest.approx(among_all / quiet[seen.usable].mean())
    renal = measures()["renal_flare_after_remission"]
    assert renal.among is not None
    low = np.asarray(seen.columns["upcr"][1 : seen.row(364.0) + 1] <= 0.7)
    assert np.array_equal(np.asarray(renal.among(seen, 364.0)), low.any(axis=0))


def test_a_partial_response_leaves_complete_ones_out_unless_the_study_counts_them(seen: SeenArm) -> None:
    shape = seen.columns["upcr"].shape
    ratio, quiet = np.full(shape, 0.3), dict.fromkeys(SEDIMENT, np.zeros(shape))
    ratio[0] = 2.0
    healthy = seen.visits.having({"upcr": ratio, "egfr": np.full(shape, 90.0)} | quiet)
    shares = {}
    for name in ("alms_induction", "aurora1"):
        arm = replace(seen, visits=healthy, trial=replace(seen.trial, renal=name), cache={})
        shares[name] = [float(measures()[one].value(arm, 364.0).mean()) for one in ("crr", "prr")]
    assert shares["alms_induction"] == [1.0, 0.0]
    assert shares["aurora1"][1] == 1.0


def test_rates_count_every_event(seen: SeenArm) -> None:
    flares = measures()["any_flare_sfi"]
    assert flares.count is not None
    first, often = flares.value(seen, 364.0) <= 364, flares.count(seen, 364.0)
    assert ((often > 0) == first).all()
    assert often.max() > 1
    rate = answer(asked("any_flare_sfi", statistic="rate", unit="/(100.a)"), seen, None)
    years = np.minimum(seen.left, 364.0)[seen.usable].sum() / 365.25
    assert rate == pytest.approx(100 * often[seen.usable].sum() / years)


def test_infections_are_counted_again(seen: SeenArm) -> None:
    count = measures()["serious_infection"].count
    assert count is not None
    assert ((count(seen, 364.0) > 0) == (seen.infected <= np.minimum(364.0, seen.left))).mean() > 0.97


def test_an_untimed_figure_stands_for_the_study_s_own_follow_up() -> None:
    one = of_nephritis_series("bliss52", follow_up="26 wk")
    untimed, late = row(measure="sri_4", time=None, when=""), row(measure="sri_4", time="76 wk")
    trial = design(one, [untimed, late])
    assert trial.end == 532
    assert row_day(untimed, trial) == 182
    assert 182 in trial.visits
    assert row_day(late, trial) == 532


@pytest.mark.parametrize(
    ("text", "note", "nephritis"),
    [
        ("open-label, class III-V LN", "", True),
        ("phase 2, active disease", "LN by biopsy where there is proteinuria", False),
        ("phase 2, lupus without nephritis", "", False),
        ("series of refractory lupus, some with nephritis", "", False),
        ("cohort, 3 of 7 with lupus nephritis", "", False),
        ("randomised, lupus nephritis, no rituximab before", "", True),
        ("non-renal lupus", "", False),
        ("extra-renal lupus, nephritis allowed", "", False),
        ("No nephritis at entry", "", False),
        ("Mixed cohort of lupus nephritis and others", "", False),
        ("refractory lupus, most had nephritis; previous nephritis in all", "", False),
        ("lupus nephritis refractory to previous cyclophosphamide", "", True),
    ],
)
def test_only_the_design_makes_a_study_one_of_nephritis(text: str, note: str, nephritis: bool) -> None:
    plain = replace(study("bliss52"), baseline=())
    one = replace(plain, design=replace(plain.design, text=text, entry_note=note, excluded=(), population={}))
    assert names_nephritis(one) is nephritis


def test_the_level_of_anti_dsdna_of_a_baseline_table_is_matched() -> None:
    table = [replace(study("bliss52").baseline[0], measure="anti_dsdna", statistic="median", value=80.0, unit="[IU]/mL",
                     arm="all", item="", subgroup="", sd=None)]  # fmt: skip
    goals, features = goals_of(table, {"anti_dsdna": np.array([10.0, 79.0, 300.0])})
    assert [goal.target for goal in goals] == [0.5]
    assert features["anti_dsdna_median"].tolist() == [1.0, 1.0, 0.0]


def test_past_nephritis_is_asked_of_stable_patients(people: Pool) -> None:
    one = study("abetimus_2008")
    assert recruits(one) == "stable"
    trial = replace(design(one), entry=("past_nephritis",))
    found = may_enter(trial, people).members
    assert len(found)
    assert (people.screening["kidney_involved"][found] == 1).all()
    assert (people.role[found] == "stable").all()


@pytest.mark.parametrize(
    "words",
    [
        "SLEDAI of 10 or more at baseline", "SLEDAI-2K below 8.5 at baseline",
        "prednisone of 7.5 mg/d or more at baseline",
        "low complement at baseline", "anti-dsDNA negative at baseline", "no immunosuppressant at baseline",
        "interferon signature high", "interferon signature low", "renal responders", "BICLA responders",
    ],
)  # fmt: skip
def test_subgroups_that_visits_answer(seen: SeenArm, words: str) -> None:
    found = members(words, seen, "sri_4", 364.0)
    assert found is not None
    assert found.shape == (seen.size,)
    assert members(f"{words} of another kind", seen, "sri_4", 364.0) is None


def test_interferon_high_and_low_part_the_patients_about_as_drawn(seen: SeenArm) -> None:
    high = members("interferon signature high", seen, "sri_4", 364.0)
    assert high is not None
    assert 0.5 < high.mean() < 1.0


@pytest.mark.parametrize("name", sorted(set(measures())))
def test_every_end_point_has_a_value_for_everybody(seen: SeenArm, name: str) -> None:
    value = measures()[name].value(seen, 364.0)
    assert value.shape == (seen.size,)
    if measures()[name].kind == "state":
        known = value[~np.isnan(value)]
        assert ((known >= 0) & (known <= 1)).all()


def test_thresholds_are_ordered(seen: SeenArm) -> None:
    def share(name: str) -> float:
        return answer(asked(name), seen, None)

    assert share("sledai_0") <= share("sledai_lt_3") <= share("sledai_le_4")
    assert share("sledai_down_ge7") <= share("sledai_down_ge4") <= share("sledai_down_any")
    assert share("upcr_lt_0_5") <= share("upcr_lt_0_7") <= share("upcr_lt_0_8")
    assert share("lldas_sustained_6mo") <= share("lldas_sustained_3mo") <= share("lldas_ever")
    assert share("new_damage") < 30
    assert 0 <= share("disease_control") <= 100
