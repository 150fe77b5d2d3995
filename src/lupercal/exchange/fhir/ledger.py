"""What is being gathered while a file is read: facts for the patient file, and a verdict on every item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, final

from lupercal.exchange.fhir.dates import DateInterval
from lupercal.exchange.import_report import ImportItem, ImportReport, Verdict
from lupercal.patient.record import Measurement

ToldItem = tuple[int, Verdict, str, str, str, str]
"""Order, verdict, place, what was found, reason and what it became: an `ImportItem` before somebody asks for it."""
_ORDER: Callable[[ToldItem], int] = itemgetter(0)


@final
@dataclass(slots=True)
class FoundValue:
    """One measurement on its way to a visit.

    ``order`` is where it stood in the file; ``rank`` is higher for a corrected result; ``visit`` is the fullUrl of the
    visit of ours that it belongs to, empty for others; ``apart`` is a value that we wrote as one without a day.
    """

    order: int
    place: str
    found: str
    variable: str
    value: Measurement
    when: DateInterval
    rank: int = 0
    visit: str = ""
    warns: tuple[str, ...] = ()
    attribution: str | None = None
    apart: bool = False


@final
@dataclass(slots=True)
class OwnVisit:
    """A visit of a patient file that was written by us: how the file places it, and its label."""

    place: str
    day: int
    date: str | None
    label: str


@final
@dataclass(slots=True)
class FoundTreatment:
    """One line of treatment on its way to the patient file.

    ``row`` is the line as a patient file writes it; ``ids`` are the record's own reference and those it follows;
    ``hours`` tells orders apart that state when in the day the drug is taken. ``settled`` is a line that we
    wrote ourselves, which stays as it is.
    """

    order: int
    place: str
    found: str
    row: dict[str, Any]
    reference: str = ""
    follows: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    warns: list[str] = field(default_factory=list)
    single: bool = False
    settled: bool = False


@final
@dataclass(slots=True)
class ImportLedger:
    """Facts and verdicts of one patient's file, in the order in which they stood."""

    file: str = ""
    values: list[FoundValue] = field(default_factory=list)
    treatments: list[FoundTreatment] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    organs: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    told: list[ToldItem] = field(default_factory=list)
    visits: dict[str, OwnVisit] = field(default_factory=dict)
    order: int = 0

    def place(self) -> int:
        """Return the next place in the order of the file."""
        self.order += 1
        return self.order

    def tell(self, verdict: Verdict, place: str, found: str, reason: str = "", became: str = "") -> None:
        """Record what became of the item that is being read."""
        self.tell_at(self.place(), verdict, place, found, reason, became)

    def tell_at(self, order: int, verdict: Verdict, place: str, found: str, reason: str = "", became: str = "") -> None:
        """Record what became of an item that was read earlier."""
        self.told.append((order, verdict, place, found, reason, became))

    def in_order(self) -> list[ToldItem]:
        """Return what became of the items in the order in which they stood."""
        return sorted(self.told, key=_ORDER)

    def report(self, patient: str) -> ImportReport:
        """Return the report on a patient's file."""
        return ImportReport(
            tuple(
                ImportItem(verdict, place, found, reason, "", became, self.file)
                for _, verdict, place, found, reason, became in self.in_order()
            ),
            (patient,),
        )
