"""Checking plain data against a pydantic model, with pydantic's complaints turned into one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from lupercal.errors import InputError

_Model = TypeVar("_Model", bound=BaseModel)


def validate(model: type[_Model], data: Any, origin: object) -> _Model:
    """Check plain data against a pydantic model, turning its complaints into one sentence.

    Parameters
    ----------
    model
        What the data must look like; unknown keys are refused where the model forbids extras.
    data
        Nested dicts and lists, as `read_document` gives.
    origin
        Names the data in errors.

    Raises
    ------
    InputError
        For the first fault (unknown keys before others), with the nearest known key and the number of further faults.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _first_fault(model, error, origin) from None


def dotted(parts: Iterator[str | int] | tuple[str | int, ...]) -> str:
    """Return a place in nested data as text: ``("visits", 2, "values")`` is ``visits[2].values``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _first_fault(model: type[BaseModel], error: ValidationError, origin: object) -> InputError:
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    fault, more = faults[0], len(faults) - 1
    place = tuple(part for part in fault["loc"] if part != "[key]")
    found: Any = fault["input"]
    if fault["type"] == "missing":
        found = "nothing"
    elif fault["type"] == "extra_forbidden":
        found, place = str(place[-1]), place[:-1]
    expected = _expected(model, fault, found, place)
    return InputError(origin, dotted(place), found, expected + (f" ({more} more to mend)" if more else ""))


_PLAIN = {
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "too_long": "at most {max_length} entries",
    "too_short": "at least {min_length} entries",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "missing": "a value",
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def _expected(model: type[BaseModel], fault: Any, found: Any, place: tuple[str | int, ...]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(_model_at(model, place).model_fields)
        close = get_close_matches(found, known, n=1, cutoff=0.6)
        return f"a known key, perhaps {close[0]!r}" if close else f"one of the keys {', '.join(known)}"
    if kind == "literal_error":
        return f"one of {context['expected']}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return _form(str(context["pattern"]))
    if kind in _PLAIN:
        return _PLAIN[kind].format(**context)
    return str(fault["msg"]).removeprefix("Input should be ")


_FORMS = (
    (
        "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "letters, digits, dots, underscores and hyphens, beginning with a letter or digit",
    ),
    ("^[a-z]", "small letters, digits and underscores, beginning with a letter"),
    (r"^\d+", "a number and a unit of time, such as 6 mo"),
    ("^([A-Z]", "a code of ATC or RxNorm"),
)
"""What the patterns of records ask for, in words: how a pattern begins, and its meaning."""


def _form(pattern: str) -> str:
    return next((words for start, words in _FORMS if pattern.startswith(start)), "text of another form")


def _model_at(model: type[BaseModel], place: tuple[str | int, ...]) -> type[BaseModel]:
    for part in place:
        inner = model.model_fields.get(str(part))
        model = next(_models_in(inner.annotation), model) if inner else model
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
