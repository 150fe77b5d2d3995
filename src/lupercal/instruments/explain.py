"""A score in sentences: each item, what it is worth, and the datum behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lupercal.instruments.columns import EARLIER
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.inputs import describe, known
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import WARNINGS, Score, Status
from lupercal.patient.unit_words import unit_in_words

IMPOSSIBLE = ("non_positive_creatinine", "age_below_18", "age_out_of_range", "out_of_range")
"""Warnings that say why input is impossible."""

LONG = 6
"""Inputs of an item from which absent ones are left out of its sentence."""


def explain(score: Score, index: Any = ()) -> list[str]:
    """Return sentences on one visit: the result, every item with its datum, and the warnings.

    Parameters
    ----------
    score
        Result of an instrument.
    index
        Position of the visit in the arrays.
    """
    definition, visit = instrument(score.instrument), score.at(index)
    sentences = [headline(visit)]
    sentences += [sentence(visit, definition, name) for name in visit.items]
    return sentences + notes(visit)


def notes(one: Score) -> list[str]:
    """Return the warnings of one visit as sentences, with the inputs that are impossible or contradict each other."""
    said = [f"Note: {WARNINGS[code]}." for code, mask in one.warnings.items() if mask]
    return [*said, *(f"Open because {reason}." for reason in reasons(one))]


def reasons(one: Score) -> list[str]:
    """Return why one visit has no answer although data are there: impossible and contradictory inputs, in words."""
    wrong = [_impossible(one, name) for name, mask in one.impossible.items() if mask]
    return [*wrong, *(f"{text} cannot be" for text, mask in one.conflicts.items() if mask)]


def _impossible(one: Score, name: str) -> str:
    """Return what is wrong with a value; infinity stands for a number that needs its unit written out."""
    if np.isinf(float(np.asarray(one.columns.get(name, np.nan), float))):
        return f"{name} needs its unit written out at this size"
    return f"{datum(one, name) or name} is outside {_plausible(name)}"


def _plausible(name: str) -> str:
    what = describe(name)
    unit = "" if what.unit == "1" or what.unit.startswith("{") else f" {unit_in_words(what.unit)}"
    return f"{what.low:g} to {what.high:g}{unit}"


def explain_briefly(score: Score, index: Any = ()) -> list[str]:
    """Return `explain` with the items not recorded, and those absent by their flag, gathered in one line each."""
    definition, visit = instrument(score.instrument), score.at(index)
    said, unknown, absent = [headline(visit)], [], []
    for name in visit.items:
        item, value = _item(definition, name), float(visit.items[name])
        data = _data(visit, item)
        if np.isnan(value) and not data:
            unknown.append(item.text)
        elif value == 0 and definition.kind == "score" and (not data or data == f" ({_spaced(name)} absent)"):
            absent.append(item.text)
        else:
            said.append(sentence(visit, definition, name))
    said += [f"{word}: {', '.join(names)}." for word, names in (("Absent", absent), ("Not known", unknown)) if names]
    return said + notes(visit)


def headline(one: Score) -> str:
    """Return the result of one visit with bounds, version and source."""
    definition = instrument(one.instrument)
    return f"{definition.heading}: {result_text(one)}. Version {one.version}; source {one.source}."


def result_text(one: Score) -> str:
    """Return the value of one visit as words: a number, yes or no, a grade, bounds, or why there is none."""
    definition, status = instrument(one.instrument), Status(int(one.status))
    if status is Status.COMPLETE:
        return _value(one, definition)
    if status is Status.PARTIAL:
        return f"open, {_bounds(one, definition)}"
    codes = [WARNINGS[code] for code, mask in one.warnings.items() if mask and code in IMPOSSIBLE]
    if status is Status.CONFLICT:
        return "conflicting data"
    words = {Status.MISSING: "no data", Status.NOT_EVALUABLE: "not evaluable", Status.ERROR: "impossible input"}
    return words[status] + (f" ({codes[0]})" if codes and status is Status.ERROR else "")


def sentence(one: Score, definition: Instrument, name: str) -> str:
    """Return what one item contributed and the data it was read from."""
    item = _item(definition, name)
    rule = f" [{item.rule}]" if item.rule else ""
    return f"{item.text}: {_contribution(float(one.items[name]), definition, item)}{rule}{_data(one, item)}"


def _item(definition: Instrument, name: str) -> Item:
    return next((item for item in definition.items if item.name == name), Item(name, inputs=(name,)))


def _value(one: Score, definition: Instrument) -> str:
    value = float(one.value)
    if definition.kind == "state":
        return "yes" if value else "no"
    if definition.kind == "grade":
        return one.label() or f"{value:g}"
    of = f" of {definition.range[1]:g}" if definition.kind == "score" and np.isfinite(definition.range[1]) else ""
    unit = "" if definition.kind == "score" else unit_in_words(one.unit)
    return f"{value:.4g}{of} {unit}".rstrip()


def _bounds(one: Score, definition: Instrument) -> str:
    low, high = float(one.low), float(one.high)
    if definition.kind == "state":
        return "yes or no"
    if definition.kind == "grade":
        return f"{one.labels[int(low)]} to {one.labels[int(high)]}"
    return f"at least {low:.4g}" if np.isinf(high) else f"{low:.4g} to {high:.4g}"


def _contribution(value: float, definition: Instrument, item: Item) -> str:
    if np.isnan(value):
        return "unknown"
    if definition.kind == "score":
        return f"{value:g} of {item.points:g} point{'s' if item.points != 1 else ''}"
    if definition.kind == "state":
        return {1.0: "met", 0.0: "not met"}.get(value, f"{value:g}")
    return f"{value:.4g}"


def _data(one: Score, item: Item) -> str:
    """Return the known columns behind an item, in parentheses; of a long list only what is not absent."""
    said = [text for name in item.inputs if (text := datum(one, name))]
    said = [text for text in said if not text.endswith(" absent")] if len(item.inputs) > LONG else said
    said += [f"{item.name} at an earlier visit of the window"] if _earlier(one, item.name) else []
    return f" ({'; '.join(said)})" if said else ""


def _earlier(one: Score, name: str) -> bool:
    column = f"{name}{EARLIER}"
    return column in one.columns and float(np.asarray(one.columns[column], float)) == 1.0


def datum(one: Score, name: str) -> str:
    """Return one column of one visit as words, empty where it is not known."""
    if name not in one.columns or not known(name):
        return ""
    value = float(np.asarray(one.columns[name], float))
    what = describe(name)
    if what.kind == "flag":
        return f"{_spaced(name)} {'present' if value == 1 else 'absent'}" if value in {0.0, 1.0} else ""
    sign = _comparator(one, name)
    unit = "" if what.unit.startswith("{") else unit_in_words(what.unit)
    return "" if np.isnan(value) else f"{_spaced(name)} {sign}{value:.6g} {unit}".rstrip()


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _comparator(one: Score, name: str) -> str:
    """Return the sign of a censored value, else an empty text."""
    low, high = (float(np.asarray(one.columns.get(f"{name}@{end}", np.nan), float)) for end in ("low", "high"))
    if np.isneginf(low) and np.isfinite(high):
        return "<"
    return ">" if np.isfinite(low) and np.isposinf(high) else ""
