"""Each therapy in a few lines: what is given, harms as published beside the simulated ones, what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from lupercal.evidence.published_toxicity import PublishedHarm, published_harm
from lupercal.forecast.result import CareReason, Forecast, ForecastArm
from lupercal.report.care_tables import care_name, cared_arms, cared_groups
from lupercal.report.downloads import Download, csv_download
from lupercal.report.harms import simulated_beside, study_words
from lupercal.report.layout import Table, table_of
from lupercal.report.sentences import lead_words
from lupercal.report.tables import endings_words
from lupercal.report.wording import DASH, number, percent, plural

_MOST_HARMS, _MOST_REASONS = 5, 6
_REASON_COLUMNS = (
    "therapy", "care", "when this is seen", "done", "share", "times each", "first day", "undecided visits",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class TherapyNotes:
    """What is to be said of one therapy; ``references`` are numbers of listed sources."""

    place: int
    arm: ForecastArm
    given: str
    withheld: str
    ended: str
    harms: tuple[str, ...]
    assumed: tuple[str, ...]
    references: tuple[int, ...]
    unlisted: tuple[str, ...]


def therapy_notes(forecast: Forecast) -> tuple[TherapyNotes, ...]:
    """Return the notes of every therapy in order; assumptions that all share are left to `shared_assumptions`."""
    return tuple(_notes(forecast, place) for place in range(len(forecast.arms)))


def _notes(forecast: Forecast, place: int) -> TherapyNotes:
    arm, shared = forecast.arms[place], shared_assumptions(forecast)
    numbers = {key: n for n, key in enumerate(forecast.sources, start=1)}
    harms = [_harm_line(arm, harm) for harm in published_harm(arm.therapy)]
    more = f"and {plural(len(harms) - _MOST_HARMS, 'figure')} more in the file of harms"
    own = [line for line in arm.assumptions if line not in shared]
    return TherapyNotes(
        place, arm, "; ".join((*_doses(arm), lead_words(arm))), arm.efficacy_withheld or "", endings_words(arm),
        (*harms[:_MOST_HARMS], *((more,) if len(harms) > _MOST_HARMS else ())), (*own, *_left_out(forecast, arm)),
        tuple(numbers[key] for key in arm.sources if key in numbers),
        tuple(key for key in arm.sources if key not in numbers),
    )  # fmt: skip


def _doses(arm: ForecastArm) -> tuple[str, ...]:
    """Return the doses in words; what one is part of is said once, by the line that names it."""
    parted = [line.partition("; part of: ") for line in arm.doses_in_words]
    named = {whole for _, _, whole in parted if any(line.startswith(whole) for line in arm.doses_in_words)}
    return tuple(line if not part or whole in named else f"{line}{part}{whole}" for line, part, whole in parted)


def shared_assumptions(forecast: Forecast) -> tuple[str, ...]:
    """Return what is assumed of every therapy alike."""
    if len(forecast.arms) < 2:
        return ()
    first, *others = forecast.arms
    return tuple(line for line in first.assumptions if all(line in arm.assumptions for arm in others))


def _harm_line(arm: ForecastArm, harm: PublishedHarm) -> str:
    beside = simulated_beside(arm, harm)
    return f"{harm.words} {harm.text}, {harm.when} ({study_words(harm)}){f'; simulated {beside}' if beside else ''}"


def _left_out(forecast: Forecast, arm: ForecastArm) -> Iterator[str]:
    for one in cared_arms(forecast, arm):
        for rule, why in one.arm.left_out.items():
            yield f"{one.protocol}: the rule “{rule.replace('_', ' ')}” does not apply here: {why}."


def reasons_digest(forecast: Forecast) -> Table | None:
    """Return what was done and why × therapies under care that decides: the most frequent reasons; None without any."""
    columns = [
        (f"{group.names}\n{one.protocol}", one.arm)
        for group in cared_groups(forecast) for one in cared_arms(forecast, group.first) if one.arm.reasons
    ]  # fmt: skip
    by_rule: dict[tuple[str, str], list[CareReason | None]] = {}
    for place, (_, arm) in enumerate(columns):
        for reason in arm.reasons:
            by_rule.setdefault((reason.why, reason.what), [None] * len(columns))[place] = reason
    often = sorted(by_rule.items(), key=lambda item: -max(one.share for one in item[1] if one is not None))
    rows = [(f"{why}\n{what}", *map(_reason_cell, found)) for (why, what), found in often[:_MOST_REASONS]]
    more = len(often) - len(rows)
    rarer = f" {plural(more, 'rarer reason')} in the file." if more else ""
    note = f"Share of the virtual patients, and times each.{rarer}"
    heads = ("When this is seen, and what is done", *(name for name, _ in columns))
    return table_of("reasons", "What was done, and why", heads, "l" * len(heads), rows, note) if rows else None


def _reason_cell(reason: CareReason | None) -> str:
    if reason is None:
        return DASH
    times = f", {number(round(reason.times, 1))} ×" if reason.share else ""
    return f"{percent(reason.share)}{times}"


def reasons_file(forecast: Forecast) -> Download:
    """Return everything that was done under every protocol, and why."""
    rows = [
        (
            arm.name, care_name(forecast, arm.care), one.why, one.what, one.share, one.times, one.first_day,
            one.undecided,
        )
        for arms in (forecast.arms, *forecast.beside.values()) for arm in arms for one in arm.reasons
    ]  # fmt: skip
    return csv_download("reasons", _REASON_COLUMNS, rows)
