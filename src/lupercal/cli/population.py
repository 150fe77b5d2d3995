"""``lupercal population``: many virtual patients into a Parquet file, weighted to the properties of a cohort."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lupercal.course.produce import Produced
    from lupercal.population.goals import Goal


class CohortName(StrEnum):
    """Which cohort the virtual patients stand for."""

    POPULATION = "population"
    CLINIC = "clinic"
    TRIAL = "trial"


def command(
    out: Annotated[
        Path, typer.Option("--output", "-o", help="Run folder; a name that ends in .parquet is a file alone.")
    ],
    patients: Annotated[int, typer.Option("--patients", "-n", min=1, help="How many are drawn.")] = 10_000,
    cohort: Annotated[CohortName, typer.Option(help="Which cohort they stand for.")] = CohortName.CLINIC,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    chunk: Annotated[int, typer.Option(min=1, help="How many at a time; it changes no result.")] = 2048,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run into --output that was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Draw virtual patients, let them live three years, and weight them to published properties."""
    from lupercal.api.cohorts import population
    from lupercal.files.replace import refuse_existing
    from lupercal.files.run_record import holds_run

    if out.suffix.lower() == ".parquet" or holds_run(out):
        refuse_existing(out, force=force)
    try:
        made = population(patients, cohort.value, seed, path=out, chunk=chunk, resume=resume, tell=_told(patients))
    finally:
        typer.echo(err=True)
    for line in _report(made.produced):
        typer.echo(line)


def _told(patients: int) -> Callable[[int], None]:
    return lambda done: typer.echo(f"\r{done} of {patients}    ", nl=False, err=True)


def _report(made: Produced) -> Iterator[str]:
    """Yield what was made, line by line."""
    from lupercal.report.terminal import table_lines, wrapped

    yield f"{made.patients} virtual patients in {made.seconds:.1f} s"
    if made.peak_memory is not None:
        yield f"largest memory {made.peak_memory / 2**20:.0f} MiB"
    yield f"rejected {sum(made.rejected.values())}"
    for reason, count in sorted(made.rejected.items(), key=lambda item: -item[1]):
        yield from wrapped(f"{count}: {reason}", None, "  ", "    ")
    weighting = made.weighting
    yield f"{len(weighting.members)} belong to the cohort; effective sample size {weighting.effective_sample_size:.0f}"
    rows = [
        (goal.name, goal_words(goal), f"{goal.target:g}", f"{residual:+.2f}")
        for goal, residual in zip(weighting.goals, weighting.balanced.residuals, strict=True)
    ]
    yield from table_lines("Weighted to", ("target", "what", "wanted", "off by, tolerances"), rows)
    out_of_reach = ", ".join(goal.name for goal in weighting.out_of_reach)
    yield from wrapped(f"out of reach: {out_of_reach or 'nothing'}", hanging="  ")
    if weighting.not_simulated:
        yield from wrapped(f"not simulated: {', '.join(weighting.not_simulated)}", hanging="  ")


def goal_words(goal: Goal) -> str:
    """Return what a goal wants, in words: the statistic of its target and the part of it that is meant."""
    from lupercal.evidence.natural_history import targets
    from lupercal.report.target_table import statistic_words
    from lupercal.report.wording import measure_in_words

    name, _, part = goal.name.partition(".")
    target = targets().get(name)
    return measure_in_words(goal.what) if target is None else statistic_words(target.statistic, part)
