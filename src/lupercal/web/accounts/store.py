"""Accounts, sessions and failed attempts in their tables; what comes out is frozen, no row leaves this module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, final

from sqlalchemy import Engine, create_engine, delete, event, insert, inspect, select, text, update
from sqlalchemy.schema import CreateColumn

from lupercal.web.accounts.records import Account, Session
from lupercal.web.accounts.tables import ACCOUNTS, ATTEMPTS, DRAFTS, METADATA, SESSIONS, SETTINGS


@final
class AccountStore:
    """The tables of one workbench, by default a file beside the registry."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        METADATA.create_all(engine)
        _add_new_columns(engine)

    def account(self, name: str) -> Account | None:
        """Return an account by name."""
        with self.engine.connect() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).mappings().first()
        return None if row is None else _account(dict(row))

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts by name."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)).mappings().all()
        return tuple(_account(dict(row)) for row in rows)

    def add(self, account: Account) -> None:
        """Keep a new account; one of that name must not be there."""
        with self.engine.begin() as connection:
            connection.execute(insert(ACCOUNTS).values(asdict(account)))

    def change(self, name: str, **values: object) -> None:
        """Change fields of an account."""
        with self.engine.begin() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(values))

    def begin_session(self, session: Session) -> None:
        """Keep a new session."""
        with self.engine.begin() as connection:
            columns = {name: value for name, value in asdict(session).items() if name in SESSIONS.c}
            connection.execute(insert(SESSIONS).values(columns))

    def session(self, digest: str) -> Session | None:
        """Return a session whose account is active."""
        of_account = (
            ACCOUNTS.c.role,
            ACCOUNTS.c.must_change,
            (ACCOUNTS.c.second_factor != "").label("has_second_factor"),
        )
        joined = select(SESSIONS, *of_account).join(ACCOUNTS, ACCOUNTS.c.name == SESSIONS.c.account)
        with self.engine.connect() as connection:
            wanted = joined.where(SESSIONS.c.id == digest, ACCOUNTS.c.active)
            row = connection.execute(wanted).mappings().first()
        return None if row is None else Session(**row)

    def sessions_of(self, account: str) -> tuple[Session, ...]:
        """Return all sessions of an account, the latest used first."""
        joined = select(SESSIONS, ACCOUNTS.c.role).join(ACCOUNTS, ACCOUNTS.c.name == SESSIONS.c.account)
        with self.engine.connect() as connection:
            query = joined.where(SESSIONS.c.account == account)
            latest = query.order_by(SESSIONS.c.seen.desc(), text("web_session.rowid DESC"))
            return tuple(Session(**row) for row in connection.execute(latest).mappings())

    def touch(self, digest: str, now: datetime) -> None:
        """Note that a session was used."""
        with self.engine.begin() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.id == digest).values(seen=now))

    def end_session(self, digest: str) -> None:
        """Forget a session."""
        with self.engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id == digest))

    def end_sessions(self, account: str) -> None:
        """Forget every session of an account."""
        with self.engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.account == account))

    def failures(self, who: str) -> tuple[int, datetime | None]:
        """Return how often somebody failed to sign in since the last success, and when last."""
        with self.engine.connect() as connection:
            row = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.who == who)).mappings().first()
        return (0, None) if row is None else (row["failures"], row["last"])

    def note_failure(self, who: str, now: datetime) -> None:
        """Count one more failure."""
        with self.engine.begin() as connection:
            done = connection.execute(
                update(ATTEMPTS).where(ATTEMPTS.c.who == who).values(failures=ATTEMPTS.c.failures + 1, last=now)
            )
            if not done.rowcount:
                connection.execute(insert(ATTEMPTS).values(who=who, failures=1, last=now))

    def forget_failures(self, who: str) -> None:
        """Start counting anew."""
        with self.engine.begin() as connection:
            connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.who == who))

    def keep_draft(self, account: str, form: str, sealed: str) -> None:
        """Keep what somebody typed into a form and has not saved."""
        with self.engine.begin() as connection:
            connection.execute(delete(DRAFTS).where(DRAFTS.c.account == account, DRAFTS.c.form == form))
            if sealed:
                connection.execute(insert(DRAFTS).values(account=account, form=form, sealed=sealed))

    def draft(self, account: str, form: str) -> str:
        """Return a sealed draft; empty where there is none."""
        wanted = select(DRAFTS.c.sealed).where(DRAFTS.c.account == account, DRAFTS.c.form == form)
        with self.engine.connect() as connection:
            return str(connection.execute(wanted).scalar() or "")

    def keep_setting(self, name: str, value: str) -> None:
        """Keep a setting of the workbench."""
        with self.engine.begin() as connection:
            connection.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
            connection.execute(insert(SETTINGS).values(name=name, value=value))

    def setting(self, name: str) -> str:
        """Return a setting; empty where none is kept."""
        with self.engine.connect() as connection:
            return str(connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == name)).scalar() or "")

    def roles_with_second_factor(self) -> frozenset[str]:
        """Return the roles that need a second factor."""
        return frozenset(self.setting("second factor").split())


def accounts_in(folder: Path) -> AccountStore:
    """Return the accounts kept in a folder."""
    engine = create_engine(f"sqlite:///{folder / 'accounts.sqlite'}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepared(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA secure_delete=ON")

    return AccountStore(engine)


def _add_new_columns(engine: Engine) -> None:
    """Give tables that an older version made the columns that came since."""
    for table in METADATA.sorted_tables:
        there = {column["name"] for column in inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                made = str(CreateColumn(column).compile(dialect=engine.dialect))
                with engine.begin() as connection:
                    connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {made}"))


def _account(row: Mapping[str, Any]) -> Account:
    return Account(**row)
