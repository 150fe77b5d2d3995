"""The work list kept from one look to the next: only patients whose records changed are looked at anew."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import final

from lupercal.registry.changes import Changes
from lupercal.registry.memory import Memory
from lupercal.registry.work_list import Rank, WorkItem, WorkKind, WorkList, found_work, rank_of


@final
@dataclass(frozen=True, slots=True)
class KeptWork:
    """The work list of a day, its items by patient, and the number of its items of each kind."""

    list: WorkList
    counts: Mapping[WorkKind, int]
    of_patient: Mapping[str, tuple[WorkItem, ...]]

    def alerts_of(self, patient: str) -> tuple[WorkItem, ...]:
        """Return what follow-up points out about a patient and nothing has settled."""
        return tuple(one for one in self.of_patient.get(patient, ()) if one.kind == "alert")


@final
class WorkDesk:
    """The work list of one registry; it equals `lupercal.registry.work_list.work_list` at every moment."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._lock, self._changes = memory, threading.Lock(), Changes()
        self._ranked: list[tuple[Rank, WorkItem]] = []
        self._of: dict[str, tuple[WorkItem, ...]] = {}
        self._kept: KeptWork | None = None

    def on(self, today: dt.date) -> KeptWork:
        """Return what is to be seen to on a day."""
        with self._lock, self._memory.reading() as connection:
            changed = self._changes.since_last(connection)
            if self._kept is None or self._kept.list.today != today:
                changed = None
            if self._kept is None or changed is None or changed:
                self._look(today, changed)
            assert self._kept is not None
            return self._kept

    def _look(self, today: dt.date, changed: Collection[str] | None) -> None:
        """Look at the patients that changed (at all, where None), and put their items in their places."""
        anew = found_work(self._memory, today, patients=changed)
        if changed is None:
            self._ranked, self._of = [], {}
        else:
            self._ranked = [one for one in self._ranked if one[1].patient not in changed]
            self._of = {name: some for name, some in self._of.items() if name not in changed}
        self._ranked += [(rank_of(item), item) for items in anew.values() for item in items]
        self._ranked.sort(key=itemgetter(0))
        self._of |= anew
        items = tuple(item for _, item in self._ranked)
        whole = WorkList(today=today, patients=len(self._of), items=items)
        self._kept = KeptWork(whole, Counter(one.kind for one in items), self._of)
