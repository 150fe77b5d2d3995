"""``lupercal score``."""

from __future__ import annotations

from pathlib import Path

import polars as pl
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
