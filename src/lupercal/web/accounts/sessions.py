"""Signing in and out: sessions on the server, an unguessable id in a cookie, a delay that grows with failures."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, final

import pyotp

from lupercal.web.accounts.passwords import hashed, is_outdated, is_password
from lupercal.web.accounts.records import Account, Session
from lupercal.web.accounts.resealing import SECOND_FACTOR
from lupercal.web.accounts.sealing import Seal, sealed_digest, secret_digest
from lupercal.web.accounts.store import AccountStore
from lupercal.web.settings import WebSettings

FREE_FAILURES = 3
LONGEST_DELAY = timedelta(minutes=15)
FRESH = timedelta(minutes=5)
"""So long after signing in nobody is asked for the password again."""
MOST_SESSIONS = 20
_STEP_SECONDS = 30
_TOUCH = timedelta(seconds=20)
Refusal = Literal["wrong", "wait"]


def utc_now() -> datetime:
    """Return the time as tables keep it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@final
@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in desk of one workbench."""

    store: AccountStore
    settings: WebSettings
    clock: Callable[[], datetime] = utc_now

    def with_password(self, name: str, password: str) -> tuple[str, Session] | Refusal:
        """Begin a session, or say why not; the answer and its time do not tell whether there is such an account."""
        who = self._attempts_of(name)
        waiting = self._delay(who) > timedelta(0)
        account = self.store.account(name)
        stored_hash = account.password_hash if account is not None and account.active else None
        right = is_password(password, stored_hash)
        if waiting:
            return "wait"
        if not right or account is None:
            self.store.note_failure(who, self.clock())
            return "wrong"
        self.store.forget_failures(who)
        if is_outdated(account.password_hash):
            self.store.change(account.name, password_hash=hashed(password))
        return self.begin(account, complete=not account.second_factor)

    def with_code(self, session: Session, code: str) -> tuple[str, Session] | Refusal:
        """Show the second factor: the session is begun anew under another id; a code counts once."""
        account, who = self.store.account(session.account), self._attempts_of(f"code of {session.account}")
        if self._delay(who) > timedelta(0):
            return "wait"
        step = None if account is None else self.matching_step(account, code)
        if account is None or step is None:
            self.store.note_failure(who, self.clock())
            return "wrong"
        self.store.forget_failures(who)
        self.store.change(account.name, second_factor_step=step)
        self.store.end_session(session.id)
        return self.begin(account, complete=True, ends=session.ends)

    def confirms(self, session: Session, password: str) -> bool:
        """Whether it is the account's owner who acts: who signed in a moment ago, or tells the password again.

        A wrong password counts as a failed sign-in.
        """
        if self.clock() - session.created <= FRESH:
            return True
        account, who = self.store.account(session.account), self._attempts_of(session.account)
        if account is None or self._delay(who) > timedelta(0):
            return False
        if not is_password(password, account.password_hash):
            self.store.note_failure(who, self.clock())
            return False
        self.store.forget_failures(who)
        return True

    def sessions_of(self, account: str) -> tuple[Session, ...]:
        """Return the sessions of an account that are alive, the latest used first."""
        now = self.clock()
        return tuple(one for one in self.store.sessions_of(account) if self._lives(one, now))

    def begin(
        self, account: Account, *, complete: bool, ends: datetime | None = None, desk_factor: bool = False
    ) -> tuple[str, Session]:
        """Begin a session; returned are the secret for the cookie and the session.

        Of more than `MOST_SESSIONS` the one that was longest unused is ended.
        """
        secret, now = secrets.token_urlsafe(32), self.clock()
        for one in self.store.sessions_of(account.name)[MOST_SESSIONS - 1 :]:
            self.store.end_session(one.id)
        session = Session(
            id=secret_digest(secret), account=account.name, role=account.role, created=now, seen=now,
            complete=complete, ends=ends, desk_factor=desk_factor,
        )  # fmt: skip
        self.store.begin_session(session)
        return secret, session

    def session(self, secret: str) -> Session | None:
        """Return the session of a cookie; one that idled or grew too old is ended."""
        current = self.store.session(secret_digest(secret)) if secret else None
        if current is None:
            return None
        now = self.clock()
        if not self._lives(current, now):
            self.store.end_session(current.id)
            return None
        if now - current.seen > _TOUCH:
            self.store.touch(current.id, now)
        return current

    def matching_step(self, account: Account, code: str) -> int | None:
        """Return the time step of a code of the second factor, if it fits and was not used yet."""
        secret = self.seal.opened(account.second_factor)
        now = int(self.clock().replace(tzinfo=UTC).timestamp()) // _STEP_SECONDS
        for step in (now - 1, now, now + 1) if secret else ():
            expected = pyotp.TOTP((secret or b"").decode()).at(step * _STEP_SECONDS)
            if secrets.compare_digest(expected.encode(), code.strip().encode()) and step > account.second_factor_step:
                return step
        return None

    @property
    def seal(self) -> Seal:
        """What seals the secrets of second factors."""
        return Seal(self.settings.key, SECOND_FACTOR)

    def _lives(self, session: Session, now: datetime) -> bool:
        in_time = session.ends is None or now <= session.ends
        return in_time and now - session.seen <= self.settings.idle and now - session.created <= self.settings.absolute

    def _attempts_of(self, name: str) -> str:
        return sealed_digest(self.settings.key, "attempt", name.casefold())

    def _delay(self, who: str) -> timedelta:
        """Return how long somebody has to wait: twice as long after each failure."""
        failures, last = self.store.failures(who)
        if last is None or failures < FREE_FAILURES:
            return timedelta(0)
        wait = min(LONGEST_DELAY, timedelta(seconds=2.0 ** min(failures - FREE_FAILURES, 20)))
        return last + wait - self.clock()
