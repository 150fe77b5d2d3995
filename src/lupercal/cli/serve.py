"""``lupercal serve``: the workbench in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    demo: Annotated[bool, typer.Option("--demo", help="Begin with a demo clinic of made-up patients.")] = False,
    port: Annotated[int, typer.Option(help="Port of the server.", min=1, max=65535)] = 8000,
    folder: Annotated[Path | None, typer.Option("--folder", help="Where accounts, registry and keys are kept.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; plain http stays on this machine.")] = "127.0.0.1",
    database: Annotated[str, typer.Option(help="URL of a PostgreSQL registry; a file in the folder by default.")] = "",
    behind_https: Annotated[
        bool, typer.Option("--behind-https", help="A reverse proxy with HTTPS stands before it.")
    ] = False,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Host name under which it is reached; again for more.")
    ] = None,
) -> None:
    """Serve the workbench: patients, visits, plans and forecasts in the browser. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import LupercalError

    try:
        from lupercal.web.serving import prepared, serve
    except ImportError as error:
        raise LupercalError(f"the workbench needs {error.name}; pip install 'lupercal[web]' brings it") from None
    place = folder or Path("lupercal-demo" if demo else "lupercal-clinic")
    hosts = tuple(name or ())
    settings = prepared(place, demo=demo, secure=behind_https, hosts=hosts, database=database, say=typer.echo)
    typer.echo(f"Workbench at http://{host}:{port} (kept in {place}); stop with Ctrl-C")
    if not behind_https:
        typer.echo("Plain http, for this machine only; for others put a reverse proxy with HTTPS before it.")
    typer.echo(RESEARCH_USE_ONLY)
    serve(settings, host, port)
