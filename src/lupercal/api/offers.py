"""Who is offered what, when? Criteria, plans and follow-up of the programmes, and the therapies there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.api.patients import read_patient
from lupercal.api.result import Result
from lupercal.errors import InputError
from lupercal.files.plain import plain
from lupercal.forecast.assimilation.learnt import Learnt
from lupercal.patient.record import Patient
from lupercal.programmes.eligibility import Eligibility, eligibilities
from lupercal.programmes.follow_up import FollowUp
from lupercal.programmes.follow_up import follow_up as followed
from lupercal.programmes.plan import Plan, told_days
from lupercal.programmes.plan import plan as planned
from lupercal.programmes.registry import programme as find_programme
from lupercal.programmes.registry import programmes
from lupercal.registry.cases import is_registered, with_record
from lupercal.report.plan_files import write_plan
from lupercal.report.plan_text import plan_json, plan_plain
from lupercal.rules.record_notes import record_notes
from lupercal.safety.override import read_override
from lupercal.therapy.registry import product, regimens

if TYPE_CHECKING:
    import polars as pl

_GO_ON = (
    "no stop for a plan with dates; without --start the plan shows what is to be clarified, "
    "--override 'NAME: reason' goes on in spite of the stop"
)


@final
@dataclass(frozen=True, slots=True)
class EligibilityResult(Result):
    """What the stated criteria of programmes say of a patient. It is no advice on treatment."""

    patient: Patient
    programmes: tuple[Eligibility, ...]

    @property
    def title(self) -> str:
        """Whose record was compared, on which day."""
        many = f"{len(self.programmes)} programme{'' if len(self.programmes) == 1 else 's'}"
        return f"{self.patient.id} on day {self.programmes[0].day}: stated criteria of {many}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the record leaves in doubt or says twice in different ways."""
        return record_notes(self.patient)

    def __getitem__(self, programme: str) -> Eligibility:
        """Return what one programme says, by its id or its clinic's name; `KeyError` where it was not asked."""
        return {one.programme.id: one for one in self.programmes}[find_programme(programme).id]

    def __iter__(self) -> Iterator[Eligibility]:
        return iter(self.programmes)

    def frame(self) -> pl.DataFrame:
        """Return one row per programme and criterion: safety, status, answer and what the answer rests on."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.DataFrame(
            [
                {
                    "programme": one.programme.id, "safety": one.safety.verdict, "status": one.status,
                    "criterion": found.criterion.id,
                    "text": found.criterion.text, "decides": found.decides, "answer": found.answer,
                    "reason": found.reason,
                }
                for one in self.programmes
                for found in one.findings
            ],
            infer_schema_length=None,
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return every programme with its criteria, reasons and what to find out next."""
        results = [one.record() for one in self.programmes]
        return {"version": __version__, "notice": RESEARCH_USE_ONLY, "notes": list(self.notes), "results": results}


@final
@dataclass(frozen=True, slots=True)
class PlanResult(Result):
    """A programme written out for one patient, and what its stated criteria say of the patient."""

    plan: Plan
    eligibility: Eligibility

    @property
    def title(self) -> str:
        """Whose plan this is, what safety says, and whether the stated criteria are met."""
        who = f"{self.plan.programme} for {self.plan.patient}"
        return f"{who}; safety: {self.plan.safety.verdict}; the record: {self.eligibility.meaning}"

    def frame(self) -> pl.DataFrame:
        """Return one row per line of the plan: days, dates, what, on what basis, from which source."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.DataFrame(
            [
                {
                    "day": item.day, "last_day": item.last_day, "when": told_days(item), "date": item.date,
                    "section": item.section, "title": item.title, "detail": item.detail, "basis": item.basis,
                    "source": item.source,
                }
                for item in self.plan.items
            ],
            schema_overrides={"date": pl.Date},
            infer_schema_length=None,
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return the plan with its doses, as ``plan.json`` holds it."""
        return plan_json(self.plan)

    def write(self, folder: str | Path, replaces: str | Path | None = None) -> tuple[Path, ...]:
        """Write ``plan.json``, ``doses.json``, ``plan.md`` and, where day 0 has a date, ``plan.ics``.

        ``replaces`` is the folder of the plan that this one follows, where it is another one than ``folder``.
        """
        return write_plan(self.plan, Path(folder), None if replaces is None else Path(replaces))


