"""SLICC/ACR damage index (SDI): irreversible change since the onset of lupus, whatever its cause; 41 items, 12 systems.

Source: Gladman 1996, Arthritis Rheum 39:363, doi:10.1002/art.1780390303. This list reaches 47 points; copies without
pancreatic insufficiency and tendon rupture have 39 items. A revision is in progress: the version belongs to the result.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import Interval, Truth, choose, largest

TABLE = {row["item"]: row for row in rows("sdi")}
SYSTEMS = {system: tuple(r["item"] for r in group) for system, group in groupby(TABLE.values(), lambda r: r["system"])}
APART_MONTHS = 6.0
"""Second events count only so far apart, and lasting change only after so long."""


def sdi(columns: Columns) -> Score:
    """Add up damage.

    Parameters
    ----------
    columns
        ``sdi_<item>``: the number of events or sites, 0 where absent. Beside it, where known, ``sdi_<item>_months``
        (how long it has lasted), ``sdi_<item>_months_apart`` (between the first and the second event),
        ``sdi_<item>_before_sle`` (flag). ``sdi@previous`` is the score of an earlier visit: damage cannot fall.
    """
    view = View(columns)
    points = {name: _item(view, name) for name in TABLE}
    total = Interval(np.zeros(view.shape), np.zeros(view.shape))
    for system, names in SYSTEMS.items():
        total = total + (_renal(points) if system == "renal" else _added([points[name] for name in names]))
    before = view.number("sdi@previous").within(0.0, 47.0)
    fallen = total.high < before.low
    return SDI.result(
        largest(total, Interval(before.low, np.where(before.low == before.high, before.low, total.high))),
        items={name: interval.value for name, interval in points.items()},
        columns=columns,
        warnings={"damage_cannot_fall": fallen},
    )


def _item(view: View, name: str) -> Interval:
    """Return the points of one item after the rules on duration, repetition and onset."""
    row, column = TABLE[name], f"sdi_{name}"
    most = float(row["most"])
    seen = view.number(column).within(0.0, most if row["repeat"] else 1.0)
    if row["repeat"]:
        once = Interval(np.minimum(seen.low, 1.0), np.minimum(seen.high, 1.0))
        apart = _stated(view, f"{column}_months_apart")
        seen = choose(apart, seen, once) if row["repeat"] == "event" else seen
    elif most > 1:
        seen = seen * most
    nothing = Interval(np.zeros(view.shape), np.zeros(view.shape))
    if float(row["months"]):
        seen = choose(_stated(view, f"{column}_months"), seen, nothing)
    early = view.flag(f"{column}_before_sle").low
    return choose(Truth(~early, ~early), seen, nothing)


def _stated(view: View, column: str) -> Truth:
    """Return whether six months have passed; where nothing is said, the entry is taken to keep the rule."""
    months = view.number(column)
    enough = months.at_least(APART_MONTHS)
    return Truth(enough.low | months.is_unknown, enough.high)


def _added(points: list[Interval]) -> Interval:
    return Interval(
        np.asarray(sum((p.low for p in points), np.zeros(()))), np.asarray(sum((p.high for p in points), np.zeros(())))
    )


def _renal(points: dict[str, Interval]) -> Interval:
    """End-stage disease replaces the two other renal items."""
    return largest(
        points["end_stage_kidney_disease"], _added([points["gfr_below_50"], points["proteinuria_3_5"]])
    ).within(0.0, 3.0)


SDI = Instrument(
    name="sdi",
    title="SLICC/ACR damage index (SDI)",
    version="1996, 41 items",
    kind="score",
    inputs=(
        *(f"sdi_{name}" for name in TABLE),
        *(f"sdi_{name}_months" for name, row in TABLE.items() if float(row["months"])),
        *(f"sdi_{name}_months_apart" for name, row in TABLE.items() if row["repeat"] == "event"),
        *(f"sdi_{name}_before_sle" for name in TABLE),
        "sdi@previous",
    ),
    unit="{points}",
    range=(0.0, 47.0),
    items=tuple(Item(name, row["rule"], float(row["most"]), (f"sdi_{name}",)) for name, row in TABLE.items()),
    missing_rule="An item not asked leaves the score open by its points; a score below an earlier one is raised to it.",
    source="doi:10.1002/art.1780390303",
    licence="Published; copyright note not checked. Own wording.",
    definition="Points for irreversible change since the onset of lupus, lasting 6 months unless stated, whatever "
    "the cause.",
    score=sdi,
)
INSTRUMENTS = (SDI,)
