"""Sending the answers to the clinic, on consent only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from lupercal.web.accounts.inbox import Inbox, Letter, new_letter_id
from lupercal.web.accounts.sessions import utc_now
from lupercal.web.candidate.kept import forget_answers, kept_answers
from lupercal.web.candidate.routes import words_of
from lupercal.web.rendering import rendered
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/candidate")
Text = Annotated[str, Form(max_length=200)]


@router.get("/{language}/send")
def send_page(request: Request, language: str) -> Response:
    """Show what would be sent, and ask for consent."""
    return _page(request, language)


@router.post("/{language}/send")
def send(request: Request, language: str, name: Text = "", contact: Text = "", consent: Text = "") -> Response:
    """Keep the answers for the clinic, if the candidate agreed; the browser then forgets them."""
    words, answers = words_of(language), kept_answers(request)
    given = {"name": name.strip(), "contact": contact.strip()}
    if not answers.given or consent != "yes" or not all(given.values()):
        missing = "send.need_consent" if consent != "yes" else "send.need_contact"
        return _page(request, language, 422, given, words.plain(missing if answers.given else "send.nothing"))
    bench = workbench_of(request)
    now = utc_now()
    letter = Letter(
        id=new_letter_id(), at=now, language=language, consent=words.plain("send.consent"),
        document=answers.document() | {"reference_date": now.date().isoformat()}, **given,
    )  # fmt: skip
    if not Inbox(bench.accounts, bench.settings.key).leave(letter):
        return _page(request, language, 503, given, words.plain("send.full"))
    answer = rendered(request, "candidate/sent.html", words=words)
    forget_answers(request, answer)
    return answer


def _page(
    request: Request, language: str, status: int = 200, given: dict[str, str] | None = None, problem: str = ""
) -> Response:
    answered = len(kept_answers(request).given)
    return rendered(
        request, "candidate/send.html", status, words=words_of(language), given=given or {}, problem=problem,
        answered=answered,
    )  # fmt: skip
