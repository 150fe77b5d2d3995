"""A plan as text: JSON for other programs, Markdown for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.programmes.plan import Plan, told_days
from lupercal.programmes.plan_data import SECTIONS, common
from lupercal.programmes.plan_items import PlanItem
from lupercal.report.markdown import as_text, markdown_table
from lupercal.report.safety_text import plan_safety_lines
from lupercal.safety.judge import Safety
from lupercal.therapy.words import number_words

_YEAR = re.compile(r"_year_(\d+)$")


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain JSON values."""
    names = [field.name for field in fields(plan) if field.name not in {"safety", "overrides", "expansion", "person"}]
    return {
        "research_use_only": RESEARCH_USE_ONLY,
        "lupercal": __version__,
        "safety": plan.safety.record(),
        "blocked": plan.blocked,
        "overrides": plan_plain(plan.overrides),
        **{name: plan_plain(getattr(plan, name)) for name in names},
        "doses": doses_json(plan),
    }


def doses_json(plan: Plan) -> dict[str, Any]:
    """Return the dose schedule as the simulation runs it, with the request that gives it again.

    ``request`` holds the arguments of `lupercal.therapy.dosing.expand`; ``doses`` are its doses in order, days counted
    from day 0, amounts as prescribed and as given to this person. A plan that safety blocks has no doses.
    """
    arm = plan.expansion
    if plan.blocked:
        return {"research_use_only": RESEARCH_USE_ONLY, "withheld": plan.safety.summary, "doses": []}
    return {
        "research_use_only": RESEARCH_USE_ONLY,
        "request": {
            "treatment": arm.regimen.id,
            "patient": plan_plain(plan.person),
            "current": dict(plan.current),
            "months": common("settings")["horizon_months"],
        },
        "start": plan_plain(plan.start),
        "body": plan_plain(arm.body),
        "start_day": arm.start_day,
        "end_day": arm.end_day,
        "doses": plan_plain(arm.doses),
        "stops": plan_plain(arm.stops),
        "procedures": plan_plain(arm.procedures),
        "warnings": list(arm.warnings),
        "efficacy_withheld": arm.efficacy_withheld,
    }


def plan_plain(value: Any) -> Any:
    """Return records, dates and tuples as plain JSON values."""
    if isinstance(value, Safety):
        return value.record()
    if is_dataclass(value):
        return {field.name: plan_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plan_plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plan_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def dumped(value: Mapping[str, Any]) -> str:
    """Return plain values as indented JSON text with a final line break."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plan_markdown(plan: Plan) -> str:
    """Return the plan as a Markdown page: what was assumed first, then one table per section, then the sources."""
    return "\n".join(_page(plan)) + "\n"


def gathered(items: Iterable[PlanItem]) -> tuple[PlanItem, ...]:
    """Return the items with each yearly series told in one line, for people to read."""
    series: dict[str, list[PlanItem]] = {}
    for item in items:
        series.setdefault(_YEAR.sub("", item.id), []).append(item)
    return tuple(_in_one(group) for group in series.values())


def _in_one(group: Sequence[PlanItem]) -> PlanItem:
    first, last = group[0], group[-1]
    if len(group) == 1:
        return first
    years = [_YEAR.search(item.id) for item in (first, last)]
    years_in_words = " to ".join(found[1] for found in years if found)
    title = f"{first.title.rpartition(',')[0]}, every year from year {years_in_words}"
    return replace(first, title=title, last_day=last.day, last_date=last.date)


def size_in_words(plan: Plan) -> str:
    """Return the size doses are computed for; an assumed one is called so."""
    body, person = plan.expansion.body, plan.person
    weight = f"{number_words(body.weight_kg)} kg{'' if person.weight_kg else ' (assumed)'}"
    assumed = "" if person.weight_kg and person.height_cm else " (from an assumed size)"
    return f"weight {weight}, body surface {body.surface_m2:.2f} m²{assumed}"


def _page(plan: Plan) -> Iterator[str]:
    yield from (f"# Plan: {plan.programme}", "", f"**{RESEARCH_USE_ONLY}**", "", "## Safety first", "")
    yield from (f"- {as_text(line)}" for line in plan_safety_lines(plan))
    yield ""
    yield f"Patient {as_text(plan.patient)}. Regimen {plan.expansion.regimen.name}. Doses for {size_in_words(plan)}."
    day_zero = plan.expansion.regimen.day_zero
    yield f"Day 0: {day_zero}, {plan.start or 'no date set'}. Times in {plan.zone}."
    yield from ("", f"Left open by the page: {plan.unstated}")
    yield from _listed("Flagged", plan.warnings)
    yield from _listed("Assumed", plan.assumptions)
    items = gathered(plan.items)
    for section in SECTIONS:
        yield from _table(section, [item for item in items if item.section == section])
    yield from _listed("Care after day 0, rule by rule", map(as_text, plan.care))
    yield from _listed("Publications report otherwise", plan.variants)
    yield from _listed("Sources", (f"`{key}`: {as_text(text)}" for key, text in plan.sources.items()))


def _table(section: str, items: list[PlanItem]) -> Iterator[str]:
    if items:
        head = ("day", "date", "what", "basis", "source")
        yield from ("", f"## {section.capitalize()}", "", markdown_table(head, map(_row, items)))


def _row(item: PlanItem) -> tuple[str, ...]:
    tests = ", ".join(f"{test.name}{'' if test.basis == item.basis else f' [{test.basis}]'}" for test in item.tests)
    parts = [f"**{item.title}**", item.detail, f"Tests: {tests}" if tests else "", *(f"⚑ {one}" for one in item.flags)]
    what = [part.removesuffix(".") for part in parts]
    source = f"`{item.source}`" + (f": {item.where}" if item.where else "")
    cells = (told_days(item), told_dates(item), ". ".join(filter(None, what)), item.basis, source)
    return tuple(map(as_text, cells))


def told_dates(item: PlanItem) -> str:
    """Return the date or dates of an item with the time of an infusion; empty without a date of day 0."""
    if item.date is None:
        return item.time
    first = f"{item.date} {item.time}".strip()
    return first if item.date == item.last_date else f"{first} to {item.last_date}"


def _listed(title: str, lines: Any) -> Iterator[str]:
    items = tuple(lines)
    if items:
        yield from ("", f"## {title}", "")
        yield from (f"- {line}" for line in items)
