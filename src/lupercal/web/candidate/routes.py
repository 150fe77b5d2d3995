"""The addresses of the questionnaire."""

from __future__ import annotations

import yaml
from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import InputError
from lupercal.patient.variables import variables
from lupercal.programmes.candidate import Answer, Answers, read_answer
from lupercal.programmes.records import Programme
from lupercal.programmes.registry import programmes
from lupercal.rules.questions import Question, questions
from lupercal.web.candidate.ending import ending
from lupercal.web.candidate.kept import forget_answers, keep, kept_answers
from lupercal.web.candidate.steps import QuestionStep, knows_all_of_own, next_step, step_of
from lupercal.web.languages import Catalogue, catalogue, catalogues, preferred
from lupercal.web.rendering import rendered, see_other

router = APIRouter(prefix="/candidate")


@router.get("")
def in_own_language(request: Request) -> Response:
    """Send the browser to the first page in its language."""
    return see_other(f"/candidate/{preferred(request.headers.get('accept-language', ''))}")


@router.get("/{language}")
def intro(request: Request, language: str) -> Response:
    """Say what will be asked, why, and what happens with the answers."""
    answers = kept_answers(request)
    return rendered(request, "candidate/intro.html", words=words_of(language), answered=len(answers.given))


@router.get("/{language}/question")
def ask_question(request: Request, language: str, name: str = "") -> Response:
    """Ask the next question, or one again."""
    answers = kept_answers(request)
    if name and name not in questions():
        raise HTTPException(404)
    step = step_of(name, _all(), answers) if name else next_step(_all(), answers)
    if step is None:
        return see_other(f"/candidate/{language}/result")
    if not name and step.question.who == "clinic" and step.place == 1 and "go" not in request.query_params:
        return rendered(request, "candidate/papers.html", words=words_of(language), step=step)
    return _asked(request, words_of(language), step, answers)


@router.post("/{language}/question")
async def answered(request: Request, language: str) -> Response:
    """Take an answer and go on; *do not know* is an answer."""
    form, words, answers = await request.form(), words_of(language), kept_answers(request)
    name = str(form.get("name", ""))
    if name not in questions():
        raise HTTPException(404)
    asked = questions()[name]
    raw = [str(one) for one in form.getlist("answer")]
    if form.get("move") != "unknown" and not [one for one in raw if one.strip()]:
        return _asked(request, words, step_of(name, _all(), answers), answers, problem=words.plain("candidate.none"))
    try:
        taken = (
            None if form.get("move") == "unknown" else read_answer(asked, raw if asked.form == "some of" else raw[0])
        )
    except InputError:
        step = step_of(name, _all(), answers)
        return _asked(request, words, step, answers, problem=_problem(words, asked), typed=raw[0][:60])
    changed = answers.and_then(name, taken)
    if _contradict(changed):
        step = step_of(name, _all(), answers)
        return _asked(request, words, step, answers, problem=words.plain("candidate.contradicts"))
    onward = see_other(f"/candidate/{language}/question?go=1")
    keep(request, onward, changed)
    return onward


@router.get("/{language}/result")
def result(request: Request, language: str) -> Response:
    """Say what the answers come to."""
    answers = kept_answers(request)
    more = not knows_all_of_own(_all(), answers)
    return rendered(request, "candidate/result.html", words=words_of(language), end=ending(_all(), answers), more=more)


@router.get("/{language}/answers.yaml")
def download(request: Request, language: str) -> Response:
    """Return the answers as a patient file."""
    text = yaml.safe_dump(kept_answers(request).document(), sort_keys=False, allow_unicode=True)
    shown = {"Content-Disposition": 'attachment; filename="my-answers.yaml"'}
    return Response(text, media_type="application/yaml", headers=shown)


@router.post("/{language}/forget")
def forgotten(request: Request, language: str) -> Response:
    """Have the browser forget_answers everything."""
    answer = see_other(f"/candidate/{language}")
    forget_answers(request, answer)
    return answer


def _asked(
    request: Request, words: Catalogue, step: QuestionStep, answers: Answers, *, problem: str = "", typed: str = ""
) -> Response:
    given = answers.given.get(step.question.name)
    shown = typed or _typed(given)
    status = 422 if problem else 200
    return rendered(
        request, "candidate/question.html", status, words=words, step=step, given=given, typed=shown, problem=problem,
        was_asked=step.question.name in answers.given,
    )  # fmt: skip


def _problem(words: Catalogue, asked: Question) -> str:
    """Return what is wrong with an answer: of a number the range that is plausible, as the data dictionary has it."""
    if asked.form != "number":
        return words.plain("candidate.choose")
    low, high = variables()[asked.name].low, variables()[asked.name].high
    return words.plain("candidate.range", low=f"{low:g}", high=f"{high:g}")


def _typed(given: Answer) -> str:
    return f"{given:g}" if isinstance(given, float) and not isinstance(given, bool) else ""


def _contradict(answers: Answers) -> bool:
    """Whether no patient can be as these answers say, such as a man who is pregnant."""
    try:
        next_step(_all(), answers)
    except InputError:
        return True
    return False


def _all() -> tuple[Programme, ...]:
    return tuple(programmes().values())


def words_of(language: str) -> Catalogue:
    """Return the texts of a language, or answer that there is no such page."""
    if language not in catalogues():
        raise HTTPException(404)
    return catalogue(language)
