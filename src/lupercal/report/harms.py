"""Harm as published, in a line for page one and in a table beside what the forecast simulates; the published first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lupercal.evidence.published_toxicity import HarmKind, PublishedHarm, published_deaths, published_harm
from lupercal.forecast.result import ForecastArm
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import latest, reported_toxicity
from lupercal.report.wording import defined, interval, month_words, percent
from lupercal.therapy.registry import regimens

KINDS: tuple[HarmKind, ...] = ("infection", "cytokine release", "blood count")
MOST = 2
_NAME_AND_YEAR = re.compile(r"^([\w-]+).*?((?:19|20)\d\d)")


def harm_words(therapy: str) -> tuple[str, ...]:
    """Return published deaths, then the gravest other kinds of harm, each with its source; silence is said in words.

    Figures of patients with lupus or other autoimmune diseases come before those of cancer.
    """
    deaths = published_deaths(therapy)
    harms = [harm for kind in KINDS if (harm := _first(therapy, kind))][:MOST]
    return (
        _line(deaths[0]) if deaths else "deaths: no published figure read",
        *map(_line, harms),
        *(() if harms or not regimens()[therapy].principal else ("toxicity: no published figure read",)),
    )


def _first(therapy: str, kind: HarmKind) -> PublishedHarm | None:
    of_kind = [harm for harm in published_harm(therapy) if harm.kind == kind]
    return min(of_kind, key=lambda harm: "cancer" in harm.words, default=None)


def _line(harm: PublishedHarm) -> str:
    share = harm.text.partition(" (")[0].partition(",")[0]
    return f"{harm.words} {share} ({study_words(harm)})"


def study_words(harm: PublishedHarm) -> str:
    """Return first name and year of a study: ``Farge 2011``."""
    match = _NAME_AND_YEAR.match(harm.study)
    return f"{match[1]} {match[2]}" if match else harm.study


def harm_table(arm: ForecastArm) -> Table | None:
    """Return every published figure of harm under a therapy with its source and the simulated one beside; or None."""
    rows = list(_rows(arm))
    columns = ("Harm", "As published, with 95 % interval", "Until", "Study", "Simulated here")
    note = "A harm that is not listed was not read in a publication; that is no sign of safety."
    return (
        table_of(f"harm-{arm.therapy}", f"{arm.name}: harm as published", columns, "lrlll", rows, note)
        if rows
        else None
    )


def _rows(arm: ForecastArm) -> Iterator[tuple[str, ...]]:
    for harm in published_harm(arm.therapy):
        differs = f"\n{harm.differs}" if harm.differs else ""
        yield (
            harm.words[:1].upper() + harm.words[1:],
            harm.text,
            harm.when,
            f"{harm.study}{differs}; {harm.source}",
            simulated_beside(arm, harm).replace(" by ", "\nby ", 1),
        )


def simulated_beside(arm: ForecastArm, harm: PublishedHarm) -> str:
    """Return what an arm simulates of a published harm, in words; empty where nothing comes near it."""
    chance = latest(reported_toxicity(arm), harm.beside) if harm.beside else None
    if chance is None or not defined(chance):
        return ""
    return f"{percent(chance.probability)} ({interval(chance)}) by {month_words(chance.month)}"


def harms_table(arms: Iterable[ForecastArm]) -> Table:
    """Return every published figure of harm under several therapies, see `harm_table`."""
    rows = [(arm.name, *row) for arm in arms for row in _rows(arm)]
    columns = ("Therapy", "Harm", "As published, with 95 % interval", "Until", "Study", "Simulated here")
    return table_of("harms", "Harm as published", columns, "llrlll", rows)
