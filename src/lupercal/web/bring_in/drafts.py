"""An import that somebody has not accepted yet: sealed, kept for one account, forgotten when it is taken in."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import Any, final

from starlette.requests import Request

from lupercal.errors import LupercalError
from lupercal.web.accounts.resealing import IMPORT
from lupercal.web.accounts.sealing import Seal
from lupercal.web.clinic.access import actor
from lupercal.web.workbench import workbench_of

NAME_BYTES = 8


@final
@dataclass(frozen=True, slots=True)
class ImportDraft:
    """What was read of a file.

    Parameters
    ----------
    name, file
        Name in the address, and how the person's file was called.
    documents
        Patients as patient files write them, in the order of the file; empty while a table waits for its map.
    items, counts
        What became of every item of the file.
    into
        The registry's ids of those who are in it already, by place in ``documents``.
    table, map
        The table itself (Base64), and its map as text; empty for FHIR.
    """

    name: str
    file: str
    documents: tuple[dict[str, Any], ...] = ()
    items: tuple[dict[str, str], ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    into: dict[str, str] = field(default_factory=dict)
    table: str = ""
    map: str = ""

    @property
    def content(self) -> bytes:
        """The table's bytes."""
        return base64.b64decode(self.table)

    @property
    def questions(self) -> int:
        """How many lines of the map are still a question."""
        return sum("unsure:" in line for line in self.map.splitlines() if not line.startswith("#"))


def new_draft(file: str, table: bytes = b"") -> ImportDraft:
    """Return a draft under a new name; the file's name is shortened to what can be shown."""
    shown = "".join(sign for sign in file.replace("\\", "/").rpartition("/")[2] if sign.isprintable())[-80:]
    return ImportDraft(secrets.token_hex(NAME_BYTES), shown or "file", table=base64.b64encode(table).decode())


def keep_import(request: Request, draft: ImportDraft) -> None:
    """Keep a draft for the account that works here."""
    sealed = _seal(request, draft.name).closed(json.dumps(asdict(draft)).encode())
    workbench_of(request).accounts.keep_draft(actor(request), _form(draft.name), sealed)


def forget_import(request: Request, name: str) -> None:
    """Forget a draft."""
    workbench_of(request).accounts.keep_draft(actor(request), _form(name), "")


def kept_import(request: Request, name: str) -> ImportDraft:
    """Return a draft.

    Raises
    ------
    LupercalError
        If it was accepted or discarded, or is somebody else's.
    """
    opened = _seal(request, name).opened(workbench_of(request).accounts.draft(actor(request), _form(name)))
    if opened is None:
        raise LupercalError("that import was accepted or discarded already")
    fields = json.loads(opened)
    return replace(ImportDraft(**fields), documents=tuple(fields["documents"]), items=tuple(fields["items"]))


def _form(name: str) -> str:
    return f"{IMPORT}{name}"


def _seal(request: Request, name: str) -> Seal:
    return Seal(workbench_of(request).settings.key, _form(name))
