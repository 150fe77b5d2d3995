"""Tokens of the programming interface: shown once, kept as a digest, with scopes and an end."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import final

from sqlalchemy import delete, insert, select

from lupercal.web.accounts.sealing import secret_digest
from lupercal.web.accounts.store import AccountStore
from lupercal.web.accounts.tables import ACCOUNTS, TOKENS
from lupercal.web.rights.table import RoleName

LONGEST_DAYS = 366


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token of an account; ``id`` is its digest, by which nobody can use it."""

    id: str
    account: str
    role: RoleName
    label: str
    scopes: tuple[str, ...]
    expires: datetime


@final
@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one workbench."""

    store: AccountStore

    def make(self, account: str, label: str, scopes: Iterable[str], days: int, now: datetime) -> str:
        """Make a token and return it; it cannot be shown again."""
        secret = f"lup_{secrets.token_urlsafe(32)}"
        row = {
            "id": secret_digest(secret), "account": account, "label": label[:120], "scopes": " ".join(scopes),
            "expires": now + timedelta(days=min(max(days, 1), LONGEST_DAYS)),
        }  # fmt: skip
        with self.store.engine.begin() as connection:
            connection.execute(insert(TOKENS).values(row))
        return secret

    def of_secret(self, secret: str, now: datetime) -> ApiToken | None:
        """Return the token of a secret, if it has not ended and its account is open."""
        return next((one for one in self._where(TOKENS.c.id == secret_digest(secret)) if one.expires > now), None)

    def of_account(self, account: str) -> tuple[ApiToken, ...]:
        """Return the tokens of an account."""
        return self._where(TOKENS.c.account == account)

    def revoke(self, account: str, token: str) -> None:
        """End a token of an account."""
        with self.store.engine.begin() as connection:
            connection.execute(delete(TOKENS).where(TOKENS.c.account == account, TOKENS.c.id == token))

    def _where(self, condition: object) -> tuple[ApiToken, ...]:
        query = select(TOKENS, ACCOUNTS.c.role).join(ACCOUNTS, ACCOUNTS.c.name == TOKENS.c.account)
        with self.store.engine.connect() as connection:
            rows = connection.execute(query.where(condition, ACCOUNTS.c.active)).mappings().all()  # type: ignore[arg-type]
        return tuple(ApiToken(**{**row, "scopes": tuple(row["scopes"].split())}) for row in rows)
