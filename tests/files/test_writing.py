"""Writing files: whole or not at all, links and modes kept, the reason told, nothing left behind."""

from __future__ import annotations

import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from lupercal.errors import InputError, LupercalError
from lupercal.files.writing import check_place, write_bytes, write_text, written


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("old")
    (tmp_path / "link").symlink_to("real/a")
    (tmp_path / "dangling").symlink_to("real/b")
    for name in ("link", "dangling"):
        write_text(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
    assert {path.name: path.read_text() for path in (tmp_path / "real").iterdir()} == {"a": "new", "b": "new"}


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o666)])
def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path, mask: int, expected: int) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "x")
        (tmp_path / "b").touch()
        (tmp_path / "b").chmod(0o640)
        write_text(tmp_path / "b", "x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == expected
    assert mode(tmp_path / "b") == 0o640


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    write_text(Path(os.devnull), "x")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(LupercalError, match="no space left on device"):
        write_text(Path("/dev/full"), "x")
    os.mkfifo(tmp_path / "pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_text(tmp_path / "pipe", "through")
    reader.join()
    assert found == [b"through"]


@pytest.mark.parametrize("library", ["python", "polars"])
def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path: Path, library: str) -> None:
    import polars as pl

    def fill(path: Path) -> None:
        with written(path) as place:
            if library == "python":
                place.write_bytes(bytes(100_000))
            else:
                pl.DataFrame({"a": [os.urandom(8) for _ in range(20_000)]}).write_parquet(place)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(LupercalError, match="file too large") as error:
            fill(tmp_path / "o.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "o.parquet" in str(error.value)
    assert error.value.exit_status == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", ".", "x" * 256, "a\0b", "file/below", "\udcff" * 256])
def test_a_place_is_tried_before_work_and_left_as_it_was(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="a place where files can be written"):
        check_place(tmp_path / name)
    check_place(tmp_path / "new" / "deep" / "a.csv")
    check_place(tmp_path / "file")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "mine"}


def test_names_that_are_not_utf8_are_names(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.txt")
    write_text(tmp_path / name, "x")
    assert (tmp_path / name).read_text() == "x"


def test_a_failure_that_is_not_of_writing_is_not_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), written(tmp_path / "out") as place:
        place.write_bytes((tmp_path / "in").read_bytes())
    with pytest.raises(ZeroDivisionError), written(tmp_path / "out"):
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises(InputError, match="write-protected"):
        write_bytes(tmp_path / "a", b"new")


def test_a_link_to_a_pipe_without_a_name_is_written_to_as_it_is(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    (tmp_path / "out").symlink_to(f"/proc/self/fd/{writing}")
    write_text(tmp_path / "out", "x")
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a number, not a path
        assert pipe.read() == b"x"
    assert (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("name", ["a", "a.csv", "folder/a"])
def test_a_place_that_takes_no_files_is_told_by_its_own_name(name: str) -> None:
    with pytest.raises(InputError) as told:
        write_text(Path("/proc") / name, "x")
    assert str(told.value).startswith(f"/proc/{name}: ")
    assert ".part" not in str(told.value)
