"""A published study as a virtual trial of the same design."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from lupercal.care.records import CareProtocol
from lupercal.care.registry import protocol
from lupercal.errors import InputError, LupercalError
from lupercal.evidence.intervals import as_days
from lupercal.evidence.study_records import Row, Study
from lupercal.instruments.renal_response import DEFINITIONS
from lupercal.therapy.treatment import combined
from lupercal.trial.baseline_table import unread_figures
from lupercal.trial.design import SteroidLimit, Trial, TrialArm
from lupercal.trial.endpoints.kidney import rules as renal_rules
from lupercal.trial.populations import populations
from lupercal.trial.settings import settings
from lupercal.validation.doses import treatment_of
from lupercal.validation.drop_out import drop_out
from lupercal.validation.populations import ages_of, entry_of, recruits

CELLS = ("car_t", "car_t_allogeneic", "msc", "msc_autologous", "stem_cell_transplantation", "exosomes")


_STEROID = re.compile(r"prednisone above ([\d.]+) mg/d (?:from week (\d+)|in weeks (\d+)-(\d+))")


POOLED = "all arms together"


def design(study: Study, rows: Collection[Row] | None = None) -> Trial:
    """Return a study as a virtual trial.

    Parameters
    ----------
    study
        The study.
    rows
        The figures that are asked for; they decide how long the trial runs and when patients are seen. All outcomes
        where None.
    """
    asked = tuple(study.outcomes if rows is None else rows)
    arms, missing = _arms(study)
    (entry, entry_notes), (ages, assumed) = entry_of(study), ages_of(study)
    excluded, unknown = _exclusions(study)
    yearly, words = _drop_out(study)
    pooled = tuple(_pooled(study, arms))
    care = _care(study)
    end = _end(
        study, [row for row in asked if row.arm in arms or row.arm in pooled or row.arm in study.simulation.joined]
    )
    return Trial(
        study.id, tuple(study.baseline), study.id, arms, missing, pooled, (*entry, *excluded), unknown, yearly,
        study.design.non_responder is not None or bool(study.design.randomised), _steroid_limit(study),
        study.therapy.kind in CELLS, recruits(study), end, _visits(study, asked, end),
        (*entry_notes, *assumed, words, *_differs(study), *_care_words(care), *_own_words(study), *_unmatched(study)),
        care=care, untimed=round(_untimed(study)), joined=study.simulation.joined, ages=ages,
        responses=own_responses(study),
    )  # fmt: skip


def own_responses(study: Study) -> dict[str, Mapping[str, Any]]:
    """Return what a study meant by renal responses, as its file says: thresholds by measure.

    Raises
    ------
    InputError
        If it names no renal response, or no definition, of the package.
    """
    own: dict[str, Mapping[str, Any]] = {}
    for measure, meant in study.simulation.responses.items():
        place = f"simulation.responses.{measure}"
        if measure not in renal_rules()["measures"]:
            raise InputError(f"study {study.id}", place, measure, f"one of {', '.join(renal_rules()['measures'])}")
        if isinstance(meant, str) and meant not in DEFINITIONS:
            raise InputError(f"study {study.id}", place, meant, f"thresholds, or one of {', '.join(DEFINITIONS)}")
        own[measure] = DEFINITIONS[meant] if isinstance(meant, str) else meant.rule()
    return own


def _care(study: Study) -> CareProtocol | None:
    """Return who cares how: as the file says; in a cohort under drugs, where doctors were free, as clinics do."""
    if study.simulation.care is not None:
        return protocol(study.simulation.care)
    cohort = study.therapy.kind == "drug" and study.design.randomised is False
    return protocol(settings().conduct.care_of_cohorts) if cohort else None


def _own_care(study: Study, arm: str) -> CareProtocol | None:
    in_file = study.simulation.arms.get(arm)
    return None if in_file is None or in_file.care is None else protocol(in_file.care)


def has_care(study: Study, arm: str) -> bool:
    """Return whether somebody decides on drugs in an arm by a protocol, or a taper, of the study's file."""
    in_file = study.simulation.arms.get(arm)
    tapered = in_file is not None and bool(in_file.prednisone)
    return study.simulation.care is not None or _own_care(study, arm) is not None or tapered


def _care_words(care: CareProtocol | None) -> tuple[str, ...]:
    return () if care is None else (f"care by the protocol {care.id}: {care.summary}",)


def row_day(row: Row, trial: Trial) -> float:
    """Return the day a figure stands for: its time, the acute phase, else the trial's day of figures without one."""
    if row.time:
        return as_days(row.time)
    untimed = trial.end if trial.untimed is None else trial.untimed
    return float(min(settings().acute_days, trial.end)) if acute(row) else float(min(untimed, trial.end))


