"""The definition of an instrument as plain values."""

from __future__ import annotations

from typing import Any

from lupercal.instruments.contract import Instrument
from lupercal.instruments.inputs import describe

_FIELDS = ("name", "title", "version", "kind", "unit", "definition", "missing_rule", "standing", "source", "licence")


def definition_record(one: Instrument) -> dict[str, Any]:
    """Return what an instrument is, needs and rests on as plain values; an open end of its range is None."""
    return {field: getattr(one, field) for field in _FIELDS} | {
        "range": [end if end < float("inf") else None for end in one.range],
        "labels": list(one.labels),
        "settings": dict(one.settings),
        "items": [{"name": item.name, "rule": item.rule, "points": item.points} for item in one.items],
        "inputs": [{"name": column, "unit": describe(column).unit} for column in one.inputs],
    }
