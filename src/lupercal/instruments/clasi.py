"""Cutaneous Lupus Area and Severity Index: activity 0 to 70, damage 0 to 56, from numbers per zone.

Sources: Albrecht 2005, doi:10.1111/j.0022-202X.2005.23889.x; severity bands Klein 2011, Arch Dermatol 147:203.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, choose, grade

ZONES = (
    "scalp",
    "ears",
    "nose_malar",
    "rest_of_face",
    "v_neck",
    "posterior_neck",
    "chest",
    "abdomen",
    "back",
    "arms",
    "hands",
    "legs",
    "feet",
)
ACTIVITY = {
    **{f"clasi_erythema_{zone}": 3.0 for zone in ZONES},
    **{f"clasi_scale_{zone}": 2.0 for zone in ZONES},
    "clasi_mucous_membrane": 1.0,
    "clasi_recent_hair_loss": 1.0,
    "clasi_nonscarring_alopecia": 3.0,
}
"""Each activity rating with its most."""

DYSPIGMENTATION = {f"clasi_dyspigmentation_{zone}": 1.0 for zone in ZONES}
SCARRING = {**{f"clasi_scarring_{zone}": 2.0 for zone in ZONES[1:]}, "clasi_scalp_scarring": 6.0}
FALLS = {"clasi_50": 0.5, "clasi_70": 0.7}
"""Share of the baseline by which activity must fall."""

_LICENCE = "Held at a university; permission needed for commercial use. Numbers only, form not shipped."


def clasi_activity(columns: Columns) -> Score:
    """Add up activity: erythema and scale of 13 zones, mucous membranes, hair.

    Parameters
    ----------
    columns
        The ratings of `ACTIVITY`, any shape; the worst lesion of a zone counts.
    """
    return _sum(columns, CLASI_ACTIVITY, ACTIVITY)


def clasi_damage(columns: Columns) -> Score:
    """Add up damage: dyspigmentation (twice where it lasts 12 months or more) and scarring.

    Parameters
    ----------
    columns
        The ratings of `DYSPIGMENTATION` and `SCARRING`; flag ``clasi_dyspigmentation_lasting``.
    """
    view = View(columns)
    colour, wrong = view.sum_of(DYSPIGMENTATION)
    scars, impossible = view.sum_of(SCARRING)
    doubled = choose(view.flag("clasi_dyspigmentation_lasting"), colour * 2.0, colour)
    return CLASI_DAMAGE.result(
        doubled + scars,
        items={"dyspigmentation": doubled.value, "scarring": scars.value},
        columns=columns,
        warnings={"out_of_range": wrong | impossible},
    )


def clasi_severity(columns: Columns) -> Score:
    """Return the band of the activity score: mild to 9, moderate 10 to 20, severe from 21.

    Parameters
    ----------
    columns
        ``clasi_activity``, or the ratings of `ACTIVITY`.
    """
    total = activity_of(View(columns))
    return CLASI_SEVERITY.result(
        grade([(1, total.at_least(10.0)), (2, total.at_least(21.0))]),
        known=(total.low > 0.0) | (total.high < 70.0),
        items={"clasi_activity": total.value},
        columns=columns,
    )


def clasi_response(name: str, columns: Columns, *, baseline_least: float = 10.0) -> Score:
    """Return whether activity fell by half or more (CLASI-50), or by 70 % or more (CLASI-70).

    Parameters
    ----------
    name
        A key of `FALLS`.
    columns
        ``clasi_activity`` (or ratings) now and with ``@baseline``.
    baseline_least
        Baseline activity from which the endpoint applies; below it the result is not evaluable.
    """
    view = View(columns)
    now, then = activity_of(view), activity_of(view.other("baseline"))
    return RESPONSES[name].result(
        now.at_most(then * (1.0 - FALLS[name])),
        known=np.asarray((now.high < 70.0) | (then.high < 70.0)),
        items={"clasi_activity": now.value, "clasi_activity@baseline": then.value},
        columns=columns,
        not_evaluable=then.below(baseline_least).low,
        settings={"baseline_least": baseline_least},
    )


def activity_of(view: View) -> Interval:
    """Return the activity score: as entered where it is known, else from the ratings."""
    return view.number("clasi_activity").or_else(view.sum_of(ACTIVITY)[0]).within(0.0, 70.0)


def _sum(columns: Columns, instrument: Instrument, ratings: dict[str, float]) -> Score:
    view = View(columns)
    total, wrong = view.sum_of(ratings)
    items = {name: view.scaled(name, most)[0].value for name, most in ratings.items()}
    return instrument.result(total, items=items, columns=columns, warnings={"out_of_range": wrong})


CLASI_ACTIVITY = Instrument(
    name="clasi_activity",
    title="CLASI activity",
    version="2005",
    kind="score",
    inputs=tuple(ACTIVITY),
    unit="{points}",
    range=(0.0, 70.0),
    items=tuple(Item(name, f"0 to {most:g}", most, (name,)) for name, most in ACTIVITY.items()),
    missing_rule="A zone not rated leaves the sum open by its points.",
    source="doi:10.1111/j.0022-202X.2005.23889.x",
    licence=_LICENCE,
    definition="Erythema (0-3) and scale (0-2) of 13 zones, mucous membranes 0-1, recent hair loss 0-1, alopecia 0-3.",
    score=clasi_activity,
)
CLASI_DAMAGE = Instrument(
    name="clasi_damage",
    title="CLASI damage",
    version="2005",
    kind="score",
    inputs=(*DYSPIGMENTATION, *SCARRING, "clasi_dyspigmentation_lasting"),
    unit="{points}",
    range=(0.0, 56.0),
    items=(
        Item("dyspigmentation", "0 or 1 in 13 zones, doubled where it lasts 12 months", 26.0, tuple(DYSPIGMENTATION)),
        Item("scarring", "0 to 2 in 12 zones; scalp 0, 3, 4, 5 or 6", 30.0, tuple(SCARRING)),
    ),
    missing_rule="A zone not rated leaves the sum open by its points.",
    source="doi:10.1111/j.0022-202X.2005.23889.x",
    licence=_LICENCE,
    definition="Dyspigmentation of 13 zones, doubled where lasting, and scarring of 12 zones and the scalp.",
    score=clasi_damage,
    standing="unconfirmed",
)
CLASI_SEVERITY = Instrument(
    name="clasi_severity",
    title="CLASI activity, band",
    version="2011",
    kind="grade",
    inputs=("clasi_activity", *ACTIVITY),
    unit="{band}",
    range=(0.0, 2.0),
    items=(Item("clasi_activity", "mild to 9, moderate 10 to 20, severe from 21", inputs=("clasi_activity",)),),
    missing_rule="Open where the score is open across a border.",
    source="doi:10.1111/j.0022-202X.2005.23889.x; bands PMID 21339447",
    licence=_LICENCE,
    definition="Mild 0 to 9, moderate 10 to 20, severe 21 to 70.",
    score=clasi_severity,
    labels=("mild", "moderate", "severe"),
)


def _response(name: str, source: str) -> Instrument:
    fall = f"{FALLS[name]:.0%}".replace("%", " %")
    return Instrument(
        name=name,
        title=f"{name.upper().replace('_', '-')} response",
        version="2011",
        kind="state",
        inputs=("clasi_activity", "clasi_activity@baseline", *ACTIVITY, *(f"{item}@baseline" for item in ACTIVITY)),
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item("clasi_activity", f"down from baseline by {fall} or more", inputs=("clasi_activity",)),
            Item("clasi_activity@baseline", "at least 10 at baseline", inputs=("clasi_activity@baseline",)),
        ),
        missing_rule="Open where either score is open; not evaluable below the least baseline.",
        source=source,
        licence=_LICENCE,
        definition=f"CLASI activity down by {fall} or more, in those with at least 10 at baseline.",
        score=partial(clasi_response, name),
        settings={"baseline_least": 10.0},
        standing="published" if name == "clasi_50" else "unconfirmed",
    )


_SOURCE_50 = "doi:10.1111/j.0022-202X.2005.23889.x; PMC9213795, Table 1"
RESPONSES = {
    "clasi_50": _response("clasi_50", _SOURCE_50),
    "clasi_70": _response("clasi_70", "doi:10.1111/j.0022-202X.2005.23889.x; use in doi:10.1056/NEJMoa2118024"),
}
INSTRUMENTS = (CLASI_ACTIVITY, CLASI_DAMAGE, CLASI_SEVERITY, *RESPONSES.values())
