"""The pages in a real browser: axe finds nothing, page one fits one screen, narrow screens hide nothing at the side."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lupercal.report.summary import pages
from tests.report.build import crowded, forecast

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
AXE = Path(os.environ.get("AXE", "node_modules/axe-core/axe.min.js"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM or not AXE.is_file(), reason="needs chromium and axe-core (see .ci/run)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages(forecast()).items():
        (folder / name).write_text(text, encoding="utf-8")
    return {path.name: path.as_uri() for path in folder.iterdir()}


def opened(browser: Any, address: str, width: int, scheme: str = "light") -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize(
    "name", ["report.html", "report_details.html", "summary_clinician.html", "summary_patient.html"]
)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_violation(browser: Any, written: dict[str, str], name: str, width: int, scheme: str) -> None:
    page = opened(browser, written[name], width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    page.context.close()
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


def test_page_one_fits_one_screen(browser: Any, written: dict[str, str]) -> None:
    page = opened(browser, written["report.html"], 1280)
    bottom = page.evaluate("document.querySelector('#page-one').getBoundingClientRect().bottom")
    page.context.close()
    assert bottom <= 900


def test_page_one_of_seven_therapies_fits_one_screen(browser: Any, tmp_path: Path) -> None:
    whole = crowded()
    assert len([one for one in whole.safety if one.stops]) >= 2
    (tmp_path / "report.html").write_text(pages(whole)["report.html"], encoding="utf-8")
    page = opened(browser, (tmp_path / "report.html").as_uri(), 1280)
    rows, bottom = (
        page.evaluate(f"document.querySelector('#page-one'){what}")
        for what in (".querySelectorAll('tbody tr').length", ".getBoundingClientRect().bottom")
    )
    page.context.close()
    assert rows == 7
    assert bottom <= 900


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_hidden_at_the_side(browser: Any, written: dict[str, str], width: int) -> None:
    for name, address in written.items():
        page = opened(browser, address, width)
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        beyond = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && "
            "getComputedStyle(e).position !== 'absolute').map(e => e.outerHTML.slice(0, 100))"
        )
        page.context.close()
        assert beyond == [], name
