"""Records as rows and back: one rule for all tables, so that no table has a way of its own.

A column of bytes holds what is encrypted by the person's key; a text column holds text, or JSON where the field is no
text; dates stay dates, moments become ISO text in UTC.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, partial
from typing import Any, Generic, TypeVar, cast, final, get_type_hints

from sqlalchemy import Date, LargeBinary, Table

from lupercal.files.plain import plain
from lupercal.files.restore import restored
from lupercal.registry.keys import opened_seal, sealed
from lupercal.registry.records import KeptRecord

R = TypeVar("R", bound=KeptRecord)
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is mistaken for another when read aloud
ID_LETTERS = 10
_Reader = Callable[[Any, "bytes | None", str], Any]


@final
@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """How one kind of record is kept: ``flat`` and ``whole`` turn a record into fields that are columns, and back."""

    name: str
    prefix: str
    record: type[R]
    table: Table
    flat: Callable[[Any], Mapping[str, Any]]
    whole: Callable[[Mapping[str, Any]], Any]
    folded: Mapping[str, Any] = field(default_factory=dict)

    @property
    def types(self) -> Mapping[str, Any]:
        """The type of each column that is read; ``folded`` are those of columns that are no field of the record."""
        return {**_types_of(self.record), **self.folded}


def flat_kind(name: str, prefix: str, record: type[R], table: Table) -> Kind[R]:
    """Return a kind whose record has the columns as its fields."""
    return Kind(name, prefix, record, table, shallow, lambda given: record(**given))


def shallow(record: Any) -> dict[str, Any]:
    """Return the fields of a record by name, nested records as they are."""
    return {one.name: getattr(record, one.name) for one in fields(record)}


def new_id(prefix: str) -> str:
    """Return a new random id, such as ``p-8f3k2m9qd4``."""
    return f"{prefix}-{''.join(secrets.choice(_LETTERS) for _ in range(ID_LETTERS))}"


def encoded(kind: Kind[Any], given: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return fields of a record as the columns of its row; ``given`` holds at least the id."""
    place = f"{kind.table.name}|{given['id']}"
    return {name: _column(kind.table, name, value, key, place) for name, value in given.items() if name in kind.table.c}


def decoded(kind: Kind[Any], row: Mapping[str, Any], key: bytes | None) -> dict[str, Any]:
    """Return the columns of a row as fields; what is encrypted is empty where the person's key is gone."""
    place, readers = f"{kind.table.name}|{row['id']}", _readers(kind)
    return {
        name: readers[name](value, key, f"{place}|{name}")
        for name, value in row.items()
        if name in readers and value is not None
    }


def seal_json(key: bytes, value: Any, place: str) -> bytes:
    """Return plain values as JSON, encrypted and bound to a place."""
    return sealed(key, json.dumps(plain(value), ensure_ascii=False).encode("utf-8", "surrogatepass"), place)


def open_json(key: bytes, content: bytes, place: str) -> Any:
    """Return the plain values that `seal_json` encrypted."""
    return json.loads(opened_seal(key, content, place).decode("utf-8", "surrogatepass"))


def moment(now: dt.datetime | None = None) -> dt.datetime:
    """Return a moment (by default now) in UTC."""
    return (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)


def _column(table: Table, name: str, value: Any, key: bytes, place: str) -> Any:
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return None if value in ("", None, (), {}) else seal_json(key, value, f"{place}|{name}")
    if isinstance(value, dt.datetime):
        return moment(value).isoformat(timespec="microseconds")
    if isinstance(kind, Date) or value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(plain(value), ensure_ascii=False)


_KNOWN: dict[str, Mapping[str, _Reader]] = {}


def _readers(kind: Kind[Any]) -> Mapping[str, _Reader]:
    """Return how each column of a kind becomes a field, worked out once."""
    readers = _KNOWN.get(kind.name)
    if readers is None:
        columns = kind.table.c
        types = {name: wanted for name, wanted in kind.types.items() if name in columns}
        readers = {
            name: _sealed(wanted) if isinstance(columns[name].type, LargeBinary) else _open(wanted)
            for name, wanted in types.items()
        }
        _KNOWN[kind.name] = readers
    return readers


def _sealed(wanted: Any) -> _Reader:
    """Return the reader of an encrypted column."""
    plainly, empty = _from_plain(wanted), _empty(wanted)
    return lambda value, key, place: empty if key is None else plainly(open_json(key, value, place))


def _open(wanted: Any) -> _Reader:
    """Return the reader of a column that is not encrypted."""
    plainly = _from_plain(wanted)
    if _is_json(wanted):
        return lambda value, _, __: plainly(json.loads(value) if isinstance(value, str) else value)
    return lambda value, _, __: plainly(value)


def _from_plain(wanted: Any) -> Callable[[Any], Any]:
    if wanted in (dt.datetime, dt.datetime | None):
        return dt.datetime.fromisoformat
    if wanted in (dt.date, dt.date | None):
        return lambda value: value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    return partial(restored, wanted) if _is_json(wanted) else lambda value: value


def _is_json(wanted: Any) -> bool:
    return getattr(wanted, "__origin__", None) in (tuple, Mapping)


def _empty(wanted: Any) -> Any:
    return {} if getattr(wanted, "__origin__", None) is Mapping else () if _is_json(wanted) else ""


@cache
def _types(record: Any) -> Mapping[str, Any]:
    return get_type_hints(record)


_types_of = cast("Callable[[Any], Mapping[str, Any]]", _types)
