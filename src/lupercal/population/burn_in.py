"""Letting virtual patients live before anything is asked of them: three years under their drugs, with triggers.

After the burn-in each has a state of disease, a history of damage, and a baseline visit as a clinician would have
recorded it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.noise import visit_noise
from lupercal.engine.random import exponentials, uniforms
from lupercal.engine.start import start_states
from lupercal.engine.task import Course, Outcome, Task
from lupercal.evidence.parameters import values
from lupercal.instruments.lldas import new_activity
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.observation import NOISE_STREAMS, RECORDED, Columns, Observed, observe
from lupercal.model.schedule import Schedule
from lupercal.model.system import system
from lupercal.model.triggers import happens, sizes
from lupercal.patient.variables import variables
from lupercal.population.draw import Drawn

Array = NDArray[np.float64]
BURN_IN_DAYS = 1095
PREVIOUS_VISIT = -30
_RECORD = tuple(range(-60, 1, 5))


@final
@dataclass(frozen=True, slots=True)
class Lived:
    """Virtual patients at day 0, the day of the baseline visit.

    ``states`` (45, N); ``columns`` (N,) are the baseline visit; ``noise`` (N,) per stream is the visit noise on day 0,
    from which later visits go on; ``usable`` (N,) is False where integration failed or an observable is implausible,
    with the reason counted in ``rejected``.
    """

    drawn: Drawn
    states: Array
    columns: Mapping[str, Array]
    noise: Mapping[str, Array]
    usable: NDArray[np.bool_]
    rejected: Mapping[str, int]


def live(drawn: Drawn, seed: int, background: Mapping[str, float | Array], engine: EngineName = "compiled") -> Lived:
    """Integrate the burn-in and record the baseline visit.

    Parameters
    ----------
    drawn
        Virtual patients.
    seed
        Of triggers, chance and visit noise.
    background
        Model inputs during the burn-in (gc mg/d, hq mg/d, ap g/d, cn mg/d), one number or shape (N,).
    engine
        Which engine integrates.
    """
    course = integrate(_task(drawn, seed, background), engine)
    noise = _noise(drawn, seed)
    columns = _baseline_visit(course, drawn, noise, background)
    usable, rejected = plausible(columns, course.outcome)
    states = _refreshed(course.end)
    return Lived(drawn, states, columns, {name: series[1] for name, series in noise.items()}, usable, rejected)


def plausible(columns: Mapping[str, Array], outcome: NDArray[np.int8]) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return who is usable, and how many are not, by reason: the outcome, or a value outside the dictionary's range."""
    usable = outcome == Outcome.DONE
    rejected = {code.name.lower(): int((outcome == code).sum()) for code in Outcome if code is not Outcome.DONE}
    dictionary = variables()
    for name, column in columns.items():
        variable = dictionary.get(name)
        if variable is not None:
            outside = usable & ((column < variable.low) | (column > variable.high))
            rejected[name] = int(outside.sum())
            usable &= ~outside
    return usable, {reason: count for reason, count in rejected.items() if count}


def trigger_jumps(seed: int, stream: str, patients: NDArray[np.int64], days: NDArray[np.int64]) -> Array:
    """Return what each day adds to the trigger state, shape (D, N); addressed by patient and day."""
    occurs = uniforms(seed, f"{stream} occurs", patients[None, :], days[:, None])
    struck = happens(occurs, np.mod(days, 365).astype(np.float64), values())
    day, patient = np.nonzero(struck)
    jumps = np.zeros(struck.shape)
    jumps[day, patient] = sizes(exponentials(seed, f"{stream} size", patients[patient], days[day]), values())
    return jumps


def weekly_luck(seed: int, stream: str, patients: NDArray[np.int64], days: NDArray[np.int64]) -> Array:
    """Return the uniform numbers that decide on infections, one per week of ``days``, shape (weeks, N)."""
    return uniforms(seed, stream, patients[None, :], days[::CHANCE_INTERVAL_DAYS, None])


def _task(drawn: Drawn, seed: int, background: Mapping[str, float | Array]) -> Task:
    days = np.arange(-BURN_IN_DAYS, 0)
    p = drawn.parameters
    start = start_states(
        drawn.size, 1.0, GC=background.get("gc", 0.0), AP=background.get("ap", 0.0),
        HQ=p["hq_gain"] * background.get("hq", 0.0), NF=p["start_nf"], DM=p["start_dm"],
    )  # fmt: skip
    return Task(
        start, p, background, Schedule(), -BURN_IN_DAYS, 0, _RECORD, RECORDED,
        trigger_jumps(seed, "trigger", drawn.patients, days), weekly_luck(seed, "infection", drawn.patients, days),
    )  # fmt: skip


def _noise(drawn: Drawn, seed: int) -> dict[str, Array]:
    correlation = values()["noise_days"]
    return {
        name: visit_noise(seed, f"noise {name}", drawn.patients, (PREVIOUS_VISIT, 0), PREVIOUS_VISIT, correlation)
        for name in NOISE_STREAMS
    }


def _baseline_visit(
    course: Course, drawn: Drawn, noise: Mapping[str, Array], background: Mapping[str, float | Array]
) -> Columns:
    seen = Observed(course.days, course.states, np.array([PREVIOUS_VISIT, 0]), noise)
    both = observe(seen, drawn.parameters, drawn.traits)
    previous, now = ({name: column[k] for name, column in both.items()} for k in (0, 1))
    now["new_activity"] = new_activity(previous, now)
    now |= drug_columns(background, drawn.size)
    return now


def drug_columns(background: Mapping[str, float | Array], size: int) -> Columns:
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


def _refreshed(end: Array) -> Array:
    """Return the end of the burn-in as a start: cumulative steroid from zero, vaccine antibodies relative to now."""
    fresh = end.copy()
    rows = {name: index for index, name in enumerate(system().states)}
    fresh[rows["TX"]] = 0.0
    fresh[rows["LP"]] = values()["lp0"]
    fresh[rows["PV"]] = 1.0
    return fresh
