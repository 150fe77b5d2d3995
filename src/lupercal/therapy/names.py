"""Finding things by the names people use for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from lupercal.errors import InputError, LupercalError


class Named(Protocol):
    """Anything with an id, a name and other names."""

    @property
    def id(self) -> str:
        """Key in the registry."""

    @property
    def name(self) -> str:
        """Name as printed."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names in use."""


T = TypeVar("T", bound=Named)


def plain_name(name: str) -> str:
    """Return a name in lower case with single underscores, so that 'Flu/Cy' and 'flu cy' are one."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def directory(things: Iterable[T], kind: str) -> Mapping[str, T]:
    """Return every plain id, name and alias with the thing it means; two meanings for one name are refused."""
    by_name: dict[str, T] = {}
    for entry in things:
        for name in {plain_name(text) for text in (entry.id, entry.name, *entry.aliases)}:
            if by_name.setdefault(name, entry) is not entry:
                raise LupercalError(f"two {kind}s answer to '{name}': {by_name[name].id} and {entry.id}")
    return by_name


_LISTED = {"protocol of care": "care"}
"""The command that lists a kind of thing, where it is not that of therapies."""


def find(name: str, names: Mapping[str, T], kind: str) -> T:
    """Return what ``name`` means, or raise `InputError` that lists the nearest names known."""
    wanted = plain_name(name)
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=6, cutoff=0.6) or [known for known in names if wanted in known]
    meant = list(dict.fromkeys(names[known].id for known in near))[:3] if wanted else []
    hint = (
        f"; did you mean {' or '.join(meant)}?"
        if meant
        else f"; `lupercal {_LISTED.get(kind, 'therapies')}` lists them"
    )
    raise InputError(kind, "", name, f"the name of a {kind}{hint}")
