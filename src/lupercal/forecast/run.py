"""From a patient to a forecast: assess, find virtual patients that resemble, run every therapy on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import Background
from lupercal.engine.choose import EngineName
from lupercal.engine.task import Outcome
from lupercal.errors import InputError
from lupercal.evidence.parameters import count_by_basis, parameters
from lupercal.files.chunks import DEFAULT_SIZE
from lupercal.forecast.arm import ArmRun, Setting, live_arm
from lupercal.forecast.arm_residual import arm_residual
from lupercal.forecast.assess import assess_baseline
from lupercal.forecast.biologics import biologics_in_words, going_on
from lupercal.forecast.doubt import doubt_of
from lupercal.forecast.incidence import incidence
from lupercal.forecast.knowledge import knowledge
from lupercal.forecast.match import Resembling, fill_slots, weighted_quantiles
from lupercal.forecast.nearness import nearness, tolerances_away
from lupercal.forecast.outcomes import Sample, efficacy, toxicity
from lupercal.forecast.personal import personal
from lupercal.forecast.result import QUANTILES, Band, Forecast, ForecastArm, Match, MatchedVariable
from lupercal.forecast.search import Progress, SearchRequest, find_matches
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import MatchTarget, Targets, targets_of
from lupercal.patient.record import Patient
from lupercal.population.cohort import Cohort
from lupercal.rules.record_notes import contradictions
from lupercal.safety.judge import safeties
from lupercal.therapy.current import size_notes
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product, regimen
from lupercal.therapy.sources import citations

Array = NDArray[np.float64]

DRAWN = ("sledai_2k", "anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "prednisone")
"""Variables of which a forecast keeps bands."""

ASSUMPTIONS = (
    "One lumped pool of autoreactive B cells and one of T help, with two stable states; evidence for that is indirect.",
    "The susceptibility that caused the disease is unchanged after a reset; only the memory is erased.",
    "Drug effects combine as independent shares (Bliss), without interactions between drugs or with the kidney.",
    "No anti-CAR immunity, no loss of the target, no second malignancy, no loss of fertility, no deaths.",
    "Haemolysis and gastrointestinal lupus have no state in the model and count as absent in virtual visits.",
    "Nervous-system lupus has a barrier but no autoantibodies of its own.",
)


@final
@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: therapies by name, number of virtual patients, horizon in months, seed, engine and chunk size.

    ``model_only`` leaves the residual of published shares out of the intervals.
    """

    therapies: tuple[str, ...]
    virtual_patients: int = 500
    months: int = 24
    seed: int = 1
    engine: EngineName = "compiled"
    chunk_size: int = DEFAULT_SIZE
    model_only: bool = False

    def __post_init__(self) -> None:
        for field, low, high in (("virtual_patients", 1, 1_000_000), ("months", 1, 120), ("seed", 0, 2**63 - 1)):
            value = getattr(self, field)
            if not low <= value <= high:
                raise InputError("forecast", field.replace("_", " "), value, f"a whole number from {low} to {high}")


@final
@dataclass(frozen=True, slots=True)
class Computed:
    """A forecast with the courses it was made from."""

    forecast: Forecast
    runs: tuple[ArmRun, ...]
    cohort: Cohort


def compute(patient: Patient, request: Request, progress: Progress) -> Computed:
    """Compute a forecast.

    Raises
    ------
    InputError
        If a therapy is not known or a number is out of range.
    ForecastRefusedError
        If the baseline visit tells nothing to match on.
    LupercalError
        If the patient has no visit on or before day 0.
    """
    chosen = tuple({(one := regimen(name)).id: one for name in request.therapies}.values())
    targets, real = targets_of(patient), personal(patient)
    chosen, background = tuple(going_on(one, real.biologics) for one in chosen), real.background
    weighted = find_matches(
        SearchRequest(targets, real, request.seed, request.engine, request.virtual_patients), progress
    )
    slots = fill_slots(weighted, request.virtual_patients, request.seed)
    setting = Setting(
        weighted.cohort.take(slots), background, real.person, request.months, request.seed, request.engine,
        request.chunk_size, real.of_year,
    )  # fmt: skip
    runs = tuple(_run(one, index, len(chosen), setting, progress) for index, one in enumerate(chosen))
    match = match_report(targets, weighted, slots)
    people = setting.cohort.patients
    sample = Sample(effective_share(slots), doubt_of(people), people)
    forecast = Forecast(
        patient=patient,
        baseline_day=patient.baseline().day,
        assessment=assess_baseline(patient),
        match=match,
        arms=tuple(arm_result(run, _with_residual(sample, run, setting.cohort, request)) for run in runs),
        months=request.months,
        seed=request.seed,
        background=(
            *biologics_in_words(real.biologics, background.in_words),
            *size_notes(patient),
            *contradictions(patient),
        ),
        assumptions=(*knowledge(), *ASSUMPTIONS, *_definitions(), *_matching_assumptions(background)),
        sources=_sources(runs),
        parameter_counts=count_by_basis(),
        safety=safeties(patient, (one.id for one in chosen), patient.baseline().day),
    )
    return Computed(forecast, runs, setting.cohort)


def _with_residual(sample: Sample, run: ArmRun, cohort: Cohort, request: Request) -> Sample:
    return sample if request.model_only else replace(sample, residual=arm_residual(run.regimen, cohort))


