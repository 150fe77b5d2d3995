"""Tables and sentences: the rows as they were agreed, missing values as dashes, notes that explain them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from lupercal.forecast.result import AssessedScore, Forecast
from lupercal.report import patient_tables, sentences, tables
from lupercal.report.console import summary_lines
from lupercal.report.layout import MISSING_NOTE, Table, table_of
from tests.report.build import WITHHELD, chance, forecast

GOLDEN = Path(__file__).parent / "golden" / "tables.json"


def all_tables(whole: Forecast) -> list[Table]:
    """Return every table of a report, in its order."""
    patient = [
        patient_tables.baseline_rows(whole),
        patient_tables.scores_table(whole),
        patient_tables.missing_table(whole),
        patient_tables.treatments_table(whole),
        patient_tables.visits_table(whole),
        patient_tables.match_table(whole),
        patient_tables.unused_table(whole),
    ]
    last = [tables.basis_table(whole), tables.provenance_table(whole)]
    found = [*patient, tables.overview_table(whole), *last]
    return [one for one in found if one is not None]


def as_json(whole: Forecast) -> Any:
    """Return all tables and sentences of a forecast as plain JSON values."""
    said = [asdict(line) for line in sentences.bottom_lines(whole)]
    others = [sentences.patient_words(whole), sentences.match_words(whole), *map(sentences.lead_words, whole.arms)]
    return json.loads(json.dumps({"tables": [asdict(t) for t in all_tables(whole)], "bottom": said, "others": others}))


def test_tables_and_sentences_are_as_agreed() -> None:
    """Golden file, read by eye once; to renew it: ``python -m tests.report.test_tables``."""
    assert as_json(forecast()) == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", all_tables(forecast()), ids=lambda made: made.key)
def test_every_table_explains_its_dashes_and_no_cell_says_nan(made: Table) -> None:
    cells = [line for row in made.rows for cell in row for line in cell.split("\n")]
    assert ("–" in cells) == (MISSING_NOTE in made.notes)
    assert not {"nan", "None", "inf"} & {word for cell in cells for word in cell.split()}
    assert made.caption


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="table t: every row and align must have 2 parts"):
        table_of("t", "c", ("a", "b"), "ll", [("x",)])


def test_withheld_efficacy_is_a_dash_in_the_overview_and_the_reason_is_noted() -> None:
    whole = forecast()
    overview = tables.overview_table(whole)
    assert overview.rows[3] == ("MSC exosomes", *["–"] * 6)
    assert any(WITHHELD in note for note in overview.notes)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_terminal_shows_the_same_rows_takes_names_literally_and_splits_no_word(width: int) -> None:
    whole = forecast()
    arm = replace(whole.arms[0], name="[red]CAR-T[/red]")
    lines = list(summary_lines(replace(whole, arms=(arm, *whole.arms[1:])), width))
    text = " ".join(" ".join(lines).split()).replace("\N{NO-BREAK SPACE}", " ")
    assert max(map(len, lines)) <= width
    assert "[red]CAR-T[/red]" in text
    assert "87 %" in text
    assert "Rituximab (failed before)" in text or "Rituximab" in text.split()
    assert f"MSC exosomes: no efficacy forecast. {WITHHELD}" in text


def test_what_helps_to_choose_virtual_patients_stands_first_among_the_missing() -> None:
    made = patient_tables.missing_table(forecast())
    assert made is not None
    assert made.rows[0] == ("choosing the virtual patients; Clinical SLEDAI-2K", "CD19+ B cells")
    assert [row[1] for row in made.rows[1:]] == ["Immunoglobulin G", "Fever", "Physician global assessment"]


def test_what_a_settled_score_does_not_need_is_not_asked_for() -> None:
    """A state that is not fulfilled whatever the missing values are needs none of them."""
    whole = forecast()
    settled = AssessedScore("lldas", "LLDAS", 0.0, 0.0, 0.0, "complete", (), ("pga",))
    bare = replace(whole, assessment=(settled,), match=replace(whole.match, missing=()))
    assert patient_tables.missing_table(bare) is None


def test_nothing_known_is_a_dash_and_not_the_whole_scale() -> None:
    nothing = AssessedScore("sledai_2k", "", None, 0.0, 105.0, "missing", (), ())
    unbounded = AssessedScore("egfr", "", None, 0.0, math.inf, "partial", (), ())
    assert {patient_tables.score_words(one) for one in (nothing, unbounded)} == {"–"}


def test_empty_columns_are_left_out() -> None:
    assert table_of("t", "c", ("a", "b", "c"), "lrl", [("x", "", "y"), ("z", "", "")]).columns == ("a", "c")


@pytest.mark.parametrize(
    ("instrument", "value", "text"),
    [
        ("doris_2021", 1.0, "fulfilled"),
        ("lldas", 0.0, "not fulfilled"),
        ("lldas", None, "not settled"),
        ("pga", None, "–"),
    ],
)
def test_states_are_words_and_not_numbers(instrument: str, value: float | None, text: str) -> None:
    assert patient_tables.score_words(AssessedScore(instrument, "", value, None, None, "", (), ())) == text


def test_a_measure_has_its_unit() -> None:
    score = AssessedScore("egfr", "", 87.4, 87.4, 87.4, "complete", (), ())
    assert patient_tables.score_words(score) == "87.4 mL/min per 1.73 m²"


def test_relapse_that_is_not_defined_is_said_in_words() -> None:
    whole = forecast()
    none = (chance("doris", 12.0, 0.0), chance("relapse", 12.0, math.nan, 0))
    line = sentences.bottom_lines(replace(whole, arms=(replace(whole.arms[0], chances=none),)))[0]
    assert "Relapse is not defined, because no virtual patient reached remission." in line.sentences


def test_a_short_forecast_speaks_of_its_last_month() -> None:
    whole = forecast()
    arm = whole.arms[0]
    early = tuple(c for c in arm.chances if c.month <= 6)
    line = sentences.bottom_lines(replace(whole, months=6, arms=(replace(arm, chances=early),)))[0]
    assert line.sentences[0].startswith("At 6\N{NO-BREAK SPACE}months, 71\N{NO-BREAK SPACE}%")
    assert "12" not in line.sentences[0].split("(")[0]


def test_reports_and_the_terminal_do_not_need_matplotlib() -> None:
    code = "import sys, lupercal.report.console, lupercal.report.html; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(as_json(forecast()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
