"""Limits are data: each with unit, basis and a source; bands of activity leave no score out."""

from __future__ import annotations

from lupercal.evidence.limits import clinical_limit, clinical_limits, sledai_bands


def test_every_limit_has_a_unit_and_a_source() -> None:
    for name, limit in clinical_limits().items():
        assert limit.unit, name
        assert len(limit.source) > 5, name
        assert clinical_limit(name) == limit.value > 0


def test_bands_hold_every_score_once() -> None:
    scores = [score for low, high in sledai_bands().values() for score in range(low, high + 1)]
    assert scores == list(range(106))
