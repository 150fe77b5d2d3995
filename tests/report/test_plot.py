"""The drawing of reports against matplotlib, which it stands in for, and its gaps and words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lupercal.report.figures.marks import mark_path
from lupercal.report.figures.plot import Plot, Scale, round_ticks, stepped_out
from lupercal.report.figures.style import INK, MARKERS, MUTED

SIZE, BOX = (4.0, 2.0), (0.1, 0.2, 0.8, 0.7)


@settings(deadline=None)
@given(st.floats(-100, 100), st.floats(0.1, 1e6))
def test_ticks_are_those_of_matplotlib(low: float, wide: float) -> None:
    high = low + wide
    rough = (high - low) / 5
    size = rough / 10.0 ** np.floor(np.log10(rough))
    assume(min(abs(size - k) for k in (1, 2, 2.5, 5, 10)) > 1e-9)  # where two steps are as good, either will do
    wanted = [t for t in MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= t <= high]
    found = round_ticks(low, high)
    inner = [t for t in found if low + 1e-6 * wide < t < high - 1e-6 * wide]
    assert inner == pytest.approx([t for t in wanted if low + 1e-6 * wide < t < high - 1e-6 * wide], abs=1e-6 * wide)
    assert all(low - 1e-6 * wide <= t <= high + 1e-6 * wide for t in found)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 100), st.floats(0, 0.5), st.lists(st.floats(0, 1e4), min_size=1, max_size=5))
def test_a_symlog_axis_is_that_of_matplotlib(linear_below: float, low: float, values: list[float]) -> None:
    ax = Figure().add_axes((0, 0, 1, 1))
    ax.set_yscale("symlog", linthresh=linear_below, linscale=0.6)
    ax.set_ylim(low, 2e4)
    wanted = (ax.transData + ax.transAxes.inverted()).transform([(0.0, value) for value in values])[:, 1]
    assert Scale(low, 2e4, linear_below).share(values) == pytest.approx(wanted, abs=1e-9)


def test_lines_and_bands_have_gaps_where_something_is_not_known() -> None:
    plot = Plot(SIZE, BOX)
    plot.line([0, 0.2, 0.4, 0.6, 1], [0, 0.5, np.nan, 0.5, 1], INK, 1.0)
    plot.band([0, 0.2, 0.4, 0.6, 1], [0, 0, 0, 0, np.nan], [1, 1, np.nan, 1, 1], MUTED, 0.5)
    text = plot.inside("k")
    line = next(d for d in re.findall(r'<path d="([^"]*)"', text) if not d.endswith("z"))
    assert line.count("M ") == 2
    assert text.count("fill-opacity") == 2
    assert "nan" not in text


def test_nothing_known_draws_nothing() -> None:
    plot = Plot(SIZE, BOX)
    plot.line([0, 1], [np.nan, np.nan], INK, 1.0)
    plot.band([], [], [], MUTED, 0.5)
    plot.marks(0.5, np.nan, "o", 5, INK)
    assert "<path" not in plot.inside("k")


def test_words_are_written_as_text_and_what_is_clipped_names_its_own_clip() -> None:
    plot = Plot(SIZE, BOX)
    plot.title("C3 < 0.9 & low")
    plot.rule(0.5)
    text = plot.inside("own")
    assert "C3 &lt; 0.9 &amp; low" in text
    assert text.count('id="own-0"') == text.count("url(#own-0)") == 1


def test_later_layers_lie_on_top_whatever_is_drawn_first() -> None:
    plot = Plot(SIZE, BOX)
    plot.marks(0.5, 0.5, "s", 5, INK)
    plot.band([0, 1], [0, 0], [1, 1], MUTED, 0.5)
    text = plot.inside("k")
    assert text.index("fill-opacity") < text.index(mark_path("s", 144.0, 64.8, 2.5))


def test_steps_hold_until_the_next_place() -> None:
    x, y = stepped_out([0, 1, 2], [5, 6, 7])
    assert x.tolist() == [0, 1, 1, 2, 2]
    assert y.tolist() == [5, 5, 6, 6, 7]


@pytest.mark.parametrize("shape", [*MARKERS, "_"])
def test_every_mark_lies_about_its_place(shape: str) -> None:
    path = mark_path(shape, 100.0, 50.0, 4.0)
    if shape == "o":
        assert path.startswith("M 96.00 50.00 a 4.00 4.00")
        return
    corners = np.array([[float(n) for n in corner.split()] for corner in path[2:-2].split(" L ")])
    assert np.abs(corners - [100, 50]).max() <= 4.0 * np.sqrt(2) + 0.01
    assert np.abs(corners.mean(axis=0) - [100, 50]).max() <= 4.0 / 3 + 0.01
