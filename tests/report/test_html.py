"""The page: well formed, self-contained, usable without eyes or mouse, the same every time, safe with hostile text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import matplotlib
import pytest

from lupercal.report.figures.style import TOKENS
from lupercal.report.html import TEMPLATES, forecast_html
from tests.report.build import WITHHELD, forecast, small
from tests.report.conftest import Report
from tests.report.page import Page

HOSTILE = '<script>alert(1)</script> "quoted" & $x^2$ \'s {{ 7*7 }} <!-- --> url(#a)'


def test_every_tag_is_closed_in_order(report: Report) -> None:
    assert report.page.faults == []


def test_identifiers_are_unique_and_every_reference_inside_the_page_has_its_target(report: Report) -> None:
    identifiers = report.page.identifiers()
    assert [name for name, times in identifiers.items() if times > 1] == []
    wanted = {name for names in report.page.values("aria-labelledby") for name in names.split()}
    wanted |= {target[1:] for target in report.page.values("href") if target.startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]*)\)", report.html))
    assert wanted <= set(identifiers)


def test_nothing_is_fetched_and_nothing_runs(report: Report) -> None:
    assert not {"script", "link", "iframe", "object", "embed", "img", "image", "base", "form"} & {
        t for t, _ in report.page.tags
    }
    links = [one for one in report.page.all("a") if not one["href"].startswith("#")]
    assert all(one["href"].startswith("data:text/csv;base64,") and one["download"].endswith(".csv") for one in links)
    assert report.page.values("src") == []
    assert [name for _, attributes in report.page.tags for name in attributes if name.startswith("on")] == []
    assert re.findall(r"url\((?!#)|@import|@font-face", report.html) == []
    assert "default-src 'none'" in report.html


def test_one_title_and_headings_that_never_skip_a_level(report: Report) -> None:
    levels = report.page.headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_every_figure_says_what_it_shows_to_those_who_cannot_see_it(report: Report) -> None:
    figures = [figure for figure in report.page.all("svg") if figure.get("class") == "plot"]
    titles = {name for name in report.page.identifiers() if name.endswith(("-title", "-text"))}
    assert len(figures) == 4 * 5 + 2 + 3 + 4, "the last four: prednisone by protocol of care"
    people = [figure for figure in report.page.all("svg") if figure.get("class") == "ten"]
    assert len(people) == 4 * 4
    assert all(figure["role"] == "img" and "of 10" in figure["aria-label"] for figure in people)
    for figure in figures:
        assert figure["role"] == "img"
        assert len(set(figure["aria-labelledby"].split()) & titles) == 2


def test_tables_have_captions_and_headings_with_scope(report: Report) -> None:
    page = report.page
    assert len(page.all("caption")) == len(page.all("table")) > 4
    assert {cell.get("scope") for cell in page.all("th")} == {"col", "row"}


def test_the_keyboard_reaches_what_scrolls_and_can_skip_the_contents(report: Report) -> None:
    scrolling = [a for _, a in report.page.tags if a.get("class") == "scroll"]
    assert len(scrolling) == len(report.page.all("table")) - 1
    assert all(a["tabindex"] == "0" and a["role"] == "region" and a["aria-label"] for a in scrolling)
    links = report.page.all("a")
    assert links[0] == {"class": "skip", "href": "#answer"}
    assert report.page.all("html") == [{"lang": "en"}]


def test_the_page_says_what_it_is_for_before_anything_else(report: Report) -> None:
    text = report.page.text()
    order = [
        "Research use only",
        "Safety first",
        "Forecast beside fact",
        "How active",
        "Not known: ask or measure",
        "Care assumed in every arm",
        "What each therapy would probably do",
        "Do not conclude",
        "Before and after",
        "Details",
        "effective sample size",
        "made-up dose",
        "How this forecast was made",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_all_but_page_one_and_the_figures_is_folded(report: Report) -> None:
    """Nothing is open by itself, and what is folded has a heading that says what it holds."""
    folds = report.page.all("details")
    assert len(folds) == len(report.page.all("summary")) >= 9
    assert all("open" not in fold for fold in folds)


def test_arms_stand_in_one_order_whatever_was_asked_for_and_failed_ones_are_marked_everywhere(report: Report) -> None:
    whole = small()
    turned = forecast_html(replace(whole, arms=whole.arms[::-1]))
    assert turned == forecast_html(whole)
    heads = re.findall(r"<t?h[^>]*>[^<]*(?:<span[^>]*>[^<]*</span>)?[^<]*Rituximab[^<]*", report.html)
    assert heads
    assert all("failed before" in head for head in heads)
    drawn = re.findall(r"under [^<.]*Rituximab[^<.]*", report.html)
    assert drawn
    assert all("failed before" in text for text in drawn)


@pytest.mark.parametrize("word", ["best", "better", "worst", "superior", "recommend", "should", "winner"])
def test_no_advice_and_no_ranking(report: Report, word: str) -> None:
    own_words = report.page.text().replace("as good as the model and no better", "")
    before, _, rest = own_words.partition("Safety, danger by danger")  # quotes what guidelines say
    own_words = before + rest[rest.index("Forecast beside fact, value by value") :]
    assert re.search(rf"\b{word}", own_words, re.IGNORECASE) is None


def test_hostile_text_stays_text() -> None:
    base = small(HOSTILE)
    arm = replace(base.arms[0], name=HOSTILE, evidence=HOSTILE, doses_in_words=(HOSTILE,), day_zero=HOSTILE)
    html = forecast_html(replace(base, arms=(arm, base.arms[1]), sources={"a": HOSTILE}, provenance={HOSTILE: HOSTILE}))
    page = Page(html)
    assert page.faults == []
    assert page.all("script") == []
    assert "<!--" not in html
    assert page.text().count(HOSTILE) >= 6
    assert "49" not in "".join(re.findall(r"<h1>(.*?)</h1>", html))


def test_same_forecast_same_bytes_whatever_matplotlib_was_set_to() -> None:
    first = forecast_html(small())
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": True}):
        assert forecast_html(small()) == first
        assert matplotlib.rcParams["font.size"] == 30


def test_a_withheld_arm_shows_its_reason_and_no_efficacy_number() -> None:
    """The page must not depend on any efficacy number of a withheld arm; it does depend on those of the other."""
    whole = small()
    shown, hidden = whole.arms
    chances = tuple(replace(c, probability=0.1234, low=0.1, high=0.2) for c in hidden.chances)
    harm = tuple(replace(c, probability=0.4321) for c in hidden.toxicity)
    bands = {name: replace(band, quantiles=band.quantiles + 3) for name, band in hidden.bands.items()}
    page = forecast_html(whole)
    assert (
        forecast_html(replace(whole, arms=(shown, replace(hidden, chances=chances, bands=bands, toxicity=harm))))
        == page
    )
    assert forecast_html(replace(whole, arms=(replace(shown, chances=chances), hidden))) != page
    assert Page(page).text().count(WITHHELD) >= 3


def test_a_forecast_with_nothing_to_show_still_makes_a_page() -> None:
    whole = small()
    bare = replace(whole, arms=(), assessment=(), sources={}, parameter_counts={}, background=(), baseline_day=-999)
    page = Page(
        forecast_html(replace(bare, patient=replace(bare.patient, sources=(), treatments=(), notes=(), visits=())))
    )
    assert page.faults == []
    assert "The forecast names no source." in page.text()
    assert [figure for figure in page.all("svg") if figure.get("role") == "img"] == []


def test_only_abbreviations_that_occur_are_explained(report: Report) -> None:
    text = report.page.text()
    explained = text[text.index("Abbreviations", text.index("How this forecast was made")) :]
    assert "lupus low disease activity state" in explained
    assert "antigen receptor" in explained
    assert "macrophage" not in explained
    assert "azathioprine" not in explained


def test_both_themes_define_every_colour_the_figures_use() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(encoding="utf-8"), re.DOTALL)
    for token in TOKENS.values():
        assert f"{token}: #" in light
        assert f"{token}: #" in dark


def test_a_report_with_five_therapies_can_be_sent_by_mail(report: Report) -> None:
    assert len(report.html) < 3_000_000


def test_circles_are_named_only_where_they_are_drawn() -> None:
    whole = forecast()
    others = tuple(arm for arm in whole.arms if arm.therapy != "cd19_car_t")  # the arm that the patient was given
    assert "circles: this patient later" in forecast_html(whole)
    assert "circles: this patient later" not in forecast_html(replace(whole, arms=others))
