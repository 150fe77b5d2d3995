"""Tables of care: each therapy under each protocol, what was done and why, and the protocols in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.forecast.result import CareAmount, CareReason, CareWords, Forecast, ForecastArm
from lupercal.report.layout import Table, table_of
from lupercal.report.selection import chance_at, last_month, latest, main_month, reported_efficacy, reported_toxicity
from lupercal.report.shown import ArmGroup, grouped, page_one_data
from lupercal.report.tables import short
from lupercal.report.wording import DASH, defined, listed, month_words, number, percent, words

_BENEFITS = ("doris", "lldas")
_HARMS = ("severe_flare", "serious_infection", "kidney_failure", "death")
_AMOUNTS = ("tablets_now", "cumulative_prednisone_g", "drug_free_days", "days_in_hospital", "days_near_clinic")


@final
@dataclass(frozen=True, slots=True)
class CareArm:
    """One therapy under one protocol of care; ``protocol`` is its name in words."""

    arm: ForecastArm
    protocol: str


def cared_arms(forecast: Forecast, arm: ForecastArm) -> tuple[CareArm, ...]:
    """Return a therapy under every protocol of the forecast, that of the arms first; none where it is withheld."""
    if arm.efficacy_withheld is not None:
        return ()
    beside = [other for arms in forecast.beside.values() for other in arms if other.therapy == arm.therapy]
    return tuple(CareArm(one, care_name(forecast, one.care)) for one in (arm, *beside))


def care_name(forecast: Forecast, care: str) -> str:
    """Return the name of a protocol as the forecast tells it."""
    return forecast.protocols[care].name if care in forecast.protocols else care.replace("_", " ")


def cared_groups(forecast: Forecast) -> tuple[ArmGroup, ...]:
    """Return the arms in order, those whose numbers in the table of care are near one another under every protocol."""
    groups = grouped(forecast, lambda one, other: _alike_under_care(forecast, one, other))
    return tuple(group for group in groups if any(one.arm.amounts for one in cared_arms(forecast, group.first)))


def _alike_under_care(forecast: Forecast, one: ForecastArm, other: ForecastArm) -> bool:
    limits = page_one_data()["merge"]
    first, second = cared_arms(forecast, one), cared_arms(forecast, other)
    if not first or len(first) != len(second):
        return False
    pairs = list(zip(first, second, strict=True))
    shares = [pair for a, b in pairs for pair in zip(_shares(forecast, a.arm), _shares(forecast, b.arm), strict=True)]
    amounts = [
        pair for a, b in pairs for pair in zip(_medians(forecast, a.arm), _medians(forecast, b.arm), strict=True)
    ]
    return all(a == b or abs(a - b) <= limits["share"] for a, b in shares) and all(
        a == b or abs(a - b) <= limits["amount"] * max(abs(a), abs(b)) for a, b in amounts
    )


def _shares(forecast: Forecast, arm: ForecastArm) -> tuple[float, ...]:
    """Return the shares of the table of care; -1 where one is not defined."""
    at = main_month(forecast)
    benefit = [chance_at(reported_efficacy(arm), name, at) for name in _BENEFITS]
    chances = [*benefit, *(latest(reported_toxicity(arm), name) for name in _HARMS)]
    return tuple(one.probability if one is not None and defined(one) else -1.0 for one in chances)


def _medians(forecast: Forecast, arm: ForecastArm) -> tuple[float, ...]:
    month = last_month(forecast)
    amounts = (amount_at(arm, name, month) for name in _AMOUNTS)
    return tuple(-1.0 if one is None or not np.isfinite(one.median) else one.median for one in amounts)


def care_overview(forecast: Forecast, *, each: bool = False) -> Table | None:
    """Return one row per therapy and protocol of care: benefits, drugs, and the harms beside them; None without any.

    Therapies that hardly differ (`cared_groups`) share rows, unless ``each`` asks for every one.
    """
    middle, end = main_month(forecast), last_month(forecast)
    groups = cared_groups(forecast)
    rows = [
        _overview_row(one, arm.name if each else group.names, middle, end)
        for group in groups
        for arm in (group.arms if each else group.arms[:1])
        for one in cared_arms(forecast, arm)
        if one.arm.amounts
    ]
    if not rows:
        return None
    heads = (
        f"DORIS, {month_words(middle)}", f"LLDAS, {month_words(middle)}",
        *(f"{words()['amounts'][name]['title']}, {month_words(end)}" for name in _AMOUNTS),
        f"Severe flare by {month_words(end)}", f"Serious infection by {month_words(end)}",
        f"Kidney failure by {month_words(end)}", f"Death by {month_words(end)}",
    )  # fmt: skip
    return table_of(
        "care", "Each therapy under each protocol of care", ("Therapy and care", *heads), "l" + "r" * len(heads), rows,
        "Amounts: median of the virtual patients, 5th to 95th percentile below. The dead count as not in remission; "
        "nothing adds up after death. All protocols share patients and chance.",
        *(() if each or all(len(group.arms) == 1 for group in groups) else (_shared_words(),)),
    )  # fmt: skip


def care_printed(forecast: Forecast) -> Table | None:
    """Return the same in few columns for paper: one row per therapy, its protocols beside each other; None without."""
    whole = care_overview(forecast)
    if whole is None:
        return None
    amounts = [3 + _AMOUNTS.index(name) for name in ("tablets_now", "cumulative_prednisone_g", "days_in_hospital")]
    chosen = [1, *amounts, *range(len(whole.columns) - 4, len(whole.columns))]
    by_therapy = dict[str, list[tuple[str, ...]]]()
    protocols = dict[str, None]()
    for row in whole.rows:
        therapy, protocol = row[0].split("\n")
        protocols[protocol] = None
        by_therapy.setdefault(therapy, []).append(
            tuple(row[k].split("\n")[0].removesuffix(" by this care") for k in chosen)
        )
    rows = [(name, *map(" / ".join, zip(*found, strict=True))) for name, found in by_therapy.items()]
    return table_of(
        "care-printed", f"Under each protocol of care: {' / '.join(protocols)}",
        ("Therapy", *(whole.columns[k] for k in chosen)), "l" + "r" * 8, rows,
        "Medians and shares of the virtual patients; ranges, doses and what was done and why: report_details.html.",
    )  # fmt: skip


def care_plain(forecast: Forecast) -> Table | None:
    """Return tablets and days in hospital by therapy for a patient, protocols side by side; None without any."""
    end = last_month(forecast)
    arms = [[one for one in cared_arms(forecast, arm) if one.arm.amounts] for arm in forecast.arms]
    shown = [cared for cared in arms if cared]
    if not shown:
        return None
    asked = [(name, one.arm.care) for name in ("tablets_now", "days_in_hospital") for one in shown[0]]
    titles = {"tablets_now": "tablets a day", "days_in_hospital": "days in hospital"}
    heads = [f"{care_name(forecast, care)}: {titles[name]}" for name, care in asked]
    rows = []
    for cared in shown:
        by_care = {one.arm.care: one.arm for one in cared}
        cells = (amount_words(amount_at(by_care[care], name, end)) if care in by_care else DASH for name, care in asked)
        rows.append((cared[0].arm.name, *cells))
    return table_of(
        "care-plain", f"Tablets a day after {month_words(end)}, and days in hospital until then",
        ("Treatment", *heads), "l" + "r" * len(heads), rows,
        "Large: half of the imaginary people had less, half more. Small: nine of ten lie between these.",
    )  # fmt: skip


def _shared_words() -> str:
    limits = page_one_data()["merge"]
    points, part = number(100 * limits["share"]), percent(limits["amount"])
    return f"Therapies that share a row differ by at most {points} percentage points and by {part} of an amount."


def _overview_row(one: CareArm, names: str, middle: float, end: float) -> tuple[str, ...]:
    benefit = [short(chance_at(reported_efficacy(one.arm), name, middle)) for name in _BENEFITS]
    return (
        f"{names}\n{one.protocol}",
        *benefit,
        *(amount_words(amount_at(one.arm, name, end)) for name in _AMOUNTS),
        *(short(latest(reported_toxicity(one.arm), name)) for name in _HARMS),
    )


def amount_at(arm: ForecastArm, measure: str, month: float) -> CareAmount | None:
    """Return an amount at a month, or None."""
    return next((one for one in arm.amounts if one.measure == measure and one.month == month), None)


def amount_words(amount: CareAmount | None) -> str:
    """Return a median with the 5th to 95th percentile below, or a dash."""
    if amount is None or not np.isfinite(amount.median):
        return DASH
    low, middle, high = (number(round(value, 1)) for value in (amount.low, amount.median, amount.high))
    return f"{middle}\n{low} to {high}"


def reasons_table(forecast: Forecast, one: CareArm) -> Table | None:
    """Return what was done in an arm and why; None where nobody decides."""
    if not one.arm.reasons:
        return None
    return table_of(
        f"care-{one.arm.care}-{one.arm.therapy}",
        f"{one.arm.name}, {one.protocol.lower()}: what was done, and why",
        ("When this is seen", "Done", "Virtual patients", "Times each", "First time, day"),
        "llrrr",
        [_reason_row(reason) for reason in one.arm.reasons],
        *_reason_notes(one.arm),
    )


def _reason_row(reason: CareReason) -> tuple[str, ...]:
    if not reason.share:
        return reason.why, reason.what, percent(0.0), DASH, DASH
    return reason.why, reason.what, percent(reason.share), number(round(reason.times, 1)), number(reason.first_day)


def _reason_notes(arm: ForecastArm) -> Iterator[str]:
    open_ = [reason for reason in arm.reasons if reason.undecided]
    if open_:
        undecided = listed(tuple(f"“{reason.why}” at {reason.undecided} visits" for reason in open_))
        yield f"Something was not known, so that nothing was decided: {undecided}."
    for rule, why in arm.left_out.items():
        yield f"The rule “{rule.replace('_', ' ')}” does not apply to this arm: {why}."


def protocols_shown(forecast: Forecast) -> tuple[CareWords, ...]:
    """Return the protocols of a forecast in words."""
    return tuple(forecast.protocols.values())
