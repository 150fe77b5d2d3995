"""Renal responses of lupus nephritis by the name of the trial or guideline that defines them, and renal flare.

The definitions are rows of ``data/renal_responses.yaml``, each with its source; one code path reads them all. The same
patient can be complete by one and not by another: the name belongs to the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from lupercal.instruments.columns import Columns, View, current
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.egfr import egfr
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.response import FAILURE, NO_FAILURE, failed
from lupercal.instruments.result import Score
from lupercal.instruments.tables import instrument_document
from lupercal.instruments.three_valued import Bools, Interval, Truth, all_of, any_known, any_of, grade
from lupercal.instruments.upcr import MG_PER_MMOL, grey_zone

SEDIMENT = ("hematuria", "pyuria", "urinary_casts")
"""Descriptors of an active urinary sediment."""

NO_DIALYSIS = Item("no_dialysis", "no dialysis", inputs=("dialysis",))

DEFINITIONS: Mapping[str, Mapping[str, Any]] = instrument_document("renal_responses")


def renal_response(name: str, columns: Columns) -> Score:
    """Return whether a visit is the named renal response.

    Parameters
    ----------
    name
        A key of `DEFINITIONS`, such as ``"perr"``.
    columns
        ``upcr`` (g/g) and ``egfr`` (or ``creatinine``, ``age``, ``sex_female``), as asked for also with ``@baseline``
        or ``egfr@preflare``; ``treatment_failure`` (or ``rescue_medication``, ``dropped_out``), ``dialysis``; for
        AURORA ``days_above_10mg`` and ``consecutive_days_above_10mg``; for REGENCY ``prednisone``.
    """
    view, rule = View(columns), DEFINITIONS[name]
    parts = _conditions(view, rule)
    return RESPONSES[name].result(
        all_of(parts.values()),
        known=any_known(truth for item, truth in parts.items() if item != NO_DIALYSIS.name) | _dialysis(view).low,
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
        warnings=_warned(view, rule),
    )


def kdigo_2024_response(columns: Columns) -> Score:
    """Grade the response by KDIGO 2024: 0 none, 1 partial, 2 complete.

    Parameters
    ----------
    columns
        As for ``renal_response("kdigo_2024_complete", ...)``.
    """
    view = View(columns)
    complete, partial_ = (
        all_of(_conditions(view, DEFINITIONS[name]).values()) for name in ("kdigo_2024_complete", "kdigo_2024_partial")
    )
    return KDIGO_2024.result(
        grade([(1, partial_), (2, complete)]),
        known=any_known([complete, partial_]) | ~view.number("upcr").is_unknown,
        items={"partial": partial_.state, "complete": complete.state},
        columns=columns,
    )


def filtration(view: View, at: str = "") -> Interval:
    """Return filtration now or at another visit: ``egfr`` as entered, else from creatinine, age and sex."""
    entered = view.number(f"egfr@{at}" if at else "egfr")
    if at == "preflare" or not entered.is_unknown.any():
        return entered
    estimate = egfr(_at(view, at))
    estimated = Interval(np.broadcast_to(estimate.low, view.shape), np.broadcast_to(estimate.high, view.shape))
    return entered.or_else(estimated)


def _at(view: View, at: str) -> Columns:
    """Return the columns of another visit; age and sex hold for all."""
    constant = {name: view.columns[name] for name in ("age", "sex_female", "height") if name in view}
    return constant | dict(view.other(at).columns) if at else current(view.columns)


def disease_conditions(view: View, rule: Mapping[str, Any]) -> dict[str, Truth]:
    """Return what a definition asks of proteinuria, sediment, filtration and steroid, each condition by its name.

    Parameters
    ----------
    view
        Visits, with those of baseline (``x@baseline``) and ``egfr@preflare`` where the definition asks for them.
    rule
        A row of ``renal_responses.yaml``.
    """
    ratio = view.number("upcr")
    parts: dict[str, Truth] = {}
    if "upcr" in rule:
        parts["proteinuria"] = _compare(ratio, *rule["upcr"])
    if "fall" in rule:
        parts["fall"] = _fallen(ratio, view.other("baseline").number("upcr"), rule)
    if rule.get("sediment"):
        parts["sediment"] = ~any_of(view.flag(name) for name in SEDIMENT)
    if "reference" in rule:
        parts["kidney_function"] = _function(view, rule)
    if "creatinine" in rule:
        parts["kidney_function"] = _creatinine(view, rule["creatinine"])
    if "prednisone" in rule:
        parts["prednisone"] = _compare(daily_prednisone(view), *rule["prednisone"])
    if rule.get("steroid_days"):
        running, total = view.number("consecutive_days_above_10mg"), view.number("days_above_10mg")
        parts["prednisone"] = running.below(3.0) & total.below(7.0)
    return parts


def _conditions(view: View, rule: Mapping[str, Any]) -> dict[str, Truth]:
    """Return the conditions of a definition and that nothing made the patient a non-responder by rule."""
    asked = {"no_failure": kidney_no_failure(view)} if rule.get("failure", True) else {"no_dialysis": ~_dialysis(view)}
    return disease_conditions(view, rule) | asked


def kidney_no_failure(view: View) -> Truth:
    """Return whether there was neither treatment failure nor dialysis."""
    return ~failed(view) & ~_dialysis(view)


def _dialysis(view: View) -> Truth:
    """Return whether dialysis is recorded; silence is none."""
    stated = view.flag("dialysis").low
    return Truth(stated, stated)


def _fallen(now: Interval, then: Interval, rule: Mapping[str, Any]) -> Truth:
    """Return whether proteinuria fell by the share asked for.

    With ``nephrotic_suffices`` those who were nephrotic need no more than to be below the limit.
    """
    halved = now.at_most(then * (1.0 - rule["fall"][1]))
    if not rule.get("nephrotic_suffices"):
        return halved
    below, was_below = now.below(rule["nephrotic_below"]), then.below(rule["nephrotic_below"])
    return (was_below & halved) | (~was_below & below)


def _warned(view: View, rule: Mapping[str, Any]) -> dict[str, Bools]:
    """Where the limit is 0.5 g/g, flag ratios between its rounded (50 mg/mmol) and its exact equivalent (56.6)."""
    half = rule.get("upcr", ("", 0.0))[1] == 0.5
    return {"grey_zone": grey_zone(view.number("upcr") * MG_PER_MMOL)} if half else {}


def _compare(number: Interval, comparator: str, limit: float) -> Truth:
    return number.below(limit) if comparator == "<" else number.at_most(limit)


def _function(view: View, rule: Mapping[str, Any]) -> Truth:
    """At least so much filtration, or no more than a share lost since the reference visit; one of them may be all."""
    now = filtration(view)
    if "loss" not in rule and "loss_below" not in rule:
        return now.at_least(rule["egfr"])
    then = filtration(view, rule["reference"])
    limit = then * (1.0 - rule.get("loss", rule.get("loss_below")))
    preserved = now.at_least(limit) if "loss" in rule else now.above(limit)
    return any_of([preserved, now.at_least(rule["egfr"])]) if "egfr" in rule else preserved


def _creatinine(view: View, share: float) -> Truth:
    """At most the laboratory's limit, or where it was so at baseline less than a share above baseline."""
    now, then, limit = (view.number(name) for name in ("creatinine", "creatinine@baseline", "creatinine_uln"))
    return now.at_most(limit) | (then.at_most(limit) & now.below(then * (1.0 + share)))


