"""Letting virtual patients live before anything is asked of them: three years under usual care, with triggers.

After the burn-in each has a state of disease, a history of damage, and a baseline visit as a clinician would have
recorded it; earlier visits are recorded where they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.luck import PREVIOUS_VISIT, noise_until_baseline, trigger_jumps, weekly_luck
from lupercal.course.plausible import Judged, judge
from lupercal.course.start import start_states
from lupercal.course.usual_care import CaredFor, cared_for, look_back
from lupercal.engine.choose import EngineName
from lupercal.engine.task import Task
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import values
from lupercal.instruments.lldas import new_activity
from lupercal.instruments.registry import score_simulated
from lupercal.model.observation import RECORDED, Columns, Observed, observe
from lupercal.model.schedule import InputChange, Schedule
from lupercal.model.system import system
from lupercal.population.draw import Drawn

__all__ = ["BURN_IN_DAYS", "PREVIOUS_VISIT", "Lived", "drug_columns", "live", "trigger_jumps", "weekly_luck"]
Array = NDArray[np.float64]
Background = Mapping[str, float | Array]
BURN_IN_DAYS = 1095
EARLIEST_VISIT = -BURN_IN_DAYS + 60
_RECORD = tuple(range(-60, 1, 5))


@final
@dataclass(frozen=True, slots=True)
class Lived:
    """Virtual patients at day 0, the day of the baseline visit.

    ``states`` (46, N); ``columns`` (N,) are the baseline visit; ``noise`` (N,) per stream is the visit noise on day 0,
    from which later visits go on. ``usable`` (N,) is False where integration failed or a visit shows the impossible;
    ``rejected`` counts by reason, ``judged`` holds each patient's. ``history`` (V, N) are the columns of the visits on
    ``history_days`` (V,), which may end on day 0; new activity there is judged against the visit before.
    """

    drawn: Drawn
    states: Array
    columns: Mapping[str, Array]
    noise: Mapping[str, Array]
    usable: NDArray[np.bool_]
    rejected: Mapping[str, int]
    judged: Judged
    history_days: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    history: Mapping[str, Array] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Latest:
    """Drugs taken for the last ``days`` before the baseline visit: model inputs as ``background`` of `live`."""

    background: Background
    days: int


def live(
    drawn: Drawn,
    seed: int,
    background: Background,
    engine: EngineName = "compiled",
    history_days: Sequence[int] = (),
    latest: Latest | None = None,
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
        prednisone come on top where activity is answered (`lupercal.course.flare_care`).
    engine
        Which engine integrates.
    history_days
        Days of earlier visits to record, ascending, from `EARLIEST_VISIT` to 0; they change nothing else. They show the
        drugs of ``background`` and courses of prednisone.
    latest
        Drugs that take the place of ``background`` towards the end of the burn-in; the baseline visit shows them.

    Raises
    ------
    LupercalError
        If the days of the history are not ascending or out of range.
    """
    days = _checked(history_days)
    task = _task(drawn, seed, background, days, latest)
    lived = cared_for(task, drawn, seed, engine, -latest.days if latest else 0)
    course = lived.course
    columns, noise = _baseline_visit(lived, drawn, seed, latest.background if latest else background)
    history = _history(lived, drawn, seed, background, days)
    judged = judge(_seen(columns, history), course.outcome)
    return Lived(
        drawn, _refreshed(course.end), columns, noise, judged.usable, judged.rejected, judged,
        np.array(days, np.int64), history,
    )  # fmt: skip


def drug_columns(background: Background, size: int) -> Columns:
    """Return the drugs in force as visit columns (prednisone mg/d, hydroxychloroquine mg/d, flags)."""
    doses = {
        name: np.broadcast_to(background.get(name, 0.0), (size,)).astype(float) for name in ("gc", "hq", "ap", "cn")
    }
    return {
        "prednisone": doses["gc"],
        "hydroxychloroquine": doses["hq"],
        "on_immunosuppressant": np.where(doses["ap"] + doses["cn"] > 0, 1.0, 0.0),
        "on_biologic": np.zeros(size),
        "on_investigational": np.zeros(size),
    }


def _checked(days: Sequence[int]) -> tuple[int, ...]:
    found = tuple(int(day) for day in days)
    if list(found) != sorted(set(found)) or (found and not EARLIEST_VISIT <= found[0] <= found[-1] <= 0):
        raise LupercalError(f"days of a history ascend from {EARLIEST_VISIT} at the earliest to 0, not {list(found)}")
    return found


