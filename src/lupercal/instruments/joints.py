"""Counts of 28 joints: tender, swollen, and active (tender and swollen), and the response of active joints by half.

Source: TULIP trials, Morand 2020, doi:10.1056/NEJMoa1912196. Ankles and feet lie outside this set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Bools, Interval, Truth, any_known, count

JOINTS_28 = tuple(
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in (
        "shoulder",
        "elbow",
        "wrist",
        *(f"mcp{n}" for n in range(1, 6)),
        "thumb_ip",
        *(f"pip{n}" for n in range(2, 6)),
        "knee",
    )
)
"""Shoulders, elbows, wrists, knees, metacarpophalangeal and proximal interphalangeal joints with the thumb's."""

DENOMINATOR = "assessed_joints"
"""Item of a count: of how many joints it is; one that cannot be assessed is neither present nor absent."""

Test = Callable[[View, str], Truth]
TESTS: dict[str, Test] = {
    "tender": lambda view, joint: view.flag(f"tender_{joint}"),
    "swollen": lambda view, joint: view.flag(f"swollen_{joint}"),
    "active": lambda view, joint: view.flag(f"tender_{joint}") & view.flag(f"swollen_{joint}"),
}


def joint_count(kind: str, columns: Columns) -> Score:
    """Count joints of the 28-joint set.

    Parameters
    ----------
    kind
        ``"tender"``, ``"swollen"`` or ``"active"`` (tender and swollen).
    columns
        Flags ``tender_<joint>`` and ``swollen_<joint>``; ``not_assessable_<joint>`` takes a joint out of the count.
    """
    view = View(columns)
    out: dict[str, Bools] = {joint: view.flag(f"not_assessable_{joint}").low for joint in JOINTS_28}
    joints = {joint: TESTS[kind](view, joint).unless(out[joint]) for joint in JOINTS_28}
    denominator = len(JOINTS_28) - np.sum(list(out.values()), axis=0, dtype=float)
    states = {joint: np.where(out[joint], np.nan, truth.state) for joint, truth in joints.items()}
    return COUNTS[kind].result(
        count(joints.values()),
        known=any_known([Truth(truth.low, np.asarray(truth.high | out[joint])) for joint, truth in joints.items()]),
        items={**states, DENOMINATOR: np.asarray(denominator)},
        columns=columns,
        not_evaluable=np.asarray(denominator == 0),
        warnings={"not_assessable_joints": np.any(list(out.values()), axis=0)},
    )


def active_joints_50(columns: Columns, *, baseline_least: float = 6.0) -> Score:
    """Return whether the number of active joints fell by half or more.

    Parameters
    ----------
    columns
        ``active_joints`` (entered) or the flags of 28 joints, now and with ``@baseline``.
    baseline_least
        Active joints at baseline from which the endpoint applies: 6 in TULIP-2, 8 in TULIP-1.
    """
    view = View(columns)
    both = _assessed(view) & _assessed(view.other("baseline"))
    now, then = _active(view, both), _active(view.other("baseline"), both)
    return ACTIVE_JOINTS_50.result(
        now.at_most(then * 0.5),
        known=(now.high < 28.0) | (then.high < 28.0),
        items={"active_joints": now.value, "active_joints@baseline": then.value},
        columns=columns,
        not_evaluable=then.below(baseline_least).low,
        settings={"baseline_least": baseline_least},
        warnings={"not_assessable_joints": np.asarray(~both.all(axis=0))},
    )


def counts(tender: Collection[str], swollen: Collection[str]) -> dict[str, int]:
    """Return the three counts from lists of joints; joints outside the set stay in the record but are not counted.

    Parameters
    ----------
    tender, swollen
        Names as in `JOINTS_28`.
    """
    columns = {f"tender_{joint}": np.array(joint in tender) for joint in JOINTS_28}
    columns |= {f"swollen_{joint}": np.array(joint in swollen) for joint in JOINTS_28}
    return {kind: int(joint_count(kind, columns).value) for kind in TESTS}


def _active(view: View, assessed: Bools) -> Interval:
    """Return active joints as entered, else counted over those that can be compared."""
    counted = count(TESTS["active"](view, joint).unless(~assessed[n]) for n, joint in enumerate(JOINTS_28))
    return view.number("active_joints").or_else(counted).within(0.0, 28.0)


def _assessed(view: View) -> Bools:
    """Return which joints could be assessed, shape (28, ...)."""
    return ~np.stack([view.flag(f"not_assessable_{joint}").low for joint in JOINTS_28])


_FLAGS = tuple(f"{sign}_{joint}" for sign in ("tender", "swollen", "not_assessable") for joint in JOINTS_28)


def _count(kind: str, text: str) -> Instrument:
    return Instrument(
        name=f"{kind}_joint_count_28",
        title=f"{kind.capitalize()} joints of 28",
        version="28 joints",
        kind="score",
        inputs=_FLAGS,
        unit="{joints}",
        range=(0.0, 28.0),
        items=tuple(Item(joint, text, 1.0, (f"tender_{joint}", f"swollen_{joint}")) for joint in JOINTS_28),
        missing_rule="A joint not recorded leaves the count open by one; one that cannot be assessed lowers the "
        "denominator.",
        source="doi:10.1056/NEJMoa1912196",
        licence="Free.",
        definition=f"Number of joints that are {text}, of the 28 or of those that could be assessed.",
        score=partial(joint_count, kind),
    )


COUNTS = {
    "tender": _count("tender", "tender"),
    "swollen": _count("swollen", "swollen"),
    "active": _count("active", "tender and swollen"),
}
ACTIVE_JOINTS_50 = Instrument(
    name="active_joints_50",
    title="Active joints, response by half",
    version="TULIP-2",
    kind="state",
    inputs=("active_joints", "active_joints@baseline", *_FLAGS, *(f"{flag}@baseline" for flag in _FLAGS)),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("active_joints", "at most half of baseline", inputs=("active_joints",)),
        Item("active_joints@baseline", "at least 6 at baseline", inputs=("active_joints@baseline",)),
    ),
    missing_rule="Open where either count is open; not evaluable below the least baseline.",
    source="doi:10.1056/NEJMoa1912196",
    licence="Free.",
    definition="Active joints at most half of baseline, in those with at least 6 at baseline.",
    score=active_joints_50,
    standing="unconfirmed",
    settings={"baseline_least": 6.0},
)
INSTRUMENTS = (*COUNTS.values(), ACTIVE_JOINTS_50)
