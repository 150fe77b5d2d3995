"""The parts of this installation, as a bill of materials (CycloneDX 1.5): every library with version and licence.

``python -m lupercal.web.parts`` prints it; the administrator fetches it on *Keeping*.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from lupercal import __version__
from lupercal.files.checked import read_as

LONGEST_DAYS = 90
"""So long after the last installation of a part all of them are to be brought up to date."""
EXTRAS = ("web", "registry", "oidc", "excel")
VENDORED = Path(__file__).parent / "static" / "vendor" / "vendored.yaml"
_REQUIRED = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w.-]+)['\"]")


def bill_of_materials() -> dict[str, Any]:
    """Return the bill: libraries that the workbench stands on, as they are installed here, and vendored files."""
    needed = _installed()
    own = {"type": "application", "name": "lupercal", "version": __version__, "bom-ref": f"lupercal@{__version__}"}
    libraries = [_library(one) for name, (one, _) in sorted(needed.items()) if name != "lupercal"]
    refs = {name: str(own["bom-ref"]) if name == "lupercal" else _purl(one) for name, (one, _) in needed.items()}
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": own},
        "components": libraries + [_vendored(name, row) for name, row in _vendored_rows().items()],
        "dependencies": [
            {"ref": refs[name], "dependsOn": sorted({refs[other] for other in on if other in refs})}
            for name, (_, on) in sorted(needed.items())
        ],
    }  # fmt: skip


@cache
def last_update() -> dt.date:
    """Return the day on which a part of this installation was last put in, as it was when the server started."""
    cards = (file.locate() for one, _ in _installed().values() for file in one.files or () if file.name == "METADATA")
    times = (Path(str(card)).stat().st_mtime for card in cards if Path(str(card)).is_file())
    return dt.datetime.fromtimestamp(max(times, default=0.0), dt.UTC).date()


def _installed() -> dict[str, tuple[Distribution, set[str]]]:
    """Return every library that is needed and there, by name, with the names of what it needs itself."""
    found: dict[str, tuple[Distribution, set[str]]] = {}
    waiting = [("lupercal", set(EXTRAS))]
    while waiting:
        name, extras = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:  # for another system, or left out
            continue
        named = set(_needed(one, extras))
        before = found.get(name, (one, set()))[1]
        new = {other for other, _ in named}
        if name in found and new <= before:
            continue
        found[name] = (one, before | new)
        waiting += [(other, set(more)) for other, more in named]
    return found


def _needed(one: Distribution, extras: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield names and extras of what a library needs."""
    for line in one.requires or ():
        wanted, _, condition = line.partition(";")
        asked = _EXTRA.search(condition)
        parts = _REQUIRED.match(wanted.strip())
        if parts is not None and (asked is None or asked[1] in extras):
            yield _plain(parts[1]), tuple(part.strip() for part in (parts[2] or "").split(",") if part.strip())


def _library(one: Distribution) -> dict[str, Any]:
    name, version, purl = _plain(one.name), one.version, _purl(one)
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "licenses": _licences(one)
    }  # fmt: skip


def _licences(one: Distribution) -> list[dict[str, Any]]:
    expression = _told(one, "License-Expression")
    if expression:
        return [{"expression": expression}]
    classed = [text.rpartition(" :: ")[2] for text in one.metadata.get_all("Classifier") or () if "License ::" in text]
    words = classed or [_told(one, "License").partition("\n")[0][:120] or "not told"]
    return [{"license": {"name": word}} for word in words]


def _told(one: Distribution, field: str) -> str:
    return str((one.metadata.get_all(field) or [""])[0]).strip()


def _vendored(file: str, row: Mapping[str, str]) -> dict[str, Any]:
    purl = f"pkg:npm/{row['package']}@{row['version']}"
    return {
        "type": "file", "bom-ref": purl, "name": file, "version": row["version"], "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": row["sha256"]}], "licenses": [{"license": {"id": row["licence"]}}],
    }  # fmt: skip


def _vendored_rows() -> dict[str, dict[str, str]]:
    return read_as(VENDORED, dict[str, dict[str, str]])


def _purl(one: Distribution) -> str:
    return f"pkg:pypi/{_plain(one.name)}@{one.version}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(json.dumps(bill_of_materials(), indent=1))
