"""Tests of claims read the table of simulations that ships; how it is computed anew is a test of its own."""

from __future__ import annotations

import pytest

from lupercal.claims import simulated


@pytest.fixture(autouse=True)
def _shipped_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "current_key", lambda: simulated.shipped_table()[0])
