"""All protocols of care by name, and those of a reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from lupercal.care.records import CareProtocol
from lupercal.errors import InputError
from lupercal.files.checked import read_as, read_folder
from lupercal.therapy.names import directory, find

CARE_FOLDER = Path(str(files("lupercal.care"))) / "data"
AS_IS = "as_is"
"""The protocol in which nobody decides anything."""


@cache
def protocols() -> Mapping[str, CareProtocol]:
    """Return all shipped protocols by id, one file each in ``care/data/``."""
    return {one.id: _checked(one, CARE_FOLDER / f"{one.id}.yaml") for one in read_folder(CARE_FOLDER, CareProtocol)}


def protocol(name: str) -> CareProtocol:
    """Return a protocol by id, name or alias, or from a file of one's own.

    Raises
    ------
    InputError
        If there is none, or the file is not a sound protocol.
    """
    if name.endswith((".yaml", ".yml", ".json")):
        return read_protocol(Path(name))
    return protocols().get(name) or find(name, directory(protocols().values(), "protocol of care"), "protocol of care")


def read_protocol(path: Path) -> CareProtocol:
    """Read a protocol of care from a file.

    Raises
    ------
    InputError
        If the file cannot be read, or is not a sound protocol.
    """
    return _checked(read_as(path, CareProtocol), path)


MOST_RULES = 100


def _checked(given: CareProtocol, origin: object) -> CareProtocol:
    if len(given.rules) > MOST_RULES:
        raise InputError(origin, "rules", f"{len(given.rules)} rules", f"at most {MOST_RULES}")
    given.conditions(origin)
    return given
