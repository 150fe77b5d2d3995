"""``lupercal simulate``: an ensemble of virtual patients under one therapy, into a run folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.files.run_folder import Progress


class Runner(StrEnum):
    """Where the work is done."""

    SERIAL = "serial"
    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


def command(
    spec: Annotated[Path, typer.Argument(help="What to simulate, a YAML file.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    runner: Annotated[Runner, typer.Option(help="Where the work is done.")] = Runner.THREADS,
    workers: Annotated[int | None, typer.Option(min=1, help="How many at a time; all cores if not given.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
) -> None:
    """Simulate virtual patients under one therapy; Ctrl-C keeps what is done, --resume goes on."""
    from lupercal.api.cohorts import simulate

    try:
        run = simulate(spec, out, resume=resume, runner=runner.value, workers=workers, scheduler=scheduler, tell=_tell)
    finally:
        typer.echo(err=True)
    typer.echo(f"{run.simulation.patients} virtual patients in {out}")


def _tell(progress: Progress) -> None:
    """Show how far the run is on one line of standard error."""
    again = f"{progress.again} damaged or missing parts are made again; " if progress.again else ""
    speed = (
        f", {progress.patients_per_second:.0f} patients/s, {progress.seconds_left:.0f} s left" if progress.fresh else ""
    )
    typer.echo(f"\r{again}{progress.done} of {progress.total} chunks{speed}    ", nl=False, err=True)
