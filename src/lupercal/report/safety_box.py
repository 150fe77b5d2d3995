"""Safety on page one: what stops or must be clarified first, each danger once with the therapies it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import final

from lupercal.report.shown import page_one_data
from lupercal.rules.explain import name_in_words
from lupercal.safety.judge import Safety, SafetyFinding


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
    stops, dangers = _lines(safeties, lambda one: one.stops), _lines(safeties, lambda one: one.dangers)
    clear = (
        "" if stops or dangers or unknown else "No danger was found among those asked for. This is no leave to treat."
    )
    return SafetyBox(stops, dangers, _named([name_in_words(name) for name in unknown]), clear)


def _lines(safeties: Sequence[Safety], of: Callable[[Safety], Iterable[SafetyFinding]]) -> tuple[str, ...]:
    """Return each danger with what it rests on and the therapies it concerns."""
    concerned: dict[str, list[str]] = {}
    for safety in safeties:
        for finding in of(safety):
            concerned.setdefault(finding.text, []).append(safety.name)
    return tuple(f"{text}: {_whom(names, len(safeties))}" for text, names in concerned.items())


def _whom(names: Sequence[str], therapies: int) -> str:
    return "every therapy" if len(names) == therapies else ", ".join(names)


def _named(names: Sequence[str]) -> str:
    most = int(page_one_data()["listed"]["unknown_dangers"])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
