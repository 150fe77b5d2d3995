"""Intervals that hold what they promise: parameters, chance and what neither explains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm

from lupercal.errors import InputError
from lupercal.evidence import unexplained
from lupercal.evidence.studies import study
from lupercal.evidence.study_records import Row
from lupercal.evidence.unexplained import Estimated, Unexplained, read_estimated
from lupercal.validation.printed import as_printed, log_likelihood
from lupercal.validation.unexplained import assumed, estimated, kind_of

NONE = Unexplained(share=0.0, log_ratio=0.0, level=0.0, time=0.0, change=0.0)
WIDE = Unexplained(share=0.1, log_ratio=0.3, level=0.2, time=0.2, change=0.2, tails=4)


def share(n: int = 120) -> Row:
    return replace(study("bliss52").outcomes[0], n=n)


def ratio() -> Row:
    return next(row for row in study("bliss52").outcomes if row.statistic == "hazard_ratio")


@pytest.mark.parametrize("apart", [assumed().scales, WIDE])
def test_the_interval_of_a_right_model_holds_nine_of_ten_studies(apart: Unexplained) -> None:
    drawn = as_printed(share(), np.full(20, 40.0), np.full(20, np.nan), apart)
    low, high = np.quantile(drawn, [0.05, 0.95])
    own = apart.share_shifted(np.array(0.4), apart.quantiles(np.random.default_rng(1).random(4000)))
    printed = np.random.default_rng(2).binomial(120, own) / 1.2
    assert 0.87 <= np.mean((printed >= low) & (printed <= high)) <= 0.96


def test_more_patients_make_a_narrower_interval_and_more_sets_a_wider_one() -> None:
    one, none = np.full(16, 40.0), np.full(16, np.nan)
    small, large = (np.ptp(as_printed(share(n), one, none, assumed().scales)) for n in (30, 3000))
    spread = np.ptp(as_printed(share(3000), np.linspace(20, 60, 16), none, assumed().scales))
    assert large < small
    assert spread > 2 * large


@pytest.mark.parametrize("everyone", [0.0, 100.0])
def test_few_virtual_patients_do_not_exclude_what_happened_to_none_of_them(everyone: float) -> None:
    values, none = np.full(8, everyone), np.full(8, np.nan)
    far = [
        np.abs(as_printed(share(6), values, none, NONE, np.full(8, behind)) - everyone) for behind in (2, 5, 20, 255)
    ]
    assert [float(one.mean()) for one in far] == sorted((float(one.mean()) for one in far), reverse=True)
    assert far[1].mean() == pytest.approx(100 * 0.5 / 6, abs=0.5)  # half a patient of six
    assert np.array_equal(far[-1], np.abs(as_printed(share(6), values, none, NONE) - everyone))


def test_what_happened_to_some_of_them_stays_as_it_is() -> None:
    values, none = np.array([20.0, 40.0, 80.0]), np.full(3, np.nan)
    few, many = (as_printed(share(30), values, none, WIDE, behind) for behind in (np.array([5, 5, 5]), 256))
    assert np.array_equal(few, many)


def test_shares_stay_shares_however_far_studies_lie_apart() -> None:
    far = Unexplained(share=2.0, log_ratio=0, level=0, time=0, change=0, tails=4)
    drawn = as_printed(share(40), np.array([0.0, 3.0, 97.0, 100.0]), np.full(4, np.nan), far)
    assert drawn.min() >= 0
    assert drawn.max() <= 100


@pytest.mark.parametrize(
    ("statistic", "unit", "predicted", "least", "most"),
    [
        ("percent_change", "%", -70.0, -100.0, np.inf),
        ("relative_reduction", "%", 50.0, -np.inf, 100.0),
        ("difference", "%", 80.0, -100.0, 100.0),
        ("rate", "/(100.a)", 2.0, 0.0, np.inf),
        ("mean", "{score}", 1.0, 0.0, np.inf),
        ("mean", "mL/min/a", -1.0, -np.inf, np.inf),
    ],
)
def test_nobody_prints_what_cannot_be(statistic: str, unit: str, predicted: float, least: float, most: float) -> None:
    row = replace(share(), statistic=statistic, unit=unit, subgroup="", value=predicted, n=9)
    drawn = as_printed(row, np.full(30, predicted), np.full(30, 120.0), WIDE)
    assert least <= drawn.min() < predicted < drawn.max() <= most
    assert np.isinf(least) or drawn.min() == least
    assert np.isinf(most) or drawn.max() == most


def test_a_middle_score_is_not_known_to_the_point_though_most_have_the_same() -> None:
    row = replace(share(9), measure="sledai_2k", statistic="median", unit="{score}", value=2.0)
    drawn = as_printed(row, np.zeros(8), np.zeros(8), WIDE)
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert low == 0.0
    assert 1.0 < high < 3.0
    known = as_printed(row, np.full(8, 5.0), np.full(8, 0.2), NONE)
    assert known.std() == pytest.approx(0.2, rel=0.1)


def test_without_anything_unexplained_the_likelihood_is_that_of_chance() -> None:
    row = replace(share(50), value=30.0)
    assert log_likelihood(row, np.array([40.0]), np.array([np.nan]), NONE) == pytest.approx(binom.logpmf(15, 50, 0.4))
    logs = replace(ratio(), value=0.5)
    expected = norm.logpdf(np.log(0.5), np.log(0.7), 0.2)
    assert log_likelihood(logs, np.array([0.7]), np.array([0.2]), NONE) == pytest.approx(expected)


def test_a_figure_far_off_is_likelier_the_more_is_unexplained() -> None:
    row = replace(share(200), value=80.0)
    found = [log_likelihood(row, np.array([20.0]), np.array([np.nan]), one) for one in (NONE, assumed().scales, WIDE)]
    assert found == sorted(found)


def test_kinds_of_figures() -> None:
    assert kind_of(share()) == "share"
    assert kind_of(ratio()) == "log_ratio"
    mean = replace(share(), statistic="mean")
    assert kind_of(mean) == "level"
    assert kind_of(replace(mean, unit="wk")) == "time"
    assert kind_of(replace(mean, statistic="mean_change")) == "change"


def test_a_level_stays_above_zero_and_a_change_may_cross_it() -> None:
    level = replace(share(), statistic="mean")
    one, none, far = np.array([10.0]), np.array([0.0]), replace_all(WIDE, 0.8)
    assert as_printed(level, one, none, far).min() > 0
    assert as_printed(replace(level, statistic="mean_change"), one, none, far).min() < 0


def replace_all(one: Unexplained, scale: float) -> Unexplained:
    return one.model_copy(update=dict.fromkeys(("level", "time", "change"), scale))


def test_an_estimate_holds_for_its_own_ensemble_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets, file = tmp_path / "ensemble.csv", tmp_path / "unexplained.yaml"
    sets.write_text("k_up\n0.02\n")
    monkeypatch.setattr(unexplained, "FILE", file)
    monkeypatch.setattr(unexplained, "ENSEMBLE", sets)
    unexplained.shipped.cache_clear()
    assert estimated() == assumed()
    own = Estimated(ensemble=unexplained.hash_of(sets), figures={"share": 3}, scales=WIDE, without={"bliss52": NONE})
    file.write_text(own.model_dump_json())
    unexplained.shipped.cache_clear()
    assert estimated().of("bliss52", fitted=True) == NONE
    assert estimated().of("nobody_has_seen_it", fitted=False) == WIDE
    sets.write_text("k_up\n0.03\n")
    unexplained.shipped.cache_clear()
    assert estimated() == assumed()
    unexplained.shipped.cache_clear()


def test_a_scale_below_zero_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "unexplained.yaml"
    scales = "{share: -1, log_ratio: 0.1, level: 0.1, time: 0.1, change: 0.1}"
    file.write_text(f"ensemble: x\nfigures: {{}}\nscales: {scales}\nwithout: {{}}\n")
    with pytest.raises(InputError, match="share"):
        read_estimated(file)
