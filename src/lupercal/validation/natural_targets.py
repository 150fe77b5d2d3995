"""The natural history of the virtual population, measured as the cohorts and trials measured it, beside its targets.

Measures work on features, one value for each patient (`natural_course_clinic`, `natural_course_entry`), and weights, so
that weights can be changed without simulating again. T01 to T03 and T17 describe who the people are and are measured
where they are drawn. D16 (mortality) is a ratio of summed hazards, in the clinic's cohort: nobody dies in a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.features.clinic import LEVELS
from lupercal.course.features.entry import DOMAINS
from lupercal.course.features.series import QUARTER
from lupercal.course.features.weighted import Weighted, log_rate_slope, median_survival
from lupercal.evidence.limits import sledai_bands
from lupercal.evidence.natural_history import targets
from lupercal.population.association import tetrachoric

Array = NDArray[np.float64]
Found = dict[str, float]
Measure = Callable[[Weighted], Found]

PATTERNS = ("relapsing_remitting", "long_quiescent", "chronic_active")
MONTH = 365.25 / 12
ELSEWHERE = {
    "T01": "measured where people are drawn",
    "T02": "measured where people are drawn",
    "T03": "measured where people are drawn",
    "T17": "measured where people are drawn",
}


@final
@dataclass(frozen=True, slots=True)
class TargetValue:
    """One value of a target beside the simulation; ``simulated`` is NaN where there is none, ``why`` says why."""

    target: str
    name: str
    statistic: str
    scope: str
    value: float
    tolerance: float
    simulated: float
    unit: str
    source: str
    why: str = ""

    @property
    def hit(self) -> bool:
        """Whether the simulated value lies within the tolerance, bounds included."""
        return abs(self.simulated - self.value) <= self.tolerance * (1 + 1e-9)


def natural_history(
    clinic: Weighted | None = None,
    entry: Weighted | None = None,
    placebo: Weighted | None = None,
    nephritis_entry: Weighted | None = None,
) -> dict[str, Found]:
    """Return the simulated values of every target that the given cohorts show, by target and name.

    Parameters
    ----------
    clinic
        Features of `lupercal.course.features.clinic.clinic_features` with the weights of the clinic cohort.
    entry
        Features of `lupercal.course.features.entry.entry_features` of patients who meet a trial's entry rules.
    placebo
        Features of `lupercal.course.features.entry.placebo_features` of the year after.
    nephritis_entry
        Features as ``entry`` of patients who enter a trial of nephritis; those of ``entry`` with active nephritis where
        it is not given.
    """
    cohorts = {"clinic": clinic, "entry": entry, "placebo": placebo, "nephritis_entry": nephritis_entry or entry}
    return {
        target: measure(cohort)
        for name, measures in MEASURES.items()
        if (cohort := cohorts[name]) is not None
        for target, measure in measures.items()
    }


def predictions(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return simulated values by ``T04.mean`` and so on, as a calibration asks for them."""
    return {f"{target}.{name}": value for target, row in found.items() for name, value in row.items()}


def target_rows(found: Mapping[str, Mapping[str, float]]) -> list[TargetValue]:
    """Return one row for each value of each target, in the order of the targets."""
    return [
        TargetValue(
            one.id, name, one.statistic, one.scope, value, one.tolerance[name],
            float(found.get(one.id, {}).get(name, np.nan)), one.units.get(name, one.unit), one.source.where,
            "" if one.id in found else ELSEWHERE.get(one.id, "not simulated here"),
        )
        for one in targets().values()
        for name, value in one.values.items()
    ]  # fmt: skip


def disease_activity(cohort: Weighted) -> Found:
    """T04, T06: mean and standard deviation of SLEDAI at one visit (Canadian cohort; pooled BLISS, Furie 2014)."""
    return {"mean": cohort.mean("sledai"), "sd": cohort.sd("sledai")}


def activity_bands(cohort: Weighted) -> Found:
    """T05: shares of patients by band of SLEDAI-2K at one visit (Canadian cohort)."""
    return {name: cohort.mean(f"band_{name}") for name in sledai_bands()}


def association(cohort: Weighted) -> Found:
    """T09: tetrachoric correlation of raised anti-dsDNA and low C3 or C4 at entry (BLISS, Oon table 2)."""
    names = ("raised_dsdna_and_low_complement", "raised_dsdna", "low_complement")
    return {"value": tetrachoric(*(cohort.mean(name) for name in names))}


def calm_association(cohort: Weighted) -> Found:
    """T10: tetrachoric correlation of raised anti-dsDNA and low C3 without clinical activity (CORTICOLUP, table 1)."""
    return {"value": tetrachoric(*(cohort.ratio(name, "calm") for name in ("calm_both", "calm_dsdna", "calm_low_c3")))}


def domains(cohort: Weighted) -> Found:
    """T11: shares with at least one item of each domain of SELENA-SLEDAI at entry (Manzi 2012, table 2)."""
    return {name: cohort.mean(f"domain_{name}") for name in DOMAINS}


def severity(cohort: Weighted) -> Found:
    """T12: shares with a BILAG A or two B, and with an A, at entry (Furie 2014, table 1; classic index there)."""
    return {name: cohort.mean(name) for name in ("bilag_1a_or_2b", "bilag_1a")}


