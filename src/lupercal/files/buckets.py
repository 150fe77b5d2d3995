"""Records sorted into buckets: in memory while they are few, in files of a temporary folder once they are many.

So that what has to be put in another order (the visits of a patient, the rows of a table) needs memory for one bucket,
however many records there are.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, final

import numpy as np
from numpy.typing import DTypeLike, NDArray

HELD = 1 << 19
"""Records kept in memory before all are written to files."""

Places = NDArray[np.int64]
Records = NDArray[Any]


@final
class Buckets:
    """Records of one kind, each in a bucket with a number; several threads may add to it.

    Parameters
    ----------
    folder
        Where the files go once there are more than `HELD` records; they are removed with the folder.
    name
        Of the files, for each kind of record another.
    kind
        Type of a record.
    """

    def __init__(self, folder: Path, name: str, kind: DTypeLike) -> None:
        self.folder, self.name, self.kind = folder, name, np.dtype(kind)
        self._held: list[tuple[Places, Records]] = []
        self._count, self._lock = 0, Lock()
        self.numbers: set[int] = set()

    def add(self, records: Records, numbers: Places) -> None:
        """Put each record into the bucket of its number."""
        with self._lock:
            self._held.append((np.asarray(numbers, np.int64), np.asarray(records, self.kind)))
            self._count += len(records)
            if self._count > HELD:
                self._write()

    def bucket(self, number: int) -> Records:
        """Return the records of a bucket, those of one `add` in their order."""
        with self._lock:
            parts = [records[numbers == number] for numbers, records in self._held]
        path = self._path(number)
        if path.exists():
            parts.insert(0, np.fromfile(path, self.kind))
        return np.concatenate(parts) if parts else np.empty(0, self.kind)

    def filled(self) -> list[int]:
        """Return the numbers of the buckets that hold anything, ascending."""
        with self._lock:
            held = {int(number) for numbers, _ in self._held for number in np.unique(numbers)}
        return sorted(held | self.numbers)

    def _write(self) -> None:
        numbers = np.concatenate([part for part, _ in self._held])
        records = np.concatenate([part for _, part in self._held])
        order = np.argsort(numbers, kind="stable")
        numbers, records = numbers[order], records[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
            number = int(numbers[start])
            with self._path(number).open("ab") as file:
                file.write(records[start:end].tobytes())
            self.numbers.add(number)
        self._held, self._count = [], 0

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.name}-{number}"
