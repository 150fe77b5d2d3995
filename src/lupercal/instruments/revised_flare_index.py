"""Revised SELENA flare index (SFI-R): flares rated organ by organ; the worst organ decides.

Source: Thanou 2014, doi:10.1093/rheumatology/keu153, PMC4542656, which applied it: flares are rated mild, moderate or
severe in each organ system. Its definitions for each organ were found in no text that could be read, so the rating of
each organ is entered; the list of organs is recalled, to be confirmed.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval, largest

ORGANS = (
    "mucocutaneous",
    "musculoskeletal",
    "cardiopulmonary",
    "hematologic",
    "constitutional",
    "renal",
    "neurologic",
    "gastrointestinal",
)
RATINGS = {f"sfi_r_{organ}": 3.0 for organ in ORGANS}
"""Ratings of the physician: 0 no flare, 1 mild, 2 moderate, 3 severe."""


def revised_flare_index(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return the worst flare of any organ: 0 none, 1 mild, 2 moderate, 3 severe.

    Parameters
    ----------
    columns
        The ratings of `RATINGS`, against the previous visit.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    rated = {name: _counted(view.scaled(name, most)[0]) for name, most in RATINGS.items()}
    return REVISED_FLARE_INDEX.result(
        largest(*rated.values()),
        known=np.any([rating.low == rating.high for rating in rated.values()], axis=0),
        items={name: rating.value for name, rating in rated.items()},
        columns=columns,
        settings={"attribution": attribution},
    )


def _counted(rating: Interval) -> Interval:
    """Return no flare where a rating is put down to another cause."""
    return Interval(np.nan_to_num(rating.low, nan=0.0), np.nan_to_num(rating.high, nan=0.0))


REVISED_FLARE_INDEX = Instrument(
    name="revised_flare_index",
    title="Revised SELENA flare index (SFI-R), organs as rated",
    version="SFI-R",
    kind="grade",
    inputs=tuple(RATINGS),
    unit="{grade}",
    range=(0.0, 3.0),
    items=tuple(Item(name, "0 none, 1 mild, 2 moderate, 3 severe", most, (name,)) for name, most in RATINGS.items()),
    missing_rule="The worst organ decides; an organ not rated leaves the flare open above what the others show.",
    source="doi:10.1093/rheumatology/keu153, PMC4542656",
    licence="Terms not found; ratings only, definitions of the organs not shipped.",
    definition="The worst of the flares rated in eight organ systems.",
    score=revised_flare_index,
    standing="unconfirmed",
    labels=("none", "mild", "moderate", "severe"),
    settings={"attribution": "lupus"},
)
INSTRUMENTS = (REVISED_FLARE_INDEX,)
