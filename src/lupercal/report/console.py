"""The forecast at a glance for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from lupercal.care.registry import AS_IS
from lupercal.forecast.result import CareAmount, Chance, Forecast
from lupercal.report.care_tables import amount_at, amount_words, cared_arms
from lupercal.report.layout import Table, table_of
from lupercal.report.safety_box import safety_box_lines, stopped_therapies
from lupercal.report.selection import chance_at, last_month, latest, main_month, reported_efficacy, reported_toxicity
from lupercal.report.shown import ArmGroup, arm_groups, as_shown
from lupercal.report.tables import INTERVAL_NOTE, short, withheld_notes
from lupercal.report.terminal import layout_lines, wrapped
from lupercal.report.wording import defined, listed, month_words, percent, virtual_patients_words


def summary_lines(forecast: Forecast, width: int | None = None) -> Iterator[str]:
    """Yield the forecast at a glance as lines, therapies that do not differ in one row; all text is literal."""
    shown = as_shown(forecast)
    yield from layout_lines(glance_table(shown), width)
    if (shown.beside or shown.care != AS_IS) and (care := care_glance(shown)) is not None:
        yield ""
        yield from layout_lines(care, width)


def glance_table(forecast: Forecast) -> Table:
    """Return one row per group of therapies: remission, low activity, relapse and serious infection."""
    middle, end = month_words(main_month(forecast)), month_words(last_month(forecast))
    columns = (
        "Therapy",
        f"Remission (DORIS), {middle}",
        f"Low activity (LLDAS), {middle}",
        f"Relapse, {end}",
        f"Serious infection, {end}",
    )
    rows = [_row(forecast, group) for group in arm_groups(forecast)]
    count = f"{virtual_patients_words(forecast.match)}."
    notes = (count, INTERVAL_NOTE, *withheld_notes(forecast), *forecast.match.nearness)
    return table_of("glance", "The forecast at a glance", columns, "lrrrr", rows, *notes)


def care_glance(forecast: Forecast) -> Table | None:
    """Return one row per therapy and protocol of care: remission, drugs, days in hospital, kidney failure, death."""
    middle, end = main_month(forecast), last_month(forecast)
    rows = [
        (
            f"{one.arm.name}\n{one.protocol}",
            _compact(chance_at(reported_efficacy(one.arm), "doris", middle)),
            _median(amount_at(one.arm, "tablets_now", end)),
            _median(amount_at(one.arm, "cumulative_prednisone_g", end)),
            _median(amount_at(one.arm, "days_in_hospital", end)),
            _compact(latest(reported_toxicity(one.arm), "kidney_failure")),
            _compact(latest(reported_toxicity(one.arm), "death")),
        )
        for arm in forecast.arms for one in cared_arms(forecast, arm) if one.arm.amounts
    ]  # fmt: skip
    heads = (
        "Therapy and care", f"Remission (DORIS), {month_words(middle)}", f"Tablets per day, {month_words(end)}",
        "Prednisone in sum, g", "Days in hospital", "Kidney failure", "Death",
    )  # fmt: skip
    if not rows:
        return None
    note = (
        "Shares with their 90 % intervals in per cent. Tablets, prednisone and days: medians of the virtual patients; "
        "the report gives their ranges."
    )
    return table_of("care", f"Under each protocol of care, by {month_words(end)}", heads, "lrrrrrr", rows, note)


def _compact(chance: Chance | None) -> str:
    """Return a chance with its interval in few letters: 57 % (50–63 %)."""
    return (
        short(chance).replace(" to ", "–").removesuffix(" %")
        if chance is not None and not chance.excluded and defined(chance)
        else short(chance)
    )


def _median(amount: CareAmount | None) -> str:
    return amount_words(amount).split("\n")[0]


def _row(forecast: Forecast, group: ArmGroup) -> tuple[str, ...]:
    efficacy, middle = reported_efficacy(group.first), main_month(forecast)
    stopped = stopped_therapies(forecast.safety)
    return (
        listed(tuple(f"STOP: {arm.name}" if arm.therapy in stopped else arm.name for arm in group.arms)),
        _state(efficacy, "doris", middle),
        _state(efficacy, "lldas", middle),
        short(chance_at(efficacy, "relapse", last_month(forecast))),
        short(latest(reported_toxicity(group.first), "serious_infection")),
    )


def _state(chances: tuple[Chance, ...], name: str, month: float) -> str:
    """Return a remission end point; where the care excludes it, also what it is with its steroid clause left out."""
    strict, loose = (chance_at(chances, key, month) for key in (name, f"{name}_any_steroid"))
    if strict is None or not strict.excluded or loose is None or not defined(loose):
        return short(strict)
    return f"{short(strict)}\n{percent(loose.probability)} at any steroid dose"


def safety_text(forecast: Forecast, width: int | None = None) -> Iterator[str]:
    """Yield what safety says of the therapies of a forecast, each danger once: it is printed before every number."""
    yield "Safety first"
    for line in safety_box_lines(as_shown(forecast).safety):
        yield from wrapped(line, width, "  ", "    ")
    yield ""
