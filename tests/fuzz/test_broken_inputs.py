"""A thousand inputs broken at random: the same answer, or one sentence that names the fault; never a traceback.

An oracle stands where there is one: a table stored otherwise scores alike, a wrong cell is named by row and column,
doses of a drawn list add up as a plain sum does. `make test` runs a part, `make slow` all.
"""

from __future__ import annotations

import io
import math
import random
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import polars as pl
import pytest

from lupercal.cli.main import status
from lupercal.errors import InputError, LupercalError
from lupercal.exchange.revision import EPOCH
from lupercal.files.documents import parse_yaml
from lupercal.instruments.score_table import score_table
from lupercal.patient.drugs import prednisone_equivalents
from lupercal.patient.new import new_patient_text
from lupercal.patient.plausible import beyond_range
from lupercal.patient.read import patient_from, read_patient
from lupercal.programmes.patient_table import read_patient_table
from lupercal.rules.record_notes import record_notes
from lupercal.therapy.current import drugs_of
from tests.fuzz.broken import broken_anyhow, drawn_rows, one_wrong_cell, said_otherwise

QUICK, ALL = 12, 200
SEEDS = [
    *(pytest.param(seed) for seed in range(QUICK)),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK, ALL)),
]
INSTRUMENTS = ["sledai_2k", "clinical_sledai", "eular_acr_2019"]
FILE = "\n".join(line.removeprefix("# ") for line in new_patient_text().splitlines() if not line.startswith("##"))
ODD = ("", "0", "-1", "²", "1e9", "nan", "three", "9" * 400, "\u202e", " 2 ", "0x10")


def scored(path: Path, out: Path) -> pl.DataFrame:
    score_table(path, out, INSTRUMENTS)
    return pl.read_parquet(out)


def refusal(path: Path, out: Path) -> str:
    """Return where a table is refused, nothing where it is scored."""
    try:
        score_table(path, out, INSTRUMENTS)
    except InputError as error:
        return error.field
    return ""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_stored_otherwise_scores_alike(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    rows = drawn_rows(chance, chance.randint(1, 30))
    (tmp_path / "a.csv").write_text(rows.text(), encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(said_otherwise(rows, chance))
    ours, theirs = (scored(tmp_path / f"{name}.csv", tmp_path / f"{name}.parquet") for name in "ab")
    assert ours.equals(theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_cell_is_named_or_opens_its_row_and_is_counted_in_the_other_reader(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    content, row, column = one_wrong_cell(drawn_rows(chance, chance.randint(1, 30)), chance)
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    where = refusal(path, tmp_path / "o.parquet")
    if where:  # words that are no number
        assert where == f"row {row + 1}, column {column}"
        assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    else:  # a number that nobody can have
        wrong = pl.any_horizontal(pl.col(f"{name}_status") == "error" for name in INSTRUMENTS)
        assert pl.read_parquet(tmp_path / "o.parquet").select(wrong).to_series().arg_true().to_list() == [row]
    assert dict(read_patient_table(path).unusable) == {column: 1}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_broken_anyhow_is_scored_or_refused_in_one_sentence(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "a.csv"
    path.write_bytes(broken_anyhow(drawn_rows(chance, 20).text().encode(), chance))
    code, told = answered(["score", str(path), "-i", "sledai_2k", "-o", str(tmp_path / "o.csv")])
    assert (code == 0) == (tmp_path / "o.csv").exists()
    assert one_sentence(told) or code == 0
    code, told = answered(["eligibility", str(path), "-p", "celltex"])
    assert one_sentence(told) or code == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_patient_file_broken_anyhow_is_read_within_its_ranges_or_refused(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "p.yaml"
    path.write_bytes(broken_anyhow(FILE.encode(), chance))
    try:
        patient = read_patient(path)
        record_notes(patient)
    except LupercalError as error:
        told = str(error)
    else:
        told = "read"
    assert one_sentence(told)
    if told != "read":
        return
    for visit in patient.visits:
        assert not any(beyond_range(name, found.value) for name, found in visit.values.items())


@pytest.mark.parametrize("seed", SEEDS)
def test_doses_of_a_drawn_list_are_the_plain_sum_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    lines, total = [], 0.0
    for _ in range(chance.randint(1, 5)):
        drug, amount = chance.choice(sorted(prednisone_equivalents())), chance.choice([2.5, 5.0, 7.5, 10.0])
        start, stop = chance.choice([None, -30, 0, 14]), chance.choice([None, None, 0, 60])
        chosen = chance.choice(["current", "current", "stopped", None])
        line = {"drug": drug, "amount": amount, "unit": "mg/d", "status": chosen, "start_day": start, "stop_day": stop}
        lines.append({key: value for key, value in line.items() if value is not None})
        begun = start is None or start <= 0
        goes_on = stop is None and chosen == "current"
        ends_later = stop is not None and stop > 0 and (chosen == "current" or start is not None)
        total += amount * prednisone_equivalents()[drug] if begun and (goes_on or ends_later) else 0.0
    try:
        drugs = drugs_of(patient_from({"id": "p", "treatments": lines}, "drawn"))
    except InputError as error:
        refused = error.field
    else:
        refused = ""
    if refused:
        assert refused.startswith("treatments")
        return
    assert math.isclose(drugs.doses.get("prednisone", 0.0), total, abs_tol=1e-9)


@pytest.mark.parametrize("seed", SEEDS[:6] + SEEDS[QUICK:50])
def test_an_odd_environment_gives_an_answer_or_one_sentence(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a cache folder may be named that is none yet
    chance = random.Random(seed)
    for name in (
        EPOCH,
        "LUPERCAL_THREADS",
        "LUPERCAL_CACHE_DIR",
        "XDG_CACHE_HOME",
        "COLUMNS",
        "TERM",
        "NO_COLOR",
        "TZ",
    ):
        if chance.random() < 0.5:
            monkeypatch.setenv(name, chance.choice(ODD))
    (tmp_path / "p.yaml").write_text(FILE, encoding="utf-8")
    arguments = [
        "plan",
        str(tmp_path / "p.yaml"),
        "-p",
        "celltex",
        "-o",
        str(tmp_path / "plan"),
        "--start",
        "2030-01-02",
    ]
    code, told = answered([*arguments, "--override", "A. Test: trying odd environments"])
    assert code in {0, 1, 2}
    assert one_sentence(told) or code == 0
    assert (code == 0) == (tmp_path / "plan" / "plan.ics").exists()


def answered(arguments: list[str]) -> tuple[int, str]:
    """Return exit status and standard error of a command; an exception is the failure that this file looks for."""
    out, told = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(told):
        code = status(arguments)
    return code, told.getvalue()


def one_sentence(told: str) -> bool:
    """Return whether a message is one line for people, without names of Python."""
    lines = [line for line in told.splitlines() if line]
    return len(lines) == 1 and not any(word in told for word in ("Traceback", "Path(", "Error:", "<class", "^["))


def test_the_example_that_is_broken_is_whole() -> None:
    assert len(patient_from(parse_yaml(FILE, "template"), "template").visits) == 2
