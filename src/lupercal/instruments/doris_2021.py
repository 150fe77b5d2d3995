"""DORIS remission 2021: clinical SLEDAI 0, PGA below 0.5, prednisone at most 5 mg/d, irrespective of serology.

Source: van Vollenhoven 2021, Lupus Sci Med 8:e000538, doi:10.1136/lupus-2021-000538. The abstract prints "5 mg/day or
less", Table 2 of the same paper "< 5": the comparator is a setting, "<=" by default.
"""

from __future__ import annotations

from typing import Literal

from lupercal.instruments.clinical_sledai import CLINICAL_SLEDAI, activity
from lupercal.instruments.columns import Attribution, Columns, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.pga import checked_pga
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import all_of, any_known

MAX_PREDNISONE = 5.0


def doris_2021(
    columns: Columns, *, prednisone_comparator: Literal["<=", "<"] = "<=", attribution: Attribution = "lupus"
) -> Score:
    """Return whether a visit is in DORIS remission: 1, 0, or NaN where that is open.

    Parameters
    ----------
    columns
        Descriptors of SLEDAI-2K (or ``clinical_sledai``), ``pga`` (0-3), ``prednisone`` (mg/d) or
        ``<drug>_dose`` of any glucocorticoid; a ``stable_maintenance`` of 0 excludes remission, where it is not
        recorded the state does not depend on it.
    prednisone_comparator
        How 5 mg/d itself counts.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    dose, (assessment, impossible) = daily_prednisone(view), checked_pga(view)
    parts = {
        "clinical_sledai": activity(columns, "clinical_sledai", attribution).at_most(0.0),
        "pga": assessment.below(0.5),
        "prednisone": dose.at_most(MAX_PREDNISONE) if prednisone_comparator == "<=" else dose.below(MAX_PREDNISONE),
    }
    unstable = ~view.flag("stable_maintenance")
    return DORIS_2021.result(
        all_of(parts.values()).unless(unstable.low),
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings={"out_of_range": impossible, "stability_not_recorded": unstable.is_unknown},
        settings={"prednisone_comparator": prednisone_comparator, "attribution": attribution},
    )


DORIS_2021 = Instrument(
    name="doris_2021",
    title="DORIS remission 2021",
    version="2021",
    kind="state",
    inputs=(
        *CLINICAL_SLEDAI.inputs,
        "clinical_sledai",
        "pga",
        "pga_10",
        "prednisone",
        *DOSES,
        "stable_maintenance",
        "on_investigational",
    ),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("clinical_sledai", "clinical SLEDAI is 0", inputs=("clinical_sledai",)),
        Item("pga", "PGA below 0.5", inputs=("pga",)),
        Item("prednisone", "prednisone at most 5 mg/d (or below, by setting)", inputs=("prednisone",)),
    ),
    missing_rule="False as soon as one component fails; true only when all are known; otherwise open.",
    source="doi:10.1136/lupus-2021-000538, PMID 34819388",
    licence="Published definition; no fee notice found.",
    definition="No clinical activity, PGA below 0.5 and at most 5 mg prednisone a day, irrespective of serology.",
    score=doris_2021,
    settings={"prednisone_comparator": "<=", "attribution": "lupus"},
    looks_back="sledai_2k",
)
INSTRUMENTS = (DORIS_2021,)
