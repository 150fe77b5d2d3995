"""What the kidneys of people did before a trial of nephritis, as far as the visits of their history show.

An episode has ended once proteinuria has been low for so long; what comes after it is a relapse. Limits are those of
renal flares in trials (``visits/renal_flares.yaml``) and of ``clinical_limits.yaml``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.limits import clinical_limit
from lupercal.trial.endpoints.measure import running
from lupercal.visits.renal_flares import renal_flare_rule
from lupercal.visits.visits import Visits

Array = NDArray[np.float64]
NEPHRITIS_BEFORE = "nephritis_before"
"""The column of people at the baseline visit that `nephritis_before` makes."""

STANDING, BEGAN, EARLIER = 0.0, 1.0, 2.0
"""No earlier episode, proteinuria not low at the first visit; the same, low at the first visit; an earlier episode."""


def nephritis_before(past: Visits) -> Array:
    """Return whether people had an episode of nephritis that had ended (N,): `STANDING`, `BEGAN` or `EARLIER`.

    Parameters
    ----------
    past
        Visits of the history, with ``upcr`` (g/g); what they show last need not be active.
    """
    rule, ratio = renal_flare_rule("trials"), past.columns["upcr"]
    low = rule.responds(ratio)
    episode = np.logical_or.accumulate(running(ratio >= rule.flare_upcr, rule.visits), axis=0)
    ended = (episode & (days_running(low, past.days) >= clinical_limit("kidney_quiet_days"))).any(axis=0)
    return np.where(ended, EARLIER, np.where(low[0], BEGAN, STANDING))


def days_running(happens: NDArray[np.bool_], days: NDArray[np.int64]) -> Array:
    """Return for how many days up to each visit something has held without a visit between (V, N), NaN where not."""
    rows = np.arange(len(days))[:, None]
    last_without = np.maximum.accumulate(np.where(happens, -1, rows), axis=0)
    since = days[np.minimum(last_without + 1, rows)]
    return np.where(happens, days[:, None] - since, np.nan)
