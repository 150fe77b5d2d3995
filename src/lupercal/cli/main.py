"""The command line. Commands are loaded when they are called, so that ``lupercal --help`` answers at once."""

from __future__ import annotations

import sys

import typer

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.cli import assess, cases, forecast, instruments, model, score, therapies
from lupercal.errors import LupercalError

app = typer.Typer(
    name="lupercal",
    help=f"Cell therapy in lupus: from one patient to what each therapy would probably do. {RESEARCH_USE_ONLY}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (forecast, assess, score, cases, therapies, instruments, model):
    _name = _module.__name__.rpartition(".")[2]
    app.command(_name)(getattr(_module, _name))


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and exit.")
) -> None:
    if version:
        typer.echo(f"lupercal {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: list[str] | None = None) -> None:
    """Run the command line; every failure the user can mend is one line on standard error, never a traceback."""
    sys.exit(status(arguments))


def status(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 failed, 2 unusable input, 130 interrupted."""
    try:
        app(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except LupercalError as error:
        typer.echo(f"lupercal: {error}", err=True)
        return error.exit_status
    except KeyboardInterrupt:
        typer.echo("lupercal: interrupted", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
    return 0