def nephritis_protein(cohort: Weighted) -> Found:
    """T14: median UPCR and standard deviation of its logarithm in active nephritis (BLISS-LN, from mean and SD)."""
    active = cohort.among("active_nephritis")
    return {"median": float(np.exp(active.median("log_upcr"))), "sigma": active.sample_sd("log_upcr")}


def kidney_involvement(cohort: Weighted) -> Found:
    """T16: share with nephritis at any time of life (SLICC, Hanly 2016); ``shown``: within the simulated history."""
    return {"value": cohort.mean("nephritis"), "shown": cohort.mean("nephritis_shown")}


def course_patterns(cohort: Weighted) -> Found:
    """T18: shares of patient-years by pattern of clinical SLEDAI over a year (Györi 2017)."""
    return {name: cohort.mean(f"pattern_{name}") for name in PATTERNS}


def severe_hazard_ratio(cohort: Weighted) -> Found:
    """D06: hazard ratio of a severe flare by the next visit per SLEDAI-2K point, 0 to 4 points (APLC, Cox model)."""
    slope = log_rate_slope(LEVELS, cohort.total("severe_by_level"), cohort.total("years_by_level"))
    return {"value": float(np.exp(slope))}


def trial_responses(cohort: Weighted) -> Found:
    """D07: SRI-4 and BICLA at week 52 on standard care, of those who can be judged (pooled placebo arms)."""
    return {name: cohort.ratio(name, f"{name}_judged") for name in ("sri_4", "bicla")}


def serological_change(cohort: Weighted) -> Found:
    """D09: shares in whom raised anti-dsDNA, and low C3 or C4, are normal at week 52 (ILLUMINATE placebo arms)."""
    return {
        "anti_dsdna": cohort.ratio("dsdna_normalised", "raised_dsdna"),
        "complement": cohort.ratio("complement_normalised", "low_complement"),
    }


def remission_duration(cohort: Weighted) -> Found:
    """D10: median months of remission on treatment at quarterly visits, Kaplan-Meier (Wilhelm 2017)."""
    lost, at_risk = cohort.total("remission_lost"), cohort.total("remission_at_risk")
    return {"value": median_survival(lost, at_risk, QUARTER / MONTH)}


def damage_hazard_ratio(cohort: Weighted) -> Found:
    """D12: hazard ratio of damage per mg of daily prednisone at equal activity (Al Sawah 2015).

    The regression is on the model's hazard at each patient's dose, as the cohort's Cox model adjusts for activity.
    """
    doses = cohort.features["prednisone"]
    slope = log_rate_slope(doses, cohort.weights * cohort.features["damage_hazard"], cohort.weights)
    return {"value": float(np.exp(slope))}


def _mean(name: str) -> Measure:
    return lambda cohort: {"value": cohort.mean(name)}


def _ratio(part: str, whole: str) -> Measure:
    return lambda cohort: {"value": cohort.ratio(part, whole)}


MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "clinic": {
        "T04": disease_activity,
        "T05": activity_bands,
        "T10": calm_association,
        "T16": kidney_involvement,
        "T18": course_patterns,
        "T19": _mean("lldas"),  # point prevalence at one visit (APLC, Golder 2016)
        "D01": _ratio("flares", "years"),  # any flare of the SELENA-SLEDAI index per year (APLC)
        "D02": _ratio("severe_flares", "years"),  # severe flares of the index per year (Monash)
        "D05": _ratio("quiescent_flared", "quiescent"),  # any flare within a year of quiescence (CORTICOLUP)
        "D06": severe_hazard_ratio,
        "D10": remission_duration,
        "D11": _mean("sdi_slope"),  # points of the SDI per year (Strand 2014, from duration and score)
        "D12": damage_hazard_ratio,
        "D13": _ratio("nephritis_failed", "nephritis"),  # kidney failure within ten years of nephritis (SLICC)
        "D14": _ratio("renal_flares", "renal_years"),  # renal flares per year on maintenance (Yap 2017, MAINTAIN)
        "D16": _ratio("deaths", "expected_deaths"),  # standardised mortality ratio, all causes (Lee 2024)
    },
    "entry": {
        "T06": disease_activity,
        "T07": _mean("raised_dsdna"),  # anti-dsDNA above the limit (Furie 2014, table 1)
        "T08": _mean("low_c3"),  # C3 below the limit (Furie 2014, table 1)
        "T09": association,
        "T11": domains,
        "T12": severity,
        "T13": lambda cohort: {"value": cohort.sd("log_anti_dsdna")},  # from mean and SD (Ordi 2014, table 1)
        "T15": _mean("prednisone_above_7_5"),  # above 7.5 mg/d (Furie 2014, table 1)
    },
    "nephritis_entry": {"T14": nephritis_protein},
    "placebo": {
        "D03": _mean("severe_flare"),  # a severe flare of the modified index by week 52 (Petri 2013)
        "D04": _ratio("bilag_flares", "years"),  # a new A or two new B per year (TULIP, Vital 2022)
        "D07": trial_responses,
        "D08": _mean("sledai_change"),  # change of SLEDAI at week 52 (ILLUMINATE placebo arms)
        "D09": serological_change,
        "D15": _mean("infection_hazard"),  # serious infections per year (placebo arms, years 1 to 4)
    },
}
"""Measures by cohort and target."""
