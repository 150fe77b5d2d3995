"""The answers so far, sealed in a cookie of the candidate's own browser: the server keeps none."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import InputError
from lupercal.programmes.candidate import Answer, Answers, read_answer
from lupercal.rules.questions import questions
from lupercal.web.accounts.sealing import Seal
from lupercal.web.rendering import drop_cookie, set_cookie
from lupercal.web.workbench import workbench_of

COOKIE = "answers"


def kept_answers(request: Request) -> Answers:
    """Return the answers that the browser kept; none where it kept none, or others than ours."""
    settings = workbench_of(request).settings
    opened = Seal(settings.key, COOKIE).opened(request.cookies.get(settings.cookie(COOKIE), ""))
    answers = Answers()
    if opened is None:
        return answers
    try:
        for name, raw in json.loads(opened).items():
            answers = answers.and_then(name, read_answer(questions()[name], raw))
    except (ValueError, KeyError, InputError):  # kept by another version, which asked otherwise
        return Answers()
    return answers


def keep(request: Request, answer: Response, answers: Answers) -> None:
    """Have the browser keep the answers until it is closed."""
    plain = {name: _plain(one) for name, one in answers.given.items()}
    text = json.dumps(plain, separators=(",", ":"))
    set_cookie(request, answer, COOKIE, Seal(workbench_of(request).settings.key, COOKIE).closed(text.encode()))


def forget_answers(request: Request, answer: Response) -> None:
    """Have the browser forget_answers the answers."""
    drop_cookie(request, answer, COOKIE)


def _plain(answer: Answer) -> object:
    return list(answer) if isinstance(answer, tuple) else answer
