"""A crowd in a registry: one planned patient with visits, whose rows are copied under other ids."""

from __future__ import annotations

from sqlalchemy import insert, select

import lupercal as lp
from lupercal.registry import tables
from lupercal.registry.opened import Registry

VISIT_DAYS = (8, 15, 30, 92, 184)
VALUES = {
    "c3": 0.7, "c4": 0.1, "upcr": 0.9, "creatinine": "80 umol/L", "platelets": 180, "neutrophils": 3.1,
    "lymphocytes": 0.8, "igg": 5.0, "sledai_2k": 4, "prednisone": 5,
}  # fmt: skip


def crowd(registry: Registry, size: int) -> list[str]:
    """Return the ids of so many patients, each planned by Erlangen's page from 1 November 2025 with six visits."""
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    plan = registry.plans.make(head.id, "erlangen", "2025-11-01", by="clerk")
    for day in VISIT_DAYS:
        registry.visits.enter(head.id, by="clerk", day=day, values=VALUES)
    names = [head.id, *(f"p-crowd{count:05d}" for count in range(1, size))]
    with registry.memory.writing() as connection:
        for table, column in (
            (tables.patient, "id"),
            (tables.plan, "patient"),
            (tables.task, "patient"),
            (tables.visit, "patient"),
        ):
            rows = [dict(row) for row in connection.execute(select(table).where(table.c[column] == head.id)).mappings()]
            for part in range(1, size, 500):
                copies = [_copy(row, name, plan.id) for name in names[part : part + 500] for row in rows]
                connection.execute(insert(table), copies)
        values = [dict(row) for row in connection.execute(select(tables.value)).mappings()]
        for part in range(1, size, 500):
            copies = [
                {**row, "number": None, "visit": f"{row['visit']}-{name}", "why": None}
                for name in names[part : part + 500]
                for row in values
            ]
            connection.execute(insert(tables.value), copies)
    return names


def _copy(row: dict[str, object], name: str, plan: str) -> dict[str, object]:
    copied = {**row, "id": f"{row['id']}-{name}"}
    if "patient" in copied:
        copied["patient"] = name
    else:
        copied["id"] = name
    if copied.get("plan") == plan:
        copied["plan"] = f"{plan}-{name}"
    return copied
