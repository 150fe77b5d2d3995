"""The command line on any machine: odd streams, alphabets, environments, names, and orderly ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lupercal.cli import process
from lupercal.cli.main import status
from lupercal.errors import InputError, LupercalError
from lupercal.files import cores, runner

LUPERCAL = (sys.executable, "-m", "lupercal")
PATIENT = "id: a\nsex: female\nage_years: 30\nvisits:\n  - {day: 0, values: {sledai_2k: 12, c3: 0.7}}\n"


def run(*arguments: str, python: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = (sys.executable, *python, "-m", "lupercal", *arguments)
    return subprocess.run(command, capture_output=True, env=os.environ | environment, check=False, timeout=300)


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", ">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
def test_an_output_that_takes_nothing_is_one_sentence_and_a_failure(redirection: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m lupercal cases {redirection}', sys.executable],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1
    if "2>" not in redirection:
        assert done.stderr.startswith("lupercal: standard output: ")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_json_stays_true_in_any_alphabet(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.yaml").write_text(PATIENT.replace("id: a", "id: a\ntitle: Özek’s ≥ ° 🐺"), encoding="utf-8")
    asked = ["eligibility", str(tmp_path / "p.yaml"), "-p", "erlangen", "--json"]
    done = run(*asked, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    capsys.readouterr()
    status(asked)
    assert json.loads(done.stdout.decode(encoding)) == json.loads(capsys.readouterr().out)


def test_the_c_locale_prints_what_it_can() -> None:
    done = run("cases", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("value", ["²", "abc", "0", "-1", "1e3", "٣", " 2", "99999999999999999999"])
def test_odd_numbers_in_the_environment_are_no_traceback(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "LINES", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    process.prepare()
    assert not {"COLUMNS", "LINES", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"} & set(os.environ)
    monkeypatch.setenv(cores.VARIABLE, value)
    with pytest.raises(InputError, match="plain digits"):
        cores.available_cores()


@pytest.mark.parametrize(("value", "expected"), [("1", 1), ("16", 16)])
def test_a_plain_number_of_threads_is_taken(value: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cores.VARIABLE, value)
    assert cores.available_cores() == expected
    monkeypatch.setenv(cores.VARIABLE, "")
    assert cores.available_cores() >= 1


@pytest.mark.parametrize("flags", [("-O",), ("-OO",)])
def test_optimised_python_knows_the_model(flags: tuple[str, ...]) -> None:
    done = run("model", "anti_cd20", python=flags)
    assert done.returncode == 0, done.stderr
    assert b"k_r2" in done.stdout


@pytest.mark.parametrize("name", ["x" * 300, os.fsdecode(b"\xff\xfe"), "a" * 300 + "/p.yaml", "\N{SNOWMAN}" * 100])
def test_odd_names_are_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("patient_id,rash\n1,1\n")
    for arguments in (
        ["assess", name],
        ["simulate", name, "-o", str(tmp_path / "run")],
        ["score", str(tmp_path / name), "-i", "sledai_2k", "-o", str(tmp_path / "o.csv")],
        ["score", str(tmp_path / "a.csv"), "-i", "sledai_2k", "-o", str(tmp_path / name)],
    ):
        assert status(arguments) in {1, 2}, arguments
        message = capsys.readouterr().err.lstrip()
        assert message.startswith("lupercal: "), message
        assert len(message.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_whose_name_is_no_text_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.yaml")
    file.write_text(PATIENT)
    assert run("assess", str(file), "-i", "sledai_2k").returncode == 0
    table = tmp_path / os.fsdecode(b"\xfe")
    table.mkdir()
    (table / "a.csv").write_text("patient_id,rash\n1,1\n")
    done = run("score", str(table / "a.csv"), "-i", "sledai_2k", "-o", str(table / "o.csv"))
    assert done.returncode == 2
    assert done.stderr.startswith(b"lupercal: ")
    assert b"no UTF-8 text" in done.stderr


def test_without_a_time_zone_table_a_plan_without_dates_is_made(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PATIENT)
    code = "import sys; sys.modules['tzdata'] = None; from lupercal.cli.main import run; run(sys.argv[1:])"
    plan = ["plan", str(tmp_path / "p.yaml"), "-p", "erlangen"]
    done = subprocess.run(
        [sys.executable, "-c", code, *plan, "-o", str(tmp_path / "a")],
        env=os.environ | {"PYTHONTZPATH": ""}, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_user_without_a_home_has_no_store_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from lupercal.files import kept

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LUPERCAL_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert kept.folder() is None
    assert kept.kept("name", lambda: b"code") == b"code"


def work(piece: int) -> int:
    time.sleep(600)
    return piece


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_parent(how: signal.Signals) -> None:
    code = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(143));"
        "from lupercal.files.runner import results_in_order; from tests.cli.test_process import work;"
        "list(results_in_order(work, range(4), 'processes', 2))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stderr=subprocess.DEVNULL)
    group = parent.pid
    wait_for(lambda: len(members(group)) >= 3)
    time.sleep(0.5)
    os.kill(parent.pid, how)
    parent.wait(60)
    try:
        wait_for(lambda: not members(group))
    finally:
        for left in members(group):
            os.kill(left, signal.SIGKILL)


def members(group: int) -> list[int]:
    """Return the processes of a session that are alive and at work, by /proc."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(rest[3]) == group and rest[0] != "Z":
            found.append(int(place.parent.name))
    return found


