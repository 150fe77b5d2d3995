"""From a patient to a forecast: assess, find virtual patients that resemble, run every therapy on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import final, get_args

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.care.registry import AS_IS, protocol, protocols
from lupercal.course.decided import Decided
from lupercal.engine.choose import EngineName
from lupercal.engine.task import Outcome
from lupercal.errors import InputError
from lupercal.evidence.parameters import count_by_basis
from lupercal.files.chunks import DEFAULT_SIZE
from lupercal.forecast.arm import ArmRun, Setting, live_arm
from lupercal.forecast.arm_residual import arm_residual
from lupercal.forecast.assess import assess_baseline
from lupercal.forecast.assumed import ASSUMPTIONS, definitions, matching_assumptions, sources_of
from lupercal.forecast.biologics import biologics_in_words, going_on
from lupercal.forecast.care_facts import care_amounts, care_reasons, protocols_in_words
from lupercal.forecast.doubt import doubt_of
from lupercal.forecast.incidence import incidence
from lupercal.forecast.knowledge import knowledge
from lupercal.forecast.outcomes import Sample, efficacy, toxicity
from lupercal.forecast.percentiles import known_quantiles
from lupercal.forecast.personal import personal
from lupercal.forecast.result import QUANTILES, Band, Forecast, ForecastArm
from lupercal.forecast.search import Progress
from lupercal.forecast.settings import settings
from lupercal.forecast.targets import targets_of
from lupercal.forecast.twins import History, Twins, TwinsRequest, twins_of
from lupercal.patient.record import Patient
from lupercal.population.cohort import Cohort
from lupercal.rules.record_notes import contradictions
from lupercal.safety.judge import safeties
from lupercal.therapy.current import size_notes
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product, regimen

Array = NDArray[np.float64]

DRAWN = (
    "sledai_2k", "anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "prednisone", "mycophenolate_mofetil",
    "tablets_per_day", "days_in_hospital",
)  # fmt: skip
"""Variables of which a forecast keeps bands."""

DEFAULT_CARE = (AS_IS, "treat_to_target")
"""Protocols of care that a forecast shows: nothing is changed, and treat to target."""


@final
@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: therapies by name, number of virtual patients, horizon in months, seed, engine and chunk size.

    ``history`` says whether all visits up to day 0 count, or the baseline visit alone.
    ``care`` names protocols of care, see `lupercal.care`: the first is that of the arms, the others stand beside it.
    ``model_only`` leaves the residual of published shares out of the intervals.
    """

    therapies: tuple[str, ...]
    virtual_patients: int = 500
    months: int = 24
    seed: int = 1
    engine: EngineName = "compiled"
    chunk_size: int = DEFAULT_SIZE
    history: History = "all"
    care: tuple[str, ...] = DEFAULT_CARE
    model_only: bool = False

    def __post_init__(self) -> None:
        if self.history not in get_args(History):
            raise InputError("forecast", "history", self.history, " or ".join(get_args(History)))
        for name, low, high in (("virtual_patients", 1, 1_000_000), ("months", 1, 120), ("seed", 0, 2**63 - 1)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError("forecast", name.replace("_", " "), value, f"a whole number from {low} to {high}")
        if not self.care:
            raise InputError("forecast", "care", "none", f"protocols of care: {', '.join(protocols())}")


@final
@dataclass(frozen=True, slots=True)
class Computed:
    """A forecast with the courses it was made from: ``runs`` of its arms, ``beside`` of the other protocols of care."""

    forecast: Forecast
    runs: tuple[ArmRun, ...]
    cohort: Cohort
    beside: Mapping[str, tuple[ArmRun, ...]] = field(default_factory=dict)

    @property
    def all_runs(self) -> tuple[ArmRun, ...]:
        """The runs of all protocols of care, those of the arms first."""
        return (*self.runs, *chain.from_iterable(self.beside.values()))


def decided_in(computed: Computed, therapy: str, care: str) -> Decided:
    """Return what was decided in the course of a therapy under a protocol of care.

    Raises
    ------
    InputError
        If the forecast has no such course, or nobody decides in it.
    """
    decisions = {(run.regimen.id, run.care.id): run.decided for run in computed.all_runs if run.decided is not None}
    decided = decisions.get((regimen(therapy).id, protocol(care).id))
    if decided is None:
        expected = (
            ", ".join(f"{a} under {b}" for a, b in decisions) or "a forecast under a protocol in which somebody decides"
        )
        raise InputError("forecast", "course", f"{therapy} under {care}", expected)
    return decided


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
    chosen = tuple({(wanted := regimen(name)).id: wanted for name in request.therapies}.values())
    cares = {(care := protocol(name)).id: care for name in request.care}
    targets, real = targets_of(patient), personal(patient)
    chosen, background = tuple(going_on(one, real.biologics) for one in chosen), real.background
    asked = TwinsRequest(
        patient, targets, real, request.virtual_patients, request.months, request.seed, request.engine, request.history
    )
    start = twins_of(asked, progress)
    setting = Setting(
        start.cohort, background, request.months, request.seed, request.engine, request.chunk_size, real.of_year,
        offsets=start.offsets,
    )  # fmt: skip
    under = _all_runs(chosen, cares, setting, progress)
    main, runs = next(iter(under.items()))
    beside = {name: own for name, own in under.items() if name != main}
    sample = _samples(start, chosen, request)
    forecast = Forecast(
        patient=patient,
        baseline_day=patient.baseline().day,
        assessment=assess_baseline(patient),
        match=start.match,
        arms=tuple(arm_result(run, sample(run)) for run in runs),
        months=request.months,
        seed=request.seed,
        background=(
            *biologics_in_words(real.biologics, background.in_words),
            *size_notes(patient),
            *contradictions(patient),
        ),
        assumptions=(*knowledge(), *ASSUMPTIONS, *definitions(), *matching_assumptions(background)),
        sources=sources_of([run for own in under.values() for run in own]),
        parameter_counts=count_by_basis(),
        care=main,
        beside={name: tuple(beside_result(run, sample(run)) for run in own) for name, own in beside.items()},
        protocols=protocols_in_words(cares),
        safety=safeties(patient, (one.id for one in chosen), patient.baseline().day),
        learnt=start.learnt,
    )
    return Computed(forecast, runs, setting.cohort, beside)


def _samples(start: Twins, chosen: Sequence[Regimen], request: Request) -> Callable[[ArmRun], Sample]:
    """Return what tells whom the people of an arm stand for; an arm's residual is the same under every protocol."""
    residuals = {one.id: None if request.model_only else arm_residual(one, start.cohort) for one in chosen}
    people = start.cohort.patients
    whole = Sample(start.share, doubt_of(people), people, kin=start.kin)
    return lambda run: replace(whole, residual=residuals[run.regimen.id])


def _all_runs(
    chosen: Sequence[Regimen], cares: Mapping[str, CareProtocol], setting: Setting, progress: Progress
) -> dict[str, tuple[ArmRun, ...]]:
    """Run every therapy under every protocol of care; all share patients and chance."""
    total, by_care = len(chosen) * len(cares), dict[str, tuple[ArmRun, ...]]()
    for place, (name, care) in enumerate(cares.items()):
        under_care, done = replace(setting, care=care), place * len(chosen)
        by_care[name] = tuple(_run(one, done + k, total, under_care, progress) for k, one in enumerate(chosen))
    return by_care


def arm_result(run: ArmRun, sample: Sample, variables: Sequence[str] = DRAWN, *, curves: bool = True) -> ForecastArm:
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
        bands={name: band(run, name) for name in variables} if shown else {},
        chances=efficacy(run, sample) if shown else (),
        toxicity=toxicity(run, sample, car_t="car_t" in families) if shown else (),
        patient_outcomes={Outcome(c).name.lower(): n for c, n in sorted(Counter(run.outcome.tolist()).items())},
        efficacy_withheld=expansion.efficacy_withheld,
        evidence=chosen.evidence.text,
        sources=expansion.sources,
        assumptions=tuple(dict.fromkeys([*chosen.assumed, *expansion.assumptions, *expansion.warnings])),
        incidence=incidence(run, sample) if shown and curves else {},
        care=run.care.id,
        reasons=care_reasons(run) if shown else (),
        amounts=care_amounts(run) if shown else (),
        left_out=dict(run.decided.left_out) if run.decided else {},
    )


