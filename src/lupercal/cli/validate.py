"""``lupercal validate``: every known study as a virtual trial of the same design, observed against predicted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.api.evidence import ValidationResult


def command(
    only: Annotated[list[str] | None, typer.Option("--only", help="A study; can be repeated.")] = None,
    studies: Annotated[Path | None, typer.Option(help="Folder of further study files in the same schema.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write every row to this file.")] = None,
    out: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the report with the figure.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    sets: Annotated[int, typer.Option(min=1, help="Accepted parameter sets to use, at most.")] = 20,
    patients: Annotated[int, typer.Option(min=20, help="Virtual patients per arm, at least.")] = 256,
    pool: Annotated[int, typer.Option(min=200, help="Virtual patients that trials recruit from.")] = 2400,
    prior: Annotated[bool, typer.Option("--prior", help="Sets from before any data instead of accepted ones.")] = False,
    targets: Annotated[bool, typer.Option(help="Compare with the natural-history targets too.")] = True,
    ship: Annotated[bool, typer.Option("--ship", help="Keep the skill found with the shipped ensemble.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Sets at a time; all cores if not given.")] = None,
) -> None:
    """Run published studies as virtual trials and print observed against predicted, misses first.

    The natural-history targets come first, unless single studies or a folder are asked for. With --prior the same is
    done for parameters as they were before any data, to see how much the data narrowed.
    """
    from contextlib import nullcontext

    from lupercal.api.evidence import validate
    from lupercal.errors import InputError
    from lupercal.evidence.skill import FILE
    from lupercal.files.run_record import RunRecord
    from lupercal.files.whole_run import whole_run
    from lupercal.files.writing import check_place

    if ship and (prior or only or studies or not targets):
        raise InputError("options", "--ship", "a part", "a validation of all studies and targets by accepted sets")
    for place in (json, FILE if ship else None):
        if place is not None:
            check_place(place)
    asked = {"studies": only or str(studies or "all"), "sets": sets, "patients": patients, "pool": pool, "prior": prior}
    with whole_run(out, RunRecord("validate", asked, seed)) if out is not None else nullcontext() as room:
        result = validate(
            only or (), folder=studies, seed=seed, sets=sets, patients=patients, pool=pool, prior=prior,
            targets=targets, workers=workers, tell=_tell,
        )  # fmt: skip
        if room is not None:
            _write_report(room, result)
    _print(result)
    if ship:
        _ship(result)
    if json is not None:
        _write(json, result)
    if out is not None:
        typer.echo(f"report in {out}")


def _tell(what: str, done: int, total: int) -> None:
    typer.echo(f"\r{what}: {done} of {total} parameter sets    ", nl=done == total, err=True)


def _print(result: ValidationResult) -> None:
    from lupercal.report.target_table import target_lines
    from lupercal.report.validation import comparison_lines

    if result.natural_history is not None:
        for line in (*target_lines(result.natural_history), ""):
            typer.echo(line)
    for line in comparison_lines(result.validation, calibrated=result.calibrated):
        typer.echo(line)


def _write_report(room: Path, result: ValidationResult) -> None:
    from lupercal.report.figures.forest import write_forest

    _write(room / "validation.json", result)
    write_forest(room, result.validation)


def _ship(result: ValidationResult) -> None:
    from lupercal.validation.skill import skill_of, write_skill

    typer.echo(f"skill in {write_skill(skill_of(result.validation, result.record()['natural_history']))}")


def _write(path: Path, result: ValidationResult) -> None:
    from lupercal.files.writing import write_text

    write_text(path, result.json() + "\n")
