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
from lupercal.instruments.icaht_series import (
    LAST_EARLY_DAY,
    LAST_LATE_DAY,
    LONGEST_GAP,
    WORST,
    GradeBounds,
    early_anc,
    early_platelets,
    late_anc,
    late_platelets,
)
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, grade
from lupercal.instruments.windows import DAYS, days_of


def icaht_early(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade early haematotoxicity (day 0 to 30), 0 to 4.

    Parameters
    ----------
    columns
        ``days_anc_le_500`` and ``days_anc_le_100``, the longest spells in days; ``never_recovered`` (flag): at most 500
        from day 3 or earlier to the last value by day 30, or to death.
    over_visits
        The last axis is one patient's visits in order, with ``days_since_infusion`` (or ``day``) and ``neutrophils``
        (10*9/L): each visit is graded by all counts up to it, see `icaht_series`.
    """
    if over_visits:
        return _from_series(columns, ICAHT_EARLY, "neutrophils", 1000.0, early_anc)
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


def icaht_late(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade late haematotoxicity (day 31 to 100), 0 to 4.

    Parameters
    ----------
    columns
        ``late_lowest_anc`` and ``late_second_lowest_anc``, cells/uL. The second lowest says whether the fall counts
        (above 1500 it is transient), the lowest how much; a single value counts as it is.
    over_visits
        As for `icaht_early`.
    """
    if over_visits:
        return _from_series(columns, ICAHT_LATE, "neutrophils", 1000.0, late_anc)
    view = View(columns)
    lowest, second = view.number("late_lowest_anc"), view.number("late_second_lowest_anc")
    steps = [(n, lowest.at_most(limit)) for n, limit in enumerate((1500.0, 1000.0, 500.0, 100.0), start=1)]
    bounds = grade((n, step & second.at_most(1500.0)) for n, step in steps)
    alone = grade(steps)
    settled = np.where(bounds.low == bounds.high, bounds.low, np.nan)
    return ICAHT_LATE.result(
        bounds,
        value=np.where(second.is_unknown & (alone.low == alone.high), alone.low, settled),
        known=~lowest.is_unknown,
        items={"late_lowest_anc": lowest.value, "late_second_lowest_anc": second.value},
        columns=columns,
    )


def t_icaht_early(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade early loss of platelets (day 0 to 30), 0 to 4, from cumulative days.

    Parameters
    ----------
    columns
        ``days_platelets_lt_50`` and ``days_platelets_lt_20`` (days); with ``over_visits`` ``platelets`` (10*9/L).
    over_visits
        As for `icaht_early`.
    """
    if over_visits:
        return _from_series(columns, T_ICAHT_EARLY, "platelets", 1.0, early_platelets)
    view = View(columns)
    low, deep = view.number("days_platelets_lt_50"), view.number("days_platelets_lt_20")
    return T_ICAHT_EARLY.result(
        grade([(1, low.at_least(1.0)), (2, low.at_least(7.0)), (3, deep.at_least(1.0)), (4, deep.at_least(14.0))]),
        known=~(low.is_unknown & deep.is_unknown),
        items={"days_platelets_lt_50": low.value, "days_platelets_lt_20": deep.value},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def t_icaht_late(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade late loss of platelets (day 31 to 100), 0 to 4: two tests or more, and a fall that is not transient.

    Parameters
    ----------
    columns
        ``late_lowest_platelets`` and ``late_second_lowest_platelets`` (10*9/L) and ``late_days_platelets_lt_20``
        (days); a fall that the second lowest does not show is transient.
    over_visits
        As for `icaht_early`.
    """
    if over_visits:
        return _from_series(columns, T_ICAHT_LATE, "platelets", 1.0, late_platelets)
    view = View(columns)
    lowest, deep = view.number("late_lowest_platelets"), view.number("late_days_platelets_lt_20")
    counts = view.number("late_second_lowest_platelets").below(100.0) | deep.at_least(2.0)
    steps = [
        (1, lowest.below(100.0)),
        (2, lowest.below(50.0)),
        (3, deep.at_least(1.0) | lowest.below(20.0)),
        (4, deep.at_least(14.0)),
    ]
    return T_ICAHT_LATE.result(
        grade((n, step & counts) for n, step in steps),
        known=~(lowest.is_unknown & deep.is_unknown),
        items={"late_lowest_platelets": lowest.value, "late_days_platelets_lt_20": deep.value},
        columns=columns,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


RECOVERED = 1e6
"""A count above every limit, per microlitre or 10*9/L."""


def _from_series(
    columns: Columns, one: Instrument, name: str, factor: float, rule: Callable[[dict[int, float]], GradeBounds]
) -> Score:
    """Grade each visit by the counts up to it; before the first day of its window there is no grade."""
    view = View(columns)
    days, values = days_of(view, *DAYS), view.value(name) * factor
    first = LAST_EARLY_DAY + 1 if "late" in one.name else 0
    final = LAST_EARLY_DAY if first == 0 else LAST_LATE_DAY
    passed = days >= final - LONGEST_GAP
    graded = np.full((3, *view.shape), np.nan)
    for patient in np.ndindex(view.shape[:-1]):
        counts = list(zip(days[patient].tolist(), values[patient].tolist(), strict=True))
        for n, (day, _) in enumerate(counts):
            place = (*patient, n)
            seen = {int(d): value for d, value in counts[: n + 1] if d <= day}
            graded[(slice(None), *place)] = rule(seen)
            if day >= first and not passed[place]:  # what is to come may all be well
                graded[(1, *place)] = rule(seen | dict.fromkeys(range(int(day) + 1, final + 1), RECOVERED)).low
    value = np.where(passed | (graded[1] == WORST), graded[0], np.nan)
    return one.result(
        Interval(graded[1], np.where(passed, graded[2], WORST)),
        value=value,
        known=np.logical_or.accumulate(~np.isnan(values) & (days >= first), axis=-1),
        items={name: view.value(name)},
        columns=columns,
        not_evaluable=days < first,
        warnings={"exploratory": np.full(view.shape, one.name.startswith("t_"))},
        settings={"over_visits": True},
    )


def _instrument(name: str, title: str, inputs: tuple[str, ...], text: str, score: Callable[..., Score]) -> Instrument:
    platelets = name.startswith("t_")
    return Instrument(
        name=name,
        title=title,
        version="2025" if platelets else "EHA/EBMT 2023",
        kind="grade",
        inputs=(*inputs, "platelets" if platelets else "neutrophils", *DAYS),
        unit="{grade}",
        range=(0.0, 4.0),
        items=tuple(Item(column, inputs=(column,)) for column in inputs),
        missing_rule="Open where a missing count or duration could raise the grade.",
        source="doi:10.1182/blood.2025028833" if platelets else "doi:10.1182/blood.2023020578",
        licence="Published criteria; no fee notice found.",
        definition=text,
        score=score,
        labels=("0", "1", "2", "3", "4"),
        settings={"over_visits": False},
    )


ICAHT_EARLY = _instrument(
    "icaht_early",
    "Early haematotoxicity (ICAHT), day 0 to 30",
    ("days_anc_le_500", "days_anc_le_100", "never_recovered"),
    "Neutrophils at most 500/uL for 1-6 days: 1; 7-13: 2; 14 or more, or at most 100 for 7-13: 3; at most 100 for "
    "14 or more, or at most 500 from day 3 to the last value: 4.",
    icaht_early,
)
ICAHT_LATE = _instrument(
    "icaht_late",
    "Late haematotoxicity (ICAHT), day 31 to 100",
    ("late_lowest_anc", "late_second_lowest_anc"),
    "Lowest neutrophils at most 1500/uL: 1; 1000: 2; 500: 3; 100: 4; none where the second lowest is above 1500.",
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
    ("late_lowest_platelets", "late_second_lowest_platelets", "late_days_platelets_lt_20"),
    "By two tests or more: platelets below 100: 1; below 50: 2; below 20 for 1-13 days: 3; 14 or more: 4.",
    t_icaht_late,
)
INSTRUMENTS = (ICAHT_EARLY, ICAHT_LATE, T_ICAHT_EARLY, T_ICAHT_LATE)