_AGE = ("creatinine", "age", "sex_female", "height")


def _inputs(rule: Mapping[str, Any]) -> tuple[str, ...]:
    reference = {"preflare": ("egfr@preflare",), "baseline": ("egfr@baseline", "creatinine@baseline")}
    return (
        "upcr",
        *(("upcr@baseline",) if "fall" in rule else ()),
        *(("egfr", *_AGE, *reference[rule["reference"]]) if "reference" in rule else ()),
        *(("creatinine", "creatinine@baseline", "creatinine_uln") if "creatinine" in rule else ()),
        *(("prednisone", *DOSES) if "prednisone" in rule else ()),
        *(("consecutive_days_above_10mg", "days_above_10mg") if rule.get("steroid_days") else ()),
        *(SEDIMENT if rule.get("sediment") else ()),
        *(FAILURE if rule.get("failure", True) else ()),
        "dialysis",
    )


def _items(rule: Mapping[str, Any]) -> tuple[Item, ...]:
    items = []
    if "upcr" in rule:
        items.append(Item("proteinuria", f"UPCR {rule['upcr'][0]} {rule['upcr'][1]:g} g/g", inputs=("upcr",)))
    if "fall" in rule:
        items.append(Item("fall", _fall_in_words(rule), inputs=("upcr", "upcr@baseline")))
    if rule.get("sediment"):
        items.append(Item("sediment", "no haematuria, pyuria or casts", inputs=SEDIMENT))
    if "reference" in rule:
        least = f"eGFR at least {rule['egfr']}, or " if "egfr" in rule else "eGFR "
        most = f"at most {rule['loss']:.0%}" if "loss" in rule else f"less than {rule['loss_below']:.0%}"
        text = f"{least}{most} below {rule['reference']}"
        items.append(Item("kidney_function", text, inputs=("egfr", f"egfr@{rule['reference']}")))
    if "creatinine" in rule:
        text = f"creatinine normal, or less than {rule['creatinine']:.0%} above a normal baseline"
        items.append(Item("kidney_function", text, inputs=("creatinine", "creatinine@baseline", "creatinine_uln")))
    if "prednisone" in rule:
        items.append(
            Item(
                "prednisone",
                f"prednisone {rule['prednisone'][0]} {rule['prednisone'][1]:g} mg/d",
                inputs=("prednisone",),
            )
        )
    if rule.get("steroid_days"):
        text = "above 10 mg/d on fewer than 3 days running and fewer than 7 days in weeks 44 to 52"
        items.append(Item("prednisone", text, inputs=("consecutive_days_above_10mg", "days_above_10mg")))
    return (*items, NO_FAILURE if rule.get("failure", True) else NO_DIALYSIS)


