"""What all adapters of test cases share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lupercal.instruments import Score, Status

Answer = dict[str, Any]
Inputs = Mapping[str, Any]


def flags_of(names: Iterable[str], present: Iterable[str], unknown: Iterable[str] = ()) -> dict[str, float]:
    named = {name: float(name in set(present)) for name in names}
    return named | dict.fromkeys(unknown, np.nan)


def state_of(result: Score) -> Any:
    if result.status == Status.NOT_EVALUABLE:
        return "not_evaluable"
    return "indeterminate" if np.isnan(result.value) else bool(result.value)


def number_of(result: Score) -> float | None:
    return None if np.isnan(result.value) else float(result.value)


def error_of(result: Score) -> str:
    assert result.status == Status.ERROR
    return next(iter(result.warnings))


def or_nan(value: float | None) -> float:
    return np.nan if value is None else value
