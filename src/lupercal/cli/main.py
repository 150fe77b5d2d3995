"""The command line. Commands are loaded when they are called, so that ``lupercal --help`` answers at once."""

from __future__ import annotations

import sys
from contextlib import suppress

import typer

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.cli import (
    assess,
    bring_in,
    calibrate,
    candidate,
    care,
    cases,
    claims,
    eligibility,
    evidence,
    export,
    follow_up,
    forecast,
    instruments,
    model,
    new_patient,
    plan,
    population,
    process,
    registry,
    report,
    schema,
    score,
    sensitivity,
    serve,
    simulate,
    therapies,
    validate,
)
from lupercal.cli.mistakes import Mistake, mistake_in_words, within_terminal
from lupercal.cli.plain_types import plain_types
from lupercal.cli.wanted import only_wanted
from lupercal.errors import LupercalError

app = typer.Typer(
    name="lupercal",
    help=f"Cell therapy in lupus: from one patient to what each therapy would probably do. {RESEARCH_USE_ONLY}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = (
    (forecast, report, simulate, population, assess, score),
    (eligibility, candidate, plan, follow_up),
    (calibrate, validate, sensitivity),
    (new_patient, cases, therapies, care, instruments, model, evidence, schema),
    (serve,),
)
for _group in _COMMANDS:
    for _module in _group:
        _name = _module.__name__.rpartition(".")[2]
        _command = _module.command
        app.command(_name.replace("_", "-"), short_help=(_command.__doc__ or "").partition(".")[0])(_command)
_GROUPS = {"import": bring_in.group, "export": export.group, "registry": registry.group, "claims": claims.app}
for _name, _formats in _GROUPS.items():
    app.add_typer(_formats, name=_name, short_help=(_formats.info.help or "").rstrip("."))


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and exit.")
) -> None:
    if version:
        typer.echo(f"lupercal {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


INTERRUPTED = 130
"""The exit status of what was interrupted by Ctrl-C."""


def run(arguments: list[str] | None = None) -> None:
    """Run the command line; every failure the user can mend is one line on standard error, never a traceback."""
    process.prepare()
    code = status(arguments)
    process.flush()
    sys.exit(code)


def status(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 failed, 2 unusable input, 130 interrupted."""
    try:
        code = _answered(arguments)
        sys.stdout.flush()
    except LupercalError as error:
        return _told(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _told("interrupted", INTERRUPTED)
    except MemoryError:
        return _told("not enough memory; ask for fewer patients at a time (chunk) or fewer workers", 1)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _told(process.failure_in_words(error), 1)
    return code


def _answered(arguments: list[str] | None) -> int:
    try:
        words = spelt(sys.argv[1:] if arguments is None else arguments)
        answer = plain_types(typer.main.get_command(only_wanted(app, words))).main(words, standalone_mode=False)
    except Mistake as error:
        with suppress(OSError):
            typer.echo(mistake_in_words(error), nl=False, err=True)
        return int(error.exit_code)
    except typer.Abort:
        return _told("ended", 1)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            raise KeyboardInterrupt from None
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":  # the reader of our output went away, and typer saw it
            raise BrokenPipeError from None
        if isinstance(end.code, int) and end.code > process.ENDED:
            return _told("ended by a signal", end.code)
        return end.code if isinstance(end.code, int) else 0
    if answer == INTERRUPTED:
        raise KeyboardInterrupt
    return answer if isinstance(answer, int) else 0


def spelt(arguments: list[str]) -> list[str]:
    """Return arguments with the earlier name of an option in its present spelling; what follows ``--`` stays."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    now = [f"--output{word[5:]}" if word == "--out" or word.startswith("--out=") else word for word in ours]
    return now + arguments[len(ours) :]


def _told(sentence: str, code: int) -> int:
    text = f"lupercal: {sentence.encode('utf-8', 'backslashreplace').decode()}"
    with suppress(OSError):
        typer.echo(within_terminal(text), err=True)
    return code
