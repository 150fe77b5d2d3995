"""The page of the engine's errors shows the data that a script measured, and the data hold the promise."""

from __future__ import annotations

import csv

from benchmarks.accuracy import HEAD, PROMISED, page_of

from lupercal.model.system import system
from tests.docs.pages import ROOT

DATA = ROOT / "docs" / "reference" / "engine_errors.csv"


def test_the_page_is_what_the_data_give() -> None:
    assert DATA.with_suffix(".md").read_text("utf-8") == page_of(DATA)


def test_every_state_of_every_task_keeps_the_promise() -> None:
    rows = list(csv.DictReader(DATA.read_text("utf-8").splitlines()))
    assert tuple(rows[0]) == HEAD
    tasks = {row["task"] for row in rows}
    measured = {(row["task"], row["state"]) for row in rows}
    assert measured == {(task, state) for task in tasks for state in system().states}
    assert max(float(row["typical_floor"]) for row in rows) < PROMISED