BESIDE = ("sledai_2k", "prednisone", "mycophenolate_mofetil", "tablets_per_day", "days_in_hospital")
"""Variables of which a forecast keeps bands under the protocols that stand beside."""


def beside_result(run: ArmRun, sample: Sample) -> ForecastArm:
    """Return what a report says of an arm under a protocol that stands beside: no curves over time but of drugs."""
    return arm_result(run, sample, BESIDE, curves=False)


def band(run: ArmRun, variable: str) -> Band:
    """Return quantiles of one variable among those alive, and some single courses, which end with death."""
    values = run.personal.get(variable, run.columns[variable])[:, run.outcome == Outcome.DONE]
    if values.shape[1] == 0:
        values = np.full((len(run.calendar.visits), 1), np.nan)
    alive = run.ended.alive(run.calendar.visits)[:, run.outcome == Outcome.DONE]
    if not alive.all():
        values = np.where(alive, values, np.nan)
    quantiles = known_quantiles(values, QUANTILES)
    courses = np.ascontiguousarray(values[:, : settings().visits.courses].T)
    return Band(variable, run.calendar.visits.astype(np.float64), quantiles, courses)


def _run(chosen: Regimen, index: int, total: int, setting: Setting, progress: Progress) -> ArmRun:
    done = 0

    def finished(patients: int) -> None:
        nonlocal done
        done += patients
        progress(f"simulating {chosen.name}", (index + done / setting.cohort.size) / total)

    progress(f"simulating {chosen.name}", index / total)
    return live_arm(chosen, setting, finished)
