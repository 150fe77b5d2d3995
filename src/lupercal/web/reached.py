"""How browsers reach a workbench, and how it reaches its database: nothing leaves this machine in the clear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from sqlalchemy import make_url

from lupercal.errors import LupercalError
from lupercal.web.tls import Certificate, looked_at, tls_context


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How browsers reach a workbench.

    Parameters
    ----------
    host, port
        Where it listens.
    certificate
        With what it speaks HTTPS itself; plain http where there is none.
    behind_https
        Whether a proxy with HTTPS stands before it.
    name
        Name that its own certificate names, where it has one.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Certificate | None = None
    behind_https: bool = False
    name: str = ""

    @property
    def secure(self) -> bool:
        """Whether browsers speak HTTPS."""
        return self.behind_https or self.certificate is not None

    @property
    def is_near(self) -> bool:
        """Whether it listens to this machine only."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def address(self) -> str:
        """Address to open in a browser on this machine, or by the first name behind HTTPS of its own."""
        return f"{'https' if self.certificate else 'http'}://{self.name or self.host}:{self.port}"

    def check(self, hosts: tuple[str, ...]) -> str:
        """Return what should be known of the certificate; raise `LupercalError` where others would read along."""
        if self.certificate is not None:
            tls_context(self.certificate)
            return looked_at(self.certificate, hosts, dt.datetime.now(dt.UTC))
        if not self.secure and not self.is_near:
            raise LupercalError(
                f"--host {self.host} would send passwords in the clear; use --certificate, or --behind-https with a "
                "reverse proxy before it"
            )
        return ""


def reached_by(
    host: str, port: int, certificate: Path | None, key: Path | None, behind_https: bool, hosts: tuple[str, ...],
    say: Callable[[str], None],
) -> Reached:  # fmt: skip
    """Return how a workbench is reached, checked before anything is made or served.

    Raises
    ------
    LupercalError
        If options do not go together, the certificate is none that browsers trust, or others would read along.
    """
    if (certificate is None) != (key is None):
        raise LupercalError("--certificate and --certificate-key belong together")
    if certificate is not None and not hosts:
        raise LupercalError("--certificate needs --name, the host name that it is for")
    own = Certificate(certificate, key) if certificate is not None and key is not None else None
    reached = Reached(
        host=host, port=port, certificate=own, behind_https=behind_https, name=hosts[0] if own and hosts else ""
    )
    told = reached.check(hosts)
    if told:
        say(told)
    return reached


def check_way_to(place: str | Path) -> None:
    """Refuse a database on another machine whose connection is not encrypted, with its certificate verified."""
    url = make_url(str(place)) if isinstance(place, str) and "://" in place else None
    host = "" if url is None else url.host or str(url.query.get("host", ""))
    if url is None or host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith("/"):
        return
    if url.query.get("sslmode") != "verify-full":
        raise LupercalError(
            f"--database: the connection to {host} has to be encrypted and verified; add ?sslmode=verify-full, and "
            "sslrootcert=FILE where the database's certificate comes from the clinic's own authority"
        )
