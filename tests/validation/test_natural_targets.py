"""The natural history of virtual cohorts: statistics against known answers, visits against hand-made courses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lupercal.course.features.clinic import clinic_features, injury, of_lived
from lupercal.course.features.death import deaths
from lupercal.course.features.entry import DOMAINS, entry_features, placebo_features
from lupercal.course.features.series import bilag_flares, patterns, quarterly, renal_flares, sfi, spells
from lupercal.course.features.weighted import Weighted, log_rate_slope, median_survival
from lupercal.evidence.limits import sledai_bands
from lupercal.evidence.natural_history import targets
from lupercal.evidence.parameters import values
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.model.observation import NOISE_STREAMS, RECORDED, Observed, Traits, observe
from lupercal.model.organs import overload
from lupercal.model.system import system
from lupercal.population.care import Care
from lupercal.population.cohorts import weigh
from lupercal.population.goals import standard_goals
from lupercal.population.people import People
from lupercal.validation.natural_table import seed_of
from lupercal.validation.natural_targets import ELSEWHERE, MEASURES, natural_history, predictions, target_rows
from lupercal.visits.visits import Visits

SIZE = 40
MONTHS = np.arange(-720, 1, 30)
HEALTHY = {"BT": 11.0, "BN": 91.0, "BM": 25.0, "C3": 1.26, "C4": 0.26, "IG": 11.4, "I6": 2.5, "UP": 0.1, "NF": 0.9,
           "MP": 1.0, "NU": 4.7, "PL": 258.0, "HB": 13.0, "T4": 644.0, "T8": 448.0, "PV": 1.0}  # fmt: skip
ACTIVE = ("JO", "SK", "SE", "NP", "KI", "HE")


def visits(days: np.ndarray, size: int = SIZE, **states: Any) -> dict[str, np.ndarray]:
    """Observe patients whose organs go up and down at their own pace; a state given is (V,) or (V, N)."""
    rng = np.random.default_rng(1)
    waves = {
        name: rng.lognormal(-1.5, 0.8, size) * (1 + np.sin(days[:, None] / 60 + rng.uniform(0, 6, size)))
        for name in ACTIVE
    }
    waves |= {
        "UP": 0.1 + 2 * waves["KI"],
        "DN": rng.lognormal(4, 1.2, size) * np.ones((len(days), 1)),
        "C3": 1.26 - 0.6 * np.tanh(waves["SK"] + waves["JO"]),
    }
    base = {name: np.full((len(days), size), HEALTHY.get(name, 0.0)) for name in RECORDED} | waves
    base |= {name: np.broadcast_to(np.reshape(x, (len(days), -1)), (len(days), size)) for name, x in states.items()}
    noise = {name: np.zeros((len(days), size)) for name in NOISE_STREAMS}
    traits = Traits(np.zeros(size, np.int64), np.zeros(size), np.zeros(size))
    columns = observe(Observed(days, base, days, noise), values(), traits)
    dose = np.linspace(0, 15, size) * np.ones((len(days), 1))
    drugs = {"prednisone": dose, "hydroxychloroquine": 400 + 0 * dose, "on_immunosuppressant": (dose > 5) * 1.0,
             "on_biologic": 0 * dose, "on_investigational": 0 * dose}  # fmt: skip
    return columns | drugs


def quiet(days: np.ndarray, **states: Any) -> Visits:
    healthy = {name: np.full(len(days), HEALTHY.get(name, 0.0)) for name in (*ACTIVE, "DN", "UP", "C3")}
    return Visits(days, visits(days, 1, **healthy | states))


def adults(age: float = 40.0) -> People:
    """Return women and, one in ten, men of one age who fell ill at 30."""
    one, none = np.ones(SIZE), np.zeros(SIZE)
    female = np.where(np.arange(SIZE) % 10 > 0, 1.0, 0.0)
    return People(female, 30 * one, age * one, (age - 30) * one, none, none, one, np.zeros(SIZE, np.int8))


def clinic(weights: np.ndarray | None = None) -> Weighted:
    p = values() | {"pi_ki": np.where(np.arange(SIZE) % 2, 0.5, 0.0)}
    states = {"NF": np.full(SIZE, 0.8), "DM": np.full(SIZE, 1.0)}
    features = clinic_features(Visits(MONTHS, visits(MONTHS)), p, states, adults())
    return Weighted(features, np.ones(SIZE) if weights is None else weights)


def entry() -> Weighted:
    columns = {name: column[-1] for name, column in visits(MONTHS).items()}
    return Weighted(entry_features(columns), np.ones(SIZE))


def placebo() -> Weighted:
    days = np.arange(0, 365, 28)
    return Weighted(placebo_features(Visits(days, visits(days)), values()), np.ones(SIZE))


def test_rate_regression_recovers_a_log_linear_rate() -> None:
    level, time = np.arange(5.0), np.array([3.0, 2.0, 1.0, 0.5, 4.0])
    assert log_rate_slope(level, time * 0.1 * 1.2**level, time) == pytest.approx(np.log(1.2))
    assert np.isnan(log_rate_slope(level, np.zeros(5), time))
    assert np.isnan(log_rate_slope(np.ones(5), time, time))


def test_median_survival_between_visits_and_beyond_them() -> None:
    assert median_survival(np.array([5.0]), np.array([10.0]), 3.0) == pytest.approx(3.0)
    assert median_survival(np.array([8.0, 1.0]), np.array([10.0, 2.0]), 3.0) == pytest.approx(3 * 0.5 / 0.8)
    kept = median_survival(np.array([1.0, 0.0]), np.array([10.0, 0.0]), 3.0)
    assert kept == pytest.approx(3 * np.log(0.5) / np.log(0.9))
    assert np.isnan(median_survival(np.zeros(2), np.ones(2), 3.0))


def test_a_weight_of_two_counts_like_two_patients() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=20)
    doubled = Weighted({"x": np.concatenate([x, x[:5]])}, np.ones(25))
    weighted = Weighted({"x": x}, np.where(np.arange(20) < 5, 2.0, 1.0))
    assert weighted.mean("x") == pytest.approx(doubled.mean("x"))
    assert weighted.sd("x") == pytest.approx(doubled.sd("x"))


def test_the_spread_behind_a_sample_is_that_of_statistics_and_unknown_from_one_patient() -> None:
    x = np.random.default_rng(4).normal(size=7)
    assert Weighted({"x": x}, np.full(7, 3.0)).sample_sd("x") == pytest.approx(x.std(ddof=1))
    assert np.isnan(Weighted({"x": x}, np.eye(7)[2]).sample_sd("x"))
    assert np.isnan(Weighted({"x": x}, np.zeros(7)).sample_sd("x"))


def test_weighted_median_and_empty_groups() -> None:
    cohort = Weighted({"x": np.array([3.0, 1.0, 2.0]), "none": np.zeros(3)}, np.ones(3))
    assert cohort.median("x") == 2
    assert np.isnan(cohort.among("none").median("x"))
    assert np.isnan(cohort.ratio("x", "none"))


def test_quarterly_visits_lie_about_91_days_apart() -> None:
    days = quarterly(Visits(MONTHS, visits(MONTHS))).days
    assert days[-1] == 0
    assert len(days) == 9
    assert np.all(np.abs(np.diff(days) - 91) <= 31)


def test_patterns_of_a_year() -> None:
    never, always, sometimes = [0] * 8, [4] * 8, [0, 4, 0, 0, 2, 0, 0, 0]
    mixed = [0, 0, 0, 0, 4, 4, 4, 4]
    course = Visits(np.arange(8) * 91, {"clinical_sledai": np.array([never, always, sometimes, mixed], float).T})
    found = patterns(course)
    assert found["long_quiescent"].tolist() == [1, 0, 0, 0.5]
    assert found["chronic_active"].tolist() == [0, 1, 0, 0.5]
    assert found["relapsing_remitting"].tolist() == [0, 0, 1, 0]


def test_spells_count_from_a_known_beginning_only() -> None:
    lost, at_risk = spells(np.array([[1, 1, 0, 1, 1, 0, 1]], float).T)
    assert lost[:, 0].tolist() == [0, 1, 0, 0, 0]
    assert at_risk[:, 0].tolist() == [1, 1, 0, 0, 0]


def test_a_course_without_activity_has_no_flare() -> None:
    course = quiet(np.arange(0, 365, 91)).scored("sledai_2k", left_open="no")
    assert sfi(course).sum() == bilag_flares(course).sum() == 0


@pytest.mark.parametrize(
    ("state", "series", "grade"),
    [
        ("SK", [0, 0, 0, 0.5, 0.5], 1),
        ("NP", [0, 0, 0, 0.5, 0.5], 2),
        ("UP", [0.3, 0.3, 0.3, 1.2, 1.2], 2),
        ("UP", [0.4, 0.4, 0.4, 0.6, 0.6], 1),  # proteinuria that hovers around a limit is no new nephritis
    ],
)
def test_a_new_rash_is_a_mild_flare_and_a_new_major_organ_a_severe_one(
    state: str, series: list[float], grade: int
) -> None:
    course = quiet(np.arange(0, 365, 91), **{state: np.array(series)}).scored("sledai_2k", left_open="no")
    assert sfi(course)[:, 0].tolist() == [0, 0, grade, 0]


def test_bilag_flare_needs_a_new_a_or_two_new_b() -> None:
    grades = {name: np.zeros((4, 1)) for name in GRADE_COLUMNS}
    grades["bilag_renal"] = np.array([[0.0], [3], [3], [4]])
    grades["bilag_mucocutaneous"] = np.array([[2.0], [2], [4], [3]])
    assert bilag_flares(Visits(np.arange(4), grades))[:, 0].tolist() == [0, 1, 1]


def test_renal_flares_ask_for_a_response_first() -> None:
    upcr = np.array([[2.0], [2.0], [0.3], [0.8], [1.5], [1.6], [0.4], [1.2]])
    events, years = renal_flares(Visits(np.arange(8) * 365, {"upcr": upcr}))
    assert events[0] == 2
    assert years[0] == pytest.approx(3 * 365 / 365.25)


def test_every_target_is_measured_or_told_why_not() -> None:
    measured = {target for measures in MEASURES.values() for target in measures}
    assert measured | ELSEWHERE.keys() == targets().keys()
    assert not measured & ELSEWHERE.keys()


def test_measures_give_every_value_of_their_targets() -> None:
    found = natural_history(clinic(), entry(), placebo())
    for target, row in found.items():
        assert targets()[target].values.keys() <= row.keys(), target
    assert predictions(found)["T04.mean"] == found["T04"]["mean"]


def test_shares_add_up() -> None:
    found = natural_history(clinic(), entry())
    for target in ("T05", "T18"):
        assert sum(found[target].values()) == pytest.approx(1)
    assert set(found["T05"]) == set(sledai_bands())
    assert set(found["T11"]) == set(DOMAINS)
    assert found["T12"]["bilag_1a"] <= found["T12"]["bilag_1a_or_2b"]


def test_the_table_has_a_row_for_each_value_and_judges_as_the_target_does() -> None:
    found = natural_history(clinic())
    rows = target_rows(found)
    assert len(rows) == sum(len(target.values) for target in targets().values())
    for target, values_ in found.items():
        assert all(row.hit for row in rows if row.target == target) == targets()[target].hit(values_)
    told = {row.target: row.why for row in rows}
    assert "where people are drawn" in told["T01"]
    assert told["T06"]


def test_weights_change_a_measure_without_a_new_simulation() -> None:
    features = clinic().features
    calm = Weighted(features, np.where(features["sledai"] <= np.median(features["sledai"]), 1.0, 0.0))
    assert natural_history(calm)["T04"]["mean"] < natural_history(clinic())["T04"]["mean"]


def test_goals_of_weights_are_the_means_of_the_measures() -> None:
    weights = np.random.default_rng(5).uniform(0.1, 1, SIZE)
    found = predictions(natural_history(clinic(weights), Weighted(entry().features, weights)))
    cohorts: tuple[tuple[Care, Weighted], ...] = (("clinic", clinic()), ("trial", entry()))
    for care, cohort in cohorts:
        for goal in standard_goals(care):
            row = goal.row(cohort.features[goal.feature])
            if goal.about is None and goal.feature not in JOINT:
                assert np.average(row, weights=weights) == pytest.approx(found[goal.name]), goal
                assert goal.target == targets()[goal.name[:3]].values[goal.name[4:]]


JOINT = ("raised_dsdna_and_low_complement", "low_complement")
"""Shares from which T09, a correlation, follows."""


@pytest.mark.parametrize("care", ["clinic", "trial"])
def test_every_goal_of_weights_has_its_feature(care: Care) -> None:
    features = (clinic() if care == "clinic" else entry()).features
    assert weigh(features, standard_goals(care), SIZE).not_simulated == ()


def test_damage_hazard_ratio_is_near_the_slope_of_the_hazard() -> None:
    found = natural_history(clinic())["D12"]["value"]
    assert 1 < found < 1 + values()["g_dm"]


def test_lost_nephrons_lead_to_kidney_failure() -> None:
    p, course = values(), Visits(MONTHS, visits(MONTHS))
    states = {"NF": np.linspace(0.9, 0.2, SIZE) * p["start_nf"], "DM": np.ones(SIZE)}
    failed = clinic_features(course, p, states, adults())["nephritis_failed"]
    assert failed[0] == 0
    assert failed[-1] == 1
    assert np.all(np.diff(failed) >= 0)


@pytest.mark.parametrize("h_nf", [0.0, 8.0, 20.0])
def test_injury_is_what_takes_nephrons_from_one_share_to_another(h_nf: float) -> None:
    """The integral of lam_nf KI + lam_age over the time that an independent solver needs."""
    p = values() | {"h_nf": h_nf}
    rate = p["lam_nf"] * 0.5 + p["lam_age"]

    names: Any = SimpleNamespace(**p)

    def nephrons(_: float, share: Any) -> Any:
        state: Any = SimpleNamespace(NF=share)
        return -rate * overload(state, names) * share

    days = 4000
    end = solve_ivp(nephrons, (0, days), [0.9], rtol=1e-9, atol=1e-12).y[0, -1]
    assert injury(np.array([0.9]), np.array([end]), p)[0] == pytest.approx(rate * days, rel=1e-3)


def test_kidneys_fail_sooner_where_few_nephrons_overload() -> None:
    p, course = values(), Visits(MONTHS, visits(MONTHS))
    states = {"NF": np.linspace(0.9, 0.5, SIZE) * p["start_nf"], "DM": np.ones(SIZE)}
    failed = [
        clinic_features(course, p | {"h_nf": h}, states, adults())["nephritis_failed"].sum() for h in (0.0, 4.0, 20.0)
    ]
    assert failed[0] < failed[1] < failed[2]


def test_people_like_the_general_population_die_like_it() -> None:
    course = Visits(MONTHS, visits(MONTHS)).scored("sledai_2k", left_open="no")
    alike = {"hr_sle": 1.0, "hr_act": 1.0, "hr_dm": 1.0, "hr_egfr": 1.0, "hr_esrd": 1.0, "cf_inf": 0.0}
    found = deaths(course, values() | alike, np.ones(SIZE), adults())
    np.testing.assert_allclose(found["deaths"], found["expected_deaths"])
    women, men = found["expected_deaths"][1], found["expected_deaths"][0]
    years = (MONTHS[-1] - MONTHS[0]) / 365.25
    assert 0.0012 < women / years < 0.0015 < men / years < 0.0026  # life table at 39 years: 0.001345 and 0.002405
    assert np.all(deaths(course, values(), np.ones(SIZE), adults())["deaths"] > found["deaths"])


def test_mortality_ratio_weighs_patients_by_the_deaths_expected_of_them() -> None:
    found = natural_history(clinic())["D16"]["value"]
    features = clinic().features
    assert found == pytest.approx(features["deaths"].sum() / features["expected_deaths"].sum())
    assert 1 < found < 20


def test_features_of_burnt_in_patients_add_the_baseline_visit() -> None:
    columns = visits(MONTHS)
    states = np.ones((len(system().states), SIZE))
    now = {name: column[-1] for name, column in columns.items()}
    drawn = SimpleNamespace(parameters=values(), size=SIZE, people=adults())
    lived = SimpleNamespace(history=Visits(MONTHS, columns).rows(slice(-1)), columns=now, states=states, drawn=drawn)
    expected = clinic_features(Visits(MONTHS, columns), values(), {"NF": np.ones(SIZE), "DM": np.ones(SIZE)}, adults())
    for name, feature in of_lived(lived).items():
        np.testing.assert_allclose(feature, expected[name], err_msg=name)


def test_what_counts_as_response_and_as_normalised() -> None:
    days = np.arange(0, 365, 28)
    better = np.where(days < 100, 1.2, 0.02)
    course = quiet(days, JO=better, SK=better, DN=np.where(days < 100, 200.0, 5.0), C3=np.where(days < 100, 0.5, 0.6))
    found = placebo_features(course, values())
    assert found["sri_4"] == found["bicla"] == found["sri_4_judged"] == 1
    assert found["sledai_change"] < -4
    assert found["dsdna_normalised"] == found["raised_dsdna"] == 1
    assert found["complement_normalised"] == 0
    assert found["low_complement"] == 1
    assert 0 < found["infection_hazard"] < 1


def test_flares_count_while_a_patient_is_followed() -> None:
    days = np.arange(0, 365, 28)
    course = quiet(days, JO=np.where(days < 196, 0.02, 1.4), SK=np.where(days < 196, 0.02, 1.4))
    whole, until, after = (
        placebo_features(course, values(), np.full(course.columns["upcr"].shape[1], gone))
        for gone in (np.inf, 100.0, 250.0)
    )
    assert whole["bilag_flares"].sum() == after["bilag_flares"].sum() > until["bilag_flares"].sum() == 0
    assert until["severe_flare"].sum() == 0
    assert until["years"] < after["years"] < whole["years"] == pytest.approx(364 / 365.25)


def test_every_set_has_people_of_its_own_and_the_first_those_of_the_seed() -> None:
    seeds = [seed_of(seed, index) for seed in (1, 2, 3) for index in range(48)]
    assert len(set(seeds)) == len(seeds)
    assert [seed_of(seed, 0) for seed in (1, 2)] == [1, 2]
