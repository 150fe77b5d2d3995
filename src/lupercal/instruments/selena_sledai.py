"""SELENA-SLEDAI and SLEDAI 1992: the same 24 weights as SLEDAI-2K, other rules for some descriptors.

Sources: Bombardier 1992, Arthritis Rheum 35:630, PMID 1599520; Buyon 2005, Ann Intern Med 142:953 (SELENA);
Petri 2005, NEJM 353:2550, doi:10.1056/NEJMoa051135.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_2k import SLEDAI_2K
from lupercal.instruments.sledai_items import DESCRIPTORS, ITEMS, WEIGHTS, at_the_visit, descriptor
from lupercal.instruments.three_valued import Interval, Truth, points

ONGOING = ("rash", "alopecia", "mucosal_ulcers")
"""Descriptors that SLEDAI 1992 counts only where new or recurrent (``<item>_new``)."""

EXTENDED = ("scleritis", "episcleritis", "vertigo")
"""Findings that SELENA-SLEDAI counts under a descriptor of SLEDAI-2K."""

Rule = Callable[[View], Truth]


def selena_sledai(
    columns: Columns, *, attribution: Attribution = "lupus", proteinuria: Literal["selena", "hybrid"] = "selena"
) -> Score:
    """Score SELENA-SLEDAI.

    Parameters
    ----------
    columns
        As for `sledai_2k`; also ``active_joints``, ``scleritis``, ``episcleritis``, ``vertigo``, ``pleuritic_pain``,
        ``pleural_sign``, ``pericardial_pain``, ``pericardial_sign``, and ``protein_24h@previous`` or ``upcr@previous``.
    attribution
        As for `sledai_2k`.
    proteinuria
        ``"selena"`` counts new proteinuria or a rise by more than 0.5 g; ``"hybrid"`` any above 0.5 g, as SLEDAI-2K
        does.
    """
    rules = _SELENA if proteinuria == "selena" else _HYBRID
    return _scored(columns, SELENA_SLEDAI, rules, {"attribution": attribution, "proteinuria": proteinuria})


def sledai_1992(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Score the first SLEDAI, in which rash, alopecia and ulcers count only where new or recurrent.

    Parameters
    ----------
    columns
        As for `selena_sledai`; also ``rash_new``, ``alopecia_new``, ``mucosal_ulcers_new``.
    attribution
        As for `sledai_2k`.
    """
    return _scored(columns, SLEDAI_1992, _FIRST, {"attribution": attribution})


def _scored(columns: Columns, instrument: Instrument, rules: Mapping[str, Rule], settings: Mapping[str, str]) -> Score:
    view = counted(columns, settings["attribution"])
    descriptors = {name: rules[name](view) if name in rules else descriptor(view, name) for name in DESCRIPTORS}
    descriptors = {name: view.seen(name, view.own(name, truth)) for name, truth in descriptors.items()}
    total = points((WEIGHTS[name], truth) for name, truth in descriptors.items())
    return instrument.result(
        total,
        items={name: truth.state * WEIGHTS[name] for name, truth in descriptors.items()},
        columns=columns,
        settings=settings,
    )


def selena_activity(columns: Columns, attribution: str) -> Interval:
    """Return SELENA-SLEDAI: ``selena_sledai`` as entered, else from the descriptors.

    Proteinuria is counted as in the trials of belimumab ("hybrid"): there is no visit before the baseline.
    """
    from_items = selena_sledai(columns, attribution=_word(attribution), proteinuria="hybrid")
    return View(columns).number("selena_sledai").or_else(Interval(from_items.low, from_items.high))


def _word(attribution: str) -> Attribution:
    return "recorded" if attribution == "recorded" else "lupus"


def _arthritis(view: View) -> Truth:
    """More than two joints; without a count the flag as it was recorded."""
    return view.number("active_joints").at_least(3).or_else(view.flag("arthritis"))


def _proteinuria(view: View) -> Truth:
    """Above 0.5 g and new, or risen by more than 0.5 g since the previous visit, as that visit was recorded."""
    before = view.other("previous")
    now, then = _protein(view), _protein(before)
    present = descriptor(view, "proteinuria")
    new = ~at_the_visit(before, "proteinuria")
    return present & (new | (now - then).above(0.5))


