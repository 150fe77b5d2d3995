"""The page ``docs/reference/plans.md``: what plans hold, and every statement of a page that became a line of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lupercal.programmes.plan_data import ItemRow, PlanData, When, common, plan_data, plan_names, plan_sources
from lupercal.programmes.registry import programme
from lupercal.report.markdown import markdown_table

PAGE = Path(__file__).with_name("plans.md")


def page() -> str:
    """Return the text of ``docs/reference/plans.md``."""
    plans = [plan_data(name) for name in plan_names()]
    return PAGE.read_text(encoding="utf-8").format(
        plans=markdown_table(("programme", "regimen", "zone", "lines", "left open by the page"), map(_plan_row, plans)),
        stated=markdown_table(("programme", "line", "when", "what", "where on the page"), _stated(plans)),
        goals=markdown_table(("goal", "expected by", "source"), map(_goal_row, common("goals").values())),
        alerts=markdown_table(
            ("alert", "severity", "days", "why", "source"), map(_alert_row, common("alerts").values())
        ),
        event_alerts=markdown_table(
            ("alert", "severity", "event", "why", "source"), map(_event_row, common("event_alerts").values())
        ),
        washouts=markdown_table(
            ("drugs", "at least so many days before", "text"), map(_washout_row, common("washout")["rows"])
        ),
    )


def _plan_row(data: PlanData) -> tuple[str, ...]:
    bases = [row.basis for row in data.items]
    counts = ", ".join(f"{bases.count(basis)} {basis}" for basis in dict.fromkeys(sorted(bases)))
    return f"**{data.id}**", programme(data.id).therapy, data.zone, counts, data.unstated


def _stated(plans: Iterable[PlanData]) -> Iterator[tuple[str, ...]]:
    for data in plans:
        for row in data.items:
            if row.basis == "page":
                yield data.id, f"`{row.id}`", _when(row), row.title, row.where
        for goal in data.goals:
            if goal.basis == "page":
                yield data.id, f"goal `{goal.goal}`", "", common("goals")[goal.goal]["name"], goal.where


def _when(row: ItemRow) -> str:
    when = row.when
    if when.years:
        return f"yearly, years {when.years[0]} to {when.years[1]}"
    begin = f"day {when.day}" if when.day is not None else f"month {when.month}"
    return f"{begin}{_end(when)}{'' if when.after == 'first infusion' else f' after {when.after}'}"


def _end(when: When) -> str:
    if when.last_month is not None:
        return f" to month {when.last_month}"
    if when.last_day is None:
        return ""
    return (
        f" to {when.last_day}"
        if when.last_after == "first infusion"
        else f" to {when.last_day} after {when.last_after}"
    )


def _goal_row(row: dict[str, str]) -> tuple[str, ...]:
    return row["name"], f"month {row['month']}", f"{plan_sources()[row['source']].citation}: {row['where']}"


def _alert_row(row: dict[str, str]) -> tuple[str, ...]:
    days = row.get("days")
    days_in_words = "from 0" if days is None else f"{days[0]} to {days[1]}"
    return (
        row["name"],
        row["severity"],
        days_in_words,
        row["reason"],
        f"{plan_sources()[row['source']].citation}: {row['where']}",
    )


def _event_row(row: dict[str, Any]) -> tuple[str, ...]:
    kind = common("event_kinds")[row["kind"]] if "kind" in row else {}
    scales, words = " or ".join(kind.get("scales", ())), ", ".join(kind.get("words", ()))
    kinds = [f"scale {scales}" if scales else "", f"term with {words}" if words else ""]
    grade = f"grade {row['grade']} or more" + (", serious" if row.get("serious") else "")
    return (
        row["name"],
        row["severity"],
        f"{' or '.join(filter(None, kinds)) or 'any'}; {grade}",
        row["reason"],
        f"{plan_sources()[row['source']].citation}: {row['where']}",
    )


def _washout_row(row: dict[str, str]) -> tuple[str, ...]:
    return ", ".join(row["drugs"]), "none" if row["days"] is None else str(row["days"]), row["text"]
