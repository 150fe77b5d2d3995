"""``lupercal score``."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from lupercal import RESEARCH_USE_ONLY
from lupercal.cli.score import command as score
from lupercal.errors import InputError

app = typer.Typer()
app.command()(score)


def test_a_table_is_scored_and_the_use_is_named(tmp_path: Path) -> None:
    source, out = tmp_path / "v.csv", tmp_path / "o.parquet"
    source.write_text("visit,pga,prednisone\n1,0.2,5\n2,1.0,10\n")
    result = CliRunner().invoke(app, [str(source), "-i", "pga", "-i", "doris_2021", "-o", str(out), "--items"])
    assert result.exit_code == 0, result.output
    assert "2 visits scored by pga, doris_2021" in result.output
    assert RESEARCH_USE_ONLY in result.output
    frame = pl.read_parquet(out)
    assert frame["visit"].to_list() == ["1", "2"]
    assert frame["doris_2021"].to_list() == [None, 0.0]


def test_attribution_is_one_of_two_words(tmp_path: Path) -> None:
    arguments = [str(tmp_path / "v.csv"), "-i", "pga", "-o", str(tmp_path / "o.csv"), "--attribution", "x"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, InputError)
    assert "lupus or recorded" in str(result.exception)


@pytest.mark.parametrize("column", ["UPCR", "Upcr"])
@pytest.mark.parametrize("more", [(), ("--unrecorded", "absent")])
def test_a_column_that_only_looks_like_an_input_is_refused(column: str, more: tuple[str, ...], tmp_path: Path) -> None:
    source, out = tmp_path / "v.csv", tmp_path / "o.csv"
    source.write_text(f"visit,{column},rash\n1,0.9,1\n")
    result = CliRunner().invoke(app, [str(source), "-i", "sledai_2k", "-o", str(out), *more])
    assert isinstance(result.exception, InputError)
    assert "upcr, or --columns" in str(result.exception)
    assert not out.exists()


def test_a_lookalike_is_read_as_columns_says_or_kept_beside_the_input(tmp_path: Path) -> None:
    source, out, names = tmp_path / "v.csv", tmp_path / "o.csv", tmp_path / "names.yaml"
    source.write_text("visit,UPCR,rash\n1,0.9,0\n")
    names.write_text("upcr: UPCR\n")
    run = ["-i", "sledai_2k", "-o", str(out), "--unrecorded", "absent"]
    assert CliRunner().invoke(app, [str(source), *run, "--columns", str(names)]).exit_code == 0
    assert pl.read_csv(out)["sledai_2k"].to_list() == [4.0]
    source.write_text("visit,UPCR,upcr,rash\n1,old,0.9,0\n")
    assert CliRunner().invoke(app, [str(source), *run, "--force"]).exit_code == 0
    assert pl.read_csv(out)["UPCR"].to_list() == ["old"]
