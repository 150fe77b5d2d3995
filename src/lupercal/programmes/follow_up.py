"""Follow-up: what was done, is due or overdue, what is abnormal, and the course against goals and forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import InputError
from lupercal.patient.record import Patient, Visit
from lupercal.patient.variables import variables
from lupercal.programmes.alerts import Alert, alerts, alerts_in_order
from lupercal.programmes.follow_up_bands import BandCheck, arm_of, band_alerts, compare_with_bands, read_forecast
from lupercal.programmes.goals import GoalStatus, goals
from lupercal.programmes.plan import HasId, Plan, plan, start_date
from lupercal.programmes.plan_data import common, plan_sources, tests_without_values
from lupercal.programmes.plan_items import PlanItem, other_day_zero
from lupercal.rules.measured import above, below, limit_of, told
from lupercal.rules.record_notes import record_notes
from lupercal.safety.judge import Safety
from lupercal.safety.override import Override

VisitState = Literal["done", "done, incomplete", "due", "overdue", "upcoming"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class VisitStatus:
    """A planned visit and what became of it.

    ``due`` with ``first`` and ``last`` is the date with its window; ``visit_day`` the day of the recorded visit that
    counts for it; ``missing`` names tests without a value there; ``abnormal`` values beyond the laboratory's limits.
    """

    item: str
    title: str
    state: VisitState
    due: dt.date
    first: dt.date
    last: dt.date
    days_late: int
    visit_day: int | None
    missing: tuple[str, ...]
    abnormal: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Next:
    """Something planned that is not a visit, from today on; whether it was done a patient file does not say."""

    item: str
    title: str
    section: str
    date: dt.date
    last_date: dt.date


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Where a patient stands in a programme on one day. Days count from day 0, the (first) infusion.

    ``safety`` is that of giving the therapy today; where it says stop, no dose is in the agenda. ``agenda`` holds
    doses, preparation, prophylaxis and vaccines of the days ahead (``agenda_days`` of the settings).
    """

    safety: Safety
    overrides: tuple[Override, ...]
    patient: str
    programme: str
    start: dt.date
    today: dt.date
    day: int
    visits: tuple[VisitStatus, ...]
    open_windows: tuple[str, ...]
    agenda: tuple[Next, ...]
    goals: tuple[GoalStatus, ...]
    alerts: tuple[Alert, ...]
    bands: tuple[BandCheck, ...]
    notes: tuple[str, ...]
    sources: Mapping[str, str]
    research_use_only: str = RESEARCH_USE_ONLY

    def of_state(self, state: VisitState) -> tuple[VisitStatus, ...]:
        """Return the planned visits in a state."""
        return tuple(one for one in self.visits if one.state == state)


def follow_up(
    patient: Patient,
    programme: Plan | str | HasId,
    today: dt.date | str,
    *,
    start: dt.date | str | None = None,
    forecast: Path | str | None = None,
    overrides: Sequence[Override] = (),
) -> FollowUp:
    """Return where a patient stands.

    Parameters
    ----------
    patient
        Its visits are those that have happened; visits after ``today`` are left out.
    programme
        A plan, a programme, or a programme's name.
    today
        The day that is looked at.
    start
        Date of day 0 where the plan has none; otherwise from a visit with both day and date. Where neither is known,
        ``today`` is taken as the day of the last recorded visit, and a note says so.
    forecast
        Run folder of ``lupercal forecast``, to compare the course with its bands.
    overrides
        Who goes on in spite of a stop; then doses stay in the agenda.

    Raises
    ------
    InputError
        If a name or date is not usable, or the forecast is not one of this patient and regimen.
    """
    now = start_date(today, "--today")
    if now is None:
        raise InputError("--today", "", today, "a date, as YYYY-MM-DD")
    zero, notes = _zero(patient, programme, now, start)
    day = (now - zero).days
    gone_on = (*programme.overrides, *overrides) if isinstance(programme, Plan) else overrides
    made = plan(patient, _name(programme), zero, overrides=gone_on, day=day)
    bands, more = _bands(patient, made, forecast, day)
    raised = alerts_in_order((*alerts(patient, made, day), *band_alerts(bands)))
    aims = goals(patient, made, day)
    return FollowUp(
        safety=made.safety,
        overrides=made.overrides,
        patient=patient.id,
        programme=made.programme,
        start=zero,
        today=now,
        day=day,
        visits=tuple(visit_statuses(patient, made.items, zero, day)),
        open_windows=tuple(_open(made, day)),
        agenda=tuple(_agenda(made, zero, day)),
        goals=aims,
        alerts=raised,
        bands=bands,
        notes=(*notes, *more, *record_notes(patient)),
        sources={key: plan_sources()[key].citation for key in dict.fromkeys(_cited(aims, raised))},
    )


def day_zero(patient: Patient) -> dt.date | None:
    """Return the date of day 0 as the record gives it, at its head or at a visit with both day and date."""
    if patient.reference_date is not None:
        return dt.date.fromisoformat(patient.reference_date)
    dated = (visit for visit in patient.visits if visit.date is not None)
    return next((dt.date.fromisoformat(one.date) - dt.timedelta(days=one.day) for one in dated if one.date), None)


def _name(programme: Plan | str | HasId) -> str | HasId:
    return programme.programme if isinstance(programme, Plan) else programme


