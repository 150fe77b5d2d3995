"""BILAG-based composite lupus assessment, against the baseline visit.

Source: Wallace 2014, Ann Rheum Dis 73:183, doi:10.1136/annrheumdis-2012-202760. Trials ask for a rise of PGA below 0.3;
the catalogue of outcome measures allows 10 % of the scale: they differ exactly at 0.30, hence the setting.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, A, B
from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.response import COMPARED, NO_FAILURE, failed, new_a_and_b, pga_rise, sledai_pair
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, all_of, any_known, any_of


def bicla(
    columns: Columns, *, pga_rule: Literal["<0.3", "<=10%"] = "<0.3", attribution: Attribution = "lupus"
) -> Score:
    """Return whether a visit is a BICLA response.

    Parameters
    ----------
    columns
        ``bilag_<system>``, ``sledai_2k`` (or descriptors) and ``pga``, now and with ``@baseline``;
        ``treatment_failure``, or ``rescue_medication`` and ``dropped_out``.
    pga_rule
        Whether a rise of exactly 0.30 is worse.
    attribution
        As for `sledai_2k` and `bilag_2004`.
    """
    view = counted(columns, attribution)
    now, then = sledai_pair(columns, attribution)
    new_a, new_b = new_a_and_b(view)
    rise = pga_rise(view)
    parts = {
        "all_improved": all_of(_improved(view, name) for name in GRADE_COLUMNS),
        "no_worsening": new_a.at_most(0.0) & new_b.at_most(1.0),
        "sledai_not_worse": (now - then).at_most(0.0),
        "pga_not_worse": rise.below(0.3) if pga_rule == "<0.3" else rise.at_most(0.3),
        "no_failure": ~failed(view),
    }
    active = any_of(_graded(view.other("baseline"), name, B) for name in GRADE_COLUMNS)
    return BICLA.result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        not_evaluable=~active.high,
        settings={"pga_rule": pga_rule, "attribution": attribution},
        warnings={"bilag_unconfirmed": np.ones(view.shape, bool)},
    )


def _graded(view: View, name: str, least: float) -> Truth:
    return view.scaled(name, A)[0].at_least(least)


def _improved(view: View, name: str) -> Truth:
    """A at baseline has become B or less, B has become C or less; other grades ask for nothing here."""
    before = view.other("baseline")
    from_a = ~_graded(before, name, A) | ~_graded(view, name, A)
    from_b = ~_graded(before, name, B) | _graded(before, name, A) | ~_graded(view, name, B)
    return from_a & from_b


BICLA = Instrument(
    name="bicla",
    title="BILAG-based composite lupus assessment (BICLA)",
    version="2014",
    kind="state",
    inputs=COMPARED,
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("all_improved", "every baseline A is B or less, every baseline B is C or less", inputs=GRADE_COLUMNS),
        Item("no_worsening", "no new A, at most one new B", inputs=GRADE_COLUMNS),
        Item("sledai_not_worse", "SLEDAI-2K not above baseline", inputs=("sledai_2k", "sledai_2k@baseline")),
        Item("pga_not_worse", "PGA up by less than 0.3", inputs=("pga", "pga@baseline")),
        NO_FAILURE,
    ),
    missing_rule="False as soon as one condition fails; true only when all are known. Not evaluable without A or B at "
    "baseline.",
    source="doi:10.1136/annrheumdis-2012-202760",
    licence="Public domain by its catalogue entry.",
    definition="All BILAG A and B of baseline improved, no other worsening, SLEDAI-2K and PGA not worse, no rescue "
    "medication and no drop-out.",
    score=bicla,
    settings={"pga_rule": "<0.3", "attribution": "lupus"},
    looks_back="sledai_2k",
    rests_on="BILAG-2004 rules unconfirmed",
)
INSTRUMENTS = (BICLA,)
