"""One running workbench: its settings, its accounts, and what routes reach through a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from starlette.requests import Request

from lupercal.registry.opened import Registry
from lupercal.registry.work_desk import WorkDesk
from lupercal.web.accounts.records import Session
from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import AccountStore
from lupercal.web.settings import WebSettings

MOST_ADMITTED = 10_000


@final
@dataclass(frozen=True, slots=True)
class Workbench:
    """What every route may use."""

    settings: WebSettings
    sign_in: SignIn
    registry: Registry
    work: WorkDesk
    admitted: dict[str, None] = field(default_factory=dict)
    """Ids of sessions that were let in, the latest last."""

    def admit(self, session: str) -> None:
        """Note that a session was let in; it then has a limit of requests of its own."""
        self.admitted.pop(session, None)
        self.admitted[session] = None
        if len(self.admitted) > MOST_ADMITTED:
            self.admitted.pop(next(iter(self.admitted)), None)

    @property
    def accounts(self) -> AccountStore:
        """Where accounts are kept."""
        return self.sign_in.store


def workbench_of(request: Request) -> Workbench:
    """Return the workbench that answers a request."""
    bench: Workbench = request.app.state.workbench
    return bench


def session_of(request: Request) -> Session | None:
    """Return who is signed in, as the gate found it; None for a visitor."""
    session: Session | None = getattr(request.state, "session", None)
    return session


def signed_in(request: Request) -> Session:
    """Return who is signed in, on a route that nobody else reaches."""
    session = session_of(request)
    assert session is not None
    return session
