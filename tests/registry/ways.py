"""Ways of the tests through a registry."""

from __future__ import annotations

import datetime as dt

import lupercal as lp
from lupercal.registry.opened import Registry

DAY = dt.date(2026, 3, 2)


def enrolled(registry: Registry, case: str = "example-nephritis") -> str:
    """Take a case in and return its id."""
    return registry.patients.enrol(lp.read_patient(case), by="clerk", on=DAY).id