def arm_result(run: ArmRun, sample: Sample) -> ForecastArm:
    """Return what a report says of one arm; where efficacy is withheld, none of its numbers leaves this function."""
    chosen, expansion = run.regimen, run.expansion
    families = {product(name).family for name in chosen.principal}
    shown = expansion.efficacy_withheld is None
    return ForecastArm(
        therapy=chosen.id,
        name=chosen.name,
        day_zero=chosen.day_zero,
        lead_days=chosen.lead_days,
        doses_in_words=expansion.doses_in_words(),
        bands={name: band(run, name) for name in DRAWN} if shown else {},
        chances=efficacy(run, sample) if shown else (),
        toxicity=toxicity(run, sample, car_t="car_t" in families) if shown else (),
        patient_outcomes={Outcome(c).name.lower(): n for c, n in sorted(Counter(run.outcome.tolist()).items())},
        efficacy_withheld=expansion.efficacy_withheld,
        evidence=chosen.evidence.text,
        sources=expansion.sources,
        assumptions=tuple(dict.fromkeys([*chosen.assumed, *expansion.assumptions, *expansion.warnings])),
        incidence=incidence(run, sample) if shown else {},
    )


def band(run: ArmRun, variable: str) -> Band:
    """Return quantiles and some single courses of one variable."""
    values = run.columns[variable][:, run.outcome == Outcome.DONE]
    if values.shape[1] == 0:
        values = np.full((len(run.calendar.visits), 1), np.nan)
    quantiles = np.quantile(values, QUANTILES, axis=1)
    courses = np.ascontiguousarray(values[:, : settings().visits.courses].T)
    return Band(variable, run.calendar.visits.astype(np.float64), quantiles, courses)


def effective_share(slots: NDArray[np.int64]) -> float:
    """Return Kish's effective number of distinct patients among the slots, divided by the number of slots."""
    counts = np.bincount(slots).astype(np.float64)
    return float(counts.sum() ** 2 / np.square(counts).sum() / len(slots))


def match_report(targets: Targets, weighted: Resembling, slots: NDArray[np.int64]) -> Match:
    """Return how the virtual patients resemble the real one."""
    return Match(
        candidates=weighted.candidates,
        effective_sample_size=weighted.effective_sample_size,
        distinct_patients=len(np.unique(slots)),
        virtual_patients=len(slots),
        variables=tuple(_matched(target, weighted) for target in targets.compared),
        unused=targets.unused,
        missing=targets.missing,
        widened=weighted.widened,
        nearness=nearness(targets.compared, weighted),
    )


def _matched(target: MatchTarget, weighted: Resembling) -> MatchedVariable:
    values = weighted.cohort.columns[target.variable]
    low, median, high = weighted_quantiles(values, weighted.weights, (0.05, 0.5, 0.95))
    tolerance = (
        f"{target.kernel.tolerance:g}" if target.kernel.scale == "linear" else f"{target.kernel.tolerance:g} (log)"
    )
    return MatchedVariable(
        target.variable, target.observed, target.how, tolerance, float(low), float(median), float(high),
        float((weighted.weights * values).sum()), tolerances_away(target, float(median)),
    )  # fmt: skip


def _run(chosen: Regimen, index: int, total: int, setting: Setting, progress: Progress) -> ArmRun:
    done = 0

    def finished(patients: int) -> None:
        nonlocal done
        done += patients
        progress(f"simulating {chosen.name}", (index + done / setting.cohort.size) / total)

    progress(f"simulating {chosen.name}", index / total)
    return live_arm(chosen, setting, finished)


def _definitions() -> tuple[str, ...]:
    """Return what the outcomes mean, in words with their thresholds."""
    limits = settings().outcomes
    crs = ", ".join(f"grade {grade} above {parameters()[f'crs_{grade}'].value:g} pg/mL" for grade in (1, 2, 3))
    return (
        (
            f"Relapse: after DORIS remission at {limits.remission_visits} monthly visits in a row, clinical SLEDAI-2K "
            f"of at least {limits.relapse_points:g} at {limits.relapse_visits} monthly visits in a row; a flare that "
            "passes sooner does not count."
        ),
        "“Whatever the steroid dose”: the same definition with its clause on prednisone left out.",
        "Drug-free remission: DORIS remission without glucocorticoid, antimalarial, immunosuppressant or biologic.",
        f"Neutropenia: below {limits.neutropenia:g}, severe below {limits.neutropenia_severe:g} × 10⁹/L at any time.",
        (
            f"Hypogammaglobulinaemia: IgG below {limits.hypogammaglobulinaemia:g}, severe below "
            f"{limits.hypogammaglobulinaemia_severe:g} g/L at any time; no replacement is given in the model."
        ),
        (
            f"New damage: a first item outside the kidney drawn from the model's hazard, or eGFR below "
            f"{limits.damage_egfr:g} from above; the six months that the SDI asks for are not waited for."
        ),
        f"Cytokine release is judged by interleukin 6 alone ({crs}); the thresholds are assumed.",
    )


def _matching_assumptions(background: Background) -> tuple[str, ...]:
    days = settings().candidates.own_drugs_days
    lived = (
        f"Virtual patients took the patient's own drugs for the last {days} days and usual care before, however long "
        "the patient has taken them; someone refractory for years may therefore look easier to treat than they are. "
        "Usual care answers flares with courses of prednisone; from day 0 on no therapy is changed because of a flare. "
        "A drug or a pulse begun within these days acts from the day it began; a pulse ends by day 0."
    )
    if not background.unknown:
        return (lived,)
    families = ", ".join(family.replace("_", " ") for family in background.unknown)
    return (
        lived,
        f"Current drugs of these families are not known and were drawn from the population: {families}.",
    )


def _sources(runs: Sequence[ArmRun]) -> Mapping[str, str]:
    """Return the citations of everything this forecast used: parameters first, then therapies."""
    keys = dict.fromkeys(p.source for p in parameters().values())
    bounds = dict.fromkeys(chain.from_iterable(p.bounded_by for p in parameters().values()))
    used = [*keys, *bounds, *chain.from_iterable(run.expansion.sources for run in runs)]
    return citations(key for key in used if key not in {"lupercal", "textbook"})
