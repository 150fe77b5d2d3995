"""Reading records from YAML: the border where plain data become frozen records."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lupercal.errors import InputError
from lupercal.files.checked import dotted
from lupercal.files.documents import read_document

R = TypeVar("R")


def read_records(folder: Path, kind: type[R]) -> tuple[R, ...]:
    """Read one record per YAML file of a folder, in order of file names.

    Raises
    ------
    InputError
        If a file does not fit the record; it names file and field.
    """
    return tuple(read_record(path, kind) for path in sorted(folder.glob("*.yaml")))


def read_record(path: Path, kind: type[R]) -> R:
    """Read one record from a YAML file; its ``id`` must be the file's name."""
    record = validated(read_document(path), kind, path)
    if getattr(record, "id", None) != path.stem:
        raise InputError(path, "id", getattr(record, "id", None), f"the file's name, {path.stem}")
    return record


def validated(document: Any, kind: type[R], origin: object) -> R:
    """Return a document as a record, or raise `InputError` for the first thing that does not fit."""
    try:
        record: R = TypeAdapter(kind).validate_python(document)
    except ValidationError as error:
        raise _first_fault(error, origin) from None
    return record


def _first_fault(error: ValidationError, origin: object) -> InputError:
    """Return the fault to mend first: an unknown key explains a missing one."""
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "unexpected_keyword_argument")
    first = faults[0]
    place = dotted(first["loc"])
    if first["type"] == "unexpected_keyword_argument":
        return InputError(origin, place, first["loc"][-1], "a known key")
    if first["type"] == "missing":
        return InputError(origin, place, "nothing", "a value")
    message = first["msg"].removeprefix("Value error, ")
    return InputError(origin, place, first["input"], message[:1].lower() + message[1:])
