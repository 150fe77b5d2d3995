"""Tables of the programmes: whose stated criteria the patient meets, and what a plan would hold. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.programmes.eligibility import CriterionFinding, Eligibility
from lupercal.programmes.plan import Plan, told_days
from lupercal.programmes.plan_items import PlanItem
from lupercal.report.layout import Table, table_of
from lupercal.rules.explain import name_in_words

_MOST_TESTS = 6


@final
@dataclass(frozen=True, slots=True)
class Offered:
    """What programmes say of a patient: one eligibility per programme, and plans of those whose therapy is forecast."""

    eligibilities: tuple[Eligibility, ...]
    plans: tuple[Plan, ...]


def eligibility_table(offered: Offered) -> Table:
    """Return one row per programme: what its stated criteria say, why not, and what to find out next."""
    columns = ("Programme", "Safety", "The record", "Criteria\nmet, not met, open", "Not met", "Would settle it")
    rows = [
        (
            f"{one.programme.name}\n{one.programme.clinic}",
            one.safety.verdict,
            one.meaning,
            _counts(one),
            _failed(one),
            _next(one),
        )
        for one in offered.eligibilities
    ]
    note = "Stated criteria as the pages and publications give them; meeting them is not a reason to be treated."
    return table_of("eligibility", "Programmes and their stated criteria", columns, "llllll", rows, note)


def plan_table(plan: Plan) -> Table:
    """Return the lines of a plan in order of day, with their basis."""
    rows = [(told_days(item), _what(item), item.detail, item.basis) for item in plan.items if not item.note]
    notes = (*plan.assumptions, *plan.warnings, *((plan.unstated,) if plan.unstated else ()))
    return table_of(
        f"plan-{plan.programme}", f"What a plan would hold: {plan.programme}", _PLAN_COLUMNS, "llll", rows, *notes
    )


_PLAN_COLUMNS = ("When", "What", "In words", "Basis")


def _what(item: PlanItem) -> str:
    tests = ", ".join(test.name for test in item.tests)
    return f"{item.title}\n{tests}" if tests else item.title


def _counts(one: Eligibility) -> str:
    deciding = [finding.answer for finding in one.findings if finding.decides]
    return ", ".join(str(deciding.count(answer)) for answer in ("met", "not met", "unknown"))


def _failed(one: Eligibility) -> str:
    return "; ".join(_because(finding) for finding in one.findings if finding.decides and finding.answer == "not met")


def _because(finding: CriterionFinding) -> str:
    return f"{finding.criterion.text} ({finding.reason})" if finding.reason else finding.criterion.text


def _next(one: Eligibility) -> str:
    names = [name_in_words(test.name) for test in one.next_tests]
    more = f" and {len(names) - _MOST_TESTS} more" if len(names) > _MOST_TESTS else ""
    return ", ".join(names[:_MOST_TESTS]) + more
