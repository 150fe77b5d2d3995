"""How fast a bulk export of FHIR becomes patient files, and how much memory that takes.

    python -m benchmarks.bulk_fhir [--people 10000] [--observations 200] [--keep FOLDER]

Writes an export of made-up people (Patient, Condition, MedicationStatement, Observations, one resource per line, mixed
across files as servers do), imports it in a process of its own on one core, and prints observations per second of
processor time, wall seconds and the largest memory that the process held.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

LABORATORY = (
    ("4485-9", "g/L", 0.4, 1.6, 0.9), ("4498-2", "g/L", 0.04, 0.4, 0.1), ("32677-7", "[IU]/mL", 5, 300, None),
    ("2890-2", "mg/g", 50, 4000, None), ("2160-0", "mg/dL", 0.5, 2.0, None), ("777-3", "10*9/L", 60, 400, None),
    ("6690-2", "10*9/L", 2, 12, None), ("718-7", "g/dL", 8, 16, None), ("731-0", "10*9/L", 0.3, 3, None),
    ("1988-5", "mg/L", 0.5, 60, None),
)  # fmt: skip


def main() -> None:
    """Generate, import, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--observations", type=int, default=200)
    options.add_argument("--keep", type=Path)
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        _import(Path(given.one[0]), Path(given.one[1]))
        return
    folder = given.keep or Path(tempfile.mkdtemp())
    size = write_export(folder / "export", given.people, given.observations)
    shutil.rmtree(folder / "patients", ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.bulk_fhir", "--one", str(folder / "export"), str(folder / "patients")]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    count = given.people * given.observations
    print(f"{given.people} people x {given.observations} observations, {size / 1e6:.0f} MB")
    print(f"{done['patients']} patient files; {done['verdicts']}")
    print(
        f"{count / done['cpu']:.0f} observations/s of processor time ({done['cpu']:.1f} s; wall {done['wall']:.1f} s)"
    )
    print(f"{done['peak'] / 1024:.0f} MiB at most")
    if not given.keep:
        shutil.rmtree(folder)


def _import(source: Path, target: Path) -> None:
    from lupercal.exchange.fhir.bulk import import_bulk  # noqa: PLC0415 - measured here

    began, cpu = time.perf_counter(), time.process_time()
    done = import_bulk(source, target)
    print(json.dumps({
        "patients": done.patients, "verdicts": done.verdicts, "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }))  # fmt: skip


def write_export(folder: Path, people: int, observations: int) -> int:
    """Write an export; return its size in bytes. People take turns, so that nobody's lines stand together."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for kind, rows in _files(people, observations):
        with (folder / f"{kind}.ndjson").open("w", encoding="utf-8") as file:
            for row in rows:
                size += file.write(json.dumps(row) + "\n")
    return size


def _files(people: int, observations: int) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    yield "Patient", (_person(k) for k in range(people))
    yield "Condition", (_condition(k) for k in range(people))
    yield "MedicationStatement", (_drug(k) for k in range(people))
    yield "Observation", (_observation(k, n) for n in range(observations) for k in range(people))


def _about(k: int) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/p{k}"}}


def _person(k: int) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": f"p{k}", "gender": "female", "birthDate": f"{1950 + k % 50}-04-15"}


def _condition(k: int) -> dict[str, Any]:
    code = {"system": "http://snomed.info/sct", "code": "55464009", "display": "Systemic lupus erythematosus"}
    return {"resourceType": "Condition", "id": f"c{k}", "code": {"coding": [code]}, **_about(k),
            "verificationStatus": {"coding": [{"code": "confirmed"}]}, "onsetDateTime": "2012"}  # fmt: skip


def _drug(k: int) -> dict[str, Any]:
    code = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "8640", "display": "prednisone"}
    dose = {"value": 5 + k % 20, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    return {"resourceType": "MedicationStatement", "id": f"m{k}", "status": "active", **_about(k),
            "medicationCodeableConcept": {"coding": [code]},
            "dosage": [{"doseAndRate": [{"doseQuantity": dose}], "timing": timing}]}  # fmt: skip


def _observation(k: int, n: int) -> dict[str, Any]:
    code, unit, low, high, limit = LABORATORY[n % len(LABORATORY)]
    chance = random.Random(f"{k}/{n}")
    when = date(2018, 1, 1) + timedelta(days=90 * (n // len(LABORATORY)) + k % 30)
    value = {
        "value": round(chance.uniform(low, high), 3),
        "unit": unit,
        "system": "http://unitsofmeasure.org",
        "code": unit,
    }
    made = {"resourceType": "Observation", "id": f"o{k}-{n}", "meta": {"lastUpdated": "2025-01-01T08:00:00Z"},
            "status": "final", "category": [{"coding": [{"system":
            "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, **_about(k),
            "effectiveDateTime": f"{when.isoformat()}T08:00:00+01:00", "valueQuantity": value}  # fmt: skip
    if limit is not None:
        made["referenceRange"] = [{"low": {"value": limit, "unit": unit}}]
    return made


if __name__ == "__main__":
    main()
