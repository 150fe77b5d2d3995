"""SRI-50: the SLE responder index with S2K RI-50 in the place of SLEDAI-2K at the follow-up visit.

Sources: Touma 2011, J Rheumatol 38:275, doi:10.3899/jrheum.100724 (S2K RI-50, which that paper abbreviates SRI-50);
Furie 2009, doi:10.1002/art.24698 (SRI). That the composite asks for a fall of 4 points is recalled, to be confirmed.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.response import COMPARED, NO_FAILURE, failed, new_a_and_b, pga_rise, sledai_pair
from lupercal.instruments.result import Score
from lupercal.instruments.s2k_ri_50 import S2K_RI_50, s2k_ri_50_points
from lupercal.instruments.three_valued import all_of, any_known

FALL = 4.0


def sri_50(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return whether a visit is a response.

    Parameters
    ----------
    columns
        The inputs of `s2k_ri_50`, ``sledai_2k@baseline`` where its descriptors are not recorded, ``pga`` and
        ``bilag_<system>`` (or ``new_bilag_a`` and ``new_bilag_b``), now and with ``@baseline``; ``treatment_failure``,
        or ``rescue_medication`` and ``dropped_out``.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    _, then = sledai_pair(columns, attribution)
    new_a, new_b = new_a_and_b(view)
    parts = {
        "fall": (then - s2k_ri_50_points(view)).at_least(FALL),
        "no_new_bilag_a": new_a.at_most(0.0),
        "at_most_one_new_bilag_b": new_b.at_most(1.0),
        "pga_not_worse": pga_rise(view).below(0.3),
        "no_failure": ~failed(view),
    }
    everywhere = np.ones(view.shape, bool)
    return SRI_50.result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        not_evaluable=np.asarray(then.below(FALL).low),
        settings={"attribution": attribution},
        warnings={"bilag_unconfirmed": everywhere, "unconfirmed_rule": everywhere},
    )


SRI_50 = Instrument(
    name="sri_50",
    title="SLE responder index with S2K RI-50 (SRI-50)",
    version="2011",
    kind="state",
    inputs=tuple(dict.fromkeys((*S2K_RI_50.inputs, *COMPARED))),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("fall", "S2K RI-50 at least 4 below SLEDAI-2K of baseline", inputs=("sledai_2k@baseline",)),
        Item("no_new_bilag_a", "no system newly A", inputs=("new_bilag_a",)),
        Item("at_most_one_new_bilag_b", "at most one system newly B", inputs=("new_bilag_b",)),
        Item("pga_not_worse", "PGA up by less than 0.3", inputs=("pga", "pga@baseline")),
        NO_FAILURE,
    ),
    missing_rule="False as soon as one condition fails; true only when all are known. Not evaluable below 4 points.",
    source="doi:10.3899/jrheum.100724; doi:10.1002/art.24698",
    licence="Form of S2K RI-50 is copyright of its authors, terms not found: logic in own words, form not shipped.",
    definition="S2K RI-50 at least 4 points below baseline SLEDAI-2K, no new BILAG A and at most one new B, PGA up by "
    "less than 0.3, no rescue medication and no drop-out.",
    score=sri_50,
    standing="unconfirmed",
    settings={"attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (SRI_50,)
