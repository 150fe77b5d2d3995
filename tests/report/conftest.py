"""The made-up forecast, drawn once for all tests."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from lupercal.forecast.result import Forecast
from lupercal.report.html import forecast_html
from tests.report.build import forecast
from tests.report.page import Page


@dataclass(frozen=True)
class Report:
    """A forecast, its page as text and parsed, and the processor time it took."""

    forecast: Forecast
    html: str
    page: Page
    seconds: float


@pytest.fixture(scope="session")
def report() -> Report:
    """Return the report of the whole made-up forecast."""
    whole, start = forecast(), time.process_time()
    html = forecast_html(whole)
    return Report(whole, html, Page(html), time.process_time() - start)
