"""One patient integrated by SciPy: the independent solver against which behaviours and engines are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from lupercal.engine.reference import by_day
from lupercal.engine.task import with_products
from lupercal.evidence.parameters import values
from lupercal.instruments.registry import score
from lupercal.model.observation import NOISE_STREAMS, Observed, Traits, observe
from lupercal.model.schedule import Bolus, InputChange, Schedule
from lupercal.model.start import start_values
from lupercal.model.system import no_inputs, system

Array = NDArray[np.float64]
ON_DRUGS = {"gc": 7.5, "hq": 400.0}
# Values with which the equations are exactly those of the model dossier: full interferon block, tissue that BAFF does
# not protect, MSC that need no license, a nervous system without a barrier, IgG that turns over as in health,
# organs that answer in proportion and to triggers on their own,
# hydroxychloroquine that leaves triggers alone, anti-CD20 antibodies that do not reach the marrow,
# nephrons that do not overload those left, proteinuria by the 4th power of inflammation.
DOSSIER = {
    "occ_max": 1.0, "r_baff": 0.0, "me_lic": 0.0, "np_bb": 0.0, "hc_ig": 0.0, "o_amp": 0.0, "z_fan": 0.0,
    "hq_z": 0.0, "tau_im": 0.0, "z_in": 0.0, "z_he": 0.0, "h_nf": 0.0, "up_amp": 1.0, "h_nu": 0.35,
}  # fmt: skip
RELAPSING_REMITTING = {
    "pi_ki": 0.02, "pi_jo": 0.33, "pi_sk": 0.28, "pi_se": 0.25, "pi_np": 0.02, "pi_he": 0.30,
    "DNref": 30.0, "p_am": 0.0740, "q3": 0.45, "q4": 0.70,
}  # fmt: skip
CD19_CAR_T = Schedule(
    (InputChange(-20, "gc", 7.5), InputChange(-20, "hq", 0.0), InputChange(-14, "gc", 0.0)),
    (Bolus(-5, "LD", 1.0), Bolus(0, "CE", 0.3)),
    switches={"e19": 1.0},
)
DUAL_CAR_T = Schedule(CD19_CAR_T.inputs, CD19_CAR_T.boluses, switches={"e19": 1.0, "eBC": 1.0})
BCMA_CAR_T = Schedule(CD19_CAR_T.inputs, CD19_CAR_T.boluses, switches={"eBC": 1.0})
AHSCT = Schedule(
    (
        InputChange(-10, "gc", 7.5), InputChange(-10, "hq", 0.0), InputChange(-8, "ld", 1.3),
        InputChange(-3, "ld", 0.0), InputChange(2, "gc", 0.0),
    ),
    (Bolus(-8, "R2", 150.0), Bolus(0, "MP", 0.06)),
)  # fmt: skip
RITUXIMAB = Schedule(boluses=(Bolus(0, "R2", 200.0), Bolus(14, "R2", 200.0)))
MSC = Schedule(
    (InputChange(0, "ms", 1.0), InputChange(1, "ms", 0.0), InputChange(7, "ms", 1.0), InputChange(8, "ms", 0.0))
)
ANIFROLUMAB = Schedule(boluses=tuple(Bolus(28 * k, "AN", 55.0) for k in range(26)))
BELIMUMAB = Schedule(boluses=tuple(Bolus(day, "BE", 200.0) for day in (0, 14, *range(28, 730, 28))))


@dataclass(frozen=True)
class Single:
    """Daily states of one patient; ``days`` (T,), ``states[name]`` (T,)."""

    days: NDArray[np.int64]
    states: Mapping[str, Array]
    parameters: Mapping[str, Any]

    def at(self, name: str, day: int) -> float:
        return float(self.states[name][np.searchsorted(self.days, day)])

    @property
    def cd19(self) -> Array:
        return self.states["BT"] + self.states["BN"] + self.states["BM"]

    def sledai(self, visits: Any = None) -> Array:
        """SLEDAI-2K without noise at typical thresholds, looking at the day alone (all days, or given ones)."""
        days = self.days if visits is None else np.asarray(visits)
        columns = {name: series[:, None] for name, series in self.states.items()}
        noise = {stream: np.zeros((len(days), 1)) for stream in NOISE_STREAMS}
        nobody = Traits(np.zeros(1, np.int64), np.zeros(1), np.zeros(1))
        p = dict(self.parameters) | {"lookback_days": 1.0}
        visits_seen = observe(Observed(self.days, columns, days, noise), p, nobody)
        return np.asarray(score("sledai_2k", visits_seen).value[:, 0], np.float64)


def integrate(
    start: Mapping[str, float],
    schedule: Schedule,
    first: int,
    last: int,
    inputs: Mapping[str, float] = ON_DRUGS,
    rtol: float = 1e-6,
    typical: Mapping[str, float] = DOSSIER,
    **changed: Any,
) -> Single:
    """Integrate one patient with LSODA; ``typical`` and then ``changed`` replace shipped parameters."""
    p = with_products(dict(values()) | dict(typical) | changed, schedule)
    u: dict[str, Any] = no_inputs() | dict(inputs)
    y = np.array([start.get(name, 0.0) for name in system().states])
    events, kept = by_day(schedule), [y]
    marks = sorted({first, last, *(day for day in events if first <= day < last)})
    for a, b in pairwise(marks):
        y = _apply(events.get(a), y, u)
        kept += list(_segment(y, p, dict(u), a, b, rtol).T)
        y = kept[-1]
    table = np.array(kept)
    return Single(np.arange(first, last + 1), dict(zip(system().states, table.T, strict=True)), p)


def _apply(today: Schedule | None, y: Array, u: dict[str, Any]) -> Array:
    rows = {name: row for row, name in enumerate(system().states)}
    y = y.copy()
    if today is not None:
        u.update({event.name: event.value for event in today.inputs})
        for bolus in today.boluses:
            y[rows[bolus.state]] += bolus.amount
    return y


def _segment(y: Array, p: Mapping[str, Any], u: Mapping[str, Any], a: int, b: int, rtol: float) -> Array:
    names = system().states

    def rhs(_: float, state: Array) -> list[float]:
        rates = system().rates(dict(zip(names, state.tolist(), strict=True)), p, u)
        return [rates[name] for name in names]

    days = np.arange(a + 1, b + 1)
    found = solve_ivp(rhs, (a, b), y, "LSODA", days, rtol=rtol, atol=rtol * 1e-2, max_step=5.0)
    assert found.success
    return np.asarray(found.y)


@cache
def reference_patient() -> Mapping[str, float]:
    """The reference patient after 2000 days on drugs, before any special treatment."""
    return steady()


def steady(activity: float = 1.0, inputs: Mapping[str, float] = ON_DRUGS, **changed: Any) -> dict[str, float]:
    """Return the state after 2000 days, with slow memories (damage, nephrons, vaccine antibodies) set back."""
    begin = start_values(activity) | {"GC": inputs.get("gc", 0.0), "HQ": 2.5 * inputs.get("hq", 0.0)}
    course = integrate(begin, Schedule(), 0, 2000, inputs, **changed)
    end = {name: float(series[-1]) for name, series in course.states.items()}
    return end | {"NF": 0.88, "DM": 0.3, "TX": 0.0, "LP": 0.7, "PV": 1.0, "LA": end["PB"]}
