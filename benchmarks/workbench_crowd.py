"""A clinic with thousands of patients for the load test: the demo clinic's people, copied under other names and keys.

    python -m benchmarks.workbench_crowd FOLDER [--patients 5000]

Every copy has a key, a name, visits, plan, tasks and products of its own, encrypted as the registry does it; the copies
are not in the audit, which is why `lupercal registry verify` is not asked about such a folder.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select

from lupercal.registry import tables
from lupercal.registry.keys import random_key
from lupercal.registry.opened import Registry, open_registry
from lupercal.registry.records import Identity
from lupercal.web.serving import prepared

Rows = dict[Table, list[dict[str, Any]]]
GIVEN = ("Alma", "Bruno", "Cemile", "Dana", "Emre", "Fatma", "Gal", "Hanna", "Ines", "Jonas", "Lena", "Mira")
FAMILY = ("Berg", "Demir", "Falk", "Golan", "Haas", "Ilan", "Kaya", "Levi", "Mayer", "Oz", "Peters", "Yilmaz")
PART = 100


def filled(folder: Path, patients: int) -> None:
    """Make a demo clinic of so many patients in a folder."""
    settings = prepared(folder, demo=True, secure=False, hosts=(), database="", say=print)
    with open_registry(settings.registry) as registry:
        heads = [one.id for one in registry.patients.all()]
        for begin in range(len(heads), patients, PART):
            numbers = range(begin, min(patients, begin + PART))
            with registry.memory.writing() as connection:
                rows: Rows = {}
                for number in numbers:
                    for table, row in copied(registry, heads[number % len(heads)], number):
                        rows.setdefault(table, []).append(row)
                for table, some in rows.items():
                    for columns in {tuple(sorted(row)) for row in some}:
                        connection.execute(insert(table), [row for row in some if tuple(sorted(row)) == columns])


def copied(registry: Registry, head: str, number: int) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Yield table and row of everything that a copy of a patient has."""
    name, key, shelves = f"p-{number:010d}".replace("0", "x").replace("1", "y"), random_key(), registry.patients
    ring_key, wrapped = registry.memory.ring.wrap(key, name)
    yield tables.person_key, {"person": name, "ring_key": ring_key, "wrapped": wrapped}
    patient = shelves.get(head)
    yield tables.patient, shelves.encoded(replace(patient, id=name), key)
    identity = Identity(
        id=_new("i"), patient=name, given_name=GIVEN[number % 12], family_name=f"{FAMILY[number // 12 % 12]}-{number}",
        local_id=f"C-{number}", version=1, changed_at=patient.changed_at, changed_by="crowd",
    )  # fmt: skip
    yield tables.person, shelves.people.encoded(identity, key)
    for visit in registry.visits.of_patient(head):
        made = replace(visit, id=_new("v"), patient=name)
        yield tables.visit, registry.visits.encoded(made, key)
        yield from ((tables.value, row) for row in _values(registry, visit.id, made.id))
    plan_of = {}
    for plan in registry.plans.of_patient(head):
        plan_of[plan.id] = _new("n")
        yield tables.plan, registry.plans.encoded(replace(plan, id=plan_of[plan.id], patient=name), key)
    for task in registry.plans.tasks.of_patient(head):
        made_task = replace(task, id=_new("k"), patient=name, plan=plan_of[task.plan])
        yield tables.task, registry.plans.tasks.encoded(made_task, key)
    for treatment in shelves.treatments.of_patient(head):
        yield tables.treatment, shelves.treatments.encoded(replace(treatment, id=_new("t"), patient=name), key)


def _values(registry: Registry, visit: str, made: str) -> Iterator[dict[str, Any]]:
    with registry.memory.reading() as connection:
        for row in connection.execute(select(tables.value).where(tables.value.c.visit == visit)).mappings():
            yield {**{k: v for k, v in row.items() if k not in {"number", "why"}}, "visit": made}


def _new(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(8)}"


def main() -> None:
    """Make the clinic."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--patients", type=int, default=5000)
    given = options.parse_args()
    filled(given.folder, given.patients)


if __name__ == "__main__":
    main()
