"""``lupercal forecast``: one patient in, what each therapy would probably do out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lupercal.files.run_record import RunRecord
    from lupercal.forecast.result import Forecast
    from lupercal.forecast.run import Computed, Request
    from lupercal.patient.record import Patient
    from lupercal.report.programme_tables import Offered

DEFAULT_THERAPIES = ("standard_care", "cd19_car_t", "rituximab", "msc_umbilical", "ahsct")


def command(
    case: Annotated[str, typer.Argument(help="Name of a shipped case (see: lupercal cases) or a patient file.")],
    therapy: Annotated[
        list[str] | None, typer.Option("--therapy", "-t", help="A therapy; repeat for more (see: lupercal therapies).")
    ] = None,
    patients: Annotated[int, typer.Option("--patients", "-n", help="Number of virtual patients.")] = 500,
    months: Annotated[int, typer.Option("--months", "-m", help="Horizon in months after day 0.")] = 24,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Seed of all random numbers.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Run folder; runs/CASE-HASH by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="compiled, or reference for checks.")] = "compiled",
    chunk_size: Annotated[
        int,
        typer.Option(
            "--chunk-size", min=1, help="Virtual patients integrated at a time; changes memory, never results."
        ),
    ] = 1024,
) -> None:
    """Forecast what each therapy would probably do to a patient, with uncertainty."""
    import time
    from dataclasses import replace

    from lupercal.errors import InputError
    from lupercal.files.whole_run import whole_run
    from lupercal.forecast.run import Request, compute

    if engine not in ("compiled", "reference"):
        raise InputError("--engine", "", engine, "compiled or reference")
    path, patient = _patient(case)
    request = Request(tuple(therapy or DEFAULT_THERAPIES), patients, months, seed, engine, chunk_size)  # type: ignore[arg-type]
    key = _key(request, path)
    folder = output or Path("runs") / f"{path.stem}-{key[:8]}"
    began = time.perf_counter()
    with whole_run(folder, _asked(request, path)) as room:
        with _progress() as report:
            computed = compute(patient, request, report)
        provenance = _provenance(request, path, key, time.perf_counter() - began)
        forecast = replace(computed.forecast, provenance=provenance)
        _write(replace(computed, forecast=forecast), path, room)
    _say(forecast, folder, as_json=as_json)


def _patient(case: str) -> tuple[Path, Patient]:
    """Return file and patient of a shipped case's name or of a path."""
    from lupercal.patient.cases import case_names, case_path
    from lupercal.patient.read import read_patient

    looks_like_a_path = "/" in case or "\\" in case or Path(case).suffix or Path(case).exists()
    path = Path(case) if looks_like_a_path and case not in case_names() else case_path(case)
    return path, read_patient(path)


def _progress() -> Any:
    """Return a context that shows a progress bar on standard error and yields the function to report to."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<44}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )

    @contextmanager
    def shown() -> Any:
        with Progress(*columns, console=Console(stderr=True), transient=False) as bar:
            searching = bar.add_task("finding virtual patients that resemble", total=1.0)
            simulating = bar.add_task("simulating therapies", total=1.0)
            yield _reporter(bar, searching, simulating)
            bar.update(searching, completed=1.0)
            bar.update(simulating, completed=1.0)

    return shown()


def _reporter(bar: Any, searching: Any, simulating: Any) -> Callable[[str, float], None]:
    def report(what: str, share: float) -> None:
        if what.startswith("simulating"):
            bar.update(searching, completed=1.0)
            bar.update(simulating, completed=share, description=what[:44])
        else:
            bar.update(searching, completed=share)

    return report


def _key(request: Request, path: Path) -> str:
    """Return the hash of all that a forecast follows from."""
    from dataclasses import replace

    from lupercal import __version__
    from lupercal.evidence.parameters import parameter_hash
    from lupercal.files.documents import read_text
    from lupercal.files.hashing import content_hash
    from lupercal.files.plain import plain
    from lupercal.forecast.settings import settings

    choices = settings().model_dump()
    return content_hash(read_text(path), plain(replace(request, chunk_size=1)), parameter_hash(), choices, __version__)


def _asked(request: Request, path: Path) -> RunRecord:
    from lupercal.files.hashing import file_hash
    from lupercal.files.plain import plain
    from lupercal.files.run_record import RunRecord

    asked = plain(request) | {"case": _printable(path), "case_hash": file_hash(path)}
    return RunRecord("forecast", asked, request.seed)


def _printable(path: Path) -> str:
    """Return a file's name without its ending; bytes that are no text are written out."""
    import os

    return os.fsencode(path.stem).decode("utf-8", "backslashreplace")


def _write(computed: Computed, path: Path, folder: Path) -> None:
    import json

    from lupercal.files.writing import write_bytes, write_text
    from lupercal.forecast.result import forecast_record
    from lupercal.forecast.store import COURSES, RECORD, write_courses
    from lupercal.report.html import forecast_html

    write_bytes(folder / f"input{path.suffix}", path.read_bytes())
    write_courses(computed, folder / COURSES)
    write_text(folder / RECORD, json.dumps(forecast_record(computed.forecast), indent=1))
    write_text(folder / "report.html", forecast_html(computed.forecast, _offered(computed.forecast)))


def _offered(forecast: Forecast) -> Offered:
    """Return what all programmes say of the patient, and one plan for each therapy that a programme offers."""
    from lupercal.programmes.eligibility import eligibilities
    from lupercal.programmes.plan import plan
    from lupercal.programmes.registry import programmes
    from lupercal.report.programme_tables import Offered

    found = eligibilities(forecast.patient, programmes().values(), forecast.baseline_day)
    by_therapy = {one.therapy: one for one in reversed(list(programmes().values()))}
    offering = [by_therapy[arm.therapy] for arm in forecast.arms if arm.therapy in by_therapy]
    return Offered(found, tuple(plan(forecast.patient, one) for one in offering))


def _provenance(request: Request, path: Path, key: str, seconds: float) -> dict[str, Any]:
    import platform
    import shlex
    from importlib.metadata import version

    from lupercal import __version__

    case = shlex.quote(_printable(path))
    therapies = " ".join(f"--therapy {name}" for name in request.therapies)
    return {
        "command": f"lupercal forecast {case} {therapies} --patients {request.virtual_patients} "
        f"--months {request.months} --seed {request.seed}",
        "lupercal": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "polars")},
        "engine": request.engine,
        "seed": request.seed,
        "content hash": key,
        "wall time of the computation": f"{seconds:.1f} s",
    }


def _say(forecast: Forecast, folder: Path, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    from lupercal import RESEARCH_USE_ONLY
    from lupercal.forecast.result import forecast_record
    from lupercal.report.console import safety_text, summary_table

    if as_json:
        typer.echo(json.dumps(forecast_record(forecast)))
        return
    console = Console()
    console.print(safety_text(forecast))
    console.print(summary_table(forecast))
    console.print(f"Report: {folder / 'report.html'}", soft_wrap=True)
    console.print(RESEARCH_USE_ONLY, style="dim")
