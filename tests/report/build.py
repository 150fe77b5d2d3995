"""A made-up forecast to test the report against: five therapies, one withheld, eight variables. No real numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.result import (
    QUANTILES,
    AssessedScore,
    Band,
    CareAmount,
    CareReason,
    CareWords,
    Chance,
    Forecast,
    ForecastArm,
    Match,
    MatchedVariable,
)
from lupercal.patient.record import CaseCitation, Measurement, Patient, Treatment, Visit
from lupercal.safety.judge import safeties
from lupercal.therapy.registry import regimens

Array = NDArray[np.float64]
MONTHS = (1.0, 3.0, 6.0, 12.0, 24.0)
WITHHELD = "No published study has given this product to a person with lupus."
# variable: value at baseline, value when the disease is silent, spread
SHAPES = {
    "sledai_2k": (16.0, 0.0, 0.25),
    "anti_dsdna": (145.0, 6.0, 0.5),
    "c3": (0.74, 1.25, 0.12),
    "upcr": (2.6, 0.15, 0.4),
    "egfr": (87.0, 92.0, 0.1),
    "cd19": (148.0, 120.0, 0.5),
    "igg": (12.0, 9.0, 0.15),
    "prednisone": (7.5, 0.0, 0.1),
}


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 90 % Wilson interval."""
    z = 1.6448536269514722
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def chance(outcome: str, month: float, share: float, n: int = 500) -> Chance:
    """Return a chance; not defined if ``share`` is NaN."""
    if math.isnan(share):
        return Chance(outcome, month, math.nan, math.nan, math.nan, math.nan, n)
    return Chance(outcome, month, share, math.sqrt(share * (1 - share) / n), *wilson(share, n), n)


def band(variable: str, strength: float, lead_days: int, last_month: int = 24, days_apart: int = 14) -> Band:
    """Return a made-up course that moves from the active to the silent value as far as ``strength`` lets it."""
    active, silent, spread = SHAPES[variable]
    days = np.arange(-lead_days, last_month * 30.4375 + days_apart, days_apart, dtype=float)
    progress = strength * (1 - np.exp(-np.clip(days, 0, None) / 80))
    middle = active + (silent - active) * progress
    if variable == "cd19" and strength > 0.6:
        middle = np.where(days > 0, 148 * np.clip((days - 100) / 400, 0.0003, 1), middle)
    deviations = np.array([-1.64, -0.67, 0.0, 0.67, 1.64])
    quantiles = np.clip(middle * np.exp(deviations[:, None] * spread), 0, None)
    courses = _courses(middle, spread)
    whole = variable == "sledai_2k"
    return Band(variable, days, np.round(quantiles) if whole else quantiles, np.round(courses) if whole else courses)


def _courses(middle: Array, spread: float) -> Array:
    random = np.random.default_rng(7)
    wander = np.cumsum(random.normal(0, 0.04, (20, middle.size)), axis=1) + random.normal(0, 0.7 * spread, (20, 1))
    return np.asarray(np.clip(middle * np.exp(wander), 0, None))


def arm(therapy: str, name: str, strength: float, lead_days: int, *, cell_product: bool) -> ForecastArm:
    """Return one arm whose numbers follow ``strength``."""
    shares = [strength * (1 - math.exp(-month / 4)) for month in MONTHS]
    chances = [chance("doris", m, s) for m, s in zip(MONTHS, shares, strict=True)]
    chances += [chance("doris_any_steroid", m, min(1.0, 1.05 * s)) for m, s in zip(MONTHS, shares, strict=True)]
    chances += [chance("lldas", m, min(1.0, 1.15 * s)) for m, s in zip(MONTHS, shares, strict=True)]
    chances += [
        chance("drug_free_remission", m, 0.8 * s if cell_product else 0.0) for m, s in zip(MONTHS, shares, strict=True)
    ]
    reached = [round(500 * s) for s in shares]
    relapse = [math.nan if m < 3 else (1 - strength) * m / 40 for m in MONTHS]
    chances += [chance("relapse", m, r, n) for m, r, n in zip(MONTHS, relapse, reached, strict=True)]
    return ForecastArm(
        therapy=therapy,
        name=name,
        day_zero="infusion of the cells" if cell_product else "first dose",
        lead_days=lead_days,
        doses_in_words=(f"{name}: a made-up dose on day 0",),
        bands={variable: band(variable, strength, lead_days) for variable in SHAPES},
        chances=tuple(chances),
        toxicity=_toxicity(strength, cell_product=cell_product),
        patient_outcomes={"done": 498, "not_finite": 2},
        efficacy_withheld=None,
        evidence="Made-up evidence for a made-up therapy.",
        sources=("first2020", "second2024"),
        assumptions=("The made-up effect lasts.",),
        incidence={
            name: tuple(chance(name, float(m), share * (1 - math.exp(-m / 5)), 500 - 10 * m) for m in range(25))
            for name, share in (("first_remission", strength), ("relapse_since_remission", 1 - strength))
        },
    )


