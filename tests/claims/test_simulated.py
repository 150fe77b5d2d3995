"""Who counts at a visit of the simulations behind claims."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lupercal.claims import simulated
from lupercal.trial.endpoints import registry


def test_an_event_counts_from_its_very_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    event = SimpleNamespace(kind="event", value=lambda seen, day: np.array([99.0, 100.0, 101.0, np.inf]))
    monkeypatch.setattr(registry, "measures", lambda: {"made_up": event})
    assert simulated._values(SimpleNamespace(), "made_up", 100.0).tolist() == [1, 1, 0, 0]  # type: ignore[arg-type]


def test_who_failed_does_not_count_and_who_is_unknown_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SimpleNamespace(kind="state", composite=True, value=lambda seen, day: np.array([1.0, 1.0, np.nan, 0.0]))
    monkeypatch.setattr(registry, "measures", lambda: {"made_up": state})
    seen = SimpleNamespace(failed=np.array([[False, True, True, False]]), row=lambda day: 0)
    found = simulated._values(seen, "made_up", 100.0)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found, [1, 0, np.nan, 0])


def test_steroid_counts_up_to_its_limit_included() -> None:
    limit = simulated.specification().steroid
    seen = SimpleNamespace(at=lambda name, day: np.array([limit - 1, limit, limit + 1]))
    assert simulated._values(seen, "prednisone_le_5", 100.0).tolist() == [1, 1, 0]  # type: ignore[arg-type]