@final
@dataclass(frozen=True, slots=True)
class FollowUpResult(Result):
    """Where a patient stands in a programme on one day; ``learnt`` is the forecast made anew, None where not asked."""

    follow_up: FollowUp
    learnt: Learnt | None = None

    @property
    def title(self) -> str:
        """Who, in which programme, on which day, and what safety says of giving it then."""
        state = self.follow_up
        return f"{state.patient} in {state.programme} on {state.today}, day {state.day}; safety: {state.safety.verdict}"

    def frame(self) -> pl.DataFrame:
        """Return one row per planned visit: when it was due, what became of it, what is missing or abnormal."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.DataFrame(
            [
                {
                    "visit": one.title, "due": one.due, "first": one.first, "last": one.last, "state": one.state,
                    "days_late": one.days_late, "visit_day": one.visit_day, "missing": ", ".join(one.missing),
                    "abnormal": "; ".join(one.abnormal),
                }
                for one in self.follow_up.visits
            ],
            schema_overrides={"visit_day": pl.Int64},
            infer_schema_length=None,
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return what safety says, then visits, goals, alerts, bands and notes, and the forecast made anew if any."""
        plain_record = plan_plain(self.follow_up)
        learnt = {} if self.learnt is None else {"learnt": plain(self.learnt)}
        safety = {"safety": self.follow_up.safety.record()}
        return {**safety, **{name: plain_record[name] for name in plain_record if name != "safety"}, **learnt}


def eligibility(
    patient: str | Path | Patient, programme: str | Iterable[str] = (), day: int | None = None
) -> EligibilityResult:
    """Compare a patient with the stated criteria of one programme or of all, each with its reason.

    Parameters
    ----------
    patient
        A patient, a patient file, or the name of a case.
    programme
        One or several, such as ``"ozek.msc"``; all where none is named.
    day
        Day of decision, as the record counts; day 0 where None. What is recorded later does not count.

    Raises
    ------
    InputError
        If the patient or the programme is not usable.

    Examples
    --------
    >>> import lupercal as lp
    >>> found = lp.eligibility("example-nephritis", "erlangen")
    >>> found["erlangen"].finding("systemic_lupus").answer
    'met'
    """
    who = read_patient(patient)
    names = [programme] if isinstance(programme, str) else list(programme)
    chosen = [find_programme(name) for name in names] or list(programmes().values())
    return EligibilityResult(who, eligibilities(who, chosen, day))


def plan(
    patient: str | Path | Patient,
    programme: str,
    start: date | str | None = None,
    *,
    overrides: Iterable[str] = (),
) -> PlanResult:
    """Plan a programme for a patient: preparation, doses, monitoring, visits.

    Parameters
    ----------
    patient
        A patient, a patient file, or the name of a case. Doses follow weight (kg) and height (cm) of the baseline
        visit; unknown ones are assumed and told.
    programme
        Such as ``"erlangen"``.
    start
        Date of day 0, the (first) infusion, as a date or ``YYYY-MM-DD``; None for a plan in days.
    overrides
        Who goes on in spite of a stop, and why, each as ``NAME: reason``; the plan prints them.

    Raises
    ------
    InputError
        If the patient, the programme, the date or an override is not usable, or if safety says stop, a date is given
        and nobody overrides.
    """
    who, chosen = read_patient(patient), find_programme(programme)
    planning = planned(who, chosen, start, overrides=[read_override(one) for one in overrides])
    if planning.blocked and start is not None:
        raise InputError("plan", "safety", planning.safety.summary, _GO_ON)
    return PlanResult(planning, eligibilities(who, (chosen,))[0])


def follow_up(
    patient: str | Path | Patient,
    programme: str,
    today: date | str,
    *,
    start: date | str | None = None,
    forecast: str | Path | None = None,
    overrides: Iterable[str] = (),
    update: bool = True,
) -> FollowUpResult:
    """Follow a patient up: what is done, due, overdue or abnormal, against goals and a forecast.

    Parameters
    ----------
    patient
        A patient, a patient file, the name of a case, or ``reg:ID``: of a registered patient the recorded events count
        too, and alerts that somebody has acknowledged are settled.
    programme
        Such as ``"erlangen"``.
    today
        The day that is looked at.
    start
        Date of day 0, where the patient file gives none.
    forecast
        Folder of a forecast to compare the course with.
    overrides
        Who goes on in spite of a stop, and why, each as ``NAME: reason``.
    update
        Whether the forecast is made anew with what has come since: from all visits up to today.

    Raises
    ------
    InputError
        If the patient, the programme, a date, the folder or an override is not usable.
    """
    given = [read_override(one) for one in overrides]
    who = read_patient(patient)
    following = followed(who, programme, today, start=start, forecast=forecast, overrides=given)
    if isinstance(patient, str) and is_registered(patient) and not Path(patient).exists():
        following = with_record(patient, following)
    if not (update and forecast is not None):
        return FollowUpResult(following)
    from lupercal.forecast.assimilation.update import updated_forecast  # noqa: PLC0415 - heavy, only needed here

    return FollowUpResult(following, updated_forecast(who, find_programme(programme).therapy, following.day))


def therapies() -> pl.DataFrame:
    """Return the regimens that can be forecast: name, title, evidence in short, whether efficacy is forecast."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    return pl.DataFrame(
        [
            {
                "therapy": key, "title": one.name, "evidence": one.evidence.summary,
                "efficacy_forecast": all(product(name).efficacy_forecast for name in one.principal),
            }
            for key, one in regimens().items()
        ],
        infer_schema_length=None,
    )  # fmt: skip
