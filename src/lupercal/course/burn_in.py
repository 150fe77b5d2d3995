"""Letting virtual patients live before anything is asked of them: three years under usual care, with triggers.

After the burn-in each has a state of disease, a history of damage, and a baseline visit as a clinician would have
recorded it; earlier visits are recorded where they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.follow import Followed, follow
from lupercal.course.luck import PREVIOUS_VISIT, OwnLuck
from lupercal.course.plan import DrugPlan
from lupercal.course.plausible import Judged, judge
from lupercal.course.start import start_states
from lupercal.course.stay import Stay, look_back, shown_only, stay
from lupercal.course.usual_care import usual_care
from lupercal.engine.choose import EngineName
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import values
from lupercal.instruments.registry import score_simulated
from lupercal.model.schedule import InputChange, Schedule
from lupercal.model.system import system
from lupercal.population.cohort import Cohort
from lupercal.population.draw import Drawn
from lupercal.therapy.body import Person
from lupercal.visits.visits import OneVisit, Visits, no_visits

Array = NDArray[np.float64]
Background = Mapping[str, float | Array]
BURN_IN_DAYS = 1095
EARLIEST_VISIT = -BURN_IN_DAYS + 60
BASELINE_DAYS = tuple(range(-60, 1, 5))
"""Days whose states the baseline visit and the one before it look back on."""


@final
@dataclass(frozen=True, slots=True)
class Lived:
    """Virtual patients at day 0, the day of the baseline visit.

    ``states`` (46, N); ``columns`` (N,) are the baseline visit; ``noise`` (N,) per stream is the visit noise on day 0,
    from which later visits go on. ``usable`` (N,) is False where integration failed or a visit shows the impossible;
    ``rejected`` counts by reason, ``judged`` holds each patient's. ``history`` are earlier visits, which may end on day
    0; new activity there is judged against the visit before.
    """

    drawn: Drawn
    states: Array
    columns: Mapping[str, Array]
    noise: Mapping[str, Array]
    judged: Judged
    history: Visits = field(default_factory=no_visits)
    body: Person = field(default_factory=Person)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Who is plausible, shape (N,)."""
        return self.judged.usable

    @property
    def rejected(self) -> Mapping[str, int]:
        """Number of patients rejected, by reason."""
        return self.judged.rejected

    def everybody(self, drawn: Drawn | None = None, **more: Array) -> Cohort:
        """Return all of them as a cohort at day 0, ``more`` columns (N,) besides.

        ``drawn`` are the same people where they take other drugs from now on.
        """
        who = drawn or self.drawn
        return Cohort(
            who.patients, who.parameters, who.traits, who.background, self.states, dict(self.columns) | more,
            self.noise, who.people, self.body,
        )  # fmt: skip

    def cohort(self, drawn: Drawn | None = None, **more: Array) -> Cohort:
        """Return those who are usable, as `everybody`."""
        return self.everybody(drawn, **more).take(np.flatnonzero(self.usable))


@final
@dataclass(frozen=True, slots=True)
class Latest:
    """Drugs taken for the last ``days`` before the baseline visit: model inputs as ``background`` of `live`.

    ``then`` are changes after the first of these days, each with its day and what is taken from then on. ``given`` are
    doses that are not taken daily, at any time of the burn-in; they change no inputs.
    """

    background: Background
    days: int
    then: tuple[tuple[int, Background], ...] = ()
    given: Schedule = field(default_factory=Schedule)


def live(
    drawn: Drawn,
    seed: int,
    background: Background,
    engine: EngineName = "compiled",
    history_days: Sequence[int] = (),
    latest: Latest | None = None,
    of_year: int | NDArray[np.int64] = 0,
    body: Person | None = None,
    apart: bool = False,
) -> Lived:
    """Integrate the burn-in and record the baseline visit.

    Parameters
    ----------
    drawn
        Virtual patients.
    seed
        Of triggers, chance and visit noise.
    background
        Model inputs during the burn-in (gc mg/d, hq mg/d, ap g/d, cn mg/d), one number or shape (N,); courses of
        prednisone come on top where activity is answered (protocol ``usual_care``).
    engine
        Which engine integrates.
    history_days
        Days of earlier visits to record, ascending, from `EARLIEST_VISIT` to 0. They show the drugs of the time. Usual
        care and the judging of who is plausible see what they see, unless they are kept ``apart``.
    latest
        Drugs that take the place of ``background`` towards the end of the burn-in; the baseline visit shows them.
    of_year
        Day of the year that day 0 is, 0 for 1 January, one number or (N,).
    body
        Whose size doses are reckoned by, now and later; the usual one unless a real patient's is given.
    apart
        Whether nobody but the caller sees the earlier visits, so that people are those of no history, bit by bit.

    Raises
    ------
    LupercalError
        If the days of the history are not ascending or out of range.
    """
    days = _checked(history_days)
    people = replace(_newborn(drawn, background), body=body or Person())
    care = usual_care(people, seed, -BURN_IN_DAYS, -latest.days if latest else 0, lasting=latest is None)
    plan = DrugPlan(background, _changes(latest), decisions=care)
    whole = _stay(days, care.days(-BURN_IN_DAYS, 0), apart)
    lived = follow(people, plan, whole, OwnLuck(seed, people, of_year), engine)
    columns, history = _baseline_visit(lived), _history(lived, days)
    noise = {name: series[-1] for name, series in lived.luck.noise((PREVIOUS_VISIT, 0)).items()}
    judged = judge(_seen(columns, no_visits() if apart else history), lived.course.outcome)
    now = drawn if latest else replace(drawn, background=_taken(lived, drawn))
    return Lived(now, _refreshed(lived.course.end), columns, noise, judged, history, people.body)


