"""``lupercal validate``: every known study as a virtual trial of the same design, observed against predicted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from lupercal.api.evidence import ValidationResult
    from lupercal.engine.choose import EngineName
    from lupercal.files.run_record import RunRecord


def command(
    only: Annotated[list[str] | None, typer.Option("--only", help="A study; can be repeated.")] = None,
    studies: Annotated[
        Path | None, typer.Option(help="Folder of study files in the same schema, in place of the package's.")
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write every row to this file.")] = None,
    out: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the report with the figure.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 1,
    sets: Annotated[int, typer.Option(min=1, help="Accepted parameter sets to use, at most.")] = 20,
    patients: Annotated[int, typer.Option(min=20, help="Virtual patients per arm, at least.")] = 256,
    pool: Annotated[int, typer.Option(min=200, help="Virtual patients that trials recruit from.")] = 2400,
    prior: Annotated[bool, typer.Option("--prior", help="Sets from before any data instead of accepted ones.")] = False,
    targets: Annotated[bool, typer.Option(help="Compare with the natural-history targets too.")] = True,
    missing: Annotated[
        bool, typer.Option("--not-simulated", help="List every figure that is not simulated, with its reason.")
    ] = False,
    model_only: Annotated[bool, typer.Option("--model-only", help="Do not correct shares by the residual.")] = False,
    skill: Annotated[bool, typer.Option("--skill", help="Score model, statistician, and model + residual.")] = False,
    kept: Annotated[Path | None, typer.Option(help="Folder in which simulated figures are kept for next time.")] = None,
    folds: Annotated[
        Path | None,
        typer.Option(help="With --skill: folder of `calibrate folds`, whose sets foretell what they left out."),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="screen (single precision, as fitted), compiled (double) or reference.")
    ] = "screen",
    ship: Annotated[bool, typer.Option("--ship", help="Keep what was found with the shipped ensemble.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Sets at a time; all cores if not given.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run into --output that was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is at --json and --output.")] = False,
) -> None:
    """Run published studies as virtual trials and print observed against predicted, misses first.

    The natural-history targets come first, unless single studies or a folder are asked for. With --prior the same is
    done for parameters as they were before any data, to see how much the data narrowed. With --skill every share is
    foretold without the studies that share patients with it, by the model, by a meta-analysis, and by the model with
    the residual of its place. Names of end points, statistics and subgroups of a study file of your own stand in
    docs/reference/end-points.md.
    """
    from lupercal.api.evidence import validate
    from lupercal.engine.choose import engine_named
    from lupercal.errors import InputError
    from lupercal.files.pieces import resumable
    from lupercal.files.run_record import RunRecord

    chosen = engine_named(engine)
    if ship and (prior or only or studies or not targets):
        raise InputError("options", "--ship", "a part", "a validation of all studies and targets by accepted sets")
    _check_places(json, ship=ship, force=force)
    if resume and (out is None or skill):
        raise InputError("options", "--resume", "no run folder", "--output with the folder of the run, without --skill")
    if folds is not None and not skill:
        raise InputError("options", "--folds", str(folds), "--skill with it")
    if skill:
        sizes = SkillSizes(seed, sets, patients, pool, kept, folds, chosen, workers)
        _skill(studies, json, out, sizes, ship=ship, force=force)
        return
    asked = {"studies": only or str(studies or "all"), "sets": sets, "patients": patients, "pool": pool, "prior": prior}
    record = RunRecord("validate", asked | {"engine": chosen, "model_only": model_only}, seed)
    with resumable(out, record, resume) as pieces, _room(out, record, force=force) as room:
        result = validate(
            only or (), folder=studies, seed=seed, sets=sets, patients=patients, pool=pool, prior=prior,
            targets=targets, workers=workers, tell=_tell, residual=not model_only, kept=kept, engine=chosen,
            pieces=pieces,
        )  # fmt: skip
        if room is not None:
            _write_report(room, result)
    _print(result, each_missing=missing, assumptions=bool(only or studies))
    if ship:
        _ship(result)
    if json is not None:
        _write(json, result)
    if out is not None:
        typer.echo(f"report in {out}")


def _check_places(json: Path | None, *, ship: bool, force: bool) -> None:
    """Check before work starts that what is asked for can be written."""
    from lupercal.evidence.skill import FILE
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place

    for place in (json, FILE if ship else None):
        if place is not None:
            check_place(place)
    if json is not None:
        refuse_existing(json, force=force)


def _room(out: Path | None, record: RunRecord, *, force: bool) -> AbstractContextManager[Path | None]:
    """Return the room of a run folder where one is asked for."""
    from contextlib import nullcontext

    from lupercal.files.whole_run import whole_run

    return nullcontext() if out is None else whole_run(out, record, force=force)


class SkillSizes(NamedTuple):
    """Sizes of a comparison of forecasters, where simulated figures are kept, and where sets of folds are."""

    seed: int
    sets: int
    patients: int
    pool: int
    kept: Path | None
    folds: Path | None
    engine: EngineName
    workers: int | None


def _skill(
    studies: Path | None, json: Path | None, out: Path | None, asked: SkillSizes, *, ship: bool, force: bool
) -> None:
    """Score forecasters; print, write and keep what was found."""
    from lupercal.api.skill import skill
    from lupercal.files.run_record import RunRecord
    from lupercal.files.writing import write_text
    from lupercal.report.figures.skill import write_skill_figure
    from lupercal.report.skill import skill_lines
    from lupercal.validation.residual import as_shipped, write_residual

    said = {"studies": str(studies or "all"), "sets": asked.sets, "patients": asked.patients, "pool": asked.pool}
    said |= {"engine": asked.engine}
    with _room(out, RunRecord("validate skill", said, asked.seed), force=force) as room:
        scores = skill(folder=studies, tell=_tell, **asked._asdict())
        if room is not None:
            write_text(room / "skill.json", scores.json() + "\n")
            write_skill_figure(room / "skill.svg", scores.record())
    for line in skill_lines(scores.record()):
        typer.echo(line)
    if ship:
        typer.echo(f"residual in {write_residual(as_shipped(scores.field, scores.sets, scores.sizes))}")
    if json is not None:
        write_text(json, scores.json() + "\n")


def _tell(what: str, done: int, total: int) -> None:
    typer.echo(f"\r{what}: {done} of {total}     ", nl=done == total, err=True)


def _print(result: ValidationResult, *, each_missing: bool, assumptions: bool) -> None:
    from lupercal.report.target_table import target_lines
    from lupercal.report.validation import comparison_lines

    if result.natural_history is not None:
        for line in (*target_lines(result.natural_history), ""):
            typer.echo(line)
    lines = comparison_lines(result.validation, result.calibrated, each_missing=each_missing, assumptions=assumptions)
    for line in lines:
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
