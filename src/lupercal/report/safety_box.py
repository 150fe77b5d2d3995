"""Safety on page one: what stops or must be clarified first, each danger once with the therapies it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import final

from lupercal.report.shown import page_one_data
from lupercal.report.wording import listed
from lupercal.rules.explain import name_in_words
from lupercal.safety.judge import Safety, SafetyFinding

_STOPS: Callable[[Safety], Iterable[SafetyFinding]] = attrgetter("stops")
_DANGERS: Callable[[Safety], Iterable[SafetyFinding]] = attrgetter("dangers")


@final
@dataclass(frozen=True, slots=True)
class SafetyBox:
    """Lines by what follows from them; ``unknown`` names what to find out before anything else."""

    stops: tuple[str, ...]
    dangers: tuple[str, ...]
    unknown: str
    clear: str


def safety_box(safeties: Sequence[Safety]) -> SafetyBox | None:
    """Return what safety says of all therapies of a forecast, or None where nothing was judged."""
    if not safeties:
        return None
    unknown = dict.fromkeys(name for one in safeties for name in one.to_find_out)
    stops, dangers, opposed = (_lines(safeties, of, with_data=False) for of in (_STOPS, _DANGERS, _opposed))
    later = dict.fromkeys(line for one in safeties for line in one.later)
    anything = stops or dangers or opposed or later or unknown
    clear = "" if anything else "No danger was found among those asked for. This is no leave to treat."
    return SafetyBox(stops, (*later, *dangers, *opposed), _named([name_in_words(name) for name in unknown]), clear)


def stopped_therapies(safeties: Iterable[Safety]) -> frozenset[str]:
    """Return the therapies that safety stops."""
    return frozenset(one.therapy for one in safeties if one.stops)


def safety_box_lines(safeties: Sequence[Safety]) -> tuple[str, ...]:
    """Return the same as lines for a terminal, each danger with what it rests on."""
    box = safety_box(safeties)
    if box is None:
        return ()
    stops = tuple(f"STOP: {line}" for line in _lines(safeties, _STOPS, with_data=True))
    present = (*_lines(safeties, _DANGERS, with_data=True), *_lines(safeties, _opposed, with_data=False))
    later = dict.fromkeys(line for one in safeties for line in one.later)
    dangers = tuple(f"Clarify first: {line}" for line in (*later, *present))
    unknown = (f"Not known, clarify first: {box.unknown}",) if box.unknown else ()
    return (*stops, *dangers, *unknown, *((box.clear,) if box.clear else ()))


def _lines(
    safeties: Sequence[Safety], of: Callable[[Safety], Iterable[SafetyFinding]], *, with_data: bool
) -> tuple[str, ...]:
    """Return each danger, with what it rests on if asked, and the therapies it concerns."""
    concerned: dict[str, list[str]] = {}
    for safety in safeties:
        for finding in of(safety):
            text_of_danger = finding.text if with_data else _brief(finding)
            concerned.setdefault(text_of_danger, []).append(safety.name)
    everyone = [one.name for one in safeties]
    return tuple(f"{text}: {whom_of(names, everyone)}" for text, names in concerned.items())


def _opposed(safety: Safety) -> Iterable[SafetyFinding]:
    """Return the dangers that are said to be absent, with a sign that they are not."""
    return (one for one in safety.unsettled if one.signs)


def _brief(finding: SafetyFinding) -> str:
    if not finding.signs:
        return finding.rule.danger
    return f"{finding.rule.danger} is not excluded ({', '.join(finding.signs)})"


def whom_of(names: Sequence[str], everyone: Sequence[str]) -> str:
    """Return whom something concerns; named are the fewer of those concerned and those not."""
    others = tuple(name for name in everyone if name not in names)
    if len(others) < len(names) and len(everyone) > 1:
        return f"every therapy but {listed(others)}" if others else "every therapy"
    return listed(tuple(names))


def _named(names: Sequence[str]) -> str:
    most = int(page_one_data()["listed"]["unknown_dangers"])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