def _checked(days: Sequence[int]) -> tuple[int, ...]:
    whole_days = tuple(int(day) for day in days)
    if list(whole_days) != sorted(set(whole_days)) or (
        whole_days and not EARLIEST_VISIT <= whole_days[0] <= whole_days[-1] <= 0
    ):
        raise LupercalError(
            f"days of a history ascend from {EARLIEST_VISIT} at the earliest to 0, not {list(whole_days)}"
        )
    return whole_days


def _newborn(drawn: Drawn, background: Background) -> Cohort:
    """Return people at the beginning of the burn-in, of whom nobody has seen anything yet."""
    p = drawn.parameters
    start = start_states(
        drawn.size, 1.0, GC=background.get("gc", 0.0), AP=background.get("ap", 0.0),
        HQ=p["hq_gain"] * background.get("hq", 0.0), NF=p["start_nf"], DM=p["start_dm"],
    )  # fmt: skip
    return Cohort(drawn.patients, p, drawn.traits, drawn.background, start, {}, {}, drawn.people)


def _stay(history_days: Sequence[int], checkups: Sequence[int], apart: bool) -> Stay:
    """Return the burn-in: states of the visits and of what they look back on.

    Where a history is wanted its visits also look back on the days that check-ups look at; check-ups look at the days
    of a history in their own window, too, unless it is kept apart.
    """
    looked_at = look_back((*history_days, *checkups)) if history_days else ()
    whole = stay(-BURN_IN_DAYS, 0, history_days, {*BASELINE_DAYS, *looked_at})
    return shown_only(whole, {*BASELINE_DAYS, *look_back(checkups)}) if apart else whole


def _changes(latest: Latest | None) -> Schedule:
    """Return the change to the latest drugs; a drug that is not among them ends."""
    if latest is None:
        return Schedule()
    steps = ((-latest.days, latest.background), *latest.then)
    names = ("gc", "hq", "ap", "cn")
    changes = tuple(InputChange(day, name, doses.get(name, 0.0)) for day, doses in steps for name in names)
    return replace(latest.given, inputs=changes)


def _taken(lived: Followed, drawn: Drawn) -> Mapping[str, Array]:
    """Return what people take on day 0, which usual care may have changed, where the draw says what they take."""
    today = np.zeros(1, np.int64)
    return {name: lived.plan.level(name, today, drawn.size)[0] for name in drawn.background}


def _baseline_visit(lived: Followed) -> OneVisit:
    """Return the columns of day 0; a history recorded besides does not change them."""
    both = lived.seen((PREVIOUS_VISIT, 0), BASELINE_DAYS)
    return both.having({"new_activity": both.new_activity()}).at(0)


def _history(lived: Followed, days: Sequence[int]) -> Visits:
    if not days:
        return no_visits()
    visits = lived.seen(days)
    return visits.having({"new_activity": visits.new_activity()})


def _seen(columns: OneVisit, history: Visits) -> OneVisit:
    """Return every visit to be judged, (N,) or (V + 1, N), with the score of each."""
    now = columns | {"sledai_2k": score_simulated("sledai_2k", columns).value}
    if not len(history.days):
        return now
    before = history.scored("sledai_2k").columns
    return {name: np.concatenate([before[name], now[name][None]]) for name in now}


def _refreshed(end: Array) -> Array:
    """Return the end of the burn-in as a start: cumulative steroid from zero, vaccine antibodies relative to now."""
    fresh = end.copy()
    rows = {name: index for index, name in enumerate(system().states)}
    fresh[rows["TX"]] = 0.0
    fresh[rows["LP"]] = values()["lp0"]
    fresh[rows["PV"]] = 1.0
    return fresh
