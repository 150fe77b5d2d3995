"""What the model says about the figures of a study: one virtual trial, one number per figure or the reason for none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName
from lupercal.evidence.intervals import as_days
from lupercal.evidence.places import place_table
from lupercal.evidence.study_records import Row, Study
from lupercal.trial.conduct import TrialRun, conduct
from lupercal.trial.design import Trial
from lupercal.trial.endpoints.kidney import involved
from lupercal.trial.endpoints.measure import Measure
from lupercal.trial.endpoints.registry import measures, why_not
from lupercal.trial.endpoints.renal_course import RENAL_RESPONSES
from lupercal.trial.pool import Pool
from lupercal.trial.seen import SeenArm
from lupercal.trial.settings import settings
from lupercal.validation.answer import answer, patients_behind
from lupercal.validation.as_trial import POOLED, acute, design, has_care
from lupercal.validation.asked import Asked, NotSimulatedError
from lupercal.validation.doses import treatment_of
from lupercal.validation.episodes import told_of_episodes
from lupercal.validation.populations import of_nephritis
from lupercal.validation.sampling import sampling_error
from lupercal.validation.unexplained import counts_patients

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Prediction:
    """``values`` maps the index of an outcome to its predicted value, ``reasons`` those that have none to why.

    ``errors`` are the standard errors of a study of the observed size, see `sampling_error`; ``behind`` says of how
    many virtual patients shares and counts of patients are.
    """

    study: Study
    values: Mapping[int, float]
    errors: Mapping[int, float]
    reasons: Mapping[int, str]
    told: tuple[str, ...]
    eligible: int
    behind: Mapping[int, int] = field(default_factory=dict)


def predict(
    study: Study,
    pool: Pool,
    seed: int,
    n_virtual: int | None = None,
    rows: Collection[int] | None = None,
    engine: EngineName = "compiled",
) -> Prediction:
    """Run a study as a virtual trial and compute its outcomes.

    Parameters
    ----------
    study
        The study.
    pool
        From whom it recruits.
    seed
        Of the trial; the same for all parameter sets that are to be compared.
    n_virtual
        Virtual patients per arm; `settings` if not given.
    rows
        Indices of the outcomes asked for; all if not given.
    engine
        Which engine integrates.
    """
    wanted = range(len(study.outcomes)) if rows is None else sorted(rows)
    reasons = {k: why for k in wanted if (why := impossible(study, study.outcomes[k]))}
    possible = [k for k in wanted if k not in reasons]
    trial = _only(design(study, [study.outcomes[k] for k in possible]), [study.outcomes[k] for k in possible])
    if not possible:
        return Prediction(study, {}, {}, reasons, trial.told, 0)
    done = conduct(trial, pool, seed, n_virtual or settings().conduct.patients, engine)
    values, errors, behind = dict[int, float](), dict[int, float](), dict[int, int]()
    for index in possible:
        try:
            asked, arms = _asked(study, study.outcomes[index], done)
            values[index], errors[index] = _value(asked, arms), sampling_error(asked, *arms, _sizes(study, asked.row))
        except NotSimulatedError as reason:
            reasons[index] = str(reason)
        else:
            behind |= {index: patients_behind(asked, arms[0])} if counts_patients(asked.row) else {}
    about = (*_of_whom(study, possible), *told_of_episodes([study.outcomes[k] for k in possible], done))
    told = (*_told(trial.told, done), *about)
    return Prediction(study, values, errors, reasons, told, done.eligible, behind)


def _only(trial: Trial, rows: Collection[Row]) -> Trial:
    """Return a trial without the arms that no figure asks for; all stay where arms are asked for together."""
    asked = {name for row in rows for name in (row.arm, row.versus) if name}
    if asked & set(trial.pooled):
        return trial
    asked |= {part for name in asked for part in trial.joined.get(name, ())}
    return replace(trial, arms={name: arm for name, arm in trial.arms.items() if name in asked})


def simulate_rows(
    studies: Iterable[Study], pool: Pool, seed: int, n_virtual: int,
    wanted: Mapping[str, Collection[int]] | None = None, engine: EngineName = "compiled",
) -> dict[tuple[str, int], float]:  # fmt: skip
    """Return the predicted value of every figure of studies that can be simulated, by (study, index of the outcome).

    ``wanted`` names the outcomes of each study; those usable for calibration where it is not given.
    """
    values_by_row: dict[tuple[str, int], float] = {}
    for study in studies:
        rows = usable_rows(study) if wanted is None else wanted.get(study.id, ())
        if rows:
            values = predict(study, pool, seed, n_virtual, rows, engine).values
            values_by_row |= {(study.id, index): value for index, value in values.items()}
    return values_by_row


def usable_rows(study: Study) -> tuple[int, ...]:
    """Return the indices of the outcomes that a fit may use."""
    return tuple(index for index, row in enumerate(study.outcomes) if row.usable_for_calibration)


def impossible(study: Study, row: Row) -> str:
    """Return why no virtual trial can answer a figure, before one is run; nothing where one may."""
    for arm in (study.arms[name] for name in (row.arm, row.versus) if name):
        if not (treatment_of(study, arm) or arm.reason == POOLED or arm.name in study.simulation.joined):
            return f"arm {arm.name}: {arm.reason}"
    without = _no_meaning(study, row)
    if without or row.value is None:
        return without or "the study prints no single value"
    until = row.time or ("" if acute(row) else study.design.follow_up)
    if until and as_days(until) > settings().conduct.longest_days:
        return f"later than the {settings().conduct.longest_days} days that are simulated"
    return ""


def _no_meaning(study: Study, row: Row) -> str:
    """Return why the end point of a figure has no meaning in this study's simulation; nothing where it has."""
    if row.measure not in measures():
        return why_not(row.measure)
    asked_of_all = row.measure in place_table().renal_in_nephritis and row.measure not in study.simulation.responses
    if asked_of_all and not of_nephritis(study):
        return (
            "a renal response where nephritis is not the entry; the study's own definition was not seen "
            "(a file may say it: simulation, responses)"
        )
    if measures()[row.measure].needs_care and not has_care(study, row.arm):
        return (
            "Who reduced or changed drugs by what rule is not printed, and choosing one would decide the figure "
            "(a file may say it: simulation, care or the prednisone of an arm)"
        )
    return ""


