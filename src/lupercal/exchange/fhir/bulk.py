"""Bulk exports: many people's resources, one per line, in files of any size; memory stays bounded.

The lines are read once and sorted by person into a number of unnamed files that follows from their size; then one such
file after the other is held in memory and made into patient files.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, final
from zlib import crc32

from lupercal.errors import InputError
from lupercal.exchange.fhir.entries import FhirEntry, fhir_entry, without_repeats
from lupercal.exchange.fhir.json_text import read_line
from lupercal.exchange.fhir.ledger import ImportLedger
from lupercal.exchange.fhir.read import LINES, FhirImport, Settings, patient_of_entries
from lupercal.exchange.fhir.subjects import person_key, the_subject
from lupercal.exchange.fhir.wording import shown_text
from lupercal.exchange.import_report import ImportItem, Verdict
from lupercal.files.writing import check_place, room_beside, write_in_room
from lupercal.patient.document import patient_text

HELD_BYTES = 16_000_000
"""About as much of an export is held at a time; as Python objects it takes some ten times that."""
MOST_PARTS = 400
LONGEST_LINE = 4_000_000
REPORT_FIELDS = ("verdict", "file", "place", "found", "patient", "became", "reason")
_JSON = json.JSONEncoder(ensure_ascii=False)


@final
@dataclass(frozen=True, slots=True)
class BulkImport:
    """What became of a bulk export.

    Parameters
    ----------
    folder
        Where the patient files are, with a report on every item in ``report/``.
    patients
        How many patient files were written.
    without
        How many people had nothing that a patient file holds.
    resources
        How many lines were read.
    verdicts
        How many items were used, warned of, left out and refused.
    """

    folder: Path
    patients: int
    without: int
    resources: int
    verdicts: dict[Verdict, int]


def bulk_files(source: Path) -> tuple[Path, ...]:
    """Return the files of a bulk export, a folder or one file; raise `InputError` where there is none."""
    found = (source,) if source.is_file() else tuple(sorted(p for p in source.glob("*") if p.suffix.lower() in LINES))
    if not found:
        raise InputError(source, "", "no such export", f"a folder with files ending in {' or '.join(LINES)}")
    return found


def import_bulk(
    source: Path, folder: Path, settings: Settings | None = None, tell: Callable[[int], None] = lambda _: None
) -> BulkImport:
    """Read a bulk export into a folder of patient files, whole or not at all.

    Parameters
    ----------
    source
        A file of resources, one per line, or a folder of such files.
    folder
        A folder that is not there yet; it gets ``ID.yaml`` for each person and ``report/`` with what became of every
        item, one JSON object per line.
    settings
        What a person says about the import.
    tell
        Called with the number of people done.

    Raises
    ------
    InputError
        If there is no such export, or the folder cannot be written.
    """
    files = bulk_files(Path(source))
    check_place(folder)
    counted: Counter[str] = Counter()
    with ExitStack() as stack, room_beside(folder) as room, _without_collector():
        parts = [stack.enter_context(TemporaryFile()) for _ in range(_parts(files))]
        strays = _Part(room, 0, counted)
        medications = _sort(files, parts, strays, counted)
        strays.close()
        for number, file in enumerate(parts, 1):
            _import_part(file, _Part(room, number, counted), medications, settings or Settings())
            tell(counted["patients"])
        room.rename(folder)
    verdicts: dict[Verdict, int] = {name: counted[name] for name in ("used", "warned", "left_out", "refused")}
    return BulkImport(folder, counted["patients"], counted["without"], counted["resources"], verdicts)


def _parts(files: tuple[Path, ...]) -> int:
    size = sum(path.stat().st_size for path in files)
    return min(MOST_PARTS, 1 + size // HELD_BYTES)


class _Part:
    """One part of the output: patient files, and the report on their items."""

    def __init__(self, room: Path, number: int, counted: Counter[str]) -> None:
        self.room, self.number, self.counted = room, number, counted
        self.lines: list[str] = []
        self.names: set[str] = set()

    def write(self, done: FhirImport) -> None:
        """Write one patient and remember the report on it."""
        name = done.patient.id
        if done.empty:
            self.counted["without"] += 1
        else:
            self.counted["patients"] += 1
            write_in_room(self.room / f"{name}.yaml", patient_text(done.patient))
        for one in done.report.items:
            self.tell(one, name)

    def tell(self, item: ImportItem, patient: str = "") -> None:
        """Remember what became of an item."""
        self.counted[item.verdict] += 1
        row = {name: getattr(item, name) for name in REPORT_FIELDS} | {"patient": patient}
        self.lines.append(_JSON.encode(row))

    def refuse(self, place: str, found: str, reason: str) -> None:
        """Remember an item that belongs to nobody."""
        self.tell(ImportItem("refused", place, shown_text(found), reason))

    def close(self) -> None:
        """Write the report."""
        if self.lines:
            write_in_room(self.room / "report" / f"{self.number:04d}.ndjson", "\n".join(self.lines) + "\n")


def _sort(
    files: tuple[Path, ...], parts: Sequence[IO[bytes]], strays: _Part, counted: Counter[str]
) -> dict[str, dict[str, Any]]:
    """Sort resources by person into the parts; return the Medications, which belong to nobody."""
    medications: dict[str, dict[str, Any]] = {}
    for path in files:
        for line, raw, resource in _resources(path, strays):
            counted["resources"] += 1
            kind = resource.get("resourceType")
            if kind == "Medication" and isinstance(resource.get("id"), str):
                medications[f"Medication/{resource['id']}"] = _names_of(resource)
                continue
            key = person_key(resource)
            if not key:
                strays.refuse(f"{path.name}:{line}", str(kind), "it does not say whom it is about")
                continue
            head = f"{shown_text(path.name)}:{line}\n{key}\n".encode("utf-8", "replace")
            _put(parts[crc32(key.encode("utf-8", "replace")) % len(parts)], head + raw)
    return medications


def _names_of(medication: dict[str, Any]) -> dict[str, Any]:
    """Return what says which drug a Medication is; the rest need not be kept."""
    return {key: medication[key] for key in ("code", "ingredient") if key in medication}


def _resources(path: Path, strays: _Part) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """Yield number, text and resource of each line; a line that is none is told."""
    with path.open("rb") as file:
        line = 0
        while raw := file.readline(LONGEST_LINE):
            line += 1
            if not raw.strip():
                continue
            try:
                yield line, raw, _resource(raw, path, line)
            except InputError as error:
                strays.refuse(f"{path.name}:{line}", error.value, f"expected {error.expected}")
            if not raw.endswith(b"\n"):
                _to_the_end_of(file)


def _resource(raw: bytes, path: Path, line: int) -> dict[str, Any]:
    if len(raw) >= LONGEST_LINE:
        raise InputError(path, f"line {line}", "a line without end", f"at most {LONGEST_LINE} bytes")
    resource = read_line(raw, path)
    if not isinstance(resource.get("resourceType"), str):
        raise InputError(path, f"line {line}", "no resourceType", "a FHIR resource")
    return resource


def _to_the_end_of(file: IO[bytes]) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _import_part(file: IO[bytes], part: _Part, medications: dict[str, dict[str, Any]], settings: Settings) -> None:
    people: dict[str, list[FhirEntry]] = {}
    for place, key, resource in _sorted(file):
        people.setdefault(key, []).append(fhir_entry(resource, place))
    for key, entries in people.items():
        ledger = ImportLedger()
        kept = without_repeats(entries, ledger)
        try:
            done = patient_of_entries(kept, the_subject(kept, key), ledger, settings, key, medications)
        except InputError as error:
            part.refuse(entries[0].place, key, shown_text(str(error), 300))
            continue
        part.write(done)
    part.close()


def _put(file: IO[bytes], row: bytes) -> None:
    """Put place, person and line into a part, their length before them."""
    file.write(len(row).to_bytes(4, "little"))
    file.write(row)


def _sorted(file: IO[bytes]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, person and resource of what was put into a part."""
    file.seek(0)
    while size := file.read(4):
        place, key, raw = file.read(int.from_bytes(size, "little")).split(b"\n", 2)
        yield place.decode(), key.decode(), read_line(raw, place)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let nothing look for cycles of objects meanwhile: there are none, and looking takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
