"""Records as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache, lru_cache
from json import dumps
from json.encoder import encode_basestring
from typing import Any

import numpy as np

_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
_NESTED = frozenset({str, dict, list})


def plain(value: Any) -> Any:
    """Return a record as plain JSON values: records as objects, arrays as lists, days as ISO dates, NaN and
    infinity as null.
    """
    kind: Any = type(value)
    if kind is float or kind in _AS_THEY_ARE:
        return value if kind is not float or math.isfinite(value) else None
    if isinstance(value, np.ndarray | np.generic):
        return _numbers(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if is_dataclass(kind) or isinstance(value, Mapping):
        rows = value.items() if isinstance(value, Mapping) else ((name, getattr(value, name)) for name in _names(kind))
        return {str(key): plain(one) for key, one in rows}
    return value.isoformat() if isinstance(value, date) else value


def _numbers(value: Any) -> Any:
    all_known = value.dtype.kind in "iub" or (value.dtype.kind == "f" and bool(np.isfinite(value).all()))
    return value.tolist() if all_known else plain(value.tolist())


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def indented(value: Any, by: int, deep: int = 0) -> str:
    """Return plain JSON values as `json.dumps` would with ``indent=by``, in a fraction of its time."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is float and math.isfinite(value):
        return float.__repr__(value)
    if not value or not isinstance(value, dict | list):
        return dumps(value, ensure_ascii=False, allow_nan=False)
    inner, outer = "\n" + " " * by * (deep + 1), "\n" + " " * by * deep
    if isinstance(value, dict):
        rows = [f"{inner}{_key(key)}: {indented(one, by, deep + 1)}" for key, one in value.items()]
        return f"{{{','.join(rows)}{outer}}}"
    if not _NESTED.isdisjoint(map(type, value)):
        return f"[{','.join([inner + indented(one, by, deep + 1) for one in value])}{outer}]"
    return f"[{inner}{dumps(value, allow_nan=False)[1:-1].replace(', ', ',' + inner)}{outer}]"


@lru_cache(maxsize=4096, typed=True)
def _key(name: Any) -> str:
    return dumps(name, ensure_ascii=False)
