"""What people take and how they fare over time: doses, tablets, summed prednisone, days in a state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.course.plan import DrugPlan
from lupercal.patient.drugs import pulse_limit
from lupercal.therapy.tablets import tablets_per_day
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
Days = NDArray[np.int64]
DAILY = {"prednisone": "gc", "hydroxychloroquine": "hq", "mycophenolate_mofetil": "ap", "voclosporin": "cn"}
"""Daily drugs and the model's inputs; one drug stands for each input."""


def drug_burden(plan: DrugPlan, days: Days, size: int) -> dict[str, Array]:
    """Return daily drugs, tablets per day and prednisone summed since the first day, at each of some days, (D, N).

    Infused pulses count in the sum and not among the tablets.
    """
    doses = {drug: plan.level(name, days, size) for drug, name in DAILY.items() if drug != "prednisone"}
    every = np.arange(days[0], days[-1] + 1)
    steroid = plan.level("gc", every, size)
    so_far = np.concatenate([np.zeros((1, size)), np.cumsum(steroid, axis=0)])[days - days[0]]
    oral = np.where(steroid[days - days[0]] >= pulse_limit(), 0.0, steroid[days - days[0]])
    tablets = tablets_per_day(doses | {"prednisone": oral})
    daily = {name: dose for name, dose in doses.items() if name != "hydroxychloroquine"}
    return daily | {"tablets_per_day": tablets, "cumulative_prednisone": so_far}


def days_in(visits: Visits, holds: Array) -> Array:
    """Return the days spent in a state up to each visit, (V, N); half of a gap counts for each of its visits.

    ``holds`` (V, N) is 1, 0 or NaN, which counts as not.
    """
    now = np.nan_to_num(holds)
    parts = np.diff(visits.days)[:, None] * (now[1:] + now[:-1]) / 2
    return np.concatenate([np.zeros((1, now.shape[1])), np.cumsum(parts, axis=0)])


def without_drugs(visits: Visits) -> Array:
    """Return 1 where a visit shows no drug against lupus, (V, N)."""
    names = ("prednisone", "hydroxychloroquine", "on_immunosuppressant", "on_biologic")
    return np.asarray(np.all([visits.columns[name] == 0 for name in names], axis=0), np.float64)
