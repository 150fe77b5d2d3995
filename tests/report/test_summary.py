"""Two printed pages for the clinician, two for the patient: what they hold, what they leave out, how they print."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from lupercal.report.html import forecast_html
from lupercal.report.shown import page_one_data
from lupercal.report.summary import pages, pdf, summary_html
from lupercal.therapy.records import Finding, Level
from tests.report.build import WITHHELD, forecast
from tests.report.page import Page

MADE = pages(forecast())


@pytest.mark.parametrize("name", ["summary_clinician.html", "summary_patient.html"])
def test_a_summary_needs_nothing_else_and_is_well_formed(name: str) -> None:
    page = Page(MADE[name])
    assert page.faults == []
    assert not {"script", "link", "img", "iframe", "a"} & {tag for tag, _ in page.tags}
    assert re.findall(r"url\((?!#)|@import|@font-face|var\(--", MADE[name].replace("var(--hue", "")) == []
    assert "Research use only" in page.text()
    assert page.headings[0] == 1


def test_both_begin_with_safety_and_say_what_is_withheld_and_failed() -> None:
    for name in ("summary_clinician.html", "summary_patient.html"):
        text = Page(MADE[name]).text()
        assert text.index("safety" if "patient" in name else "Safety first") < text.index("CD19 CAR-T")
        assert WITHHELD in text
        assert "failed before" in text


def test_the_patient_reads_people_and_not_per_cent_of_the_model() -> None:
    text = Page(MADE["summary_patient.html"]).text()
    assert re.search(r"(Between \d+ and \d+|Fewer than 1|About \d+) of 10 had no sign of active lupus", text)
    assert "Questions to ask" in text
    body = text[: text.index("What others saw")]
    assert not re.search(r"\d\s%", body)
    assert not re.search(r"\b(DORIS|LLDAS|eGFR)\b", text[text.index("After 12") : text.index("Words used")])


def test_every_level_and_finding_of_evidence_has_plain_words() -> None:
    told = page_one_data()["evidence"]
    assert set(told["level"]) == set(get_args(Level))
    assert set(told["finding"]) == set(get_args(Finding))


def test_what_studies_found_is_told_as_theirs_and_promises_nobody_anything() -> None:
    findings = page_one_data()["evidence"]["finding"]
    assert findings["benefit"].startswith("In studies")
    assert "not help everyone" in findings["benefit"]
    assert findings["harm"].startswith("In studies")


def test_the_same_forecast_gives_the_same_summary() -> None:
    assert summary_html(forecast(), "patient") == MADE["summary_patient.html"]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["summary_clinician.html", "summary_patient.html"])
def test_a_summary_prints_on_two_pages(name: str) -> None:
    weasyprint = pytest.importorskip("weasyprint")
    assert len(weasyprint.HTML(string=MADE[name]).render().pages) == 2
    assert pdf(MADE[name]).startswith(b"%PDF")


def test_care_stands_on_paper_drugs_and_harms_beside_the_benefit() -> None:
    text = Page(MADE["summary_clinician.html"]).text()
    care = text[text.index("Under each protocol of care") :]
    for column in ("DORIS", "Tablets per day", "Severe flare", "Serious infection", "Kidney failure", "Death"):
        assert column in care
    assert "tablets a day" in Page(MADE["summary_patient.html"]).text()


def test_the_report_is_short_and_the_details_hold_the_rest() -> None:
    whole = forecast_html(forecast())
    for heading in ("Safety, danger by danger", "Probabilities, with what each share", "Sources and provenance"):
        assert heading in whole
        assert heading in MADE["report_details.html"]
        assert heading not in MADE["report.html"]
    for text in (MADE["report.html"], whole):
        assert "What each therapy would probably do" in text
        assert "Assumptions and limits" in text
    assert 'href="report_details.html"' in MADE["report.html"]
    assert 'href="report.html"' in MADE["report_details.html"]
    assert "report_details.html" not in whole
    assert "data:text/csv" not in MADE["report.html"], "files lie with the details"