def _task(
    drawn: Drawn, seed: int, background: Background, history_days: tuple[int, ...], latest: Latest | None
) -> Task:
    days = np.arange(-BURN_IN_DAYS, 0)
    p = drawn.parameters
    start = start_states(
        drawn.size, 1.0, GC=background.get("gc", 0.0), AP=background.get("ap", 0.0),
        HQ=p["hq_gain"] * background.get("hq", 0.0), NF=p["start_nf"], DM=p["start_dm"],
    )  # fmt: skip
    return Task(
        start, p, background, _changes(latest), -BURN_IN_DAYS, 0, _record_days(history_days), RECORDED,
        trigger_jumps(seed, "trigger", drawn.patients, days, p), weekly_luck(seed, "infection", drawn.patients, days),
    )  # fmt: skip


def _changes(latest: Latest | None) -> Schedule:
    """Return the change to the latest drugs; a drug that is not among them ends."""
    if latest is None:
        return Schedule()
    doses = {name: latest.background.get(name, 0.0) for name in ("gc", "hq", "ap", "cn")}
    return Schedule(inputs=tuple(InputChange(-latest.days, name, dose) for name, dose in doses.items()))


def _record_days(history_days: tuple[int, ...]) -> tuple[int, ...]:
    """Return the days on which states are needed: those of the visits and of their look-back."""
    return tuple(sorted({*_RECORD, *look_back(history_days)}))


def _baseline_visit(
    lived: CaredFor, drawn: Drawn, seed: int, background: Background
) -> tuple[Columns, Mapping[str, Array]]:
    """Return the columns of day 0 and the noise they were read with; a history recorded besides changes neither."""
    course = lived.course
    rows = np.flatnonzero(np.isin(course.days, _RECORD))
    states = course.states if len(rows) == len(course.days) else {k: state[rows] for k, state in course.states.items()}
    noise = noise_until_baseline(seed, drawn.patients, (PREVIOUS_VISIT, 0), values()["noise_days"])
    seen = Observed(course.days[rows], states, np.array([PREVIOUS_VISIT, 0]), noise)
    both = observe(seen, drawn.parameters, drawn.traits)
    previous, now = ({name: column[k] for name, column in both.items()} for k in (0, 1))
    now["new_activity"] = new_activity(previous, now)
    now |= drug_columns(dict(background) | {"gc": lived.prednisone(0)}, drawn.size)
    return now, {name: series[1] for name, series in noise.items()}


def _history(lived: CaredFor, drawn: Drawn, seed: int, background: Background, days: tuple[int, ...]) -> Columns:
    if not days:
        return {}
    course = lived.course
    noise = noise_until_baseline(seed, drawn.patients, days, values()["noise_days"])
    columns = observe(Observed(course.days, course.states, np.array(days), noise), drawn.parameters, drawn.traits)
    fresh = np.full((len(days), drawn.size), np.nan)
    before, after = ({name: column[rows] for name, column in columns.items()} for rows in (slice(-1), slice(1, None)))
    fresh[1:] = new_activity(before, after)
    drugs = {name: np.broadcast_to(x, fresh.shape) for name, x in drug_columns(background, drawn.size).items()}
    prednisone = np.stack([lived.prednisone(day) for day in days])
    return columns | {"new_activity": fresh} | drugs | {"prednisone": prednisone}


def _seen(columns: Mapping[str, Array], history: Mapping[str, Array]) -> Columns:
    """Return every visit to be judged, (N,) or (V + 1, N), with the score of each."""
    if not history:
        return dict(columns) | {"sledai_2k": score_simulated("sledai_2k", columns).value}
    before, now = _seen(history, {}), _seen(columns, {})
    return {name: np.concatenate([before[name], now[name][None]]) for name in now}


def _refreshed(end: Array) -> Array:
    """Return the end of the burn-in as a start: cumulative steroid from zero, vaccine antibodies relative to now."""
    fresh = end.copy()
    rows = {name: index for index, name in enumerate(system().states)}
    fresh[rows["TX"]] = 0.0
    fresh[rows["LP"]] = values()["lp0"]
    fresh[rows["PV"]] = 1.0
    return fresh
