"""Options that the commands of the registry share, and how it is opened for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lupercal.errors import LupercalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lupercal.registry.opened import Registry

Place = Annotated[
    str | None,
    typer.Option(
        "--registry", "-r", help="Path or URL of the registry; by default LUPERCAL_REGISTRY, else registry.db here."
    ),
]
By = Annotated[str | None, typer.Option("--by", help="Who does this; by default the login name.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept in the audit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
PatientId = Annotated[str, typer.Argument(metavar="ID", help="Id of the patient, or the clinic's own id.")]

_NEEDED = "the registry needs SQLAlchemy, Alembic and cryptography: pip install 'lupercal[registry]'"


def the_registry(place: str | None) -> Registry:
    """Open the registry that an option, the environment or the working folder names."""
    with_libraries()
    from lupercal.registry.opened import open_registry

    return open_registry(place)


def with_libraries() -> None:
    """Raise `LupercalError` where the libraries of the registry are not installed."""
    try:
        import alembic  # noqa: F401
        import cryptography  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ImportError:
        raise LupercalError(_NEEDED) from None


def who(by: str | None) -> str:
    """Return who does something: as stated, else the login name."""
    from lupercal.registry.cases import login_name

    return by if by is not None else login_name()


def print_json(value: object) -> None:
    """Print a record as JSON."""
    import json

    from lupercal.files.plain import plain

    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table, or that it is empty."""
    from lupercal.report.terminal import table_lines

    if not rows:
        typer.echo(f"{title}: none")
        return
    for line in table_lines(title, heads, rows):
        typer.echo(line)


def say(text: str, indent: str = "") -> None:
    """Print a sentence in lines of the terminal's width."""
    from lupercal.report.terminal import wrapped

    for line in wrapped(text, indent=indent, hanging=f"{indent}  "):
        typer.echo(line)
