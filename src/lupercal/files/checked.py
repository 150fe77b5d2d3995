"""Checking plain data against a record, with pydantic's complaints turned into one sentence.

A record is a frozen dataclass or a pydantic model; both are checked by the same rules and told of in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import is_typeddict

from lupercal.errors import InputError
from lupercal.files.documents import read_document

Record = TypeVar("Record")
closed = with_config(ConfigDict(extra="forbid"))
"""Decorates a typed dictionary (a table that is read by key) so that keys it does not name are refused."""


def read_as(path: Path, kind: type[Record]) -> Record:
    """Read a YAML or JSON file as a record.

    Raises
    ------
    InputError
        If the file cannot be read or does not fit; it names file and field.
    """
    return validated(read_document(path), kind, path)


def read_named(path: Path, kind: type[Record]) -> Record:
    """Read one record from a YAML file; its ``id`` must be the file's name."""
    record = read_as(path, kind)
    if getattr(record, "id", None) != path.stem:
        raise InputError(path, "id", getattr(record, "id", None), f"the file's name, {path.stem}")
    return record


def read_folder(folder: Path, kind: type[Record]) -> tuple[Record, ...]:
    """Read one record per YAML file of a folder, in order of file names."""
    return tuple(read_named(path, kind) for path in sorted(folder.glob("*.yaml")))


def validated(data: Any, kind: type[Record], origin: object) -> Record:
    """Return plain data as a record.

    Parameters
    ----------
    data
        Nested dicts and lists, as `read_document` gives.
    kind
        What the data must look like; unknown keys are refused where the record forbids them.
    origin
        Names the data in errors.

    Raises
    ------
    InputError
        For the first fault (unknown keys before others), with the nearest known key and the number of further faults.
    """
    try:
        record: Record = _checker(kind).validate_python(data)
    except ValidationError as error:
        raise _first_fault(kind, error, data, origin) from None
    return record


_checker = cast(Callable[[Any], TypeAdapter[Any]], cache(TypeAdapter))


def dotted(parts: Iterable[str | int]) -> str:
    """Return a place in nested data as text: ``("visits", 2, "values")`` is ``visits[2].values``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


_PLAIN_DATA = (dict, list, tuple, str, int, float, type(None))
_UNKNOWN_KEY = {"extra_forbidden", "unexpected_keyword_argument"}


def _in_data(place: tuple[str | int, ...], data: Any, absent: bool) -> tuple[str | int, ...]:
    """Return a place without what names a type that was tried there and not a key; an ``absent`` key comes last."""
    place_in_data: list[str | int] = []
    for index, part in enumerate(place):
        inside = isinstance(data, dict) and part in data
        inside = inside or (isinstance(data, list | tuple) and isinstance(part, int) and part < len(data))
        if inside:
            data = data[part]
        if inside or (absent and index == len(place) - 1) or not isinstance(data, _PLAIN_DATA):
            place_in_data.append(part)
    return tuple(place_in_data)


def _first_fault(kind: Any, error: ValidationError, data: Any, origin: object) -> InputError:
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] not in _UNKNOWN_KEY)
    fault, more = faults[0], len(faults) - 1
    place = _in_data(tuple(part for part in fault["loc"] if part != "[key]"), data, fault["type"] == "missing")
    value: Any = fault["input"]
    if fault["type"] == "missing":
        value = "nothing"
    elif fault["type"] in _UNKNOWN_KEY:
        value, place = str(place[-1]), place[:-1]
    expected = _expected(kind, fault, value, place)
    return InputError(origin, dotted(place), value, expected + (f" ({more} more to mend)" if more else ""))


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
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "dataclass_exact_type": "keys with values",
    "dataclass_type": "keys with values",
    "mapping_type": "keys with values",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "value_error": "{error}",
}


def _expected(kind: Any, fault: Any, value: Any, place: tuple[str | int, ...]) -> str:
    if fault["type"] in _UNKNOWN_KEY:
        keys = sorted(_keys_at(kind, place))
        close = get_close_matches(value, keys, n=1, cutoff=0.6)
        return f"a known key, perhaps {close[0]!r}" if close else f"one of the keys {', '.join(keys)}"
    if fault["type"] == "string_pattern_mismatch":
        return _form(str(fault["ctx"]["pattern"]))
    if fault["type"] in _PLAIN:
        return _PLAIN[fault["type"]].format(**fault.get("ctx", {}))
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


def _keys_at(kind: Any, place: tuple[str | int, ...]) -> Iterable[str]:
    """Return the keys that a record knows at a place within nested records."""
    here = next(_records_in(kind), None)
    for part in place:
        inner = _fields(here).get(str(part))
        here = next(_records_in(inner), here)
    return _fields(here)


def _records_in(annotation: Any) -> Iterator[Any]:
    if hasattr(annotation, "model_fields") or is_dataclass(annotation):
        yield annotation
    if is_typeddict(annotation):
        yield annotation
    for part in get_args(getattr(annotation, "__value__", annotation)):
        yield from _records_in(part)


def _fields(record: Any) -> dict[str, Any]:
    """Return the keys of a record with the kinds of their values."""
    if hasattr(record, "model_fields"):
        return {field.alias or name: field.annotation for name, field in record.model_fields.items()}
    if is_typeddict(record):
        return get_type_hints(record)
    if not is_dataclass(record):
        return {}
    hints = get_type_hints(record)
    return {field.name: hints[field.name] for field in fields(record)}