def _asked(study: Study, row: Row, done: TrialRun) -> tuple[Asked, tuple[SeenArm, SeenArm | None]]:
    """Return a figure as a question, and the arms it is put to: its own, and the one it is compared with."""
    seen = _arm(row.arm, done)
    versus = _arm(row.versus, done) if row.versus else None
    return Asked(_measure(study, row), row, study.arms[row.arm].n), (seen, versus)


def _value(asked: Asked, arms: tuple[SeenArm, SeenArm | None]) -> float:
    value = answer(asked, *arms)
    if not np.isfinite(value):
        as_published = ", as published" * _open(asked.row)
        raise NotSimulatedError(f"fewer than half of the virtual patients reach it{as_published}")
    return value


def _sizes(study: Study, row: Row) -> tuple[int | None, int | None]:
    return study.sized(row).n, study.arms[row.versus].n if row.versus else None


def _measure(study: Study, row: Row) -> Measure:
    """Return the end point of a figure; of a renal response in a mixed cohort, of those with nephritis at baseline.

    An arm whose size is not known may be one of nephritis alone, and stays as it is.
    """
    measure = measures()[row.measure]
    renal = measure.name in RENAL_RESPONSES and measure.among is None and study.arms[row.arm].n is not None
    return replace(measure, among=involved) if renal and not of_nephritis(study) else measure


def _of_whom(study: Study, rows: Collection[int]) -> tuple[str, ...]:
    """Return that renal responses are of a part of the patients, in words; nothing where they are of all."""
    figures = [study.outcomes[k] for k in rows]
    some = any(_measure(study, row) is not measures()[row.measure] for row in figures)
    return ("renal responses are of those with nephritis at baseline: nephritis is not the entry",) if some else ()


def _open(row: Row) -> bool:
    """Return whether a study says that fewer than half had reached something by the end."""
    return row.bound == ">" and row.statistic == "median"


def _arm(name: str, done: TrialRun) -> SeenArm:
    """Return an arm, or say why it is not simulated: its own reason, those of its parts where it is others together."""
    if name in done.arms:
        return done.arms[name]
    parts = done.trial.joined.get(name, tuple(done.trial.arms)) if name not in done.trial.arms else (name,)
    reasons = {part: done.not_simulated[part] for part in parts if part in done.not_simulated}
    if not reasons or len(set(reasons.values())) == 1:
        raise NotSimulatedError(next(iter(reasons.values()), done.not_simulated.get(name, f"arm {name}")))
    raise NotSimulatedError("; ".join(f"arm {part}: {why}" for part, why in reasons.items()))


def _told(notes: tuple[str, ...], done: TrialRun) -> tuple[str, ...]:
    return (*notes, *done.recruited.told, *(f"not applied: {rule}" for rule in done.recruited.not_applied))
