"""``lupercal calibrate``: fit the model's typical values to the published figures marked for it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.calibration.joint_run import Joint
    from lupercal.calibration.run import Calibrated, CalibrationPlan

_SIZES = ("members", "accepted", "passes", "pool", "arm")


class CalibrationRunner(StrEnum):
    """Where the work is done."""

    SERIAL = "serial"
    PROCESSES = "processes"
    DASK = "dask"


def command(
    step: Annotated[
        str, typer.Argument(help="Last step to run (the steps before it come first), all, joint, folds, or search.")
    ] = "all",
    out: Annotated[Path, typer.Option("--output", "-o", help="Folder of checkpoints and of the ensemble.")] = Path(
        "calibration"
    ),
    ship: Annotated[bool, typer.Option("--ship", help="Write the ensemble into the package itself.")] = False,
    runner: Annotated[CalibrationRunner, typer.Option(help="Where the work is done.")] = CalibrationRunner.PROCESSES,
    workers: Annotated[int | None, typer.Option(min=1, help="How many at a time; all cores if not given.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    members: Annotated[int | None, typer.Option(min=8, help="Parameter sets that are moved.")] = None,
    accepted: Annotated[int | None, typer.Option(min=4, help="Parameter sets that are kept.")] = None,
    passes: Annotated[int | None, typer.Option(min=1, help="Passes of the smoother in each step.")] = None,
    pool: Annotated[int | None, typer.Option(min=100, help="Virtual patients drawn for each set.")] = None,
    arm: Annotated[int | None, typer.Option(min=20, help="Virtual patients in each arm of a study.")] = None,
    count: Annotated[int, typer.Option("--folds", min=2, help="With folds: into how many the studies are dealt.")] = 5,
) -> None:
    """Calibrate the model step by step, toxicity last; an interrupted run goes on where it stopped.

    Every pass over all parameter sets is kept in the folder; the same choices, data and seed give the same ensemble.
    joint moves all parameters of the shipped sets at once, on every figure that a fit may use. folds calibrates anew
    without each fifth of the studies in turn, for `lupercal validate --skill --folds`. search looks for the point at
    which the priors are centred (start in the steps' file) and prints it.
    """
    from lupercal.calibration.folds_run import calibrate_folds
    from lupercal.calibration.run import calibrate as run
    from lupercal.calibration.run import calibration_plan
    from lupercal.calibration.store import write_ensemble
    from lupercal.errors import InputError
    from lupercal.evidence.parameter_sets import FILE
    from lupercal.files.run_folder import continued
    from lupercal.files.run_record import RECORD, RunRecord
    from lupercal.files.whole_run import files_in
    from lupercal.files.writing import check_place

    given = dict(zip(_SIZES, (members, accepted, passes, pool, arm), strict=True))
    sizes = {name: value for name, value in given.items() if value is not None}
    last = None if step in {"all", "joint", "folds", "search"} else step
    what = calibration_plan(out / "passes", last, runner.value, workers, scheduler, **sizes)
    if step == "search":
        _search(what)
        return
    if ship and step == "folds":
        raise InputError("options", "--ship", "folds", "no folds: they say how good a fit is and are no fit to ship")
    if ship:
        check_place(FILE)
    asked = {"step": step, "ship": ship, **what.ensemble.model_dump()} | ({"folds": count} if step == "folds" else {})
    target = FILE.parent if ship else out
    with continued(out, RunRecord("calibrate", asked, what.ensemble.seed)) as folder:
        if step == "joint":
            _joint(what, target)
        elif step == "folds":
            typer.echo(f"\nfolds in {calibrate_folds(what, count, out, _tell)}")
        else:
            calibrated = run(what, _tell)
            typer.echo(err=True)
            path = write_ensemble(what, calibrated, target)
            for line in _summary(what, calibrated):
                typer.echo(line)
            typer.echo(f"{len(calibrated.kept)} parameter sets in {path}")
        if step == "all":
            _unexplained(what, path, len({key for one in calibrated.data.values() for key in one.keys}))
        folder.note(*(name for name in files_in(out) if name != RECORD))


def _joint(what: CalibrationPlan, target: Path) -> None:
    """Run the joint pass from the shipped sets, and estimate what is unexplained of what it makes."""
    from lupercal.calibration.joint_run import calibrate_joint
    from lupercal.calibration.store import write_joint
    from lupercal.evidence.parameter_sets import FILE, read_sets
    from lupercal.report.terminal import wrapped

    joint = calibrate_joint(what, read_sets(FILE), _tell)
    typer.echo(err=True)
    path = write_joint(joint, target)
    for line in wrapped(_joint_words(joint), hanging="  "):
        typer.echo(line)
    typer.echo(f"{len(joint.kept)} parameter sets in {path}")
    _unexplained(what, path, len(joint.data.rows))


def _joint_words(joint: Joint) -> str:
    import numpy as np

    before, after = np.nanmedian(joint.misfit_before), np.median(joint.fitted.misfit[joint.kept])
    data = len(joint.data.rows)
    return f"joint: mean squared misfit {after:.2f} over {data} data ({before:.2f} before it; 1 as expected)"


def _unexplained(what: CalibrationPlan, ensemble: Path, data: int) -> None:
    """Estimate what neither parameters nor chance explain, and write it beside the ensemble."""
    from lupercal.calibration.unexplained import estimate_for, write_estimated
    from lupercal.report.terminal import wrapped
    from lupercal.validation.sizes import Sizes

    sizes = Sizes(what.ensemble.seed, what.ensemble.pool, what.ensemble.arm)
    estimated = estimate_for(ensemble, sizes, lambda done, all_: _tell("unexplained", done / all_), data, what.workers)
    typer.echo(err=True)
    scales = ", ".join(f"{kind} {getattr(estimated.scales, kind):g}" for kind in estimated.figures)
    for line in wrapped(f"unexplained by parameters and chance ({sum(estimated.figures.values())} figures): {scales}"):
        typer.echo(line)
    typer.echo(f"for figures no fit has used: {estimated.new_figures:g} times as much")
    write_estimated(estimated, ensemble.parent)


def _search(what: CalibrationPlan, rounds: int = 18) -> None:
    from lupercal.calibration.run import first_point, point_values

    path = first_point(what, rounds, _tell)
    typer.echo(f"\n# mean Huber loss {path[0].loss:.3f}, after {rounds} rounds {path[-1].loss:.3f}", err=True)
    typer.echo("start:")
    for name, value in point_values(what, path[-1]).items():
        typer.echo(f"  {name}: {value:.4g}")


def _tell(text: str, share: float) -> None:
    typer.echo(f"\r{100 * share:3.0f} % {text:60s}", nl=False, err=True)


def _summary(what: CalibrationPlan, calibrated: Calibrated) -> list[str]:
    import numpy as np

    from lupercal.calibration.recovery import IDENTIFIED_BELOW
    from lupercal.calibration.run import identified
    from lupercal.calibration.store import evidence_of
    from lupercal.report.terminal import wrapped

    step_parameters = {step.name: step.parameters for step in what.steps}
    lines = []
    for name, fitted in calibrated.fitted.items():
        misfit, evidence = float(np.median(fitted.misfit[calibrated.kept])), evidence_of(what, calibrated, name)
        lines.append(
            f"{name}: mean squared misfit {misfit:.2f} over {len(calibrated.data[name].rows)} data (1 as expected), "
            f"worth {evidence['effective_data']:g} when studies count alike; they told {evidence['parameters_told']:g} "
            f"of {len(step_parameters[name])} parameters"
        )
    widths = {name: width for _, name, width in identified(what, calibrated)}
    free = [name for name, width in widths.items() if width >= IDENTIFIED_BELOW]
    lines.append(f"not narrowed by the data: {', '.join(free) or 'none'}")
    return [part for line in lines for part in wrapped(line, hanging="  ")]
