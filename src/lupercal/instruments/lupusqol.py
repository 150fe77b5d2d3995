"""LupusQoL domains from numbers: 34 answers 0 to 4, each domain 0 to 100 (best); no total, no item text.

Source: McElhone 2007, Arthritis Rheum 57:972, doi:10.1002/art.22881. "Not applicable" counts as unanswered; a domain
needs half of its answers.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Interval

DOMAINS = {
    "physical_health": 8,
    "pain": 3,
    "planning": 3,
    "intimate_relationships": 2,
    "burden_to_others": 3,
    "emotional_health": 6,
    "body_image": 5,
    "fatigue": 4,
}
"""Domains with their number of answers."""


def lupusqol(domain: str, columns: Columns) -> Score:
    """Score one domain: the mean of the answers given, times 25.

    Parameters
    ----------
    domain
        A key of `DOMAINS`.
    columns
        ``lupusqol_<domain>_1`` and so on, 0 to 4 with 4 best; NaN for unanswered and for "not applicable".
    """
    view = View(columns)
    names = _names(domain)
    answers = {name: view.scaled(name, 4.0)[0].value for name in names}
    stack = np.stack(list(answers.values()))
    number = (~np.isnan(stack)).sum(axis=0)
    enough = number * 2 >= len(names)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(enough, np.nansum(stack, axis=0) / number * 25.0, np.nan)
    return QOL[domain].result(
        Interval(np.where(enough, value, 0.0), np.where(enough, value, 100.0)),
        known=enough,
        items=answers,
        columns=columns,
        value=value,
    )


def lupusqol_total(columns: Columns) -> Score:
    """Return no value: the questionnaire has eight domain scores and no official total.

    Parameters
    ----------
    columns
        Any; only their shape is used.
    """
    shape = View(columns).shape
    everywhere = np.ones(shape, bool)
    return LUPUSQOL_TOTAL.result(
        Interval(np.zeros(shape), np.full(shape, 100.0)),
        columns=columns,
        not_evaluable=everywhere,
        warnings={"not_available": everywhere},
    )


def _names(domain: str) -> tuple[str, ...]:
    return tuple(f"lupusqol_{domain}_{n}" for n in range(1, DOMAINS[domain] + 1))


_LICENCE = (
    "Universities and hospital trust, licensed; free for academic use with written permission. No item text shipped."
)


def _instrument(domain: str) -> Instrument:
    return Instrument(
        name=f"lupusqol_{domain}",
        title=f"LupusQoL, {domain.replace('_', ' ')}",
        version="2007",
        kind="score",
        inputs=_names(domain),
        unit="{points}",
        range=(0.0, 100.0),
        items=tuple(Item(name, "0 to 4, 4 best", 25.0, (name,)) for name in _names(domain)),
        missing_rule="Mean of the answers given where at least half were, otherwise missing.",
        source="doi:10.1002/art.22881; answers a domain: corptransinc.com/sites/lupusqol/instrument-information",
        licence=_LICENCE,
        definition="Mean of the answers of the domain times 25; 100 is best; last 4 weeks.",
        score=partial(lupusqol, domain),
    )


QOL = {domain: _instrument(domain) for domain in DOMAINS}
LUPUSQOL_TOTAL = Instrument(
    name="lupusqol_total",
    title="LupusQoL total",
    version="2007",
    kind="score",
    inputs=(),
    unit="{points}",
    range=(0.0, 100.0),
    items=(),
    missing_rule="Never computed.",
    source="doi:10.1002/art.22881",
    licence=_LICENCE,
    definition="Not available: the questionnaire has eight domain scores and no official total score.",
    score=lupusqol_total,
    standing="not available",
)
INSTRUMENTS = (*QOL.values(), LUPUSQOL_TOTAL)
