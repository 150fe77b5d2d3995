"""``lupercal forecast``: one patient in, what each therapy would probably do out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lupercal.api.forecasts import ForecastResult


def command(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
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
    engine: Annotated[
        str, typer.Option("--engine", help="compiled, screen (quick, coarse) or reference (slow, for checks).")
    ] = "compiled",
    chunk_size: Annotated[
        int,
        typer.Option(
            "--chunk-size", min=1, help="Virtual patients integrated at a time; changes memory, never results."
        ),
    ] = 1024,
    history: Annotated[
        str, typer.Option("--history", help="all: learn from every visit up to day 0; baseline: from the last alone.")
    ] = "all",
    care: Annotated[
        list[str] | None,
        typer.Option(
            "--care",
            help="A protocol of care or a file of one; repeat for more. Unchanged and treat to target if not given.",
        ),
    ] = None,
    why: Annotated[
        int | None,
        typer.Option("--why", min=0, help="Tell what was decided for this virtual patient, and why; from 0."),
    ] = None,
    model_only: Annotated[
        bool, typer.Option("--model-only", help="Leave the residual of published shares out of the intervals.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the forecast in --output if there is one.")] = False,
) -> None:
    """Forecast what each therapy would probably do to a patient, with uncertainty.

    The folder by default is named after all that is asked: the same forecast is made there again. There is no --resume:
    a forecast is a matter of seconds to a few minutes; one that was stopped leaves nothing and is begun anew.
    """
    from lupercal.api.forecasts import forecast as forecast_of
    from lupercal.engine.choose import engine_named
    from lupercal.forecast.run import DEFAULT_CARE
    from lupercal.therapy.registry import DEFAULT_THERAPIES

    chosen = engine_named(engine)
    with _progress() as report:
        result = forecast_of(
            case, therapy or DEFAULT_THERAPIES, virtual_patients=patients, months=months, seed=seed,
            engine=chosen, chunk_size=chunk_size, history=history,  # type: ignore[arg-type]
            care=care or DEFAULT_CARE, model_only=model_only, keep=output or True,
            force=force or output is None, tell=report,
        )  # fmt: skip
    _say(result, as_json=as_json)
    if why is not None and not as_json:
        _tell_why(result, why)


def _tell_why(result: ForecastResult, virtual_patient: int) -> None:
    """Print what was decided for one virtual patient in every course in which somebody decides."""
    from lupercal.errors import InputError
    from lupercal.report.terminal import wrapped
    from lupercal.report.wording import label

    for arms in result.forecast.beside.values():
        for arm in arms:
            try:
                decisions = result.why(arm.therapy, virtual_patient, arm.care).to_dicts()
            except InputError as error:
                if error.field == "virtual patient":
                    raise
                continue  # nobody decides there
            typer.echo(f"\nVirtual patient {virtual_patient}, {arm.name}, {arm.care.replace('_', ' ')}:")
            for decision in decisions:
                seen = {k: v for k, v in decision.items() if k not in ("day", "rule", "why", "what") and v is not None}
                values = ", ".join(f"{label(name)} {value:.3g}" for name, value in seen.items())
                for line in wrapped(
                    f"- day {decision['day']}: {decision['what']}: {decision['why']} ({values})", hanging="    "
                ):
                    typer.echo(line)
            if not decisions:
                typer.echo("- nothing was decided")


def _progress() -> Any:
    """Return a context that yields the function to report to; the first report shows the bar on standard error.

    So a mistake that is noticed before any work is one line, without a bar above it.
    """
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
        bar = Progress(*columns, console=Console(stderr=True), transient=False)
        searching = bar.add_task("finding virtual patients that resemble", total=1.0)
        simulating = bar.add_task("simulating therapies", total=1.0)
        try:
            yield _reporter(bar, searching, simulating)
            bar.update(searching, completed=1.0)
            bar.update(simulating, completed=1.0)
        finally:
            if bar.live.is_started:
                bar.stop()

    return shown()


def _reporter(bar: Any, searching: Any, simulating: Any) -> Callable[[str, float], None]:
    def report(what: str, share: float) -> None:
        bar.start()
        if what.startswith("simulating"):
            bar.update(searching, completed=1.0)
            bar.update(simulating, completed=share, description=what[:44])
        else:
            bar.update(searching, completed=share, description=what[:44])

    return report


def _say(result: ForecastResult, *, as_json: bool) -> None:
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.report.console import safety_text, summary_lines
    from lupercal.report.learning_tables import learning_sentences
    from lupercal.report.terminal import wrapped

    if as_json:
        typer.echo(result.json())
        return
    for line in (*safety_text(result.forecast), *summary_lines(result.forecast)):
        typer.echo(line)
    if result.forecast.learnt is not None:
        typer.echo("What visits taught")
        for sentence in learning_sentences(result.forecast.learnt):
            for line in wrapped(sentence, None, "  ", "    "):
                typer.echo(line)
    if result.folder is not None:
        typer.echo(f"Report: {result.folder / 'report.html'}")
    for line in wrapped(RESEARCH_USE_ONLY):
        typer.echo(line)
