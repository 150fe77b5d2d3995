"""Frozen records back from their plain JSON values: the inverse of `lupercal.files.plain.plain`."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def restored(kind: Any, value: Any) -> Any:
    """Return plain JSON values as a record of a type.

    Parameters
    ----------
    kind
        A dataclass, tuple, mapping, optional or plain type, or an array of numbers. Where the type is a number, null is
        NaN; fields that the values lack take their defaults, fields that the type lacks are dropped.
    value
        What `json.loads` returned.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the values do not fit the type.
    """
    if is_dataclass(kind):
        return _record(kind, value)
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        (inner,) = (part for part in get_args(kind) if part is not type(None))
        return None if value is None else restored(inner, value)
    if get_origin(kind) is tuple:
        return tuple(restored(get_args(kind)[0], part) for part in value)
    if get_origin(kind) is np.ndarray:
        return np.array(value, np.float64)
    if get_origin(kind) is Mapping:
        return {key: restored(get_args(kind)[1], part) for key, part in value.items()}
    return float("nan" if value is None else value) if kind is float else value


def _record(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    given = {}
    for field in fields(kind):
        if field.name in value:
            given[field.name] = restored(hints[field.name], value[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(field.name)
    return kind(**given)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)
