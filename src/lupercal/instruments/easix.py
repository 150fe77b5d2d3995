"""EASIX, simplified and modified EASIX: lactate dehydrogenase and platelets with creatinine, alone, or with CRP.

Source: Pennisi 2021, doi:10.1182/bloodadvances.2020003885, PMC8525234 (all three formulas, before and after CAR-T
cells); EASIX itself Luft 2017, Lancet Haematol 4:e414. Derived in leukaemia, lymphoma and transplantation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval

MG_PER_L = 0.1
"""C-reactive protein of the dictionary (mg/L) in mg/dL, the unit of the formula."""

FACTORS: dict[str, str] = {"easix": "creatinine", "easix_simplified": "", "easix_modified": "crp"}
"""What each index multiplies lactate dehydrogenase by."""


def easix(name: str, columns: Columns) -> Score:
    """Return the index, a positive number; its logarithm to base 2 is what the studies model.

    Parameters
    ----------
    name
        A key of `FACTORS`.
    columns
        ``ldh`` (U/L), ``platelets`` (10*9/L), ``creatinine`` (mg/dL) or ``crp`` (mg/L). A censored value gives bounds;
        no platelets at all (0) make the row not evaluable.
    """
    view, factor = View(columns), FACTORS[name]
    ldh, platelets = view.number("ldh"), view.number("platelets")
    parts = {"ldh": ldh, "platelets": platelets}
    top = ldh
    if factor:
        parts[factor] = view.number(factor)
        top = _product(ldh, parts[factor] * (MG_PER_L if factor == "crp" else 1.0))
    return EASIX[name].result(
        top.over(platelets).within(0.0, np.inf),
        known=np.any([~part.is_unknown for part in parts.values()], axis=0),
        items={item: part.value for item, part in parts.items()},
        columns=columns,
        not_evaluable=platelets.at_most(0.0).low,
        warnings={"exploratory": np.ones(view.shape, bool)},
    )


def _product(a: Interval, b: Interval) -> Interval:
    """Multiply two quantities that cannot be negative; nothing times the unknown is nothing."""
    low = np.maximum(a.low, 0.0) * np.maximum(b.low, 0.0)
    with np.errstate(invalid="ignore"):
        high = a.high * b.high
    return Interval(low, np.where(np.isnan(high), 0.0, high))


def _index(name: str, title: str, rule: str) -> Instrument:
    factor = FACTORS[name]
    inputs = ("ldh", "platelets", *((factor,) if factor else ()))
    score: Callable[..., Score] = partial(easix, name)
    return Instrument(
        name=name,
        title=title,
        version="2021",
        kind="measure",
        inputs=inputs,
        unit="1",
        range=(0.0, np.inf),
        items=tuple(Item(column, inputs=(column,)) for column in inputs),
        missing_rule="A missing value leaves the index open; not evaluable without any platelets.",
        source="doi:10.1182/bloodadvances.2020003885, PMC8525234; Lancet Haematol 2017;4:e414",
        licence="Published formula; no fee notice found.",
        definition=rule,
        score=score,
    )


EASIX = {
    "easix": _index(
        "easix",
        "Endothelial activation and stress index (EASIX)",
        "Lactate dehydrogenase (U/L) times creatinine (mg/dL) over platelets (10^9/L).",
    ),
    "easix_simplified": _index(
        "easix_simplified", "Simplified EASIX", "Lactate dehydrogenase (U/L) over platelets (10^9/L)."
    ),
    "easix_modified": _index(
        "easix_modified",
        "Modified EASIX (m-EASIX)",
        "Lactate dehydrogenase (U/L) times C-reactive protein (mg/dL) over platelets (10^9/L).",
    ),
}
INSTRUMENTS = tuple(EASIX.values())
