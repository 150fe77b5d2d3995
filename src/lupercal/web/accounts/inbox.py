"""What candidates sent on their own consent, sealed until somebody of the clinic takes it in or deletes it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, final

from sqlalchemy import delete, insert, select

from lupercal.web.accounts.resealing import letter_purpose
from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.store import AccountStore
from lupercal.web.accounts.tables import INBOX

MOST = 500
"""More letters than this are not kept: somebody has to read them first."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One candidate's answers with name and contact; ``document`` is a patient file, ``consent`` the text agreed to."""

    id: str
    at: datetime
    name: str
    contact: str
    language: str
    consent: str
    document: Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class Inbox:
    """The letters of one workbench."""

    store: AccountStore
    key: bytes

    def leave(self, letter: Letter) -> bool:
        """Keep a letter; return whether there was room."""
        with self.store.engine.begin() as connection:
            if len(connection.execute(select(INBOX.c.id)).all()) >= MOST:
                return False
            content = json.dumps({name: value for name, value in asdict(letter).items() if name not in {"id", "at"}})
            sealed = Seal(self.key, letter_purpose(letter.id)).closed(content.encode())
            connection.execute(insert(INBOX).values(id=letter.id, at=letter.at, sealed=sealed))
            return True

    def letters(self) -> tuple[Letter, ...]:
        """Return all letters, the oldest first."""
        with self.store.engine.connect() as connection:
            rows = connection.execute(select(INBOX).order_by(INBOX.c.at)).all()
        opened = ((row, Seal(self.key, letter_purpose(row.id)).opened(row.sealed)) for row in rows)
        return tuple(Letter(id=row.id, at=row.at, **json.loads(plain)) for row, plain in opened if plain)

    def letter(self, name: str) -> Letter | None:
        """Return one letter."""
        return next((one for one in self.letters() if one.id == name), None)

    def remove(self, name: str) -> None:
        """Delete a letter."""
        with self.store.engine.begin() as connection:
            connection.execute(delete(INBOX).where(INBOX.c.id == name))


def new_letter_id() -> str:
    """Return the id of a new letter."""
    return secrets.token_hex(8)
