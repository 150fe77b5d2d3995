"""An arm asks the field of residuals once for many answers: they are those of asking each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.evidence import model_errors
from lupercal.evidence.model_errors import ErrorField, shipped_errors
from lupercal.evidence.places import place_table
from lupercal.evidence.random_effects import SCALES
from lupercal.evidence.residual import ResidualField
from lupercal.forecast.arm_residual import ArmResidual
from lupercal.forecast.doubt import _below, _by_residual
from tests.validation.test_residual import figures

DRAWS = tuple(dict(zip(SCALES, np.linspace(low, 0.5, len(SCALES)), strict=True)) for low in (0.05, 0.2))
SHARES = ResidualField(tuple(figures(6, 4, 0.1, 0.1)), DRAWS, (1.2, 0.9))
FIELD = SHARES.conditioned()
ARM = ArmResidual(ErrorField.of(SHARES), "cd19_car_t", "cells", cells=True)
OUTCOMES = tuple(place_table().outcomes)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(OUTCOMES),
    st.one_of(st.integers(0, 40).map(float), st.floats(0, 40)),
    st.floats(0, np.pi / 2),
    st.floats(0, 0.2),
)
def test_answers_are_those_of_the_field(outcome: str, month: float, angle: float, spread: float) -> None:
    place = ARM._place(place_table().outcomes[outcome], month).model_copy(update={"model": angle, "spread": spread})
    wanted = [part[:, 0] for part in FIELD.corrected([place])]
    told = ARM.angles(outcome, month, angle, spread)
    assert told is not None
    for got, expected in zip(told, wanted, strict=True):
        assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["doris", "lldas"])
def test_an_end_point_without_its_steroid_clause_is_as_doubtful_as_with_it(name: str) -> None:
    strict, loose = (ARM.angles(outcome, 12.0, 0.6, 0.01) for outcome in (name, f"{name}_any_steroid"))
    assert strict is not None
    assert loose is not None
    assert [part.tolist() for part in strict] == [part.tolist() for part in loose]


def test_no_study_speaks_of_what_stands_in_no_table() -> None:
    assert ARM.angles("new_damage", 6.0, 0.5, 0.01) is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-0.5, 2), st.floats(0.001, 1)), min_size=1, max_size=6), st.floats(1e-5, 0.05))
def test_the_interval_is_where_the_mixture_passes_its_levels(parts: list[tuple[float, float]], chance: float) -> None:
    means, spreads = (np.array(side) for side in zip(*parts, strict=True))
    low, high = _by_residual(means, spreads, chance)
    widths = np.sqrt(spreads**2 + chance)
    angles = np.arcsin(np.sqrt([low, high]))
    below = _below(angles, means, widths)
    step = 0.0018 * float((1 / widths).mean()) * 0.4
    assert low == 0 or below[0] == pytest.approx(0.05, abs=step)
    assert high in (0.0, 1.0) or below[1] == pytest.approx(0.95, abs=step)


def test_what_is_kept_on_disk_is_what_is_worked_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LUPERCAL_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(model_errors, "shipped_residual", lambda: SHARES)
    for _ in range(2):
        shipped_errors.cache_clear()
        shipped = shipped_errors()
        assert shipped is not None
        assert len(list(tmp_path.glob("*.bin"))) == 1
        fresh = ErrorField.of(SHARES)
        assert np.array_equal(shipped.roots, fresh.roots)
        assert np.array_equal(shipped.known, fresh.known)
        assert shipped.figures == fresh.figures
    shipped_errors.cache_clear()
