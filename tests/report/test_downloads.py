"""Tables within the page as files: all of them, as numbers or words, and nothing that a spreadsheet would run."""

from __future__ import annotations

import base64
import csv
import io

from lupercal.report.chance_digest import chance_digest, courses_file, probabilities_file
from lupercal.report.downloads import Download, csv_download, excerpt
from lupercal.report.layout import table_of
from lupercal.report.safety_digest import safety_digest
from lupercal.report.selection import reported_efficacy, reported_toxicity
from tests.report.build import forecast, small


def rows_of(file: Download) -> list[dict[str, str]]:
    head, _, content = file.href.partition(",")
    assert head == "data:text/csv;base64"
    return list(csv.DictReader(io.StringIO(base64.b64decode(content).decode("utf-8-sig"), newline="")))


def test_a_file_holds_every_row_and_no_formula() -> None:
    file = csv_download(
        "made-up", ("name", "value"), [("=1+1", 0.123456789), ("two\nlines, and a comma", float("nan"))]
    )
    assert rows_of(file) == [{"name": "'=1+1", "value": "0.123457"}, {"name": "two; lines, and a comma", "value": ""}]
    assert file.words == "made-up.csv, 2 rows"


def test_an_excerpt_leaves_nothing_out_of_its_file() -> None:
    table = table_of("made-up", "Made up", ("a", "b"), "ll", [(str(k), "x") for k in range(9)])
    part = excerpt(table, "made-up", 6)
    assert part is not None
    assert part.whole is not None
    assert len(part.table.rows) == 6
    assert [row["a"] for row in rows_of(part.whole)] == [row[0] for row in table.rows]
    whole = excerpt(table, "made-up", 9)
    assert whole is not None
    assert whole.whole is None
    assert excerpt(None, "made-up", 6) is None


def test_every_probability_of_every_arm_stands_in_the_file() -> None:
    made = forecast()
    arms = [*made.arms, *(arm for arms in made.beside.values() for arm in arms)]
    expected = sum(len(reported_efficacy(arm)) + len(reported_toxicity(arm)) for arm in arms)
    rows = rows_of(probabilities_file(made))
    assert len(rows) == expected > 0
    assert all(row["excluded"] or float(row["low"]) <= float(row["high"]) for row in rows if row["low"])


def test_a_withheld_arm_is_in_no_file_of_numbers() -> None:
    made = small()
    hidden = next(arm.name for arm in made.arms if arm.efficacy_withheld is not None)
    for file in (probabilities_file(made), courses_file(made)):
        assert hidden not in {row["therapy"] for row in rows_of(file)}
    assert hidden not in chance_digest(made).columns


def test_the_digest_of_safety_holds_every_finding_once_for_every_therapy() -> None:
    made = forecast()
    told = " ".join(f"{whom} {dangers}" for _, rows in safety_digest(made.safety) for whom, dangers in rows)
    dangers = {finding.rule.danger for safety in made.safety for finding in safety.findings}
    assert all(danger in told for danger in dangers)
