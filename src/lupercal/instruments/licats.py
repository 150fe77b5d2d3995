"""Local immune effector cell-associated toxicity (LICATS): a flag with its onset window, not a consensus grade.

Source: Hagen 2025, Lancet Rheumatol 7:e424, doi:10.1016/S2665-9913(25)00091-8 (abstract read): local, passing
inflammation of organs affected before, during B-cell aplasia, median onset day 10 (quartiles 9 and 21). The study's own
severity (passes, needs glucocorticoids, hospital, intensive care) is no consensus grading and is not computed. The
checklist and its window (day 3 to 60) are a rule of this project.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lupercal.instruments.columns import ATTRIBUTIONS, Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_items import DESCRIPTORS, ORGANS
from lupercal.instruments.three_valued import all_of, any_known

FIRST_DAY, LAST_DAY = 3.0, 60.0
LONGEST_DAYS = 30.0
ORGAN_ITEMS = {
    organ: tuple(name for name in DESCRIPTORS if ORGANS[name] == group)
    for organ, group in (
        ("kidney", "renal"),
        ("skin", "skin"),
        ("joints_muscles", "musculoskeletal"),
        ("heart_lung", "cardiopulmonary"),
    )
}
"""SLEDAI descriptors of the organs a LICATS may sit in."""


def licats(columns: Columns) -> Score:
    """Return whether a local reaction fits LICATS rather than a flare: 1, 0, or NaN where that is open.

    Parameters
    ----------
    columns
        ``local_reaction`` (flag), ``days_since_infusion`` at onset, ``organ_involved_before``, ``fever_explains``
        (systemic fever above 38 that explains it), ``cd19`` (cells/uL), ``serology_rising``, ``reaction_days``
        (duration).
    """
    view = View(columns)
    day = view.number("days_since_infusion")
    parts = {
        "local_reaction": view.flag("local_reaction"),
        "onset_window": day.at_least(FIRST_DAY) & day.at_most(LAST_DAY),
        "organ_involved_before": view.flag("organ_involved_before"),
        "no_systemic_fever": ~view.flag("fever_explains"),
        "b_cell_aplasia": view.number("cd19").below(1.0),
        "serology_not_rising": ~view.flag("serology_rising"),
        "passing": view.number("reaction_days").at_most(LONGEST_DAYS),
    }
    fits = all_of(parts.values())
    return LICATS.result(
        fits,
        known=any_known(parts.values()),
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
        warnings={"no_consensus_grade": np.asarray(fits.high)},
    )


def attribute(columns: Columns) -> dict[str, Any]:
    """Return the columns with the items of organs in open LICATS put down to treatment.

    Score the result with ``attribution="lupus"`` and the columns as they are with ``"recorded"``: the two stand side
    by side.

    Parameters
    ----------
    columns
        Columns of visits with flags ``licats_<organ>``, organs of `ORGAN_ITEMS`.
    """
    view = View(columns)
    treatment = float(ATTRIBUTIONS.index("treatment"))
    changed: dict[str, Any] = dict(columns)
    for organ, items in ORGAN_ITEMS.items():
        open_ = view.flag(f"licats_{organ}").low
        for name in items if np.any(open_) else ():
            cause = f"{name}@attributed_to"
            changed[cause] = np.where(open_, treatment, view.value(cause))
    return changed


LICATS = Instrument(
    name="licats",
    title="Local immune effector cell-associated toxicity (LICATS), flag",
    version="checklist 1",
    kind="state",
    inputs=(
        "local_reaction",
        "days_since_infusion",
        "organ_involved_before",
        "fever_explains",
        "cd19",
        "serology_rising",
        "reaction_days",
    ),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("local_reaction", "inflammation of one organ", inputs=("local_reaction",)),
        Item("onset_window", "day 3 to 60", inputs=("days_since_infusion",)),
        Item("organ_involved_before", "the organ was affected before", inputs=("organ_involved_before",)),
        Item("no_systemic_fever", "no systemic fever that explains it", inputs=("fever_explains",)),
        Item("b_cell_aplasia", "B cells below 1/uL", inputs=("cd19",)),
        Item("serology_not_rising", "antibodies stable or falling", inputs=("serology_rising",)),
        Item("passing", "gone within 30 days", inputs=("reaction_days",)),
    ),
    missing_rule="False as soon as one part fails; true only when all are known. A reaction still open is not settled.",
    source="project rule, after doi:10.1016/S2665-9913(25)00091-8, PMID 40318690",
    licence="Published description; no fee notice found.",
    definition="A passing reaction of an organ affected before, day 3 to 60 after cells, in B-cell aplasia, without "
    "rising antibodies. No consensus grading exists: this is a flag.",
    score=licats,
    standing="project rule",
)
INSTRUMENTS = (LICATS,)