def wait_for(holds: object, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_a_worker_that_is_lost_is_one_sentence() -> None:
    with pytest.raises(LupercalError, match="worker process ended"):
        list(runner.results_in_order(lost, range(2), "processes", 1))


def lost(piece: int) -> int:
    os._exit(piece + 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ("forecast", "example-nephritis", "-o"),
        ("population", "-n", "100000", "-o"),
        ("validate", "-o"),
        ("validate", "--json"),
        ("sensitivity", "-o"),
        ("calibrate", "-o"),
        ("export", "sbml", "-o"),
        ("plan", "example-nephritis", "-p", "erlangen", "-o"),
    ],
)
@pytest.mark.parametrize("place", ["file/below", "x" * 300, "full"])
def test_an_output_place_is_tried_before_work(
    arguments: tuple[str, ...], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def no_work(*_: object, **__: object) -> None:
        raise AssertionError("work began")

    for where in (
        "lupercal.forecast.run.compute", "lupercal.course.produce.produce",
        "lupercal.validation.by_set.predictions_by_set",
        "lupercal.validation.natural_table.target_table", "lupercal.calibration.sensitivity.sensitivity",
        "lupercal.calibration.run.calibrate", "lupercal.exchange.reference_patient.reference_task",
        "lupercal.programmes.plan.plan",
    ):  # fmt: skip
        monkeypatch.setattr(where, no_work)
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    if place == "full" and arguments[0] in {"plan", "calibrate"}:
        return  # these write beside what is there and touch nothing of it
    assert status([*arguments, str(tmp_path / place)]) == 2
    assert "expected" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine"]


SPEC = "format: lupercal simulation 1\ntherapy: rituximab\npatients: 4\nmonths: 1\nstates: [AM]\n"


@pytest.mark.slow
def test_without_just_in_time_compilation_and_with_an_empty_store_a_run_is_made(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SPEC)
    done = run(
        "simulate", str(tmp_path / "s.yaml"), "-o", str(tmp_path / "run"),
        NUMBA_DISABLE_JIT="1", LUPERCAL_CACHE_DIR=str(tmp_path / "store"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "address", ["nonsense://x", pytest.param("tcp://127.0.0.1:1", marks=pytest.mark.slow)]
)  # a port where nobody listens is tried for half a minute
def test_a_scheduler_that_does_not_answer_is_one_sentence_and_leaves_nothing(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    (tmp_path / "s.yaml").write_text(SPEC)
    command = ["simulate", str(tmp_path / "s.yaml"), "-o", str(tmp_path / "run"), "--runner", "dask"]
    assert status([*command, "--scheduler", address]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith(f"lupercal: --scheduler: found '{address}'")
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_a_reader_that_goes_away_early_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as nobody:  # noqa: PTH123 - a number, not a path
        done = subprocess.run([*LUPERCAL, "cases"], stdout=nobody, stderr=subprocess.PIPE, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_working_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    try:
        assert process.failure_in_words(FileNotFoundError(2, "No such file or directory")).startswith(
            "the working folder"
        )
    finally:
        os.chdir(tmp_path)
