"""All programmes by id, read once from ``data/programmes/*.yaml``; their rules are parsed when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import read_document
from lupercal.programmes.records import Programme
from lupercal.programmes.statements import statements_of
from lupercal.rules.parser import parse_rule
from lupercal.therapy.names import plain_name

FOLDER = Path(__file__).with_name("data") / "programmes"


@cache
def programmes() -> Mapping[str, Programme]:
    """Return all programmes by id, in alphabetical order of their files.

    Raises
    ------
    InputError
        If a file is not valid; a rule that cannot be read is shown with line, column and caret.
    """
    all_programmes = [read_programme(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return MappingProxyType({one.id: replace(one, statements=statements_of(one.page)) for one in all_programmes})


def programme(name: str) -> Programme:
    """Return a programme by id, or by the name of its clinic where that has one therapy.

    Parameters
    ----------
    name
        Such as ``ozek.msc`` or ``sheba``; case, blanks, hyphens and dots do not matter.

    Raises
    ------
    InputError
        If there is none of that name (the nearest are named), or if several belong to it (the choices are named).
    """
    wanted = plain_name(name)
    if wanted in _names():
        return _names()[wanted]
    family = [one.id for one in programmes().values() if one.family == wanted]
    if family:
        raise InputError("programme", "", name, f"one therapy of {wanted}: {' or '.join(family)}")
    near = get_close_matches(wanted, [*_names(), *(one.family for one in programmes().values())], n=3, cutoff=0.5)
    meant = list(dict.fromkeys(one.id for word in near for one in programmes().values() if _answers(one, word)))
    hint = f"did you mean {' or '.join(meant)}?" if meant else f"one of {', '.join(programmes())}"
    raise InputError("programme", "", name, f"the name of a programme; {hint}")


def read_programme(path: Path) -> Programme:
    """Read one programme from a YAML or JSON file and parse its rules; the id must be the file's name.

    Raises
    ------
    InputError
        For the first fault in the file.
    """
    read_in = programme_from(read_document(path), path)
    if read_in.id != Path(path).stem:
        raise InputError(path, "id", read_in.id, f"the file's name, {Path(path).stem}")
    return read_in


def programme_from(document: Any, origin: object) -> Programme:
    """Return a programme from plain data; ``origin`` names it in errors.

    Raises
    ------
    InputError
        For the first thing that does not fit, rules included.
    """
    checked = validated(document, Programme, origin)
    for i, criterion in enumerate(checked.criteria):
        parse_rule(criterion.rule, criterion.unit, origin, f"criteria[{i}] ({criterion.id}).rule")
    return checked


@cache
def _names() -> Mapping[str, Programme]:
    """Return every plain id, and the family's name where one programme bears it."""
    families = [one.family for one in programmes().values()]
    alone = {plain_name(one.family): one for one in programmes().values() if families.count(one.family) == 1}
    return alone | {plain_name(one.id): one for one in programmes().values()}


def _answers(one: Programme, word: str) -> bool:
    return word in {plain_name(one.id), one.family}
