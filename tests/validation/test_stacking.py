"""How much forecasters are believed: the right one most, near and far apart, and no say for who is scored."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from lupercal.engine.random import normals
from lupercal.evidence.residual import BLINDED, FORETELLERS, NEAR, OPEN, Stack, shipped_residual
from lupercal.validation.corrected import ShareForecaster, predictive
from lupercal.validation.places import usable_shares
from lupercal.validation.scores import Predictive
from lupercal.validation.stacking import SPREADS, Foretold, KnownShares, stacked
from lupercal.validation.unexplained import estimated
from tests.validation.test_meta_analysis import share

N = 100


def told(p: float) -> Predictive:
    return Predictive(np.asarray(binom.pmf(np.arange(N + 1), N, p)))


def foretold(k: int, right: int, likeness: int) -> Foretold:
    """Return a share of which one forecaster says what comes and the others something else."""
    seen = 0.2 + 0.6 * ((k * 7) % 11) / 10
    parts = (tuple(told(seen if part == right else min(seen + 0.12, 0.95)) for part in range(len(FORETELLERS))),) * len(
        SPREADS
    )
    return Foretold(replace(share(f"s{k}", events=round(N * seen)), n=N), likeness, parts)


def test_who_foretells_well_is_believed_where_they_do() -> None:
    near = [foretold(k, right=0, likeness=1) for k in range(40)]
    far = [foretold(k + 40, right=1, likeness=NEAR + 1) for k in range(40)]
    stack = KnownShares.of([*near, *far]).stack()
    assert stack.near["fields"] > 0.6 > stack.near["model"]
    assert stack.far["model"] > 0.6 > stack.far["fields"]
    assert sum(stack.near.values()) == pytest.approx(1.0)


def test_few_shares_silence_nobody_and_none_believe_all_alike() -> None:
    few = KnownShares.of([foretold(1, right=0, likeness=1)]).stack()
    assert all(value > 0.25 for value in (*few.near.values(), *few.far.values()))
    assert KnownShares.of([]).stack() == Stack.even()


def test_what_is_known_of_a_cluster_has_no_say_in_its_own() -> None:
    known = [foretold(k, right=k % 3, likeness=1 + k % 4) for k in range(12)]
    cluster = known[3].share.place.cluster
    turned = [replace(one, parts=tuple(part[::-1] for part in one.parts)) if one is known[3] else one for one in known]
    first, second = KnownShares.of(known), KnownShares.of(turned)
    assert first.stack(cluster) == second.stack(cluster)
    assert first.stack() != second.stack()


def test_a_cluster_that_is_left_out_leaves_what_would_be_learnt_without_it() -> None:
    known = [foretold(k % 5, right=k % 3, likeness=1 + k % 4) for k in range(12)]
    together = KnownShares.of(known)
    for cluster in {one.share.place.cluster for one in known}:
        others = [one for one in known if one.share.place.cluster != cluster]
        assert len(others) < len(known)
        assert together.stack(cluster) == KnownShares.of(others).stack()
    assert KnownShares.of(known[:1]).stack(known[0].share.place.cluster) == Stack.even()


def test_a_mixture_of_forecasts_that_are_right_alone_asks_for_narrower_ones() -> None:
    """Two normal forecasts at either side of the truth, each as wide as it errs, make one that is too wide."""
    places = normals(7, "made up places", np.arange(120))
    known = []
    for k, place in enumerate(places):
        truth = 0.7 + 0.1 * place
        one = replace(share(f"s{k}", events=round(400 * np.sin(truth) ** 2)), n=400)
        parts = tuple(
            tuple(predictive(np.array([truth + off]), np.array([0.1 * factor]), 400) for off in (-0.1, 0.1, 0.1))
            for factor in SPREADS
        )
        known.append(Foretold(one, 1, parts))
    stack = KnownShares.of(known).stack()
    assert stack.spread < 1.0


@cache
def some_stack() -> Stack:
    return KnownShares.of([foretold(k, right=k % 3, likeness=1 + k % 8) for k in range(16)]).stack()


@given(st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3), st.integers(1, 8))
def test_a_mixture_is_a_distribution_between_its_parts(shares: list[float], likeness: int) -> None:
    parts = [told(p) for p in shares]
    mixture = stacked(parts, some_stack().model_copy(update={"focus": {}}), likeness, blinded=True)
    assert mixture.chances.sum() == pytest.approx(1.0)
    every = np.array([part.chances for part in parts])
    assert np.all(mixture.chances <= every.max(axis=0) + 1e-12)
    assert np.all(mixture.chances >= every.min(axis=0) - 1e-12)


def test_what_is_too_wide_in_blinded_studies_is_narrowed_there_and_only_there() -> None:
    """What is foretold of open studies is as wide as they err, of blinded ones twice as wide."""
    places, known = normals(3, "made up places", np.arange(160)), []
    for k, place in enumerate(places):
        one = share(f"s{k}", events=round(400 * np.sin(0.7 + 0.1 * place) ** 2), n=400, blinded=k % 2 == 0)
        width = 0.1 if k % 2 else 0.2
        parts = (tuple(predictive(np.array([0.7]), np.array([width]), 400) for _ in FORETELLERS),) * len(SPREADS)
        known.append(Foretold(one, 1, parts))
    focus = KnownShares.of(known).stack().focus
    assert focus[BLINDED] > 1.4
    assert 0.85 < focus[OPEN] < 1.15
    stack = KnownShares.of(known).stack()
    wide, narrow = (
        stacked(known[0].parts[0], stack, likeness, blinded=True).quantiles((0.05, 0.95)) for likeness in (NEAR + 1, 1)
    )
    assert np.ptp(narrow) < np.ptp(wide)
    assert stacked(known[0].parts[0], stack, 1, blinded=True).chances.sum() == pytest.approx(1.0)


def test_a_study_of_the_package_has_no_say_in_what_is_foretold_of_it() -> None:
    field, learnt = shipped_residual(), usable_shares()
    assert field is not None
    asked = [one for one in learnt if one.place.study == "maintain"]
    turned = tuple(replace(one, events=one.n - one.events) if one in asked else one for one in learnt)
    figures = tuple(
        one.model_copy(update={"angle": 1.5 - one.angle}) if one.place.cluster == asked[0].place.cluster else one
        for one in field.figures
    )
    said = [np.full(3, 0.2 + 0.05 * k) for k in range(len(asked))]
    forecasters = [
        ShareForecaster.of(field, learnt, estimated()),
        ShareForecaster.of(replace(field, figures=figures), turned, estimated()),
    ]
    first, second = (one.predict(asked, said, ()) for one in forecasters if one is not None)
    for mine, theirs in zip(first, second, strict=True):
        # how far studies of a class lie apart is learnt by the statistician from all
        assert mine.median == pytest.approx(theirs.median, abs=6.0)
        assert mine.chances.sum() == pytest.approx(1.0)