def _fall_in_words(rule: Mapping[str, Any]) -> str:
    fall = f"UPCR down by {rule['fall'][1]:.0%} or more"
    if not rule.get("nephrotic_suffices"):
        return fall
    return f"{fall}, or below {rule['nephrotic_below']:g} g/g where it was not at baseline"


def _instrument(name: str, rule: Mapping[str, Any]) -> Instrument:
    items = _items(rule)
    return Instrument(
        name=name,
        title=rule["title"],
        version=rule["title"].partition("(")[2].rstrip(")"),
        kind="state",
        inputs=_inputs(rule),
        unit="1",
        range=(0.0, 1.0),
        items=items,
        missing_rule="False as soon as one condition fails; true only when all are known. Dialysis is no response.",
        source=rule["source"],
        licence="Published definition.",
        definition="; ".join(item.rule for item in items) + ".",
        score=partial(renal_response, name),
        standing=rule["standing"],
    )


RESPONSES = {name: _instrument(name, rule) for name, rule in DEFINITIONS.items()}
KDIGO_2024 = Instrument(
    name="kdigo_2024_response",
    title="Renal response by KDIGO 2024",
    version="KDIGO 2024",
    kind="grade",
    inputs=_inputs(DEFINITIONS["kdigo_2024_partial"]),
    unit="{grade}",
    range=(0.0, 2.0),
    items=(
        Item("partial", RESPONSES["kdigo_2024_partial"].definition),
        Item("complete", RESPONSES["kdigo_2024_complete"].definition),
    ),
    missing_rule="Open where an unknown condition could change the grade.",
    source="doi:10.1016/j.kint.2023.09.002",
    licence="Published definition.",
    definition="Complete: UPCR below 0.5 g/g; partial: down by half and below 3 g/g; both with eGFR at most 15 % "
    "below baseline.",
    score=kdigo_2024_response,
    standing="unconfirmed",
    labels=("none", "partial", "complete"),
)
INSTRUMENTS = (*RESPONSES.values(), KDIGO_2024)
