"""Harm as published: every figure was read, lies inside its own exact interval, and is known under a regimen."""

from __future__ import annotations

from itertools import chain

import pytest

from lupercal.evidence.published_toxicity import KINDS, TABLE, PublishedHarm, published_deaths, published_harm
from lupercal.evidence.studies import studies
from lupercal.files.documents import read_document
from lupercal.therapy.registry import regimens

ALL: tuple[PublishedHarm, ...] = tuple(chain.from_iterable(published_harm(name) for name in regimens()))


def of(regimen: str, words: str, n: int) -> PublishedHarm:
    return next(one for one in published_harm(regimen) if one.words == words and one.n == n)


def test_every_figure_lies_in_its_own_interval_and_names_its_source() -> None:
    assert ALL
    for one in ALL:
        assert one.study
        assert one.source
        if one.unit == "%":
            assert one.low is not None
            assert one.high is not None
            assert 0 <= one.low <= one.value <= one.high <= 100
        if one.events is not None and one.n:
            assert one.value == pytest.approx(100 * one.events / one.n, abs=0.06)


def test_the_table_names_regimens_studies_and_sources_that_exist() -> None:
    table = read_document(TABLE)
    assert {row["regimen"] for row in (*table["added"], *table["arms"])} <= set(regimens())
    assert {row["source"] for row in table["added"]} == set(table["sources"])
    for row in table["arms"]:
        assert row["arm"] in studies()[row["study"]].arms


def test_figures_known_from_memory_alone_are_not_shown() -> None:
    hidden = [row for row in studies()["mueller_2024"].outcomes if row.mark == "memory"]
    assert "treatment_related_mortality" in {row.measure for row in hidden}
    assert not [one for one in published_deaths("cd19_car_t") if "Müller" in one.study]


def test_published_neutropenia_after_two_car_t_products_is_severe_in_all() -> None:
    found = of("bcma_cd19_car_t", "neutropenia of grade 3 or more", 15)
    assert (found.events, found.value, found.high) == (15, 100, 100)
    assert found.low == pytest.approx(78.2, abs=0.05)  # Clopper-Pearson: 0.025 ** (1 / 15)
    assert found.text == "15 of 15 (100 %, 78 to 100 %)"


def test_transplant_deaths_come_first_and_a_survival_curve_is_turned_into_deaths() -> None:
    found = published_harm("ahsct")
    assert found[0].kind == KINDS[0] == "death"
    first = published_deaths("ahsct")[0]
    assert "treatment" in first.words
    assert of("ahsct", "deaths from the treatment", 85).text == "11 % of 85, 5.2 to 20 %"
    assert of("ahsct", "deaths from any cause, by the survival curve", 339).value == pytest.approx(14)


def test_a_rate_is_not_a_share_and_a_regimen_without_figures_has_none() -> None:
    rates = [one for one in published_harm("rituximab") if one.unit != "%"]
    assert rates
    assert all(one.low is None and "per 100 patient-years" in one.text for one in rates)
    assert published_harm("exosomes") == ()
