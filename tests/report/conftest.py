"""The made-up forecast, drawn once for all tests."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lupercal.forecast.result import Forecast
from lupercal.report.html import forecast_html
from tests.report.build import forecast
from tests.report.page import Page


@dataclass(frozen=True)
class Report:
    """A forecast, its page as text and parsed."""

    forecast: Forecast
    html: str
    page: Page


@pytest.fixture(scope="session")
def report() -> Report:
    """Return the report of the whole made-up forecast."""
    whole = forecast()
    html = forecast_html(whole)
    return Report(whole, html, Page(html))
