"""What a run folder says of itself: ``run.json``.

It holds what was asked and the seed, the version and a hash of the code and data that answer, the state, and every file
of the run with its size and checksum. The record carries a checksum of its own, and no time or place, so that equal
runs have equal records.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, final

from pydantic import ConfigDict

from lupercal import __version__
from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import parse_json, read_text
from lupercal.files.hashing import content_hash, file_hash, package_hash
from lupercal.files.writing import write_bytes

RECORD = "run.json"
Format = Literal["lupercal run 1"]
_MAX_BYTES = 500_000_000
AGAIN = "an intact record; keep what you need of the folder, remove it and run again"


@final
@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a run: its size in bytes and the hash of its content."""

    bytes: int
    hash: str

    @classmethod
    def of(cls, path: Path) -> KeptFile:
        """Return what a file is now."""
        return cls(path.stat().st_size, file_hash(path))

    def is_in(self, path: Path) -> bool:
        """Return whether a file is there and still what was kept."""
        try:
            return path.is_file() and path.stat().st_size == self.bytes and file_hash(path) == self.hash
        except OSError:
            return False


@final
@dataclass(frozen=True)
class RunRecord:
    """What was asked of which command, what answers, how far it is, and the files kept, by their path in the folder."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    command: str
    asked: dict[str, Any]
    seed: int | None = None
    state: Literal["unfinished", "done"] = "unfinished"
    files: dict[str, KeptFile] = field(default_factory=dict)
    lupercal: str = __version__
    code_and_data: str = field(default_factory=package_hash)
    format: Format = "lupercal run 1"

    @property
    def digest(self) -> str:
        """Return the hash of all that the results follow from."""
        return content_hash(self.command, self.asked, self.seed, self.lupercal, self.code_and_data, size=16)


def write_run(folder: Path, record: RunRecord) -> None:
    """Write a record, its checksum last."""
    content = asdict(record)
    content = dict(sorted(content.items())) | {"check": content_hash(content, size=16)}
    write_bytes(folder / RECORD, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())


def read_run(folder: Path) -> RunRecord:
    """Read the record of a run folder.

    Raises
    ------
    InputError
        If it is damaged, or of another version of Lupercal, in one sentence that says what to do.
    """
    path = folder / RECORD
    record = _parsed(path)
    if "format" not in record and "asked" in record:
        expected = "a run of this version; go on with the version that began it, or run again in a new folder"
        raise InputError(path, "", f"a run of lupercal {record.get('lupercal', 'unknown')} without checksums", expected)
    check = record.pop("check", None)
    if check != content_hash(record, size=16):
        raise InputError(path, "", "a damaged or edited record", AGAIN)
    return validated(record, RunRecord, path)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        record = parse_json(read_text(path, _MAX_BYTES), path)
    except InputError as error:
        raise InputError(path, error.field, error.value, AGAIN) from None
    if not isinstance(record, dict):
        raise InputError(path, "", "no record of a run", AGAIN)
    return record


def difference(earlier: RunRecord, now: RunRecord) -> str | None:
    """Return in words in what an earlier run differs from what is asked now; None where results are the same."""
    if (earlier.command, earlier.asked, earlier.seed) != (now.command, now.asked, now.seed):
        return "another run"
    if earlier.lupercal != now.lupercal:
        return f"a run of lupercal {earlier.lupercal}"
    return "a run of other code or data" if earlier.code_and_data != now.code_and_data else None


def holds_run(folder: Path) -> bool:
    """Return whether a folder holds the record of a run; a name that no file can have holds none."""
    try:
        return (folder / RECORD).exists()
    except OSError:
        return False
