"""``lupercal validate``: every known study as a virtual trial of the same design, observed against predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lupercal import __version__

if TYPE_CHECKING:
    from lupercal.evidence.study_records import Study


def command(
    only: Annotated[list[str] | None, typer.Option("--only", help="A study; can be repeated.")] = None,
    studies: Annotated[Path | None, typer.Option(help="Folder of further study files in the same schema.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write every row to this file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the report with the figure.")] = None,
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

    from lupercal.errors import InputError
    from lupercal.evidence.skill import FILE
    from lupercal.files.run_record import RunRecord
    from lupercal.files.whole_run import whole_run
    from lupercal.files.writing import check_place
    from lupercal.report.figures.forest import write_forest
    from lupercal.report.validation import comparison_lines, write_json
    from lupercal.validation.by_set import Sizes, predictions_by_set
    from lupercal.validation.compare import compare
    from lupercal.validation.skill import skill_of, write_skill
    from lupercal.validation.unexplained import assumed, estimated

    if ship and (prior or only or studies or not targets):
        raise InputError("options", "--ship", "a part", "a validation of all studies and targets by accepted sets")
    chosen = _chosen(studies, only or [])
    for place in (json, FILE if ship else None):
        if place is not None:
            check_place(place)
    asked = {"studies": list(chosen), "sets": sets, "patients": patients, "pool": pool, "prior": prior}
    with whole_run(out, RunRecord("validate", asked, seed)) if out is not None else nullcontext() as room:
        typical = _parameter_sets(sets, seed, prior=prior)
        natural = _natural_course(typical, seed, pool, workers) if targets and studies is None and not only else {}
        wanted = tuple(chosen.values())
        sizes = Sizes(seed, pool, patients)
        told = predictions_by_set(wanted, typical, sizes, _progress(len(typical)), workers=workers)
        result = compare(wanted, told, seed, patients, assumed() if prior else estimated())
        if room is not None:
            write_json(room / "validation.json", result, {"lupercal": __version__}, natural)
            write_forest(room, result)
    typer.echo(err=True)
    for line in comparison_lines(result, calibrated=bool(typical[0]) and not prior):
        typer.echo(line)
    if ship:
        typer.echo(f"skill in {write_skill(skill_of(result, natural['natural_history']))}")
    if json is not None:
        write_json(json, result, {"lupercal": __version__}, natural)
    if out is not None:
        typer.echo(f"report in {out}")


def _chosen(folder: Path | None, only: list[str]) -> Mapping[str, Study]:
    """Return the studies asked for: those of a folder where one is given, else those of the package."""
    from lupercal.errors import InputError
    from lupercal.evidence.studies import read_studies, study
    from lupercal.evidence.studies import studies as known

    if folder is None:
        return {name: study(name) for name in only} if only else known()
    further = read_studies(folder)
    unknown = [name for name in only if name not in further]
    if unknown:
        raise InputError(folder, "--only", unknown[0], f"one of {', '.join(further)}")
    return {name: further[name] for name in only} if only else further


def _parameter_sets(most: int, seed: int, *, prior: bool) -> list[Mapping[str, float]]:
    """Return typical values of accepted sets, spread over the ensemble; one empty set where there is none."""
    from lupercal.calibration.prior import prior_sets
    from lupercal.evidence.parameter_sets import accepted

    if prior:
        return list(prior_sets(most, seed))
    ensemble = accepted()
    if ensemble is None:
        return [{}]
    return list(ensemble.spread(most))


def _progress(total: int) -> Callable[[int], None]:
    return lambda done: typer.echo(f"\r{done} of {total} parameter sets    ", nl=False, err=True)


def _natural_course(typical: list[Mapping[str, float]], seed: int, pool: int, workers: int | None) -> dict[str, Any]:
    """Print the natural-history targets beside the simulation and return them as plain values."""
    from lupercal.calibration.settings import settings
    from lupercal.report.target_table import target_lines, target_record
    from lupercal.validation.natural_table import target_table

    sizes = settings().ensemble.model_copy(update={"seed": seed, "pool": pool})
    found = target_table(typical, sizes, _progress(len(typical)), workers=workers)
    typer.echo(err=True)
    for line in (*target_lines(found), ""):
        typer.echo(line)
    return {"natural_history": target_record(found)}
