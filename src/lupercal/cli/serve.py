"""``lupercal serve``: the workbench in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    demo: Annotated[bool, typer.Option("--demo", help="Begin with a demo clinic of made-up patients.")] = False,
    port: Annotated[int, typer.Option(help="Port of the server.", min=1, max=65535)] = 8000,
    folder: Annotated[Path | None, typer.Option("--folder", help="Where accounts, registry and keys are kept.")] = None,
    first: Annotated[str, typer.Option("--first-account", help="Name of the first account; drawn if left out.")] = "",
    database: Annotated[str, typer.Option(help="URL of a PostgreSQL registry; a file in the folder by default.")] = "",
    host: Annotated[str, typer.Option(help="Address to listen at; plain http stays on this machine.")] = "127.0.0.1",
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate with its chain (PEM): HTTPS without a proxy.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--certificate-key", help="Key of the certificate (PEM).")] = None,
    behind_https: Annotated[
        bool, typer.Option("--behind-https", help="A reverse proxy with HTTPS stands before it.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Host name under which it is reached; again for more."),
    ] = None,
    log_file: Annotated[Path | None, typer.Option("--log-file", help="Write the log there, as JSON lines.")] = None,
    log_to: Annotated[str, typer.Option("--log-to", help="HOST:PORT for the log: syslog over TLS.")] = "",
    let_in: Annotated[
        str, typer.Option("--let-in", help="Give an account a first password, and take off its second factor.")
    ] = "",
    new_key: Annotated[bool, typer.Option("--new-key", help="Put a new key in place of the workbench's.")] = False,
) -> None:
    """Serve the workbench: patients, visits, plans and forecasts in the browser. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import LupercalError

    try:
        from lupercal.web.reached import reached_by
        from lupercal.web.serving import let_in_here, prepared, serve
        from lupercal.web.settings import put_new_key
    except ImportError as error:
        raise LupercalError(f"the workbench needs {error.name}; pip install 'lupercal[web]' brings it") from None
    place, hosts = folder or Path("lupercal-demo" if demo else "lupercal-clinic"), tuple(name or ())
    reached = reached_by(host, port, certificate, key, behind_https, hosts, typer.echo)
    if new_key:
        put_new_key(place)
    settings = prepared(
        place, demo=demo, secure=reached.secure, hosts=hosts, database=database, say=typer.echo, first=first
    )
    if let_in:
        let_in_here(settings, let_in, typer.echo)
    typer.echo(f"Workbench at {reached.address} (kept in {place}); stop with Ctrl-C")
    if not reached.secure:
        typer.echo("Plain http, for this machine only; for others: --certificate, or a proxy and --behind-https.")
    typer.echo(RESEARCH_USE_ONLY)
    serve(settings, reached, log_file, log_to)
