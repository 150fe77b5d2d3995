"""``lupercal candidate``: questions that follow from the programmes' rules, and what the answers come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.programmes.candidate import Answer, Move
    from lupercal.rules.questions import Question


_WRITTEN_IN_A_FILE = "a number, {"  # how an error names the forms that only a patient file may hold


def command(
    programme: Annotated[
        list[str] | None, typer.Option("--programme", "-p", help="Only for this programme; give it again for more.")
    ] = None,
    answers: Annotated[Path | None, typer.Option(help="Answers in a YAML or JSON file; nothing is then asked.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The patient file to write.")] = Path("candidate.yaml"),
    name: Annotated[str, typer.Option("--id", help="Id of the patient in the file.")] = "candidate",
    force: Annotated[bool, typer.Option("--force", help="Replace the patient file if there is one.")] = False,
) -> None:
    """Answer the questions that matter and see which stated criteria are met. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.cli.eligibility import show
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place
    from lupercal.programmes.candidate import Answers, ask, candidate_results, read_answers, write_patient
    from lupercal.programmes.registry import programme as find
    from lupercal.programmes.registry import programmes

    refuse_existing(output, force=force)
    check_place(output)
    chosen = [find(one) for one in programme] if programme else list(programmes().values())
    if answers is not None:
        given = read_answers(answers, name)
    else:
        _say(
            f"{RESEARCH_USE_ONLY} An empty answer means that you do not know.\n"
            "back returns to the question before; Ctrl-D ends the questions and keeps the answers."
        )
        given = ask(chosen, _prompt, Answers(name))
    results = list(candidate_results(chosen, given))
    write_patient(given, output)
    show(results, detailed=len(results) == 1, reasons=f"lupercal eligibility {output} --full")
    typer.echo(f"wrote {output}; it can be used with: lupercal forecast {output}")
    typer.echo(RESEARCH_USE_ONLY)


def _prompt(question: Question) -> Answer | Move:
    from lupercal.errors import InputError
    from lupercal.programmes.candidate import Move, read_answer

    while True:
        _say(f"\n{question.text}")
        _say(f"({question.hint})", indent="  ")
        try:
            typed = input("> ")
        except EOFError:  # Ctrl-D: what is not answered stays unknown
            typer.echo("\nNo more answers; what was not asked stays unknown.")
            return Move.END
        if typed.strip().lower() == Move.BACK.value:
            return Move.BACK
        try:
            return read_answer(question, typed)
        except InputError as error:
            form = question.hint if error.expected.startswith(_WRITTEN_IN_A_FILE) else error.expected
            _say(f"That could not be read: expected {form}", indent="  ")


def _say(text: str, indent: str = "") -> None:
    """Print text within the terminal, no word split."""
    from lupercal.report.terminal import wrapped

    for line in wrapped(text, indent=indent):
        typer.echo(line)