def _toxicity(strength: float, *, cell_product: bool) -> tuple[Chance, ...]:
    shares = {
        "neutropenia": 0.3 * strength,
        "hypogammaglobulinaemia": 0.2 * strength,
        "serious_infection": 0.05 + 0.1 * strength,
    }
    found = [
        chance(name, m, share * (1 - math.exp(-m / 6))) for name, share in shares.items() for m in (6.0, 12.0, 24.0)
    ]
    return (*found, *([chance("crs_1", m, 0.55) for m in (6.0, 12.0, 24.0)] if cell_product else []))


def withheld_arm() -> ForecastArm:
    """Return an arm without efficacy forecast, its records nevertheless full of numbers that must not be shown."""
    full = arm("msc_exosomes", "MSC exosomes", 0.4271, 0, cell_product=False)
    return ForecastArm(
        therapy=full.therapy,
        name=full.name,
        day_zero=full.day_zero,
        lead_days=0,
        doses_in_words=("A made-up dose on days 0, 7 and 14",),
        bands=full.bands,
        chances=full.chances,
        toxicity=full.toxicity,
        patient_outcomes={"done": 500},
        efficacy_withheld=WITHHELD,
        evidence="No human data.",
        sources=("third2023",),
        assumptions=("Relative potency 0.",),
    )


def visit(day: int, label: str, **values: float) -> Visit:
    """Return a visit with exact values."""
    return Visit(day, label=label, values={name: Measurement(value) for name, value in values.items()})


def patient(title: str = "A made-up patient") -> Patient:
    """Return a patient with a baseline and three later visits after a cell product."""
    baseline = Visit(
        -3,
        date="2021-03-01",
        label="before lymphodepletion",
        values={
            "sledai_2k": Measurement(16.0),
            "anti_dsdna": Measurement(5000.0, ">", "> 5000 U/mL"),
            "c3": Measurement(0.74, given="74 mg/dL"),
            "upcr": Measurement(2.6, given="2600 mg/g"),
            "prednisone": Measurement(7.5),
            "arthritis": Measurement(1.0),
        },
        attribution={"arthritis": "sle"},
    )
    later = (
        visit(28, "month 1", sledai_2k=8, anti_dsdna=60, c3=0.95, upcr=1.4, cd19=0),
        Visit(93, values={"sledai_2k": Measurement(0.0), "anti_dsdna": Measurement(10.0, "<"), "c3": Measurement(1.1)}),
        visit(365, "month 12", sledai_2k=0, c3=1.3, upcr=0.1, cd19=80),
    )
    treatments = (
        Treatment("cd19_car_t", 1.1e6, "1/kg", 0, 0, None, "one infusion"),
        Treatment("prednisone", 7.5, "mg/d", None, None, "current"),
        Treatment("rituximab", None, None, -700, None, "failed"),
    )
    return Patient(
        id="made-up",
        title=title,
        sex="female",
        age_years=20.0,
        lupus_type="systemic",
        diagnosis_year=2017,
        sources=(CaseCitation("Nobody N. A made-up case. 2021.", "table 1"),),
        organs_involved=("kidney", "joints"),
        treatments=treatments,
        visits=(baseline, *later),
        notes=("Everything here is invented.",),
        data_origin="constructed",
    )


def match() -> Match:
    """Return how the made-up virtual patients resemble the made-up patient."""
    return Match(
        candidates=20_000,
        effective_sample_size=412.3,
        distinct_patients=287,
        virtual_patients=500,
        variables=(
            MatchedVariable("sledai_2k", 16.0, "value", "2", 12.0, 16.0, 20.0),
            MatchedVariable("anti_dsdna", 200.0, "at least", "", 205.0, 310.0, 990.0),
            MatchedVariable("c3", 0.74, "value", "0.1 (log)", 0.61, 0.75, 0.9),
            MatchedVariable("prednisone", 7.5, "set", "", 7.5, 7.5, 7.5),
        ),
        unused={"arthritis": "The model has no state for a single joint."},
        missing=("cd19", "igg"),
    )


