"""A PostgreSQL server of the tests' own, in a folder of its own, gone when they end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, or None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def _other_user() -> dict[str, int]:
    """Return as whom the server runs: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


@contextmanager
def server(bin_folder: Path) -> Iterator[str]:
    """Yield the beginning of the URL of a server's databases, such as ``postgresql://lupercal@/{name}?host=...``."""
    room = Path(tempfile.mkdtemp(prefix="lupercal-pg-", dir="/tmp"))
    who = _other_user()
    if who:
        os.chown(room, who["user"], who["group"])
    data = room / "data"

    def call(*command: str) -> None:
        subprocess.run(command, check=True, cwd=room, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **who)  # type: ignore[call-overload]

    try:
        call(f"{bin_folder}/initdb", "-D", str(data), "-U", "lupercal", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={room} -c fsync=off -c shared_buffers=32MB"
        call(f"{bin_folder}/pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(room / "log"), "start")
        yield "postgresql://lupercal@/{name}?host=" + str(room)
    finally:
        subprocess.run(
            [f"{bin_folder}/pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop"], check=False, cwd="/",
            capture_output=True, **who,  # type: ignore[call-overload]
        )  # fmt: skip
        shutil.rmtree(room, ignore_errors=True)
