"""Sealing anew, under the key and by the cipher of today, what older ones sealed."""

from __future__ import annotations

from sqlalchemy import Connection, Table, select, update

from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.store import AccountStore
from lupercal.web.accounts.tables import ACCOUNTS, DRAFTS, INBOX

SECOND_FACTOR = "second factor"
DRAFT = "draft"
IMPORT = "import "
"""How the forms of imports begin, each of which is a purpose of its own."""


def letter_purpose(name: str) -> str:
    """Return what a candidate's letter is sealed for."""
    return f"letter {name}"


def reseal(store: AccountStore, key: bytes, older: tuple[bytes, ...]) -> int:
    """Seal anew whatever the key does not open, all or nothing; return how many texts were.

    What no key opens is left as it is: nobody can read it.
    """
    with store.engine.begin() as connection:
        rows = connection.execute(select(ACCOUNTS.c.name, ACCOUNTS.c.second_factor)).all()
        done = sum(
            _anew(connection, ACCOUNTS, "second_factor", {"name": name}, SECOND_FACTOR, sealed, key, older)
            for name, sealed in rows
        )
        for name, sealed in connection.execute(select(INBOX.c.id, INBOX.c.sealed)).all():
            done += _anew(connection, INBOX, "sealed", {"id": name}, letter_purpose(name), sealed, key, older)
        for account, form, sealed in connection.execute(select(DRAFTS.c.account, DRAFTS.c.form, DRAFTS.c.sealed)).all():
            purpose = form if form.startswith(IMPORT) else DRAFT
            done += _anew(connection, DRAFTS, "sealed", {"account": account, "form": form}, purpose, sealed, key, older)
    return done


def _anew(
    connection: Connection, table: Table, column: str, row: dict[str, str], purpose: str, sealed: str, key: bytes,
    older: tuple[bytes, ...],
) -> bool:  # fmt: skip
    """Seal one text anew where it needs it; return whether it did."""
    if not sealed or Seal(key, purpose).is_current(sealed):
        return False
    opened = (Seal(one, purpose).opened(sealed) for one in (key, *older))
    plain = next((text for text in opened if text is not None), None)
    if plain is None:
        return False
    where = [table.c[name] == value for name, value in row.items()]
    connection.execute(update(table).where(*where).values({column: Seal(key, purpose).closed(plain)}))
    return True
