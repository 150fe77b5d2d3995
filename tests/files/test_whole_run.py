"""Whole runs: they appear at the end or not at all, and never in the place of something that is not theirs."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from lupercal.errors import InputError, LupercalError, OutputExistsError
from lupercal.files.run_record import RECORD, RunRecord, read_run
from lupercal.files.whole_run import adding_to, file_or_run, whole_run
from tests.files.damage import contents

ASKED = RunRecord("forecast", {"case": "a"}, 1)


def make(folder: Path, text: str = "one", *more: str) -> None:
    with whole_run(folder, ASKED) as room:
        for name in ("report.html", *more):
            (room / name).write_text(text)


def test_the_files_are_in_the_record(tmp_path: Path) -> None:
    make(tmp_path / "run", "one", "table.parquet")
    assert set(read_run(tmp_path / "run").files) == {"report.html", "table.parquet"}
    assert set(contents(tmp_path / "run")) == {"report.html", "table.parquet", RECORD}


def test_an_earlier_run_is_replaced_with_all_its_files(tmp_path: Path) -> None:
    make(tmp_path / "run", "one", "old.txt")
    make(tmp_path / "run", "two")
    assert set(contents(tmp_path / "run")) == {"report.html", RECORD}
    assert (tmp_path / "run" / "report.html").read_text() == "two"


def test_an_earlier_run_stays_where_nobody_wishes_to_replace_it(tmp_path: Path) -> None:
    make(tmp_path / "run")
    before = contents(tmp_path / "run")
    with pytest.raises(OutputExistsError, match="--force"), whole_run(tmp_path / "run", ASKED, force=False):
        raise AssertionError("work began")
    assert contents(tmp_path / "run") == before
    with whole_run(tmp_path / "new", ASKED, force=False) as room:
        (room / "a").touch()


@pytest.mark.parametrize("name", ["notes.txt", "deep/notes.txt", ".hidden", "report.html", "table.parquet"])
def test_a_folder_that_is_not_wholly_the_run_s_is_refused_before_any_work(tmp_path: Path, name: str) -> None:
    make(tmp_path / "run", "one", "table.parquet")
    (tmp_path / "run" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "run" / name).write_text("three months of notes")
    before = contents(tmp_path / "run")
    with pytest.raises(InputError, match=r"not of the run|changed since"):
        make(tmp_path / "run", "two")
    assert contents(tmp_path / "run") == before


def test_folders_of_others_are_refused(tmp_path: Path) -> None:
    for name, found in (("diary.txt", "something else"), ("forecast.json", "earlier version")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("{}")
        with pytest.raises(InputError, match=found):
            make(folder)
        assert set(contents(folder)) == {name}
    with whole_run(tmp_path / "other", RunRecord("validate", {})) as room:
        (room / "a").touch()
    with pytest.raises(InputError, match="a run of lupercal validate"):
        make(tmp_path / "other")


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, ValueError, LupercalError])
def test_after_a_failure_nothing_is_left(tmp_path: Path, failure: type[BaseException]) -> None:
    def fail(folder: Path) -> None:
        with whole_run(folder, ASKED) as room:
            (room / "half").touch()
            raise failure("stop")

    with pytest.raises(failure):
        fail(tmp_path / "a" / "b" / "run")
    assert not list(tmp_path.iterdir())
    make(tmp_path / "run")
    before = contents(tmp_path)
    with pytest.raises(failure):
        fail(tmp_path / "run")
    assert contents(tmp_path) == before


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "run" / ".0123456789abcdef.part").mkdir(parents=True)
    (tmp_path / "run" / ".0123456789abcdef.part" / "half").touch()
    make(tmp_path / "run")
    assert set(contents(tmp_path / "run")) == {"report.html", RECORD}


def test_the_folder_one_stands_in_can_be_the_run_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    make(Path())
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert set(contents(Path())) == {"report.html", RECORD}


def test_links_to_folders_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    make(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "report.html").is_file()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o755), (0o077, 0o700), (0o002, 0o775)])
def test_the_modes_follow_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        make(tmp_path / "run")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "run" / "report.html").stat().st_mode) == mode & 0o666
    assert stat.S_IMODE((tmp_path / "run" / RECORD).stat().st_mode) == mode & 0o666


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    with whole_run(tmp_path / "run", ASKED) as room:
        (room / "a").touch()
        with pytest.raises(InputError, match="another run at work"):
            make(tmp_path / "run")
    assert set(contents(tmp_path / "run")) == {"a", RECORD}


def test_a_file_or_a_run_by_the_ending(tmp_path: Path) -> None:
    with file_or_run(tmp_path / "a.parquet", ".parquet", ASKED) as place:
        assert place == tmp_path / "a.parquet"
    with file_or_run(tmp_path / "a", ".parquet", ASKED) as place:
        (place / "a.parquet").touch()
    assert json.loads((tmp_path / "a" / RECORD).read_text())["state"] == "done"
    (tmp_path / "folder.parquet").mkdir()
    with (
        pytest.raises(InputError, match="a folder"),
        file_or_run(tmp_path / "folder.parquet", ".parquet", ASKED),
    ):
        raise AssertionError("work began")


def test_files_that_are_added_later_become_the_run_s_own(tmp_path: Path) -> None:
    make(tmp_path / "run")
    with adding_to(tmp_path / "run") as added:
        (tmp_path / "run" / "report.html").write_text("drawn again")
        (tmp_path / "run" / "summary.html").write_text("new")
        added += [tmp_path / "run" / "report.html", tmp_path / "run" / "summary.html"]
    make(tmp_path / "run", "two")
    assert set(contents(tmp_path / "run")) == {"report.html", RECORD}
    (tmp_path / "run" / "report.html").write_text("with my notes")
    with pytest.raises(InputError, match="changed since"), adding_to(tmp_path / "run"):
        raise AssertionError("work began")
    with adding_to(tmp_path) as added:
        added.append(tmp_path / "anything")
    assert not (tmp_path / RECORD).exists()


@pytest.mark.parametrize("name", ["a.csv", "a.SVG", "a.json", "folder/a.xlsx"])
def test_a_name_of_another_kind_of_file_is_no_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.parquet"), file_or_run(tmp_path / name, ".parquet", ASKED):
        raise AssertionError
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "file"), [("a.parquet", True), ("a.PARQUET", True), ("run", False), ("v1.2", False)])
def test_an_ending_says_whether_a_file_or_a_folder_is_meant(tmp_path: Path, name: str, file: bool) -> None:
    with file_or_run(tmp_path / name, ".parquet", ASKED) as place:
        assert (place == tmp_path / name) == file
