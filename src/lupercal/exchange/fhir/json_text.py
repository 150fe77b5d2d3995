"""JSON as hospitals send it: strict in grammar; keys that stand twice are told, as their values may differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jiter import from_json

from lupercal.errors import InputError
from lupercal.exchange.fhir.wording import shown_text


def read_json(text: str, origin: object) -> tuple[Any, list[str]]:
    """Parse one JSON text.

    Parameters
    ----------
    text
        RFC 8259 JSON, nothing beside it.
    origin
        Names the text in errors.

    Returns
    -------
    Any
        Dicts, lists, text, numbers, booleans and None.
    list of str
        Keys that stand twice in one object; the later value was kept, and neither should be trusted.

    Raises
    ------
    InputError
        If the text is not well formed, holds NaN or infinity, or nests deeper than a reader can follow.
    """
    repeated: list[str] = []
    try:
        return _decoder(repeated).decode(text), repeated
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(origin, where, error.msg, "well-formed JSON") from None
    except RecursionError:
        raise InputError(origin, "", "objects nested without end", "the depth of a FHIR resource") from None
    except _NoNumberError as error:
        raise InputError(origin, "", str(error), "finite numbers") from None
    except ValueError:  # Python refuses to build an integer of thousands of digits
        raise InputError(origin, "", "a number of thousands of digits", "numbers that a measurement can have") from None


def read_resource(text: str, origin: object) -> dict[str, Any]:
    """Parse JSON that must be an object without repeated keys, as every FHIR resource is.

    Raises
    ------
    InputError
        As `read_json`, and if the text is no object or a key stands twice.
    """
    value, repeated = read_json(text, origin)
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise InputError(origin, "", kind, "a FHIR resource: an object with a resourceType")
    if repeated:
        raise InputError(origin, shown_text(repeated[0]), "the key twice in one object", "each key once")
    return value


def read_line(raw: bytes, origin: object) -> dict[str, Any]:
    """Parse one line of a bulk export: as `read_resource`, and faster where nothing is odd about it."""
    try:
        value = from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
        if isinstance(value, dict):
            return value
    except ValueError:
        pass  # told in words below
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(origin, "", f"byte {raw[error.start]:#04x} at {error.start}", "UTF-8 text") from None
    return read_resource(text, origin)


def without_nulls(value: Any) -> Any:
    """Return parsed JSON without members that are null, which FHIR does not know; what is written so is not stated."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


class _NoNumberError(Exception):
    """NaN or infinity, which JSON does not have."""


def _decoder(repeated: list[str]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_collector(repeated), parse_constant=_refuse)


def _collector(repeated: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            repeated.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return made

    return collect


def _refuse(constant: str) -> float:
    raise _NoNumberError(constant)
