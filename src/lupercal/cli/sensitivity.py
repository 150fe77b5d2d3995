"""``lupercal sensitivity``: which parameters move the main outcomes, over their whole plausible ranges."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.calibration.sensitivity import Sensitivity


def command(
    out: Annotated[
        Path, typer.Option("--output", "-o", help="Run folder; a name that ends in .svg is the figure alone.")
    ] = Path("tornado.svg"),
    sets: Annotated[int, typer.Option(min=1, help="Parameter sets to simulate.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    pool: Annotated[int, typer.Option(min=200, help="Virtual patients drawn for each set.")] = 600,
    arm: Annotated[int, typer.Option(min=20, help="Virtual patients in each arm of a study.")] = 120,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run into --output that was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the figure if there is one.")] = False,
) -> None:
    """Rank parameters by how they move ten main outcomes (partial rank correlation) and draw a tornado figure."""
    from lupercal.calibration.forward import Forward
    from lupercal.calibration.sensitivity import check_sets
    from lupercal.calibration.sensitivity import sensitivity as rank
    from lupercal.calibration.settings import settings
    from lupercal.files.pieces import resumable
    from lupercal.files.replace import refuse_existing
    from lupercal.files.run_record import RunRecord, holds_run
    from lupercal.files.whole_run import file_or_run

    check_sets(sets)
    if out.suffix.lower() == ".svg" or holds_run(out):
        refuse_existing(out, force=force)
    sizes = settings().ensemble.model_copy(update={"seed": seed, "pool": pool, "arm": arm})
    asked = RunRecord("sensitivity", {"sets": sets, "pool": pool, "arm": arm}, seed)
    with resumable(out, asked, resume) as pieces, file_or_run(out, ".svg", asked) as room:
        ranking = rank(
            sets, seed, Forward(sizes, pieces=pieces), lambda text, share: typer.echo(f"simulating {text}", err=True)
        )
        _write(ranking, room, alone=out.suffix.lower() == ".svg")
    for line in _told(ranking):
        typer.echo(line)
    typer.echo(f"without any relation 95 % lie within ±{ranking.chance:.2f}; written to {out}")


def _told(ranking: Sensitivity) -> Iterator[str]:
    """Yield the five strongest parameters of every outcome, in lines of the terminal's width."""
    from lupercal.report.terminal import wrapped

    for name, row in zip(ranking.outcomes, ranking.coefficients, strict=True):
        finite = [one for one in zip(ranking.parameters, row.tolist(), strict=True) if isfinite(one[1])]
        strongest = sorted(finite, key=lambda one: -abs(one[1]))[:5]
        words = ", ".join(f"{parameter} {value:+.2f}" for parameter, value in strongest)
        yield from wrapped(f"{name}: {words or 'it did not vary, or too few sets have it'}", hanging="  ")


def _write(ranking: Sensitivity, place: Path, *, alone: bool) -> None:
    """Write the figure, and in a run folder the coefficients beside it."""
    import json

    from lupercal.files.plain import plain
    from lupercal.files.writing import write_text
    from lupercal.report.figures.tornado import write_tornado

    write_tornado(place if alone else place / "tornado.svg", ranking)
    if not alone:
        write_text(place / "sensitivity.json", json.dumps(plain(ranking), indent=1) + "\n")
