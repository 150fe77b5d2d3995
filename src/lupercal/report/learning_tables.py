"""What visits taught, as tables and sentences: past forecasts beside what came, each visit, what to measure next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lupercal.forecast.assimilation.learnt import Learnt, PastValue
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.layout import Table, table_of
from lupercal.report.wording import count_words, label, number, percent

MOST_ROWS = 40
"""Values shown; the rest stands in ``forecast.json``."""


def past_table(learnt: Learnt) -> Table | None:
    """Return every value beside what was forecast of it, the latest first; None where there is none."""
    if not learnt.values:
        return None
    shown = sorted(learnt.values, key=lambda one: -one.day)[:MOST_ROWS]
    rows = [
        (
            f"day {one.day}", label(one.variable), f"{one.bound}{number(one.value)}",
            f"{number(one.median)} ({number(one.low)} to {number(one.high)})", _place(one),
        )
        for one in shown
    ]  # fmt: skip
    more = len(learnt.values) - len(shown)
    notes = (f"{more} earlier values stand in forecast.json.",) if more else ()
    return table_of(
        "learnt-values", "What came, and what was forecast of it from the visits before",
        ("When", "Value", "Came", "Forecast (90 % interval)", "Where it lay"), "llrrl", rows, *notes,
    )  # fmt: skip


def _place(one: PastValue) -> str:
    if one.outside:
        return "above the interval" if one.above else "below the interval"
    if one.bound or not np.isfinite(one.place):
        return "only a bound is known"
    if one.lowest:
        return "as low as can be told"
    return f"above {percent(one.place)} of what was forecast"


def visit_table(learnt: Learnt) -> Table:
    """Return what each visit did to the virtual patients."""
    rows = [
        (
            f"day {one.day}", ", ".join(label(name) for name in one.told), percent(one.effective),
            number(one.ancestors), "full" if one.power == 1 else f"power {number(one.power)}",
        )
        for one in learnt.visits
    ]  # fmt: skip
    return table_of(
        "learnt-visits", "What each visit told and did", ("Visit", "Told", "Left by it", "Distinct behind", "Weight"),
        "llrrl", rows, f"Of {learnt.particles} virtual patients each visit leaves a share; those go on.",
    )  # fmt: skip


def ahead_table(learnt: Learnt) -> Table | None:
    """Return what is forecast from all visits, at some months ahead; None where nothing is."""
    last = {fan.variable: fan for fan in learnt.fans}
    if not last or learnt.refused:
        return None
    rows = list[tuple[str, ...]]()
    for fan in last.values():
        for month in AHEAD:
            near = np.flatnonzero(fan.days == learnt.until + round(month * DAYS_PER_MONTH))
            if near.size:
                low, middle, high = (number(float(fan.quantiles[k, near[0]])) for k in (0, 2, 4))
                rows.append((label(fan.variable), f"day {int(fan.days[near[0]])}", f"{middle} ({low} to {high})"))
    heads = ("Value", "When", "Forecast (90 % interval)")
    return table_of("learnt-ahead", f"Forecast made anew on day {learnt.until}", heads, "llr", rows)


AHEAD = (1, 3, 6, 12)
"""Months ahead that the table shows."""


def next_table(learnt: Learnt) -> Table | None:
    """Return the tests that would narrow the forecast most; None where none was tried."""
    if not learnt.next_tests:
        return None
    rows = [(label(one.test), f"day {one.day}", percent(one.narrowing)) for one in learnt.next_tests]
    first = learnt.next_tests[0]
    title = f"What to measure next: expected narrowing of {label(first.outcome)} on day {first.outcome_day}"
    return table_of("next-tests", title, ("Test", "When", "Narrower by"), "llr", rows)


def next_words(learnt: Learnt) -> Iterator[str]:
    """Yield what to measure next, in one sentence; nothing where no test would narrow anything."""
    if learnt.next_tests and learnt.next_tests[0].narrowing >= LEAST:
        best = learnt.next_tests[0]
        yield (
            f"{label(best.test)} on day {best.day} would narrow {label(best.outcome)} on day {best.outcome_day} by "
            f"{percent(best.narrowing)}, as expected from the virtual patients."
        )


LEAST = 0.05
"""Narrowing below which no test is recommended in words."""


def _kin_words(learnt: Learnt) -> Iterator[str]:
    """Yield how few the virtual patients descend from, and what that means for the shares forecast."""
    if len(learnt.visits) > 1:
        last = learnt.visits[-1]
        yield (
            f"In each of two runs {count_words(learnt.particles)} virtual patients have come through the visit on day "
            f"{last.day}; behind them stand {number(last.ancestors, 2)} distinct ones of the first visit (effective "
            "number). Whoever was one and the same half a year before counts as one family in every share forecast, "
            "and no share is surer than the two runs agree."
        )


def learning_sentences(learnt: Learnt) -> tuple[str, ...]:
    """Return all that is said of what visits taught, the refusal first."""
    days = [one.day for one in learnt.visits]
    beginning = f"Visits on days {', '.join(map(str, days))} count; the first was matched, the others taught."
    begun = (beginning, *_kin_words(learnt)) if not learnt.refused else ()
    odd = tuple(f"The model could not explain: {words}." for words in learnt.unexplained if not learnt.refused)
    alerts = tuple(f"Alert: {words}." for words in learnt.alerts)
    return (*alerts, *learnt.words[:1], *begun, *learnt.words[1:], *odd, *next_words(learnt), *learnt.notes)