def _zero(
    patient: Patient, programme: Plan | str | HasId, now: dt.date, start: dt.date | str | None
) -> tuple[dt.date, tuple[str, ...]]:
    """Return the date of day 0, and what had to be assumed for it."""
    if isinstance(programme, Plan) and programme.start is not None:
        return programme.start, other_day_zero(patient, programme.start)
    asked, recorded = start_date(start), day_zero(patient)
    if asked is not None and recorded not in {None, asked}:
        raise InputError("--start", "", str(asked), f"{recorded}, the date of day 0 in the record, or no --start")
    if asked is not None or recorded is not None:
        return start_date(asked or recorded) or now, ()
    last = max((visit.day for visit in patient.visits), default=0)
    note = (
        f"No date of day 0 is known; {now} is taken as the day of the last recorded visit, day {last}. --start sets it."
    )
    return start_date(now - dt.timedelta(days=last), "--today") or now, (note,)


def _bands(
    patient: Patient, made: Plan, forecast: Path | str | None, day: int
) -> tuple[tuple[BandCheck, ...], tuple[str, ...]]:
    if forecast is None:
        return (), ()
    arm = arm_of(read_forecast(forecast, patient), made.expansion.regimen.id, forecast)
    if arm.efficacy_withheld:
        return (), (f"No comparison with the forecast: {arm.efficacy_withheld}",)
    return tuple(compare_with_bands(patient, arm, day)), ()


def _cited(aims: Iterable[GoalStatus], raised: Iterable[Alert]) -> Iterator[str]:
    yield from (one.source for one in aims)
    yield from (one.source for one in raised if one.source)


def _open(made: Plan, day: int) -> Iterator[str]:
    for item in made.items:
        if item.section == "monitoring" and item.day <= day <= item.last_day:
            yield f"{item.title}, to day {item.last_day}"


def _agenda(made: Plan, zero: dt.date, day: int) -> Iterator[Next]:
    """Yield what begins from today to the end of the agenda and is neither visit, window nor note."""
    end = day + int(common("settings")["agenda_days"])
    for item in made.items:
        if day <= item.day <= end and not (item.note or is_visit(item) or item.section == "monitoring"):
            dates = (zero + dt.timedelta(days=one) for one in (item.day, item.last_day))
            yield Next(item.id, item.title, item.section, *dates)


def visit_statuses(
    patient: Patient, items: Iterable[PlanItem], zero: dt.date, day: int, *, values: bool = True
) -> Iterator[VisitStatus]:
    """Yield every planned visit among a plan's items; a recorded visit counts for the planned one nearest to it.

    Parameters
    ----------
    zero
        Date of day 0.
    day
        Day that is looked at, counted from day 0.
    values
        Whether abnormal values are looked for; where many patients are looked at, only their newest visit is.
    """
    planned = [item for item in items if is_visit(item)]
    recorded = [visit for visit in patient.visits if visit.day <= day]
    counted = _matched(planned, recorded)
    for item in planned:
        yield _status(item, counted.get(item.id), patient, zero, day, values=values)


def is_visit(item: PlanItem) -> bool:
    """Return whether a line of a plan is a visit: tests within a window of days."""
    return bool(item.tests) and item.window_days > 0


def _matched(planned: Sequence[PlanItem], recorded: Sequence[Visit]) -> dict[str, Visit]:
    """Return for each planned visit the recorded one that counts for it, each used once, the nearest pairs first."""
    pairs = [
        (item, visit)
        for item in planned
        for visit in recorded
        if abs(visit.day - item.day) <= item.window_days and (visit.day > 0 or item.day <= 0)
    ]
    by_item: dict[str, Visit] = {}
    used: set[int] = set()
    for item, visit in sorted(pairs, key=lambda pair: (abs(pair[1].day - pair[0].day), pair[1].day, pair[0].id)):
        if item.id not in by_item and visit.day not in used:
            by_item[item.id] = visit
            used.add(visit.day)
    return by_item


def _status(
    item: PlanItem, visit: Visit | None, patient: Patient, zero: dt.date, day: int, *, values: bool
) -> VisitStatus:
    first, last = item.day - item.window_days, item.day + item.window_days
    missing = tuple(_missing(item, visit)) if visit else ()
    return VisitStatus(
        item=item.id,
        title=item.title,
        state=_state(visit is not None, bool(missing), first <= day, day > last),
        due=zero + dt.timedelta(days=item.day),
        first=zero + dt.timedelta(days=first),
        last=zero + dt.timedelta(days=last),
        days_late=max(0, day - last) if visit is None else 0,
        visit_day=visit.day if visit else None,
        missing=missing,
        abnormal=tuple(abnormal(patient, visit)) if visit and values else (),
    )


def _state(done: bool, incomplete: bool, begun: bool, over: bool) -> VisitState:
    if done:
        return "done, incomplete" if incomplete else "done"
    return "overdue" if over else "due" if begun else "upcoming"


def _missing(item: PlanItem, visit: Visit) -> Iterator[str]:
    """Yield the tests of a visit that left a gap; one that leaves no value in a patient file cannot be checked."""
    gaps = tests_without_values(tuple([test.id for test in item.tests]), frozenset(visit.values))
    yield from (test.name for test in item.tests if test.id in gaps)


def abnormal(patient: Patient, visit: Visit) -> Iterator[str]:
    """Yield the values of a visit that certainly lie beyond the laboratory's own limits, as far as these are known."""
    definitions = variables()
    for name, measured in visit.values.items():
        if name not in definitions or (definitions[name].limit_low is None and definitions[name].limit_high is None):
            continue
        low, high = (limit_of(patient, visit, name, end) for end in ("low", "high"))
        if low is not None and below(measured, low):
            yield f"{told(name, measured)}, below {low:g}"
        if high is not None and above(measured, high):
            yield f"{told(name, measured)}, above {high:g}"
