"""Tables of the programmes: whose stated criteria the patient meets, and what a plan would hold. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.programmes.eligibility import CriterionFinding, Eligibility
from lupercal.programmes.plan import Plan, told_days
from lupercal.programmes.plan_items import PlanItem
from lupercal.report.downloads import Download, csv_download
from lupercal.report.layout import Table, table_of
from lupercal.report.wording import listed, plural
from lupercal.rules.explain import name_in_words

_MOST_TESTS = 6


@final
@dataclass(frozen=True, slots=True)
class Offered:
    """What programmes say of a patient: one eligibility per programme, and plans of those whose therapy is forecast."""

    eligibilities: tuple[Eligibility, ...]
    plans: tuple[Plan, ...]


def eligibility_table(offered: Offered) -> Table:
    """Return a row per programme, or several alike: what their criteria say, why not, and what to find out next."""
    columns = ("Programme", "Safety", "The record", "Not met", "Would settle it")
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in offered.eligibilities:
        cells = (one.safety.verdict, _record_words(one), _failed(one), _next(one))
        alike.setdefault(cells, []).append(f"{one.programme.name} ({one.programme.clinic})")
    rows = [("; ".join(names), *cells) for cells, names in alike.items()]
    note = "Stated criteria as the pages and publications give them; meeting them is not a reason to be treated."
    return table_of("eligibility", "Programmes and their stated criteria", columns, "lllll", rows, note)


def plan_table(plan: Plan) -> Table:
    """Return the lines of a plan in order of day, with their basis."""
    rows = [(told_days(item), _what(item), item.detail, item.basis) for item in plan.items if not item.note]
    notes = (*plan.assumptions, *plan.warnings, *((plan.unstated,) if plan.unstated else ()))
    return table_of(
        f"plan-{plan.programme}", f"What a plan would hold: {plan.programme}", _PLAN_COLUMNS, "llll", rows, *notes
    )


@final
@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a sentence, and all of it as a file."""

    programme: str
    words: str
    whole: Download


def plan_line(plan: Plan) -> PlanLine:
    """Return how many lines a plan would hold, its doses with their days, and the whole as a file."""
    table = plan_table(plan)
    doses: dict[str, list[str]] = {}
    for item in plan.items:
        if item.dose is not None:
            doses.setdefault(item.title, []).append(told_days(item))
    given = "".join(f"; {title} ({', '.join(days)})" for title, days in doses.items())
    blocked = " Safety stops it: no doses, no calendar." if plan.blocked else ""
    rows = (*table.rows, *(("", "Note", note, "") for note in table.notes))
    return PlanLine(
        plan.programme, f"{plural(len(table.rows), 'line')}{given}.{blocked}",
        csv_download(f"plan-{plan.programme}", table.columns, rows),
    )  # fmt: skip


_PLAN_COLUMNS = ("When", "What", "In words", "Basis")


def _what(item: PlanItem) -> str:
    tests = ", ".join(test.name for test in item.tests)
    return f"{item.title}\n{tests}" if tests else item.title


def _record_words(one: Eligibility) -> str:
    """Return what the stated criteria say, and about how many dangers the page says nothing, the first two by name."""
    if not one.silent:
        return one.stated
    first = tuple(name[:1].lower() + name[1:] for name in one.silent[:2])
    rest = len(one.silent) - len(first)
    more = (f"{plural(rest, 'danger')} more",) if rest else ()
    return f"{one.stated}; the page says nothing about {listed((*first, *more))}"


def _failed(one: Eligibility) -> str:
    return "; ".join(_because(finding) for finding in one.findings if finding.decides and finding.answer == "not met")


def _because(finding: CriterionFinding) -> str:
    return f"{finding.criterion.text} ({finding.reason})" if finding.reason else finding.criterion.text


def _next(one: Eligibility) -> str:
    names = [name_in_words(test.name) for test in one.next_tests]
    more = f" and {len(names) - _MOST_TESTS} more" if len(names) > _MOST_TESTS else ""
    return ", ".join(names[:_MOST_TESTS]) + more
