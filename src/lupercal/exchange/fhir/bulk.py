"""Bulk exports: many people's resources, one per line, in files of any size; memory stays bounded.

The lines are read once and sorted by person into a number of unnamed files that follows from their size; then one such
file after the other is held in memory and made into patient files.
"""

from __future__ import annotations

import gc
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, final
from zlib import crc32

from lupercal.errors import InputError
from lupercal.exchange.fhir.entries import FhirEntry, fhir_entry, without_repeats
from lupercal.exchange.fhir.json_text import read_line, without_nulls
from lupercal.exchange.fhir.ledger import ImportLedger, ToldItem
from lupercal.exchange.fhir.read import LINES, FhirImport, Settings, patient_of_entries
from lupercal.exchange.fhir.subjects import OF_THE_PATIENT, person_key, the_subject
from lupercal.exchange.fhir.wording import shown_text
from lupercal.exchange.import_report import Verdict
from lupercal.files.writing import check_place, room_beside, write_in_room
from lupercal.patient.document import patient_text

HELD_BYTES = 16_000_000
"""About as much of an export is held at a time; as Python objects it takes some ten times that."""
MOST_PARTS = 400
PART_BUFFER = 65536
LONGEST_LINE = 4_000_000


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
    paths = (source,) if source.is_file() else tuple(sorted(p for p in source.glob("*") if p.suffix.lower() in LINES))
    if not paths:
        raise InputError(source, "", "no such export", f"a folder with files ending in {' or '.join(LINES)}")
    return paths


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
        parts = [stack.enter_context(TemporaryFile(buffering=PART_BUFFER)) for _ in range(_parts(files))]
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


_VERDICT: Callable[[ToldItem], Verdict] = itemgetter(1)


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
        self.tell(done.ledger.in_order(), name)

    def tell(self, items: Sequence[ToldItem], patient: str = "") -> None:
        """Remember what became of items, as lines of the report."""
        self.counted.update(map(_VERDICT, items))
        whose = quoted(patient)
        self.lines += [
            f'{{"verdict": "{verdict}", "file": "", "place": {quoted(place)}, "found": {quoted(found)}, '
            f'"patient": {whose}, "became": {quoted(became)}, "reason": {quoted(reason)}}}'
            for _, verdict, place, found, reason, became in items
        ]

    def refuse(self, place: str, found: str, reason: str) -> None:
        """Remember an item that belongs to nobody."""
        self.tell([(0, "refused", place, shown_text(found), reason, "")])

    def close(self) -> None:
        """Write the report."""
        if self.lines:
            write_in_room(self.room / "report" / f"{self.number:04d}.ndjson", "\n".join(self.lines) + "\n")


def _sort(
    files: tuple[Path, ...], parts: Sequence[IO[bytes]], strays: _Part, counted: Counter[str]
) -> dict[str, dict[str, Any]]:
    """Sort lines by person into the parts; return the Medications, which belong to nobody."""
    medications: dict[str, dict[str, Any]] = {}
    for path in files:
        name = shown_text(path.name).encode("utf-8", "replace")
        for line, raw in _lines(path):
            key = _key_at_a_glance(raw) or _key(raw, path, line, strays, medications)
            if key:
                row = b"%b:%d\n%b\n%b" % (name, line, key, raw)
                parts[crc32(key) % len(parts)].write(len(row).to_bytes(4, "little") + row)
    counted["resources"] += len(medications)
    return medications


def _key_at_a_glance(raw: bytes) -> bytes:
    """Return whom a line is about where its one subject stands plainly in it; empty where it must be read to tell.

    The line is read later, and whom its resource is about is looked at then.
    """
    if len(raw) >= LONGEST_LINE or raw.count(b'"subject"') != 1:
        return b""
    kind, subject = _KIND.match(raw), _SUBJECT.search(raw)
    return subject[1] if kind and subject and kind[1] in _WITH_SUBJECT else b""


_KIND = re.compile(rb'\{"resourceType"\s*:\s*"(\w+)"')
_SUBJECT = re.compile(rb'"subject"\s*:\s*\{\s*"reference"\s*:\s*"Patient/([A-Za-z0-9._-]{1,64})"')
_WITH_SUBJECT = {kind.encode() for kind, about in OF_THE_PATIENT.items() if about == "subject"}


def _key(raw: bytes, path: Path, line: int, strays: _Part, medications: dict[str, dict[str, Any]]) -> bytes:
    """Return whom a line is about; empty for a Medication, which is kept, and for what is told as nobody's."""
    place = f"{path.name}:{line}"
    try:
        resource = _resource(raw, path, line)
    except InputError as error:
        strays.refuse(place, error.value, f"expected {error.expected}")
        return b""
    if resource["resourceType"] == "Medication" and isinstance(resource.get("id"), str):
        medications[f"Medication/{resource['id']}"] = _names_of(resource)
        return b""
    key = person_key(resource)
    if not key:
        strays.counted["resources"] += 1
        strays.refuse(place, resource["resourceType"], "it does not say whom it is about")
    return key.encode("utf-8", "replace")


def _names_of(medication: dict[str, Any]) -> dict[str, Any]:
    """Return what says which drug a Medication is; the rest need not be kept."""
    return {key: medication[key] for key in ("code", "ingredient", "status") if key in medication}


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number and text of each line that is not blank."""
    with path.open("rb", buffering=1 << 20) as file:
        line = 0
        while raw := file.readline(LONGEST_LINE):
            line += 1
            if not raw.isspace():
                yield line, raw
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
    """Make the people of a part into patient files, one after the other: only one is held as objects at a time."""
    for key, lines in _people(file).items():
        entries = list(_entries(lines, part))
        if not entries:
            continue
        ledger = ImportLedger()
        unrepeated = without_repeats(entries, ledger)
        try:
            done = patient_of_entries(unrepeated, the_subject(unrepeated, key), ledger, settings, key, medications)
        except InputError as error:
            part.refuse(entries[0].place, key, shown_text(str(error), 300))
            continue
        part.write(done)
    part.close()


def _people(file: IO[bytes]) -> dict[str, list[tuple[str, bytes]]]:
    """Return places and lines of each person of a part."""
    people: defaultdict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
    for place, key, raw in _sorted(file):
        people[key].append((place, raw))
    return {key.decode(): lines for key, lines in people.items()}


def _entries(lines: Sequence[tuple[str, bytes]], part: _Part) -> Iterator[FhirEntry]:
    """Yield the resources of one person; a line that is none is told."""
    for place, raw in lines:
        try:
            resource = read_line(raw, place)
            entry = fhir_entry(without_nulls(resource) if b"null" in raw else resource, place)
        except InputError as error:
            part.refuse(place, error.value, f"expected {error.expected}")
            continue
        part.counted["resources"] += 1
        yield entry


def _sorted(file: IO[bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield place, person and line of what was put into a part, each with its length before it."""
    file.seek(0)
    while size := file.read(4):
        place, key, raw = file.read(int.from_bytes(size, "little")).split(b"\n", 2)
        yield place.decode(), key, raw


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
