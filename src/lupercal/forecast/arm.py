"""One therapy on the slots of a forecast: from doses to the columns of every visit.

All arms share patients, triggers, visit noise and the luck of infection, addressed by slot and day since the decision.
An arm's own days count from its day 0 (first dose or infusion), which lies ``lead_days`` after the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.care.registry import AS_IS, protocol
from lupercal.course.away import Struck, days_away, regimens_given
from lupercal.course.background import Background, groups, standing_inputs
from lupercal.course.burden import drug_burden
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.care_fit import fit
from lupercal.course.decided import Decided, joined_decided
from lupercal.course.endings import Endings, endings
from lupercal.course.features.series import sfi
from lupercal.course.follow import Followed, follow
from lupercal.course.luck import SlotLuck
from lupercal.course.plan import DRUG_COLUMNS, DrugPlan
from lupercal.course.schedules import planned
from lupercal.course.stay import stay
from lupercal.engine.choose import EngineName
from lupercal.engine.random import exponentials
from lupercal.engine.streams import DAMAGE
from lupercal.evidence.limits import clinical_limit
from lupercal.evidence.parameters import values as model_values
from lupercal.files.chunks import chunks
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product
from lupercal.visits.visits import Visits, joined_visits

if TYPE_CHECKING:
    from lupercal.forecast.assimilation.handed_on import Offsets

Array = NDArray[np.float64]
Days = NDArray[np.int64]
SCORES = ("sledai_2k", "clinical_sledai", "doris_2021", "lldas")
BETWEEN = {"neutrophils": "NU", "igg": "IG", "il6": "I6"}
"""What is looked at between visits, and its state."""

UNSEEN = {"damage_expected": "DM", "vaccine_antibodies": "PV"}
"""Columns of a visit that no clinician sees, and their states."""


@final
@dataclass(frozen=True, slots=True)
class VisitCalendar:
    """When virtual patients of an arm are seen, in days from its day 0.

    ``visits`` (V,) begins with the decision (day ``-lead``); ``main`` (V,) is False for the early visits between
    months.
    """

    lead: int
    end: int
    visits: Days
    main: NDArray[np.bool_]
    recorded: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class ArmRun:
    """What happened to N virtual patients under one therapy; ``expansion`` holds the doses as far as they are known.

    ``visits`` come with scores; ``between`` holds neutrophils, igg and il6 (T, N) on the ``recorded``
    (T,) days; ``first_infection`` (N,) is a day from 0 on, or infinity; ``damage_at`` (N,) is the number of expected
    damage items at which the first one comes; ``outcome`` (N,) holds engine outcome codes. ``care`` is the protocol,
    ``decided`` what was decided by it (None where nobody decides), ``ended`` who died and whose kidneys failed.
    ``flares`` holds the SELENA-SLEDAI flare index at the decision and at monthly visits, 0 at the first, and if dead.
    ``personal`` (V, N) are scores shifted by what is personal, for bands, where that is known.
    """

    regimen: Regimen
    expansion: Expansion
    calendar: VisitCalendar
    visits: Visits
    recorded: Days
    between: Mapping[str, Array]
    first_infection: Array
    damage_at: Array
    outcome: NDArray[np.int8]
    care: CareProtocol
    ended: Endings
    flares: Array
    decided: Decided | None = None
    personal: Mapping[str, Array] = field(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, Array]:
        """The columns of the visits, each (V, N)."""
        return self.visits.columns


@final
@dataclass(frozen=True, slots=True)
class Setting:
    """What all arms of a forecast have in common; ``of_year`` is the day of the year of the decision.

    ``offsets`` is how far each slot's patient lies from the model, where visits before told it.
    ``care`` is the protocol by which people are looked after from the decision on.
    """

    cohort: Cohort
    background: Background
    months: int
    seed: int
    engine: EngineName
    chunk_size: int
    of_year: int = 0
    care: CareProtocol = field(default_factory=lambda: protocol(AS_IS))
    offsets: Offsets | None = None

    @property
    def person(self) -> Person:
        """Whose size doses are reckoned by."""
        return self.cohort.body


def visit_calendar(regimen: Regimen, months: int) -> VisitCalendar:
    """Return the visits of an arm: the decision, the early days, then every month."""
    choice = settings().visits
    monthly = [round(month * DAYS_PER_MONTH) for month in range(1, months + 1)]
    visits = np.array(sorted({-regimen.lead_days, *choice.early_days, *monthly}), np.int64)
    main = np.isin(visits, [-regimen.lead_days, *monthly])
    end = monthly[-1]
    grid = range(-regimen.lead_days, end + 1, choice.record_every)
    daily = range(-regimen.lead_days, min(choice.daily_until, end) + 1)
    return VisitCalendar(regimen.lead_days, end, visits, main, tuple(sorted({*grid, *daily, *visits.tolist()})))


def live_arm(regimen: Regimen, setting: Setting, progress: Callable[[int], None]) -> ArmRun:
    """Run one therapy on all slots; ``progress`` is called with the number of virtual patients just finished."""
    calendar, cohort = visit_calendar(regimen, setting.months), setting.cohort
    parts = list[tuple[Followed, Visits]]()
    for part in chunks(cohort.size, setting.chunk_size):
        slots = np.arange(part.start, part.stop)
        lived = _lived(slots, regimen, calendar, setting)
        parts.append((lived, _visits(lived, slots, setting.offsets)))
        progress(lived.people.size)
    lives, recorded = [lived for lived, _ in parts], np.array(calendar.recorded, np.int64)
    visits = joined_visits([visits for _, visits in parts])
    ended = _ended(visits, lives, setting, regimen)
    decided = _decided([lived.plan.decisions for lived in lives])
    between = {name: _together([lived.at(state, recorded) for lived in lives]) for name, state in BETWEEN.items()}
    struck = _struck(lives, regimen, recorded, between["il6"])
    visits = visits.having(days_away(visits.days, regimens_given(regimen, decided, cohort.size), struck, ended.death))
    return ArmRun(
        regimen,
        expand(regimen, setting.person, setting.background.known, setting.months),
        calendar,
        visits,
        recorded,
        between,
        _together([lived.first_infection(0) for lived in lives]),
        exponentials(setting.seed, DAMAGE, np.arange(cohort.size)),
        np.concatenate([lived.course.outcome for lived in lives]),
        setting.care,
        ended,
        _flares(visits.rows(calendar.main), ended),
        decided,
        _personal(visits, setting.offsets),
    )


def _personal(visits: Visits, offsets: Offsets | None) -> Mapping[str, Array]:
    """Return SLEDAI-2K as the patient would show it: items have no offset of their own, their sum has."""
    if offsets is None:
        return {}
    since, name = visits.days - visits.days[0], "sledai_2k"
    return offsets.applied({name: visits.columns[name]}, since, np.arange(visits.size))


def _lived(slots: Days, regimen: Regimen, calendar: VisitCalendar, setting: Setting) -> Followed:
    """Let the patients in some slots live under the regimen, each on the drugs they take besides."""
    people = setting.cohort.take(slots)
    on_same = tuple(groups(setting.background, people.background, people.size))
    before = standing_inputs(setting.background.known, setting.person)
    plan = planned(regimen, setting.person, on_same, before, setting.months, people.size)
    days = stay(-calendar.lead, calendar.end, calendar.visits.tolist(), calendar.recorded)
    luck = SlotLuck(setting.seed, people, slots, -calendar.lead, setting.of_year)
    return follow(people, cared_for(plan, people, slots, regimen, setting), days, luck, setting.engine)


def cared_for(plan: DrugPlan, people: Cohort, slots: Days, regimen: Regimen, setting: Setting) -> DrugPlan:
    """Return a plan with the decisions of the setting's protocol of care; the plan itself where nobody decides."""
    if not setting.care.rules:
        return plan
    fits = fit(setting.care, regimen)
    care = CareOf(
        setting.care, setting.seed, slots, people.parameters, setting.person, 0, -regimen.lead_days, people.columns,
        arm=regimen, left_out=fits.left_out,
    )  # fmt: skip
    return replace(fits.prepared(plan), decisions=CareDecisions(care))


