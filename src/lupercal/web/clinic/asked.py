"""What the next planned visit of a patient asks for."""

from __future__ import annotations

from lupercal.programmes.plan_data import common
from lupercal.registry.opened import Registry
from lupercal.registry.records import RegisteredPatient
from lupercal.web.clinic.access import today


def asked_for(registry: Registry, head: RegisteredPatient) -> frozenset[str]:
    """Return the variables for which the tests of the visit nearest to today ask; none without a plan."""
    plan = registry.plans.current(head.id)
    if plan is None:
        return frozenset()
    visits = [one for one in registry.plans.tasks_of(plan.id) if one.visit_window and one.date is not None]
    if not visits:
        return frozenset()
    nearest = min(visits, key=lambda one: abs((one.date - today()).days) if one.date else 0)
    needs = (common("tests")[test]["needs"] for test in nearest.tests)
    return frozenset(name for rows in needs for row in rows for name in row)
