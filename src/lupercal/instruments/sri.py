"""SLE responder index, SRI-4 to SRI-8, against the baseline visit.

Source: Furie 2009, Arthritis Rheum 61:1143, doi:10.1002/art.24698. Rescue medication and drop-out make a non-responder.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.response import COMPARED, NO_FAILURE, failed, new_a_and_b, pga_rise, sledai_pair
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import all_of, any_known

POINTS = (4, 5, 6, 7, 8)


def sri(points: int, columns: Columns) -> Score:
    """Return whether a visit is a response of at least so many SLEDAI points.

    Parameters
    ----------
    points
        4 to 8.
    columns
        ``sledai_2k`` or its descriptors, ``pga`` and ``bilag_<system>`` (or ``new_bilag_a`` and ``new_bilag_b``), now
        and with ``@baseline``; ``treatment_failure``, or ``rescue_medication`` and ``dropped_out``.
    """
    view = View(columns)
    now, then = sledai_pair(columns)
    new_a, new_b = new_a_and_b(view)
    parts = {
        "sledai_fall": (then - now).at_least(points),
        "no_new_bilag_a": new_a.at_most(0.0),
        "at_most_one_new_bilag_b": new_b.at_most(1.0),
        "pga_not_worse": pga_rise(view).below(0.3),
        "no_failure": ~failed(view),
    }
    return SRI[points].result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        not_evaluable=np.asarray(then.below(points).low),
    )


def _instrument(points: int) -> Instrument:
    return Instrument(
        name=f"sri_{points}",
        title=f"SLE responder index {points} (SRI-{points})",
        version="2009",
        kind="state",
        inputs=COMPARED,
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item("sledai_fall", f"SLEDAI-2K down by {points} or more", inputs=("sledai_2k", "sledai_2k@baseline")),
            Item("no_new_bilag_a", "no system newly A", inputs=("new_bilag_a",)),
            Item("at_most_one_new_bilag_b", "at most one system newly B", inputs=("new_bilag_b",)),
            Item("pga_not_worse", "PGA up by less than 0.3", inputs=("pga", "pga@baseline")),
            NO_FAILURE,
        ),
        missing_rule="False as soon as one condition fails; true only when all are known. Not evaluable where the "
        "baseline lies below the fall asked for.",
        source="doi:10.1002/art.24698",
        licence="Published definition; no fee notice found.",
        definition=f"SLEDAI-2K down by {points} or more, no new BILAG A and at most one new B, PGA up by less than "
        f"0.3, no rescue medication and no drop-out.",
        score=partial(sri, points),
    )


SRI = {points: _instrument(points) for points in POINTS}
INSTRUMENTS = tuple(SRI.values())
