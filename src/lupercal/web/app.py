"""The application: routes, gate, headers and limits put together."""

from __future__ import annotations

from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from lupercal import __version__
from lupercal.errors import LupercalError
from lupercal.registry.making import make_registry
from lupercal.registry.work_desk import WorkDesk
from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import accounts_in
from lupercal.web.api import routes as api
from lupercal.web.bring_in import routes as bring_in
from lupercal.web.candidate import routes as candidate
from lupercal.web.candidate import sending
from lupercal.web.clinic import (
    alerts,
    candidates,
    day,
    documents,
    eligibility,
    events,
    forecasts,
    journey,
    patient,
    people,
    plan,
    products,
    record,
    visits,
)
from lupercal.web.failures import handle_failures
from lupercal.web.headers import SecurityHeaders
from lupercal.web.limits import BodyLimit, RateLimit
from lupercal.web.pages import (
    account,
    accounts,
    claims,
    keeping,
    letting_in,
    login,
    single_sign_on,
    sources,
    start,
    validation,
)
from lupercal.web.rights.gate import SESSION, admit
from lupercal.web.rights.table import rights
from lupercal.web.settings import WebSettings
from lupercal.web.workbench import Workbench

STATIC = Path(__file__).with_name("static")
_ROUTERS = (
    start.router, sources.router, claims.router, validation.router, single_sign_on.router,
    candidate.router, sending.router, login.router,
    account.router, accounts.router, letting_in.router, keeping.router, people.router,
    patient.router, visits.router, eligibility.router,
    plan.router, products.router, journey.router, events.router, alerts.router, forecasts.router, day.router,
    bring_in.router, documents.router, candidates.router, record.router, api.router,
)  # fmt: skip


def create_app(settings: WebSettings, sign_in: SignIn | None = None) -> FastAPI:
    """Return the application of a workbench.

    Parameters
    ----------
    settings
        Where it keeps its files, and how it is reached.
    sign_in
        The sign-in desk; by default over the accounts in the settings' folder.

    Raises
    ------
    LupercalError
        If a route has no row in the table of rights.
    """
    app = FastAPI(
        title="Lupercal", version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        dependencies=[Depends(admit)],
    )  # fmt: skip
    desk = sign_in or SignIn(accounts_in(settings.folder), settings)
    registry = make_registry(settings.registry, by="workbench")
    app.state.workbench = Workbench(settings, desk, registry, WorkDesk(registry.memory))
    for router in _ROUTERS:
        app.include_router(router)
    _refuse_unlisted(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    handle_failures(app)
    app.add_middleware(BodyLimit, most=settings.upload_bytes)
    bench: Workbench = app.state.workbench
    app.add_middleware(
        RateLimit, per_minute=settings.requests_per_minute, cookie=settings.cookie(SESSION), admitted=bench.admitted
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
    app.add_middleware(SecurityHeaders, secure=settings.secure)
    return app


def listed_routes(app: FastAPI) -> tuple[str, ...]:
    """Return every route as the table of rights names it."""
    routes = [*app.routes, *(route for router in _ROUTERS for route in router.routes)]
    api_routes = (route for route in routes if isinstance(route, APIRoute))
    return tuple(f"{method} {route.path}" for route in api_routes for method in sorted(route.methods or ()))


def _refuse_unlisted(app: FastAPI) -> None:
    for name in listed_routes(app):
        if name not in rights().routes:
            raise LupercalError(f"the route {name} has no row in the table of rights (rights.yaml)")
