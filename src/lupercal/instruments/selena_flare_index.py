"""SELENA-SLEDAI flare index: none, mild or moderate, severe, against the previous visit; any one arm suffices.

Sources: Buyon 2005, Ann Intern Med 142:953; Petri 2005, doi:10.1056/NEJMoa051135; on the treatment arms Thanou 2014,
PMID 24729400. The modified index leaves out the arm "score above 12".
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lupercal.instruments.clinical_sledai import activity
from lupercal.instruments.columns import Attribution, Columns, View, counted, current, suffixed
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.pga import checked_pga
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_items import INPUTS
from lupercal.instruments.three_valued import Interval, Truth, any_of, grade, largest

MILD = (
    "new_discoid",
    "new_photosensitive_rash",
    "new_profundus",
    "new_cutaneous_vasculitis",
    "new_bullous_lupus",
    "new_mucosal_ulcers",
    "new_pleurisy",
    "new_pericarditis",
    "new_arthritis",
    "new_fever",
)
SEVERE = ("new_cns_lupus", "new_vasculitis", "new_nephritis", "new_myositis")
MG_PER_KG = 0.5
"""Prednisone, mg per kg and day, above which the glucocorticoid arm is severe."""


def selena_flare_index(
    columns: Columns,
    *,
    variant: Literal["classic", "modified"] = "classic",
    arms: Literal["all", "activity"] = "all",
    attribution: Attribution = "lupus",
) -> Score:
    """Grade a flare: 0 none, 1 mild or moderate, 2 severe.

    Parameters
    ----------
    columns
        ``sledai_2k`` (or its descriptors), ``pga``, ``prednisone`` (mg/d), ``hemoglobin`` (g/dL) and the same with
        ``@previous``; ``weight`` (kg), ``platelets`` (10*9/L), ``hemolytic_anemia``; the flags of `MILD` and `SEVERE`
        (new or worse); ``treatment_for_activity``, ``glucocorticoid_pulse``, ``started_nsaid_or_antimalarial``,
        ``started_immunosuppressant``, ``conditioning``, ``hospitalised_for_sle``; ``days_since_infusion``.
    variant
        ``"modified"`` leaves out "score above 12".
    arms
        ``"activity"`` leaves out what the physician did (drugs, admission), which is a judgement, not a finding.
    attribution
        As for `sledai_2k`; features and counts put down to another cause do not count.
    """
    view = counted(columns, attribution)
    before = view.other("previous")
    parts = {
        "score": _score_arm(columns, variant, attribution),
        "clinical": _clinical_arm(view, before),
        "pga": _pga_arm(view, before),
    }
    if arms == "all":
        parts |= {
            "glucocorticoid": _glucocorticoid_arm(view, before),
            "other_drug": _drug_arm(view),
            "hospital": grade([(2, view.flag("hospitalised_for_sle"))]),
        }
    days = view.number("days_since_infusion")
    return SELENA_FLARE_INDEX.result(
        largest(*parts.values()),
        known=np.any([part.low == part.high for part in parts.values()], axis=0),
        items={name: part.value for name, part in parts.items()},
        columns=columns,
        warnings={
            "licats_window": (days.at_least(0.0) & days.at_most(21.0)).low,
            "conditioning_excluded": view.flag("conditioning").low,
        },
        settings={"variant": variant, "arms": arms, "attribution": attribution},
    )


def _score_arm(columns: Columns, variant: str, attribution: str) -> Interval:
    """A rise by 3 or more; severe (classic) where it brings the score above 12."""
    now = activity(current(columns), "sledai_2k", attribution)
    then = activity(suffixed(columns, "previous"), "sledai_2k", attribution)
    risen = (now - then).at_least(3.0)
    severe = now.above(12.0) & (then.at_most(12.0) | risen)
    return grade([(1, risen), (2, severe)] if variant == "classic" else [(1, risen)])


def _clinical_arm(view: View, before: View) -> Interval:
    """New or worse features; the severe ones count only with a step in treatment or admission."""
    fall = before.number("hemoglobin") - view.number("hemoglobin")
    anaemia = view.flag("hemolytic_anemia") & (view.number("hemoglobin").below(7.0) | fall.above(3.0))
    platelets = view.number("platelets").below(60.0) & ~before.number("platelets").below(60.0)
    severe = any_of([*(view.flag(name) for name in SEVERE), anaemia, platelets])
    return grade([(1, any_of(view.flag(name) for name in MILD)), (2, severe & _escalated(view, before))])


def _escalated(view: View, before: View) -> Truth:
    """Prednisone doubled or begun in a patient free of it, above 0.5 mg/kg, or admission."""
    now, then = daily_prednisone(view), daily_prednisone(before)
    doubled = now.at_least(then * 2.0) & now.above(0.0)
    return doubled | _per_kg(view).above(MG_PER_KG) | view.flag("hospitalised_for_sle")


def _per_kg(view: View) -> Interval:
    return daily_prednisone(view).over(view.number("weight"))


def _glucocorticoid_arm(view: View, before: View) -> Interval:
    """An increase for activity; severe where it brings the dose above 0.5 mg/kg, or by pulse."""
    increase = daily_prednisone(view).above(daily_prednisone(before))
    wanted = view.flag("treatment_for_activity")
    severe = (increase & _per_kg(view).above(MG_PER_KG)) | view.flag("glucocorticoid_pulse")
    return grade([(1, increase & wanted), (2, severe & wanted)])


def _drug_arm(view: View) -> Interval:
    """A drug started for activity; conditioning chemotherapy before a cell product is protocol treatment."""
    wanted = view.flag("treatment_for_activity")
    strong = view.flag("started_immunosuppressant").unless(view.flag("conditioning").low)
    return grade([(1, view.flag("started_nsaid_or_antimalarial") & wanted), (2, strong & wanted)])


def _pga_arm(view: View, before: View) -> Interval:
    """A rise by 1.0 or more; severe after any rise that ends above 2.5."""
    now, then = checked_pga(view)[0], checked_pga(before)[0]
    return grade([(1, (now - then).at_least(1.0)), (2, now.above(2.5) & now.above(then))])


_TREATMENT = (
    "treatment_for_activity",
    "glucocorticoid_pulse",
    "started_nsaid_or_antimalarial",
    "started_immunosuppressant",
    "conditioning",
    "hospitalised_for_sle",
)
_COMPARED = ("sledai_2k", "pga", "pga_10", "prednisone", "hemoglobin", "platelets", *DOSES)
_READ = tuple(dict.fromkeys((*INPUTS, *_COMPARED)))
SELENA_FLARE_INDEX = Instrument(
    name="selena_flare_index",
    title="SELENA-SLEDAI flare index",
    version="classic 2005 / modified",
    kind="grade",
    inputs=(
        *_READ,
        *(f"{name}@previous" for name in _READ),
        "weight",
        "hemolytic_anemia",
        *MILD,
        *SEVERE,
        *_TREATMENT,
        "days_since_infusion",
    ),
    unit="{grade}",
    range=(0.0, 2.0),
    items=(
        Item(
            "score",
            "SLEDAI up by 3 or more; severe where it comes above 12, or rises by 3 or more above 12 (classic only)",
            inputs=("sledai_2k", "sledai_2k@previous"),
        ),
        Item(
            "clinical",
            "new or worse features; severe ones only with a step in prednisone or admission",
            inputs=(*MILD, *SEVERE),
        ),
        Item("pga", "PGA up by 1.0 or more; severe after any rise that ends above 2.5", inputs=("pga", "pga@previous")),
        Item(
            "glucocorticoid",
            "more prednisone for activity; severe where the increase goes above 0.5 mg/kg/d, and with a pulse",
            inputs=("prednisone", "prednisone@previous", "weight"),
        ),
        Item(
            "other_drug",
            "NSAID or antimalarial started for activity; severe: an immunosuppressant, conditioning left out",
            inputs=_TREATMENT[2:4],
        ),
        Item("hospital", "admission for lupus is severe", inputs=("hospitalised_for_sle",)),
    ),
    missing_rule="The worst arm decides; an unknown arm leaves the grade open above what the known arms show.",
    source="doi:10.1056/NEJMoa051135; PMID 24729400",
    licence="Published criteria; no fee notice found. Own wording.",
    definition="Flare since the previous visit by score, new features, drugs, admission or PGA; the worst arm decides.",
    score=selena_flare_index,
    labels=("none", "mild_moderate", "severe"),
    settings={"variant": "classic", "arms": "all", "attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (SELENA_FLARE_INDEX,)
