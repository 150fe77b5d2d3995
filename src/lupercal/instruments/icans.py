"""Immune effector cell-associated neurotoxicity (ICANS) with the encephalopathy score (ICE), ASTCT 2019.

Source: Lee 2019, doi:10.1016/j.bbmt.2018.12.758. Tremor, myoclonus, headache and intracranial haemorrhage do not enter.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, Truth, choose, grade, largest
from lupercal.instruments.toxicity_course import toxicity_course
from lupercal.instruments.windows import DAYS, days_of

ICE = {
    "ice_year": 1.0,
    "ice_month": 1.0,
    "ice_city": 1.0,
    "ice_hospital": 1.0,
    "ice_naming": 3.0,
    "ice_command": 1.0,
    "ice_writing": 1.0,
    "ice_attention": 1.0,
}
"""The tasks with their most points; 10 in all."""

CODED = {
    "icans_consciousness": ("awake", "awakens_spontaneously", "to_voice", "to_touch", "unarousable"),
    "icans_seizure": ("none", "", "", "resolves_rapidly", "prolonged_or_repetitive"),
    "icans_motor": ("none", "", "", "", "deep_focal_weakness"),
    "icans_oedema": ("none", "", "", "focal", "diffuse"),
}
"""The other domains are entered as the grade they stand for, 0 to 4; the words name the possible ones."""


def ice(columns: Columns) -> Score:
    """Add up the encephalopathy score, 0 (worst) to 10.

    Parameters
    ----------
    columns
        The tasks of `ICE`.
    """
    view = View(columns)
    total, wrong = view.sum_of(ICE)
    items = {name: view.scaled(name, most)[0].value for name, most in ICE.items()}
    return ICE_SCORE.result(total, items=items, columns=columns, warnings={"out_of_range": wrong})


def astct_icans(columns: Columns, *, over_visits: bool = False) -> Score:
    """Grade neurotoxicity, 0 to 5: the worst domain decides.

    Parameters
    ----------
    columns
        ``ice`` (0-10) or its tasks, below 12 years of ``age`` instead ``capd`` (0-32); ``icans_arousable`` (flag; asked
        where ICE is 0 or delirium cannot be assessed), the four domains of `CODED` as grades, ``icans_death``;
        ``sedated`` makes a row not evaluable.
    over_visits
        The last axis is one patient's days in order (``days_since_infusion`` or ``day``). The result then carries
        ``worst``, ``start_day`` and ``end_day`` up to each day; a day under sedation can hide any grade.
    """
    view = View(columns)
    domains = {"ice": _encephalopathy(view)} | {name: view.scaled(name, 4.0)[0] for name in CODED}
    worst = largest(*domains.values())
    death = view.flag("icans_death").low
    sedated = view.flag("sedated").low
    bounds = Interval(np.where(death, 5.0, worst.low), np.where(death, 5.0, worst.high))
    seen = Interval(np.where(sedated & ~death, 0.0, bounds.low), np.where(sedated & ~death, 4.0, bounds.high))
    course = toxicity_course(days_of(view, *DAYS), seen).items() if over_visits and view.shape else {}
    return ASTCT_ICANS.result(
        seen if over_visits else bounds,
        known=np.any([domain.low == domain.high for domain in domains.values()], axis=0),
        items={name: domain.value for name, domain in domains.items()} | course,
        columns=columns,
        not_evaluable=sedated & ~death,
        warnings={"sedated": sedated},
        settings={"over_visits": over_visits},
    )


def _encephalopathy(view: View) -> Interval:
    """ICE from 12 years on, delirium (CAPD) below; an age not known leaves both possible where both are given."""
    if "capd" not in view:
        return _from_ice(view)
    child = view.number("age").below(12.0)
    no_ice = view.number("ice").is_unknown & np.all([view.number(name).is_unknown for name in ICE], axis=0)
    child = Truth(child.low | (child.high & no_ice), child.high & ~(child.is_unknown & view.number("capd").is_unknown))
    return choose(child, _from_capd(view), _from_ice(view))


def _from_capd(view: View) -> Interval:
    """1 to 8 is grade 1 (2 by consciousness), 9 and more grade 3; a child who cannot be aroused grade 4."""
    score = view.number("capd").within(0.0, 32.0)
    asleep = ~view.flag("icans_arousable")
    return grade([(1, score.at_least(1.0)), (3, score.at_least(9.0)), (4, Truth(asleep.low, asleep.low))])


def _from_ice(view: View) -> Interval:
    """7 to 9 is grade 1, 3 to 6 grade 2, 0 to 2 grade 3; 0 in a patient who cannot be aroused grade 4."""
    score = view.number("ice").or_else(view.sum_of(ICE)[0]).within(0.0, 10.0)
    asleep = ~view.flag("icans_arousable")
    return grade(
        [
            (1, score.at_most(9.0)),
            (2, score.at_most(6.0)),
            (3, score.at_most(2.0)),
            (4, score.at_most(0.0) & asleep),
        ]
    )


_SOURCE = "doi:10.1016/j.bbmt.2018.12.758"
_LICENCE = "Published criteria; no fee notice found. Own wording."
ICE_SCORE = Instrument(
    name="ice",
    title="Immune effector cell-associated encephalopathy score (ICE)",
    version="2019",
    kind="score",
    inputs=tuple(ICE),
    unit="{points}",
    range=(0.0, 10.0),
    items=tuple(Item(name, f"0 to {most:g}", most, (name,)) for name, most in ICE.items()),
    missing_rule="A task not done leaves the score open by its points.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Orientation 4, naming 3, command 1, writing 1, counting back 1; 10 is normal.",
    score=ice,
)
ASTCT_ICANS = Instrument(
    name="astct_icans",
    title="Neurotoxicity (ICANS, ASTCT)",
    version="2019",
    kind="grade",
    inputs=("ice", *ICE, "capd", "age", "icans_arousable", *CODED, "icans_death", "sedated", *DAYS),
    unit="{grade}",
    range=(0.0, 5.0),
    items=(
        Item(
            "ice",
            "7-9: 1; 3-6: 2; 0-2: 3; 0 and not arousable: 4; below 12 years CAPD 1-8: 1; 9 or more: 3",
            4.0,
            ("ice", "capd", "icans_arousable"),
        ),
        *(Item(name, "entered as the grade it stands for", 4.0, (name,)) for name in CODED),
    ),
    missing_rule="The worst domain decides; an unknown domain leaves the grade open upwards. Not evaluable under "
    "sedation.",
    source=_SOURCE,
    licence=_LICENCE,
    definition="Worst of ICE, consciousness, seizure, motor weakness and brain swelling.",
    score=astct_icans,
    settings={"over_visits": False},
    labels=("none", "1", "2", "3", "4", "5"),
)
INSTRUMENTS = (ICE_SCORE, ASTCT_ICANS)
