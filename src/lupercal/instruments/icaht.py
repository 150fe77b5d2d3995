"""Haematotoxicity after immune effector cells: ICAHT (neutrophils, early and late) and T-ICAHT (platelets).

Sources: Rejeski 2023, Blood 142:865, doi:10.1182/blood.2023020578; Rejeski 2025, doi:10.1182/blood.2025028833
(T-ICAHT, a B-cell lymphoma cohort, not validated in lupus). Spells of low counts are read from serial values in
`icaht_series`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, grade


def icaht_early(columns: Columns) -> Score:
    """Grade early haematotoxicity (day 0 to 30), 0 to 4.

    Parameters
    ----------
    columns
        ``days_anc_le_500`` and ``days_anc_le_100``, the longest spells in days; ``never_recovered`` (flag): never
        above 500 by day 30, or death before. See `icaht_series.spells`.
    """
    view = View(columns)
    long, deep = view.number("days_anc_le_500").within(0.0, 31.0), view.number("days_anc_le_100").within(0.0, 31.0)
    never = view.flag("never_recovered")
    return ICAHT_EARLY.result(
        grade(
            [
                (1, long.at_least(1.0)),
                (2, long.at_least(7.0)),
                (3, long.at_least(14.0) | deep.at_least(7.0)),
                (4, deep.at_least(14.0) | never),
            ]
        ),
        known=(long.high < 31.0) | (deep.high < 31.0) | never.low,
        items={"days_anc_le_500": long.value, "days_anc_le_100": deep.value, "never_recovered": never.state},
        columns=columns,
    )


def icaht_late(columns: Columns) -> Score:
    """Grade late haematotoxicity (day 31 to 100), 0 to 4: only what two measurements show.

    Parameters
    ----------
    columns
        ``late_lowest_anc`` and ``late_second_lowest_anc``, cells/uL. A single low value with a normal next one is
        transient.
    """
    view = View(columns)
    lowest, second = view.number("late_lowest_anc"), view.number("late_second_lowest_anc")
    confirmed = Interval(np.maximum(lowest.low, second.low), np.maximum(lowest.high, second.high))
    steps = [(n, confirmed.at_most(limit)) for n, limit in enumerate((1500.0, 1000.0, 500.0, 100.0), start=1)]
    return ICAHT_LATE.result(
        grade(steps),
        known=~lowest.is_unknown,
        items={"late_lowest_anc": lowest.value, "late_second_lowest_anc": second.value},
        columns=columns,
    )


def t_icaht_early(columns: Columns) -> Score:
    """Grade early loss of platelets (day 0 to 30), 0 to 4, from cumulative days.

    Parameters
    ----------
    columns
        ``days_platelets_lt_50`` and ``days_platelets_lt_20`` (days).
    """
    view = View(columns)
    low, deep = view.number("days_platelets_lt_50"), view.number("days_platelets_lt_20")
    return T_ICAHT_EARLY.result(
        grade([(1, low.at_least(1.0)), (2, low.at_least(7.0)), (3, deep.at_least(1.0)), (4, deep.at_least(14.0))]),
        known=~(low.is_unknown & deep.is_unknown),
        items={"days_platelets_lt_50": low.value, "days_platelets_lt_20": deep.value},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def t_icaht_late(columns: Columns) -> Score:
    """Grade late loss of platelets (day 31 to 100), 0 to 4.

    Parameters
    ----------
    columns
        ``late_lowest_platelets`` (10*9/L) and ``late_days_platelets_lt_20`` (days).
    """
    view = View(columns)
    lowest, deep = view.number("late_lowest_platelets"), view.number("late_days_platelets_lt_20")
    return T_ICAHT_LATE.result(
        grade(
            [
                (1, lowest.below(100.0)),
                (2, lowest.below(50.0)),
                (3, deep.at_least(1.0) | lowest.below(20.0)),
                (4, deep.at_least(14.0)),
            ]
        ),
        known=~(lowest.is_unknown & deep.is_unknown),
        items={"late_lowest_platelets": lowest.value, "late_days_platelets_lt_20": deep.value},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def _instrument(name: str, title: str, inputs: tuple[str, ...], text: str, score: Callable[..., Score]) -> Instrument:
    platelets = name.startswith("t_")
    return Instrument(
        name=name,
        title=title,
        version="2025" if platelets else "EHA/EBMT 2023",
        kind="grade",
        inputs=inputs,
        unit="{grade}",
        range=(0.0, 4.0),
        items=tuple(Item(column, inputs=(column,)) for column in inputs),
        missing_rule="Open where a missing count or duration could raise the grade.",
        source="doi:10.1182/blood.2025028833" if platelets else "doi:10.1182/blood.2023020578",
        licence="Published criteria; no fee notice found.",
        definition=text,
        score=score,
        labels=("0", "1", "2", "3", "4"),
    )


ICAHT_EARLY = _instrument(
    "icaht_early",
    "Early haematotoxicity (ICAHT), day 0 to 30",
    ("days_anc_le_500", "days_anc_le_100", "never_recovered"),
    "Neutrophils at most 500/uL for 1-6 days: 1; 7-13: 2; 14 or more, or at most 100 for 7-13: 3; at most 100 for "
    "14 or more, or never above 500: 4.",
    icaht_early,
)
ICAHT_LATE = _instrument(
    "icaht_late",
    "Late haematotoxicity (ICAHT), day 31 to 100",
    ("late_lowest_anc", "late_second_lowest_anc"),
    "Neutrophils twice at most 1500/uL: 1; 1000: 2; 500: 3; 100: 4.",
    icaht_late,
)
T_ICAHT_EARLY = _instrument(
    "t_icaht_early",
    "Early thrombocytopenia (T-ICAHT)",
    ("days_platelets_lt_50", "days_platelets_lt_20"),
    "Platelets below 50 for 1-6 days: 1; 7 or more: 2; below 20 for 1-13 days: 3; 14 or more: 4.",
    t_icaht_early,
)
T_ICAHT_LATE = _instrument(
    "t_icaht_late",
    "Late thrombocytopenia (T-ICAHT)",
    ("late_lowest_platelets", "late_days_platelets_lt_20"),
    "Platelets below 100: 1; below 50: 2; below 20 for 1-13 days: 3; 14 or more: 4.",
    t_icaht_late,
)
INSTRUMENTS = (ICAHT_EARLY, ICAHT_LATE, T_ICAHT_EARLY, T_ICAHT_LATE)