def _decided(deciders: Sequence[object]) -> Decided | None:
    parts = [one.decided() for one in deciders if isinstance(one, CareDecisions)]
    return joined_decided(parts) if parts else None


def _flares(visits: Visits, ended: Endings) -> Array:
    index = np.concatenate([np.zeros((1, visits.size)), sfi(visits, "modified")])
    return np.where(ended.alive(visits.days), index, 0.0)


def _ended(visits: Visits, lives: Sequence[Followed], setting: Setting, regimen: Regimen) -> Endings:
    infections = _together([lived.course.infections for lived in lives])
    cohort, first = setting.cohort, lives[0].stay.first
    slots = np.arange(cohort.size)
    return endings(
        visits, infections, first, cohort.parameters, cohort.people, setting.seed, slots, regimen.procedure_deaths
    )


def _struck(lives: Sequence[Followed], regimen: Regimen, recorded: Days, il6: Array) -> Struck:
    """Return serious infections and, after CAR T cells, cytokine release that calls for hospital."""
    infections, first = _together([lived.course.infections for lived in lives]), lives[0].stay.first
    if "car_t" not in {product(name).family for name in regimen.principal}:
        return Struck(infections, first)
    limit = model_values()[f"crs_{clinical_limit('crs_stay_grade'):g}"]
    return Struck(infections, first, recorded, (il6 > limit) & (recorded >= 0)[:, None])


def _visits(lived: Followed, slots: Days, offsets: Offsets | None) -> Visits:
    """Return the visits of some slots with scores; that at the decision is the one the patients were matched by.

    Later visits show what is personal: the ``offsets`` of those slots, where they are known.
    """
    visits, matched = lived.visits(), lived.people.columns
    slot_offsets = None if offsets is None else offsets.take(slots)
    since = visits.days - visits.days[0]
    for name in visits.columns.keys() - set(DRUG_COLUMNS):
        first = visits.columns[name][0]
        first[:] = np.where(np.isnan(first), first, matched[name] if slot_offsets is None else first)
    visits = visits if slot_offsets is None else visits.having(slot_offsets.applied(visits.columns, since, slots))
    more = {name: lived.at(state, visits.days) for name, state in UNSEEN.items()}
    fresh = visits.new_activity(matched["new_activity"])
    scored = visits.having(more | {"new_activity": fresh}).scored(*SCORES)
    return scored.having(drug_burden(lived.plan, visits.days, visits.size))


def _together(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts, axis=-1)
