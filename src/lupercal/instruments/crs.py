"""Cytokine release syndrome by ASTCT 2019: fever, hypotension, hypoxia; the worst arm decides, organs do not enter.

Source: Lee 2019, Biol Blood Marrow Transplant 25:625, doi:10.1016/j.bbmt.2018.12.758.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lupercal.instruments.columns import Columns, View, ever
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, Truth, any_known, choose, grade, largest
from lupercal.instruments.toxicity_course import toxicity_course
from lupercal.instruments.windows import DAYS, days_of

OXYGEN = ("none", "low_flow", "high_flow", "positive_pressure")
"""Codes 0 to 3 of ``oxygen_support``: low-flow cannula or blow-by; high-flow cannula, mask; pressure, intubation."""

LOW_FLOW_LITRES = 6.0
NOT_COUNTED = ("vasopressin",)


def astct_crs(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade cytokine release syndrome, 0 to 5, from the worst of one day.

    Parameters
    ----------
    columns
        ``temperature`` (Cel, highest), ``fever_masked`` (antipyretic or anticytokine drug given after fever),
        ``hypotension`` (flag), ``vasopressors`` (number of agents without vasopressin), ``oxygen_support`` (`OXYGEN`),
        ``oxygen_flow`` (L/min by nasal cannula), ``crs_death``; over days also ``anticytokine_given`` (tocilizumab and
        the like) and ``days_since_infusion`` or ``day``.
    over_visits
        The last axis is one patient's days in order. Once fever has begun the syndrome and a drug that masks fever was
        given, hypotension or hypoxia keep it going without fever; it ends when both are gone too. The result then
        carries ``worst``, ``start_day`` and ``end_day`` up to each day.
    """
    view = View(columns)
    fever = view.number("temperature").at_least(38.0)
    arms = {"hypotension": _hypotension(view), "hypoxia": _hypoxia(view)}
    worst = largest(Interval(np.ones(view.shape), np.ones(view.shape)), *arms.values())
    present = fever | view.flag("fever_masked")
    present = _ongoing(view, fever, present, worst) if over_visits and view.shape else present
    nothing = Interval(np.zeros(view.shape), np.zeros(view.shape))
    death = view.flag("crs_death").low
    bounds = choose(present, worst, nothing)
    bounds = Interval(np.where(death, 5.0, bounds.low), np.where(death, 5.0, bounds.high))
    course = toxicity_course(days_of(view, *DAYS), bounds).items() if over_visits and view.shape else {}
    return ASTCT_CRS.result(
        bounds,
        known=any_known([present]) | view.flag("hypotension").low,
        items={"fever": present.state} | {name: arm.value for name, arm in arms.items()} | course,
        columns=columns,
        settings={"over_visits": over_visits},
    )


def _ongoing(view: View, fever: Truth, present: Truth, worst: Interval) -> Truth:
    """Return whether the syndrome is there on each day: by fever, or by a sign once fever is masked for good."""
    given = ever(view.flag("fever_masked") | _said(view.flag("anticytokine_given")))
    low, high = (np.array(np.broadcast_to(end, view.shape)) for end in (present.low, present.high))
    sign = Truth(worst.low > 1.0, worst.high > 1.0)
    for n in range(1, view.shape[-1]):
        low[..., n] |= low[..., n - 1] & given.low[..., n] & sign.low[..., n]
        high[..., n] |= high[..., n - 1] & given.high[..., n] & sign.high[..., n]
    return Truth(low, high)


def _said(flag: Truth) -> Truth:
    """Take a drug that is not mentioned as not given."""
    return Truth(flag.low, flag.low)


def count_vasopressors(agents: Iterable[str]) -> int:
    """Return how many vasopressors count: vasopressin is not one of them."""
    return len({agent.strip().lower() for agent in agents} - set(NOT_COUNTED))


def _hypotension(view: View) -> Interval:
    """Without vasopressors 2, with one 3, with two or more 4; vasopressin alone or added counts as needing one."""
    agents, vasopressin = view.number("vasopressors"), view.flag("vasopressin")
    some = agents.at_least(1.0) | vasopressin
    low = view.flag("hypotension") | Truth(some.low, some.low)
    return grade([(2, low), (3, low & some), (4, low & agents.at_least(2.0))])


def _hypoxia(view: View) -> Interval:
    """Low flow 2, high flow or mask 3, positive pressure 4; a cannula above 6 L/min is high flow."""
    support = view.number("oxygen_support").within(0.0, 3.0)
    flow = view.number("oxygen_flow")
    much = flow.above(LOW_FLOW_LITRES).low
    low = support.at_least(1.0) | Truth(flow.above(0.0).low, flow.above(0.0).low)
    high = support.at_least(2.0) | Truth(much, much)
    return grade([(2, low), (3, high), (4, support.at_least(3.0))])


ASTCT_CRS = Instrument(
    name="astct_crs",
    title="Cytokine release syndrome (ASTCT)",
    version="2019",
    kind="grade",
    inputs=(
        "temperature",
        "fever_masked",
        "hypotension",
        "vasopressors",
        "vasopressin",
        "oxygen_support",
        "oxygen_flow",
        "crs_death",
        "anticytokine_given",
        *DAYS,
    ),
    unit="{grade}",
    range=(0.0, 5.0),
    items=(
        Item("fever", "38.0 or more, or fever masked by treatment", inputs=("temperature", "fever_masked")),
        Item(
            "hypotension",
            "2 without vasopressor, 3 with one, 4 with two or more besides vasopressin",
            4.0,
            ("hypotension", "vasopressors", "vasopressin"),
        ),
        Item("hypoxia", "2 low flow, 3 high flow or mask, 4 positive pressure", 4.0, ("oxygen_support", "oxygen_flow")),
    ),
    missing_rule="The worst arm decides; an unknown arm leaves the grade open. Without fever or its masking the "
    "grade is 0.",
    source="doi:10.1016/j.bbmt.2018.12.758",
    licence="Published criteria; no fee notice found. Own wording.",
    definition="Fever not otherwise explained, with hypotension or hypoxia by the support they need.",
    score=astct_crs,
    settings={"over_visits": False},
    labels=("none", "1", "2", "3", "4", "5"),
)
INSTRUMENTS = (ASTCT_CRS,)