def _protein(view: View) -> Interval:
    return view.either("protein_24h", "upcr")


def _new(name: str) -> Rule:
    return lambda view: view.flag(name) & view.flag(f"{name}_new")


def _also(name: str, *more: str) -> Rule:
    """Extend a descriptor by further findings; what is not recorded of them is covered by the descriptor's own flag."""

    def rule(view: View) -> Truth:
        truth = descriptor(view, name)
        more_present = np.any([view.flag(one).low for one in more], axis=0)
        return Truth(truth.low | more_present, truth.high | more_present)

    return rule


def _either(name: str, pain: str, sign: str) -> Rule:
    """Pain or a sign suffices (SLEDAI-2K asks for both)."""

    def rule(view: View) -> Truth:
        flag, either = view.flag(name), view.flag(pain) | view.flag(sign)
        return Truth(flag.low | either.low, np.where(flag.is_unknown, either.high, flag.high | either.low))

    return rule


_FIRST: dict[str, Rule] = {
    "arthritis": _arthritis,
    "proteinuria": _proteinuria,
    **{name: _new(name) for name in ONGOING},
}
_SELENA: dict[str, Rule] = {
    "arthritis": _arthritis,
    "proteinuria": _proteinuria,
    "visual_disturbance": _also("visual_disturbance", "scleritis", "episcleritis"),
    "cranial_nerve": _also("cranial_nerve", "vertigo"),
    "pleurisy": _either("pleurisy", "pleuritic_pain", "pleural_sign"),
    "pericarditis": _either("pericarditis", "pericardial_pain", "pericardial_sign"),
}
_HYBRID = {name: rule for name, rule in _SELENA.items() if name != "proteinuria"}
FAMILIES: Mapping[str, Mapping[str, Rule]] = {
    "sledai_1992": _FIRST,
    "selena_sledai": _SELENA,
    "selena_hybrid": _HYBRID,
}
"""Rules of the versions that differ from SLEDAI-2K."""

_RULES = {
    "sledai_1992": {
        "arthritis": "more than 2 joints with pain and inflammation",
        "proteinuria": "more than 0.5 g in 24 h and new, or a recent rise by more than 0.5 g",
        **dict.fromkeys(ONGOING, "new or recurrent"),
    },
    "selena_sledai": {
        "arthritis": "more than 2 joints with pain and inflammation",
        "proteinuria": "new proteinuria above 0.5 g in 24 h, or a rise by more than 0.5 g",
        "visual_disturbance": "as SLEDAI-2K, also scleritis and episcleritis",
        "cranial_nerve": "as SLEDAI-2K, also vertigo due to lupus",
        "pleurisy": "pleuritic pain or rub or effusion or thickening",
        "pericarditis": "pericardial pain or rub or effusion or electrocardiogram or echocardiogram",
    },
}
_PREVIOUS = ("protein_24h@previous", "upcr@previous", "proteinuria@previous")


def _variant(name: str, more: tuple[str, ...], **given: Any) -> Instrument:
    changed = _RULES[name]
    return replace(
        SLEDAI_2K,
        name=name,
        inputs=tuple(dict.fromkeys((*SLEDAI_2K.inputs, *_PREVIOUS, *more))),
        items=tuple(replace(item, rule=changed.get(item.name, item.rule)) for item in ITEMS),
        definition="The 24 weights of SLEDAI with the rules of this version; see its items.",
        **given,
    )


SLEDAI_1992 = _variant(
    "sledai_1992",
    tuple(f"{name}_new" for name in ONGOING),
    title="SLE Disease Activity Index (SLEDAI, 1992)",
    version="1992",
    source="doi:10.1002/art.1780350606, PMID 1599520",
    score=sledai_1992,
    settings={"attribution": "lupus"},
    looks_back="sledai_1992",
)
SELENA_SLEDAI = _variant(
    "selena_sledai",
    EXTENDED,
    title="SELENA-SLEDAI",
    version="2005",
    source="doi:10.1056/NEJMoa051135",
    score=selena_sledai,
    settings={"attribution": "lupus", "proteinuria": "selena"},
    looks_back="selena_sledai",
)
INSTRUMENTS = (SLEDAI_1992, SELENA_SLEDAI)
