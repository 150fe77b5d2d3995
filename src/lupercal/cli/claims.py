"""``lupercal claims``: what pages promise, beside what is known, with verdicts that follow by rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.claims.verdict import JudgedClaim
    from lupercal.evidence.ledger import Ledger

app = typer.Typer(
    help="Claims of clinics' pages beside the evidence: verdicts by rule, figures, what to ask. Research use only.",
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_Json = Annotated[Path | None, typer.Option("--json", help="Write the claims as JSON: id, verdict, rule, rows.")]
_Csv = Annotated[Path | None, typer.Option("--csv", help="Write the claims as a table.")]
_Without = Annotated[
    list[str] | None, typer.Option("--without", help="Leave this study, figure or fact out; may be repeated.")
]
_Studies = Annotated[
    Path | None, typer.Option("--studies", help="A folder of further studies in the package's schema.")
]
_Fhir = Annotated[Path | None, typer.Option("--fhir", help="Write the claims in the shape of EBMonFHIR.")]


@app.callback()
def command(
    context: typer.Context,
    as_json: _Json = None,
    as_csv: _Csv = None,
    as_fhir: _Fhir = None,
    without: _Without = None,
    studies: _Studies = None,
) -> None:
    """List the claims of the shipped pages with verdict and deciding rule, or write them to files."""
    if context.invoked_subcommand is not None:
        return
    from lupercal.claims.desk import changed_ledger, claim_files, judged_files

    _told(judged_files(claim_files(), changed_ledger(without or (), studies)), as_json, as_csv, as_fhir)


@app.command("show", short_help="Show one claim")
def _show(name: Annotated[str, typer.Argument(metavar="ID", help="A claim, such as D07.")]) -> None:
    """Show one claim: verdict, rule, every row that was used, simulation beside, and what to ask."""
    from lupercal.claims.desk import shipped_claim

    _explain([shipped_claim(name)])


@app.command(short_help="Judge a file of claims")
def check(
    file: Annotated[Path, typer.Argument(help="Claims in YAML; see lupercal schema claims.")],
    as_json: _Json = None,
    as_csv: _Csv = None,
    as_fhir: _Fhir = None,
    brief: Annotated[bool, typer.Option("--brief", help="One line per claim, without rows and simulation.")] = False,
    without: _Without = None,
    studies: _Studies = None,
) -> None:
    """Judge the claims of a file against the evidence that Lupercal holds, simulation included."""
    from lupercal.claims.desk import changed_ledger, checked_file

    evidence = changed_ledger(without or (), studies)
    judged = checked_file(file, evidence)
    if brief or as_json or as_csv or as_fhir:
        _told(judged, as_json, as_csv, as_fhir)
    else:
        _explain(judged, evidence)


Force = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")]


@app.command(short_help="Write a page")
def page(
    name: Annotated[str, typer.Argument(metavar="CLINIC", help="A clinic, a claim (D07), a YAML file, or all.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write; a folder for all.")],
    claim: Annotated[list[str] | None, typer.Option("--claim", help="Only this claim; may be repeated.")] = None,
    force: Force = False,
) -> None:
    """Write the page of a clinic, of one claim, or of a user's own file, as one HTML file; ``all`` writes a folder."""
    from lupercal.claims.desk import page_claims
    from lupercal.files.replace import refuse_existing
    from lupercal.files.whole_run import adding_to
    from lupercal.files.writing import write_text
    from lupercal.report.claims_page import claim_page, claim_pages

    if name == "all":
        pages = claim_pages()
        with adding_to(output) as written:
            for file, text in pages.items():
                write_text(output / file, text)
                written.append(output / file)
        typer.echo(f"Written: {output}")
        return
    refuse_existing(output, force=force)
    judged, only = page_claims(name, tuple(claim or ()))
    write_text(output, claim_page(judged, only=only))
    typer.echo(f"Written: {output}")


@app.command(short_help="Record a clinic's reply")
def reply(
    file: Annotated[Path, typer.Argument(help="The file of claims.")],
    name: Annotated[str, typer.Argument(metavar="ID", help="The claim that was answered.")],
    received: Annotated[str, typer.Option("--received", help="The day it came, as 2026-11-28.")],
    words: Annotated[str, typer.Option("--words", help="What was answered, as it was given.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, with the reply in it.")],
    by: Annotated[str, typer.Option("--by", help="Who answered.")] = "",
    force: Force = False,
) -> None:
    """Record a clinic's reply with its date; it is printed on the page and changes no verdict."""
    from lupercal.claims.replies import with_reply
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import write_text

    refuse_existing(output, force=force)
    write_text(output, with_reply(file, name, received, words, by))
    typer.echo(f"Written: {output}")


@app.command("simulate", short_help="Make the table of simulations")
def _simulate(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The table; the package's own by default.")
    ] = None,
) -> None:
    """Compute the simulations that stand beside claims anew and write their table with its key. Takes minutes."""
    from lupercal.claims.simulated import TABLE, write_simulated

    typer.echo(f"Written: {write_simulated(output or TABLE, lambda done: typer.echo(f'set {done}', err=True))}")


def _told(judged: tuple[JudgedClaim, ...], as_json: Path | None, as_csv: Path | None, as_fhir: Path | None) -> None:
    import json

    from lupercal.exchange.claims_export import bundle_text, claims_csv, claims_document
    from lupercal.files.writing import write_text
    from lupercal.report.claims_text import listing_lines

    texts: tuple[tuple[Path | None, Callable[[], str]], ...] = (
        (as_json, lambda: json.dumps(claims_document(judged), indent=1, ensure_ascii=False) + "\n"),
        (as_csv, lambda: claims_csv(judged)),
        (as_fhir, lambda: bundle_text(judged)),
    )
    for path, text in texts:
        if path is not None:
            write_text(path, text())
            typer.echo(f"Written: {path}")
    if not any(path for path, _ in texts):
        for line in listing_lines(judged):
            typer.echo(line)


def _explain(judged: list[JudgedClaim] | tuple[JudgedClaim, ...], evidence: Ledger | None = None) -> None:
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.report.claims_text import claim_lines

    for one in judged:
        for line in claim_lines(one, evidence):
            typer.echo(line)
    typer.echo(RESEARCH_USE_ONLY)
