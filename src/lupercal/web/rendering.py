"""Pages from templates: everything is escaped, an unknown name is an error, and cookies are set one way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.patient.unit_words import unit_in_words
from lupercal.registry.states import state_label
from lupercal.report.patient_tables import drug_name
from lupercal.report.wording import label, measure_in_words, number
from lupercal.rules.explain import name_in_words
from lupercal.web.languages import Catalogue, catalogue, catalogues
from lupercal.web.names import product_name, programme_name, regimen_name
from lupercal.web.rights.forms import VISITOR, form_token, visitor_of
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of, workbench_of

PLACES = (
    ("see people", "/today", "Today", "t"), ("see people or see pseudonyms", "/patients", "Patients", "p"),
    ("see people or see pseudonyms", "/board", "Programmes", "b"), ("coordinate", "/candidates", "Candidates", "c"),
    ("coordinate", "/import", "Import", "i"), ("read audit", "/audit", "Audit", "a"),
    ("administer", "/accounts", "Accounts", "n"), ("administer", "/keeping", "Keeping", "k"),
)  # fmt: skip
"""The main pages: the right that each asks for, its address, its name, and the letter that leads to it."""
TEMPLATES = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False, cache_size=-1,
    )  # fmt: skip
    environment.globals.update(
        notice=RESEARCH_USE_ONLY, version=__version__, catalogues=catalogues(), unit_words=unit_in_words
    )
    environment.globals.update(state_label=state_label, name_in_words=name_in_words, today=dt.date.today)
    environment.globals.update(
        drug_name=drug_name,
        programme_name=programme_name,
        regimen_name=regimen_name,
        product_name=product_name,
        label=label,
        number=number,
        measure_in_words=measure_in_words,
        places=PLACES,
        dated=_dated,
    )
    environment.filters.update(day=_day, moment=_moment, therapy=regimen_name)
    return environment


def _day(date: dt.date | None) -> Markup:
    """Return a date as people write it; what is not known says so."""
    if date is None:
        return Markup("not known")
    return Markup('<time datetime="{}">{} {:%b %Y}</time>').format(date.isoformat(), date.day, date)


def _dated(zero: dt.date | None, day: int) -> dt.date | None:
    """Return the date of a day that counts from day 0; None where the date of day 0 is not known."""
    return None if zero is None else zero + dt.timedelta(days=day)


def _moment(at: dt.datetime) -> Markup:
    return Markup('<time datetime="{}">{} {:%b %Y, %H:%M} UTC</time>').format(at.isoformat(), at.day, at)


def rendered(
    request: Request, template: str, status: int = 200, *, words: Catalogue | None = None, **values: object
) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request
        What is answered; the page learns from it who is signed in.
    template
        File under ``templates``.
    status
        Status of the answer.
    words
        Language of the page; English where none is given.
    values
        What the template names.
    """
    session = session_of(request)
    shared: Mapping[str, Any] = {
        "t": words or catalogue("en"),
        "session": session,
        "may": lambda right: may(session, right),
        "demo": workbench_of(request).settings.demo,
        "form_token": form_token(request),
        "path": request.url.path,
    }
    answer = HTMLResponse(_environment().get_template(template).render({**shared, **values}), status)
    if hasattr(request.state, "visitor"):
        set_cookie(request, answer, VISITOR, visitor_of(request))
    return answer


def see_other(address: str) -> RedirectResponse:
    """Return an answer that sends the browser to a page after a form was taken."""
    return RedirectResponse(address, 303)


def set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    settings = workbench_of(request).settings
    answer.set_cookie(settings.cookie(name), value, httponly=True, samesite="lax", secure=settings.secure, path="/")


def drop_cookie(request: Request, answer: Response, name: str) -> None:
    """Delete a cookie."""
    settings = workbench_of(request).settings
    answer.delete_cookie(settings.cookie(name), httponly=True, samesite="lax", secure=settings.secure, path="/")
