"""What a table said of one patient so far, each statement with the item of the report that tells of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, final

from lupercal.exchange.import_report import ImportItem

Kept = Literal["refuse", "first", "last"]


class Said(NamedTuple):
    """One statement: what it says as a patient file writes it, and the index of its item."""

    raw: Any
    item: int


@final
@dataclass(slots=True)
class ReportDraft:
    """The items so far; a verdict may still change while the patient is put together."""

    items: list[ImportItem] = field(default_factory=list)

    def add(self, item: ImportItem) -> int:
        """Take an item in and return its index."""
        self.items.append(item)
        return len(self.items) - 1

    def refuse(self, index: int, reason: str) -> None:
        """Say that an item is not used after all, and why."""
        self.items[index] = replace(self.items[index], verdict="refused", reason=reason, became="")

    def leave_out(self, index: int, reason: str) -> None:
        """Say that an item adds nothing."""
        self.items[index] = replace(self.items[index], verdict="left_out", reason=reason, became="")


@final
@dataclass(slots=True)
class TableVisit:
    """What was said of one day: by date, by day, or both."""

    date: str | None
    day: int | None
    labels: list[Said] = field(default_factory=list)
    values: dict[str, list[Said]] = field(default_factory=dict)
    attribution: dict[str, list[Said]] = field(default_factory=dict)


@final
@dataclass(slots=True)
class TablePatient:
    """What was said of one patient; ``indices`` are those of all items that concern it."""

    id: str
    person: dict[str, list[Said]] = field(default_factory=dict)
    visits: dict[Hashable, TableVisit] = field(default_factory=dict)
    treatments: list[tuple[dict[str, Any], list[int]]] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)

    def visit(self, date: str | None, day: int | None) -> TableVisit:
        """Return the visit of a day, a new one where there was none."""
        return self.visits.setdefault((date, day), TableVisit(date, day))


def one_of_said(
    said: list[Said],
    report: ReportDraft,
    what: str,
    kept: Kept = "refuse",
    same: Callable[[Any, Any], bool] = lambda one, other: bool(one == other),
) -> Said | None:
    """Return the one statement that stands; None where two contradict each other and nobody said which counts.

    Every other statement's item says what became of it.
    """
    first = said[0]
    if all(same(first.raw, other.raw) for other in said[1:]):
        for other in said[1:]:
            report.leave_out(other.item, f"says the same as {report.items[first.item].place}")
        return first
    if kept == "refuse":
        ways = " and ".join(
            dict.fromkeys(f"{report.items[one.item].found!r} ({report.items[one.item].place})" for one in said)
        )
        for one in said:
            report.refuse(one.item, f"{what} is said in several ways: {ways}")
        return None
    chosen = said[0] if kept == "first" else said[-1]
    for one in said:
        if one is not chosen:
            report.leave_out(one.item, f"the map keeps the {kept} of several, {report.items[chosen.item].place}")
    return chosen