def _arms(study: Study) -> tuple[dict[str, TrialArm], dict[str, str]]:
    simulated, missing = {}, {}
    for name, arm in study.arms.items():
        treatment = treatment_of(study, arm)
        if treatment is None:
            missing[name] = arm.reason
            continue
        try:
            simulated[name] = TrialArm(name, arm.n, treatment, combined(treatment).lead_days, _own_care(study, name))
        except LupercalError as error:
            missing[name] = str(error)
    return simulated, missing


def _pooled(study: Study, arms: Mapping[str, TrialArm]) -> list[str]:
    """Return the arms that are all others together, where all that were randomised are simulated."""
    whole = [name for name, arm in study.arms.items() if arm.regimen is None and arm.reason == POOLED]
    parts = ("together", "separated")  # words of arms that are other arms over again
    single = [name for name, arm in study.arms.items() if not any(word in arm.reason for word in parts)]
    return whole if all(name in arms for name in single) else []


def _exclusions(study: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the exclusions of a study as rules to be met, and those that cannot be judged, in words."""
    table = populations().exclusions
    judged = [f"not ({rule})" for words in study.design.excluded for rule in table.get(words, ())]
    return tuple(judged), tuple(f"exclusion: {words}" for words in study.design.excluded if words not in table)


def _drop_out(study: Study) -> tuple[float, str]:
    if study.therapy.kind in CELLS and not study.design.randomised:
        share = settings().drop_out.cell_therapy
        return share, f"drop-out of {share:.0%} a year assumed (cells are given and people followed up)"
    return drop_out(study)


def _steroid_limit(study: Study) -> SteroidLimit | None:
    match = _STEROID.search(study.design.non_responder or "")
    if not match:
        return None
    since, first, last = match[2], match[3], match[4]
    return SteroidLimit(float(match[1]), 7.0 * float(since or first), 7.0 * float(last) if last else float("inf"))


def _differs(study: Study) -> list[str]:
    """Return where an arm's doses differ from those simulated; its own doses in the file do not."""
    return [
        f"arm {arm.name} is simulated by its regimen although {arm.differs}"
        for arm in study.arms.values()
        if arm.regimen and arm.differs and arm.name not in study.simulation.arms
    ]


def _own_words(study: Study) -> tuple[str, ...]:
    """Return in words what the file says of renal responses and of tapers."""
    own, how = study.simulation.responses, study.simulation.arms
    responses = (f"renal responses as its file defines them: {', '.join(own)}",) if own else ()
    tapers = {name: sorted(arm.prednisone.items()) for name, arm in how.items() if arm.prednisone}
    steps = {name: ", ".join(f"{dose:g} mg/d from day {day}" for day, dose in taper) for name, taper in tapers.items()}
    return responses + tuple(f"arm {name} takes prednisone as its file says: {each}" for name, each in steps.items())


def _unmatched(study: Study) -> tuple[str, ...]:
    names = unread_figures(study.baseline)
    return (f"not matched in the baseline table: {', '.join(names)}",) if names else ()


def _end(study: Study, rows: Collection[Row]) -> int:
    """Return the last day: of the latest figure within reach; figures without a time ask for the study's follow-up."""
    choice = settings().conduct
    days = [as_days(row.time) for row in rows if row.time]
    if any(not row.time and not acute(row) for row in rows):
        days.append(_untimed(study))
    inside = [day for day in days if day <= choice.longest_days]
    return max(round(max(inside, default=0.0)), settings().acute_days)


def _untimed(study: Study) -> float:
    """Return the day of figures without a time: the study's own follow-up, whatever times its other figures have."""
    return as_days(study.design.follow_up or "1 a")


def acute(row: Row) -> bool:
    """Return whether a figure is about the days after the cells were given."""
    return "acute" in row.when or row.when == "peak"


def _visits(study: Study, rows: Collection[Row], end: int) -> tuple[int, ...]:
    choice = settings().conduct
    dense = range(choice.visit_every, min(end, choice.sparse_after) + 1, choice.visit_every)
    sparse = range(choice.sparse_after + choice.sparse_every, end + 1, choice.sparse_every)
    printed_days = {round(as_days(row.time)) for row in rows if row.time and as_days(row.time) <= end}
    printed_days |= {
        round(_untimed(study)) for row in rows if not row.time and not acute(row) and _untimed(study) <= end
    }
    return tuple(sorted({*dense, *sparse, end, *(day for day in printed_days if 0 < day <= end)}))
