"""Many virtual patients into one file: the same bytes for any chunk size, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from lupercal.cli.population import command as population
from lupercal.course.burn_in import Lived
from lupercal.course.produce import Order, Produced, produce
from lupercal.errors import InputError, LupercalError
from lupercal.files.pieces import resumable
from lupercal.files.run_record import RunRecord
from lupercal.instruments.registry import score

Array = NDArray[np.float64]


def features(lived: Lived) -> Mapping[str, Array]:
    return {"sledai": score("sledai_2k", lived.columns).value, "unused": lived.columns["c3"]}


def made(path: Path, chunk: int, patients: int = 60) -> Produced:
    return produce(Order(patients, 3, "trial", features, (), chunk), path, lambda done: None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Produced]:
    path = tmp_path_factory.mktemp("population") / "a.parquet"
    return path, made(path, 60)


@pytest.mark.parametrize("chunk", [7, 25])
def test_the_bytes_do_not_depend_on_the_chunk_size(whole: tuple[Path, Produced], tmp_path: Path, chunk: int) -> None:
    made(tmp_path / "b.parquet", chunk)
    assert (tmp_path / "b.parquet").read_bytes() == whole[0].read_bytes()


def test_a_population_that_was_stopped_goes_on_to_the_same_bytes(whole: tuple[Path, Produced], tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done >= 40:
            raise KeyboardInterrupt

    asked, path = RunRecord("population", {"patients": 60}, 3), tmp_path / "c.parquet"
    order, told = Order(60, 3, "trial", features, (), 20), list[int]()
    with pytest.raises(KeyboardInterrupt), resumable(path, asked, False) as pieces:
        produce(order, path, stop, pieces)
    assert not path.exists()
    assert len(list((tmp_path / "c.parquet.unfinished").glob("*.parquet"))) == 2
    with resumable(path, asked, True) as pieces:
        done = produce(order, path, told.append, pieces)
    assert path.read_bytes() == whole[0].read_bytes()
    assert done.rejected == whole[1].rejected
    assert [one.name for one in tmp_path.iterdir()] == ["c.parquet"]


def test_a_patient_does_not_depend_on_how_many_there_are(whole: tuple[Path, Produced], tmp_path: Path) -> None:
    made(tmp_path / "few.parquet", 60, 40)
    few, many = (pl.read_parquet(path).drop("weight") for path in (tmp_path / "few.parquet", whole[0]))
    assert few.equals(many.head(40))


def test_a_row_tells_who_it_is_what_it_takes_and_how_much_it_counts(whole: tuple[Path, Produced]) -> None:
    rows = pl.read_parquet(whole[0])
    assert rows["patient"].to_list() == list(range(60))
    assert rows["weight"].sum() == pytest.approx(1)
    assert (rows.filter(pl.col("weight") > 0)["age"] >= 18).all()
    assert set(rows.columns) >= {"female", "lupus_type", "prednisone", "anti_dsdna", "pi_ki", "rejected"}
    metadata = pl.read_parquet_metadata(whole[0])
    assert json.loads(metadata["asked"]) == {"cohort": "trial", "patients": 60, "seed": 3}
    assert json.loads(metadata["units"])["anti_dsdna"] == "[IU]/mL"
    assert "esearch" in metadata["use"]


def test_what_was_made_is_told(whole: tuple[Path, Produced]) -> None:
    told = whole[1]
    assert told.patients == 60
    assert sum(told.rejected.values()) == pl.read_parquet(whole[0])["rejected"].count()
    assert {"T11.renal", "T12.bilag_1a"} <= set(told.weighting.not_simulated)
    assert 1 < told.weighting.effective_sample_size < 60
    assert told.peak_memory is None or told.peak_memory > 2**20


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(lived: Lived) -> Mapping[str, Array]:
        raise LupercalError("no features")

    with pytest.raises(LupercalError, match="no features"):
        produce(Order(5, 3, "trial", broken), tmp_path / "x.parquet", lambda done: None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(InputError, match="can be written"):
        made(tmp_path / "x.parquet", 60)


def test_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LupercalError, match="at least 1"):
        made(tmp_path / "x.parquet", 60, 0)


@pytest.mark.parametrize("cohort", ["population", "clinic", "trial"])
def test_the_command_writes_each_cohort_and_says_what_is_out_of_reach(tmp_path: Path, cohort: str) -> None:
    app = typer.Typer()
    app.command()(population)
    out = tmp_path / "p.parquet"
    told = CliRunner().invoke(app, ["-n", "50", "--cohort", cohort, "-o", str(out)])
    assert told.exit_code == 0, told.output
    assert "50 virtual patients" in told.output
    assert "effective sample size" in told.output
    assert "out of reach" in told.output
    assert len(pl.read_parquet(out)) == 50