def assessment() -> tuple[AssessedScore, ...]:
    """Return three assessed scores: complete, partial and not assessable."""
    return (
        AssessedScore("sledai_2k", "SLEDAI-2K", 16.0, 16.0, 16.0, "complete", ("Arthritis (4)", "Proteinuria (4)"), ()),
        AssessedScore(
            "clinical_sledai", "Clinical SLEDAI-2K", None, 12.0, 20.0, "partial", ("Arthritis (4)",), ("fever", "cd19")
        ),
        AssessedScore("doris_2021", "DORIS remission", None, None, None, "not evaluable", (), ("pga",)),
    )


def small(title: str = "A made-up patient") -> Forecast:
    """Return a forecast with one forecast arm of two variables and the withheld arm: quick to draw."""
    whole = forecast(title)
    first = whole.arms[0]
    bands = {name: first.bands[name] for name in ("sledai_2k", "anti_dsdna")}
    return replace(whole, arms=(replace(first, bands=bands), whole.arms[3]))


def under_care(one: ForecastArm) -> ForecastArm:
    """Return an arm as it is under treat to target: with reasons, and its made-up amounts."""
    reasons = (
        CareReason("flare", "A made-up flare", "a course of prednisone", 0.4, 1.5, 84.0, 3),
        CareReason("never", "Something never seen", "nothing", 0.0, 0.0, math.nan),
    )
    return replace(one, care="treat_to_target", reasons=reasons, amounts=amounts(), left_out={"a_rule": "it cannot be"})


def amounts() -> tuple[CareAmount, ...]:
    """Return made-up amounts at the months of the report."""
    names = ("tablets_now", "cumulative_prednisone_g", "drug_free_days")
    return tuple(CareAmount(name, month, 0.0, 2.0, 9.5, 2.5) for name in names for month in MONTHS)


def crowded() -> Forecast:
    """Return a forecast of seven therapies that all differ, of which a failing heart stops three at least."""
    whole = forecast()
    more = (
        arm("ahsct", "Autologous blood stem-cell transplantation", 0.7, 30, cell_product=True),
        arm("belimumab", "Belimumab 10 mg/kg", 0.35, 0, cell_product=False),
        arm("obinutuzumab", "Obinutuzumab 4 × 1000 mg", 0.55, 0, cell_product=False),
    )
    arms = (*(one for one in whole.arms if one.efficacy_withheld is None), *more)
    first = whole.patient.visits[0]
    sick = replace(whole.patient, visits=(replace(first, values={**first.values, "lvef": Measurement(35.0)}),))
    return replace(whole, patient=sick, arms=arms, safety=safeties(sick, (one.therapy for one in arms), -3))


def forecast(title: str = "A made-up patient") -> Forecast:
    """Return the whole made-up forecast."""
    assert len(QUANTILES) == 5
    arms = (
        arm("cd19_car_t", "CD19 CAR-T", 0.92, 42, cell_product=True),
        arm("rituximab", "Rituximab", 0.45, 0, cell_product=False),
        arm("msc_umbilical", "MSC, umbilical cord", 0.3, 14, cell_product=True),
        withheld_arm(),
        arm("standard_care", "Standard care", 0.22, 0, cell_product=False),
    )
    return Forecast(
        care="as_is",
        beside={"treat_to_target": tuple(under_care(one) for one in arms)},
        protocols={
            "as_is": CareWords("Unchanged", "Nobody decides anything.", ("Nothing is done.",), ()),
            "treat_to_target": CareWords("Treat to target", "Flares are answered.", ("A rule.",), ("A source.",)),
        },
        patient=patient(title),
        baseline_day=-3,
        assessment=assessment(),
        match=match(),
        arms=arms,
        months=24,
        seed=7,
        background=("Hydroxychloroquine 400 mg/day, continued",),
        assumptions=("One lumped pool of autoreactive B cells.", "Two stable states of the loop of B and T cells."),
        sources={
            "first2020": "First F. A made-up paper. 2020. doi 10.0000/first",
            "second2024": "Second S. Another made-up paper. 2024. https://doi.org/10.0000/second",
            "third2023": "Third T. A third made-up paper. 2023. PMID 1",
        },
        parameter_counts={"published": 61, "calibrated": 40, "assumed": 84},
        provenance={"versions": {"lupercal": "0.1", "numpy": "2"}, "seed": 7, "hash": "abc123", "wall_seconds": 12.5},
        safety=safeties(patient(title), (one.therapy for one in arms if one.therapy in regimens()), -3),
    )
