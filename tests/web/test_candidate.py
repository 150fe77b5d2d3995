"""The questionnaire in the browser: it asks what the rules ask, goes back, keeps nothing, and never clears a danger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.patient.read import read_patient as read_file
from lupercal.programmes.candidate import Answer, Answers, candidate_results
from lupercal.programmes.registry import programmes
from lupercal.rules.questions import questions
from lupercal.web.languages import catalogue
from tests.web.site import Site, Visitor


def asked(page: Any) -> str:
    found = re.search(r'name="name" value="(\w+)"', page.text)
    return found[1] if found else ""


def reply(visitor: Visitor, page: Any, answer: str = "", language: str = "en") -> Any:
    move = "on" if answer else "unknown"
    return visitor.post(f"/candidate/{language}/question", {"name": asked(page), "answer": answer, "move": move})


def answered(visitor: Visitor, given: dict[str, str], language: str = "en") -> Any:
    """Answer what is in ``given`` and *do not know* to the rest, up to the result."""
    page = visitor.get(f"/candidate/{language}/question?go=1")
    while asked(page):
        page = reply(visitor, page, given.get(asked(page), ""), language)
    return page


def answered_only(visitor: Visitor, given: dict[str, str]) -> None:
    """Answer single questions, as somebody does who comes back to them."""
    for name, answer in given.items():
        visitor.get(f"/candidate/en/question?name={name}")
        page = visitor.post("/candidate/en/question", {"name": name, "answer": answer, "move": "on"})
        assert page.status_code == 200


def test_the_browser_leads_to_the_results_of_the_command_line(site: Site) -> None:
    visitor = site.visitor()
    given = {"lupus_type": "systemic", "age": "33", "sex_female": "yes", "pregnant": "yes", "rash": "no"}
    page = answered(visitor, given)
    assert page.url.path == "/candidate/en/result"
    kept = yaml.safe_load(visitor.get("/candidate/en/answers.yaml").text)
    assert kept["age_years"] == 33
    assert kept["visits"][0]["values"]["pregnant"] is True
    plain: dict[str, Answer] = {
        "lupus_type": "systemic",
        "age": 33.0,
        "sex_female": True,
        "pregnant": True,
        "rash": False,
    }
    for one in candidate_results(programmes().values(), Answers(given=plain)):
        met = len(one.answered("met")) + len(one.answered("counted as met"))
        stated = met + len(one.answered("not met")) + len(one.answered("unknown"))
        assert f"meets {met} of {stated}" in page.text, one.programme.id
    assert "Speaks against" in page.text
    assert page.text.index("What must be cleared first") < page.text.index("What the programmes state")


def test_answers_are_a_patient_file(site: Site, tmp_path: Any) -> None:
    visitor = site.visitor()
    answered_only(visitor, {"age": "41"})
    (tmp_path / "my-answers.yaml").write_text(visitor.get("/candidate/en/answers.yaml").text, encoding="utf-8")
    assert read_file(tmp_path / "my-answers.yaml").age_years == 41


def test_nothing_known_is_no_leave_to_treat(site: Site) -> None:
    page = answered(site.visitor(), {})
    assert "This is no leave to treat" in page.text
    assert "This does not mean that it is safe" in page.text


def test_back_shows_what_was_answered_and_it_can_be_changed(site: Site) -> None:
    visitor = site.visitor()
    page = reply(visitor, visitor.get("/candidate/en/question"), "discoid")
    back = re.search(r'href="(/candidate/en/question\?name=\w+)">Back<', page.text)
    assert back is not None
    page = visitor.get(back[1])
    assert asked(page) == "lupus_type"
    assert re.search(r'value="discoid"[^>]* checked', page.text)
    assert asked(reply(visitor, page, "systemic")) != "lupus_type"


@pytest.mark.parametrize("answer", ["abc", "-3", "9e99", "<script>alert(1)</script>", "nan"])
def test_an_answer_that_is_none_is_asked_again_and_kept_in_the_field(site: Site, answer: str) -> None:
    visitor = site.visitor()
    visitor.get("/candidate/en/question?name=age")
    page = visitor.post("/candidate/en/question", {"name": "age", "answer": answer, "move": "on"})
    assert page.status_code == 422
    assert asked(page) == "age"
    assert "<script>" not in page.text
    assert visitor.get("/candidate/en/answers.yaml").text.count("age_years") == 0


def test_no_answer_is_not_taken_for_one(site: Site) -> None:
    visitor = site.visitor()
    visitor.get("/candidate/en/question")
    page = visitor.post("/candidate/en/question", {"name": "lupus_type", "move": "on"})
    assert page.status_code == 422
    assert "There is a problem" in page.text


@pytest.mark.parametrize("code", ["en", "de", "he", "tr"])
def test_an_answer_against_an_earlier_one_is_asked_again_and_the_danger_stays(site: Site, code: str) -> None:
    visitor = site.visitor()
    answered_only(visitor, {"sex_female": "yes", "pregnant": "yes"})
    visitor.get(f"/candidate/{code}/question?name=sex_female")
    page = visitor.post(f"/candidate/{code}/question", {"name": "sex_female", "answer": "no", "move": "on"})
    assert page.status_code == 422
    assert asked(page) == "sex_female"
    assert catalogue(code).plain("candidate.contradicts") in page.text
    result = visitor.get("/candidate/en/result")
    assert result.status_code == 200
    assert "Speaks against" in result.text
    answered_only(visitor, {"pregnant": "no", "sex_female": "no"})


def test_the_server_keeps_no_answer(site: Site) -> None:
    visitor = site.visitor()
    answered_only(visitor, {"age": "41", "pregnant": "yes"})
    assert "age_years" in visitor.get("/candidate/en/answers.yaml").text
    visitor.get("/candidate/en/result")
    visitor.post("/candidate/en/forget")
    assert "age_years" not in visitor.get("/candidate/en/answers.yaml").text


def test_a_cookie_that_was_changed_counts_as_no_answers(site: Site) -> None:
    visitor = site.visitor()
    answered_only(visitor, {"age": "41"})
    sealed = visitor.client.cookies["answers"]
    for bad in ("", "x", sealed[:-4] + "AAA=", sealed[::-1]):
        other = site.visitor()
        other.client.cookies.set("answers", bad)
        assert "age_years" not in other.get("/candidate/en/answers.yaml").text


@pytest.mark.parametrize("language", ["de", "he", "tr"])
def test_other_languages_ask_the_same(site: Site, language: str) -> None:
    visitor = site.visitor()
    assert asked(visitor.get(f"/candidate/{language}/question")) == "lupus_type"
    answered_only(visitor, {"lupus_type": "systemic"})
    page = visitor.get(f"/candidate/{language}/result")
    assert f'lang="{language}"' in page.text
    assert "&lt;span" not in page.text
    assert ('dir="rtl"' in page.text.partition(">")[0] + page.text[:200]) == (language == "he")


def test_the_browsers_language_is_taken(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get("/candidate", headers={"accept-language": "he-IL,en;q=0.5"}).url.path == "/candidate/he"
    assert visitor.get("/candidate", headers={"accept-language": "xx"}).url.path == "/candidate/en"
    assert visitor.get("/candidate/xx").status_code == 404


def test_every_question_says_why_in_plain_words() -> None:
    """Reading age 12: short sentences, each of at most twenty words."""
    for one in questions().values():
        for sentence in re.split(r"[.?!]\s", one.why):
            assert len(sentence.split()) <= 20, one.name


def test_answers_are_sent_on_consent_only_and_taken_in_by_a_coordinator(tmp_path: Any) -> None:
    site = Site(tmp_path)
    visitor = site.visitor()
    answered_only(visitor, {"lupus_type": "systemic", "age": "33"})
    visitor.get("/candidate/en/send")
    given = {"name": "Katherine Johnson-Test", "contact": "k@example.test"}
    assert visitor.post("/candidate/en/send", given).status_code == 422
    coordinator = site.signed_in("coordinator")
    assert "Johnson" not in coordinator.get("/candidates").text
    assert visitor.post("/candidate/en/send", given | {"consent": "yes"}).status_code == 200
    assert "age_years" not in visitor.get("/candidate/en/answers.yaml").text
    assert b"Johnson" not in (tmp_path / "accounts.sqlite").read_bytes()
    page = coordinator.get("/candidates")
    assert "Katherine Johnson-Test" in page.text
    letter = re.search(r"/candidates/(\w+)/accept", page.text)
    assert letter is not None
    taken = coordinator.post(f"/candidates/{letter[1]}/accept")
    assert "Katherine Johnson-Test" in taken.text
    assert "candidate" in taken.text
    assert "Johnson" not in coordinator.get("/candidates").text
    patient = taken.url.path.rpartition("/")[2]
    assert site.app.state.workbench.registry.patients.whole(patient).age_years == 33


@pytest.mark.parametrize("code", ["en", "de", "he", "tr"])
def test_a_number_out_of_range_is_told_the_range_in_the_page_s_language(tmp_path: Path, code: str) -> None:
    visitor = Site(tmp_path).visitor()
    visitor.get(f"/candidate/{code}/question?name=hemoglobin")
    given = {"name": "hemoglobin", "move": "on"}
    refused = visitor.post(f"/candidate/{code}/question", given | {"answer": "34"})
    assert refused.status_code == 422
    sentence = catalogue(code).plain("candidate.range", low="1", high="25")
    assert refused.text.count(sentence) == 2
    assert 'value="34"' in refused.text
    visitor.get(f"/candidate/{code}/question?name=hemoglobin")
    assert visitor.post(f"/candidate/{code}/question", given | {"answer": "11.5"}).status_code == 200
