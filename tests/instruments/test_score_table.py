"""From file to file: types of cells, units, mapping, errors that name the cell, whole files or none, many blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lupercal.errors import InputError
from lupercal.instruments import score
from lupercal.instruments.score_table import score_table
from lupercal.instruments.sledai_items import DESCRIPTORS


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def visits(path: Path, rows: int = 50) -> tuple[Path, dict[str, np.ndarray]]:
    rng = np.random.default_rng(3)
    columns = {name: np.where(rng.random(rows) < 0.1, np.nan, rng.random(rows) < 0.2) for name in DESCRIPTORS}
    frame = pl.DataFrame({"patient_id": np.arange(rows)} | columns).fill_nan(None)
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
    return path, columns


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("out_ending", [".csv", ".parquet"])
def test_a_file_gives_what_the_arrays_give(tmp_path: Path, ending: str, out_ending: str) -> None:
    source, columns = visits(tmp_path / f"visits{ending}")
    out = tmp_path / f"out{out_ending}"
    assert score_table(source, out, ["sledai_2k", "clinical_sledai"]).rows == 50
    frame = pl.read_csv(out) if out_ending == ".csv" else pl.read_parquet(out)
    found = score("sledai_2k", columns)
    assert frame["patient_id"].cast(pl.Int64).to_list() == list(range(50))  # text in CSV stays text: 007 is not 7
    assert np.array_equal(frame["sledai_2k"].cast(pl.Float64).to_numpy(), found.value, equal_nan=True)
    assert frame["sledai_2k_high"].to_list() == list(found.high)
    assert set(frame["sledai_2k_status"].unique()) <= {"complete", "partial"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, out.name])


def test_many_blocks_keep_the_order(tmp_path: Path) -> None:
    rows = 300_000
    frame = pl.DataFrame({"patient_id": np.arange(rows), "pga": np.arange(rows) % 31 / 10})
    frame.write_parquet(tmp_path / "v.parquet", row_group_size=10_000)
    score_table(tmp_path / "v.parquet", tmp_path / "o.parquet", ["pga"])
    out = pl.read_parquet(tmp_path / "o.parquet")
    assert out["patient_id"].equals(frame["patient_id"])
    assert out["pga"].equals(frame["pga"])


def test_cells_may_be_words_letters_and_bounds(tmp_path: Path) -> None:
    text = "id,upcr,egfr,rash,bilag_renal,dropped_out,rescue_medication\n1,<0.25,95,yes,A,no,no\n2,>3,95,NA,e,false,0\n"
    source = write(tmp_path / "v.csv", text)
    score_table(source, tmp_path / "o.csv", ["crr_bliss", "sledai_2k", "bilag_2004"], items=True)
    out = pl.read_csv(tmp_path / "o.csv")
    assert out["crr_bliss"].to_list() == [1.0, 0.0]
    assert out["sledai_2k.rash"].to_list() == [2.0, None]
    assert out["bilag_2004.bilag_renal"].to_list() == [12.0, 0.0]


def test_causes_are_words(tmp_path: Path) -> None:
    source = write(tmp_path / "v.csv", "rash,rash@attributed_to\n1,treatment\n1,sle\n1,\n")
    score_table(source, tmp_path / "o.csv", ["sledai_2k"], settings={"attribution": "lupus"}, items=True)
    assert pl.read_csv(tmp_path / "o.csv")["sledai_2k.rash"].to_list() == [0.0, 2.0, 2.0]


def test_other_names_and_units_give_the_same_answer(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours.csv", "creatinine,age,sex_female\n1.09,55,0\n")
    theirs = write(tmp_path / "theirs.csv", "CREA,AGE,F\n96.356,55,0\n")
    mapping = "creatinine: {column: CREA, unit: umol/L}\nage: AGE\nsex_female: F\n"
    score_table(ours, tmp_path / "a.csv", ["egfr"])
    score_table(theirs, tmp_path / "b.csv", ["egfr"], mapping=write(tmp_path / "map.yaml", mapping))
    a, b = (pl.read_csv(tmp_path / name)["egfr"][0] for name in ("a.csv", "b.csv"))
    assert a == pytest.approx(80, abs=0.5)
    assert b == pytest.approx(a, rel=1e-3)


def test_single_precision_does_not_cross_a_limit(tmp_path: Path) -> None:
    frame = pl.DataFrame({"c3": [0.9], "c3_lln": [0.9], "c4": [0.3], "c4_lln": [0.1]})
    frame.with_columns(pl.col("c3").cast(pl.Float32)).write_parquet(tmp_path / "v.parquet")
    score_table(tmp_path / "v.parquet", tmp_path / "o.csv", ["sledai_2k"], items=True)
    assert pl.read_csv(tmp_path / "o.csv")["sledai_2k.low_complement"][0] == 0


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("pga\n1.0\nhigh\n", ["pga"], r"row 2, column pga: found 'high'"),
        ("rash\n0\n2\n", ["sledai_2k"], r"row 2, column rash: found '2'; expected true or false, yes or no, 1 or 0"),
        ("pga\n<1.2.3\n", ["pga"], r"row 1, column pga: found '<1.2.3'"),
        ("pga\n0.5\ninf\n", ["pga"], r"row 2, column pga: found 'inf'"),
        ("pga,id\n0.5,a\n1,2,3\n", ["pga"], r"a readable table"),
        ("pga,id\n0.5,a\n\n1\n2,b\n", ["pga"], r"row 3: found .1 cell.; expected 2 cells"),
        ("", ["pga"], r"a table in csv format"),
        ("weight\n60\n", ["pga"], r"at least one input of pga: pga"),
        ("pga\n1.0\n", ["pgaa"], r"found 'pgaa'; expected the name of an instrument, perhaps pga"),
    ],
)
def test_bad_input_names_the_place_and_leaves_no_file(
    tmp_path: Path, text: str, names: list[str], message: str
) -> None:
    source = write(tmp_path / "v.csv", text)
    with pytest.raises(InputError, match=message):
        score_table(source, tmp_path / "o.csv", names)
    assert [path.name for path in tmp_path.iterdir()] == ["v.csv"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("pgaa: P\n", "a name of the data dictionary, perhaps pga"),
        ("pga: Q\n", "a column of v.csv"),
        ("upcr: {column: P, unit: mmol/L/L}\n", "a unit that converts to g/g"),
        ("- pga\n", "keys with values"),
    ],
)
def test_a_bad_mapping_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    source = write(tmp_path / "v.csv", "P\n1.0\n")
    with pytest.raises(InputError, match=message):
        score_table(source, tmp_path / "o.csv", ["pga"], mapping=write(tmp_path / "m.yaml", mapping))


@pytest.mark.parametrize(
    ("source", "out", "message"),
    [
        ("none.csv", "o.csv", "no such file"),
        ("v.xlsx", "o.csv", "a file ending in .csv or .parquet"),
        ("v.csv", "o.txt", "a file ending in .csv or .parquet"),
        ("broken.parquet", "o.csv", "a table in parquet format"),
    ],
)
def test_files_that_cannot_be_read_or_written(tmp_path: Path, source: str, out: str, message: str) -> None:
    for name in ("v.csv", "v.xlsx", "broken.parquet"):
        write(tmp_path / name, "pga\n1\n")
    with pytest.raises(InputError, match=message):
        score_table(tmp_path / source, tmp_path / out, ["pga"])


def test_no_rows_and_the_same_instrument_twice(tmp_path: Path) -> None:
    source = write(tmp_path / "v.csv", "id,pga\n")
    assert score_table(source, tmp_path / "o.csv", ["pga", "pga"]).rows == 0
    assert pl.read_csv(tmp_path / "o.csv").columns == ["id", "pga", "pga_low", "pga_high", "pga_status", "pga_reason"]


def test_an_earlier_result_survives_a_failure(tmp_path: Path) -> None:
    out = write(tmp_path / "o.csv", "kept")
    source = write(tmp_path / "v.csv", "pga\nhigh\n")
    with pytest.raises(InputError):
        score_table(source, out, ["pga"])
    assert out.read_text() == "kept"
