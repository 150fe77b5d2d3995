"""What is unconfirmed or cannot be computed says so, wherever its result is."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import polars as pl
import pytest

import lupercal as lp
from lupercal.instruments import Instrument, instrument, score
from lupercal.instruments.explain import explain
from lupercal.instruments.inputs import describe
from lupercal.instruments.tables import instrument_document
from lupercal.report.pages.instruments import unconfirmed, what_is_open
from tests.instruments.cases import MISSING, NOT_EVALUABLE


@pytest.mark.parametrize("name", ["iec_hs_grade", "rifle", "crr_modified"])
def test_what_cannot_be_computed_is_listed_with_its_reason(name: str) -> None:
    found = score(name, {"upcr": np.array([0.1, 5.0])})
    assert (found.status == NOT_EVALUABLE).all()
    assert found.warnings["not_available"].all()
    assert "Not available" in instrument(name).definition


@pytest.mark.parametrize("one", unconfirmed(), ids=str)
def test_the_mark_is_wherever_the_result_is(one: Instrument) -> None:
    assert what_is_open(one)
    ranges = {name: describe(name) for name in one.inputs}
    steps = {name: (what.high - what.low) * 0.1 if what.kind == "number" else 1.0 for name, what in ranges.items()}
    found = one.score({name: np.array([what.low, what.low + steps[name]]) for name, what in ranges.items()})
    assert (found.warnings["unconfirmed_rule"] == (found.status != MISSING)).all()
    assert (found.status != MISSING).any()


@pytest.mark.parametrize("name", ["bilag_2004_renal", "sri_4", "bicla", "car_hematotox"])
def test_the_mark_stands_in_tables_frames_and_sentences(name: str) -> None:
    mark = instrument(name).mark
    assert mark
    table = lp.score(pl.DataFrame({column: [None] for column in instrument(name).inputs}), [name])
    assert table[f"{name}_mark"].to_list() == [mark]
    assert lp.assess("example-nephritis", [name]).frame()["mark"].unique().to_list() == [mark]
    assert mark in explain(score(name, {instrument(name).inputs[0]: 1.0}))[0]
    assert instrument("sledai_2k").mark == ""


def test_the_list_of_what_is_open_names_no_confirmed_instrument() -> None:
    names = [one.name for one in unconfirmed()]
    idle = [p for p in instrument_document("unconfirmed") if not any(fnmatchcase(name, p) for name in names)]
    assert not idle
