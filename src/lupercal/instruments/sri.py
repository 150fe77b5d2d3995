"""SLE responder index, SRI-4 to SRI-8, against the baseline visit, by SLEDAI-2K and by SELENA-SLEDAI.

Source: Furie 2009, Arthritis Rheum 61:1143, doi:10.1002/art.24698 (SELENA-SLEDAI, the trials of belimumab); trials of
other drugs take SLEDAI-2K. The two are instruments of their own: an arthritis of two joints counts in one, not in the
other. Rescue medication and drop-out make a non-responder.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, counted, current, suffixed
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.response import COMPARED, NO_FAILURE, failed, new_a_and_b, pga_rise, sledai_pair
from lupercal.instruments.result import Score
from lupercal.instruments.selena_sledai import EXTENDED, selena_activity
from lupercal.instruments.three_valued import Interval, all_of, any_known

POINTS = (4, 5, 6, 7, 8)
INDICES = {"sledai_2k": "SLEDAI-2K", "selena_sledai": "SELENA-SLEDAI"}


def sri(points: int, index: str, columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return whether a visit is a response of at least so many SLEDAI points.

    Parameters
    ----------
    points
        4 to 8.
    index
        ``"sledai_2k"`` or ``"selena_sledai"``.
    columns
        The index or its descriptors, ``pga`` and ``bilag_<system>`` (or ``new_bilag_a`` and ``new_bilag_b``), now and
        with ``@baseline``; ``treatment_failure``, or ``rescue_medication`` and ``dropped_out``.
    attribution
        As for `sledai_2k` and `bilag_2004`.
    """
    view = counted(columns, attribution)
    now, then = _pair(columns, index, attribution)
    new_a, new_b = new_a_and_b(view)
    parts = {
        "sledai_fall": (then - now).at_least(points),
        "no_new_bilag_a": new_a.at_most(0.0),
        "at_most_one_new_bilag_b": new_b.at_most(1.0),
        "pga_not_worse": pga_rise(view).below(0.3),
        "no_failure": ~failed(view),
    }
    return SRI[index, points].result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        not_evaluable=np.asarray(then.below(points).low),
        settings={"attribution": attribution},
        warnings={"bilag_unconfirmed": np.ones(view.shape, bool)},
    )


def _pair(columns: Columns, index: str, attribution: str) -> tuple[Interval, Interval]:
    if index == "sledai_2k":
        return sledai_pair(columns, attribution)
    return selena_activity(current(columns), attribution), selena_activity(suffixed(columns, "baseline"), attribution)


def _instrument(points: int, index: str) -> Instrument:
    name, text = f"sri_{points}" if index == "sledai_2k" else f"sri_{points}_selena", INDICES[index]
    more = () if index == "sledai_2k" else ("selena_sledai", *EXTENDED)
    return Instrument(
        name=name,
        title=f"SLE responder index {points} (SRI-{points}) by {text}",
        version=f"2009, {text}",
        kind="state",
        inputs=(*COMPARED, *more, *(f"{column}@baseline" for column in more)),
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item("sledai_fall", f"{text} down by {points} or more", inputs=(index, f"{index}@baseline")),
            Item("no_new_bilag_a", "no system newly A", inputs=("new_bilag_a",)),
            Item("at_most_one_new_bilag_b", "at most one system newly B", inputs=("new_bilag_b",)),
            Item("pga_not_worse", "PGA up by less than 0.3", inputs=("pga", "pga@baseline")),
            NO_FAILURE,
        ),
        missing_rule="False as soon as one condition fails; true only when all are known. Not evaluable where the "
        "baseline lies below the fall asked for.",
        source="doi:10.1002/art.24698",
        licence="Published definition; no fee notice found.",
        definition=f"{text} down by {points} or more, no new BILAG A and at most one new B, PGA up by less than "
        f"0.3, no rescue medication and no drop-out.",
        score=partial(sri, points, index),
        settings={"attribution": "lupus"},
        rests_on="BILAG-2004 rules unconfirmed",
        looks_back="sledai_2k" if index == "sledai_2k" else "selena_hybrid",
    )


SRI = {(index, points): _instrument(points, index) for index in INDICES for points in POINTS}
INSTRUMENTS = tuple(SRI.values())
