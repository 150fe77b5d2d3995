"""JSON Schemas of every kind of file that a user writes, so that editors help and other tools can check.

They are made from the records that the readers check files against. What a schema cannot say (a known drug, a unit that
converts, days in order) the readers check beyond it, and a few spellings they take in are beyond the schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, final

from pydantic import TypeAdapter

from lupercal.care.records import CareProtocol
from lupercal.claims.claim import ClaimFile
from lupercal.course.ensemble import SimulationFile
from lupercal.errors import InputError
from lupercal.evidence.parameters import ParameterTable
from lupercal.evidence.sources import SourceTexts
from lupercal.evidence.study_schema import StudyModel
from lupercal.exchange.fhir.site_map import FhirMap
from lupercal.exchange.tables.map_file import MapFile
from lupercal.instruments.score_job import ColumnNames
from lupercal.instruments.tables import DltProtocol
from lupercal.patient.schema import PatientFile, VisitRow
from lupercal.patient.variables import nearest
from lupercal.programmes.candidate import AnswerFile
from lupercal.programmes.plan_data import ItemSet, PlanData
from lupercal.programmes.records import Programme
from lupercal.registry.capacity import Capacity
from lupercal.registry.care_records import AdverseEventRecord, ConsentRecord, ScreeningRecord
from lupercal.registry.product_steps import CollectFields, MakeFields, OrderFields, ReleaseFields
from lupercal.registry.records import Identity, KeptRecord
from lupercal.rules.evaluate import DerivedFlag
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import Regimen

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).with_name("schemas")


@final
@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: what it is, the record it is checked against, and where such files lie in the package."""

    title: str
    record: Any
    shipped: tuple[str, ...] = ()


@cache
def file_kinds() -> Mapping[str, FileKind]:
    """Return every kind of file that a user writes, by name."""
    return {
        "patient": FileKind("A patient: who, drugs, visits", PatientFile, ("patient/cases/*.yaml",)),
        "simulation": FileKind("What `lupercal simulate` is asked for", SimulationFile),
        "study": FileKind("A published study: arms, entry, outcomes", StudyModel, ("evidence/data/studies/*.yaml",)),
        "programme": FileKind(
            "A programme: what a clinic offers, with its criteria as rules",
            Programme,
            ("programmes/data/programmes/*.yaml",),
        ),
        "plan": FileKind("A programme's plan: items, goals, time zone", PlanData, ("programmes/data/plans/*.yaml",)),
        "plan_items": FileKind("Items that several plans share", ItemSet, ("programmes/data/plans/sets/*.yaml",)),
        "regimen": FileKind("A regimen: doses of products by day", Regimen, ("therapy/regimens/*.yaml",)),
        "care": FileKind(
            "A protocol of care: when something is seen, something is done", CareProtocol, ("care/data/*.yaml",)
        ),
        "product": FileKind("A product: what it is and how it is dosed", Product, ("therapy/products/*.yaml",)),
        "rules": FileKind(
            "Flags that follow from others by a rule", dict[str, DerivedFlag], ("rules/data/derived.yaml",)
        ),
        "parameters": FileKind(
            "Parameters of a subsystem of the model", ParameterTable, ("evidence/data/parameters/*.yaml",)
        ),
        "sources": FileKind("Sources by key", dict[str, SourceTexts], ("therapy/sources.yaml",)),
        "answers": FileKind("Answers to the questions of `lupercal candidate`", AnswerFile),
        "claims": FileKind("Claims of a page, for `lupercal claims check`", ClaimFile, ("claims/data/pages/*.yaml",)),
        "table_map": FileKind("The map of a table, for `lupercal import table --map`", MapFile),
        "fhir_map": FileKind("A site's map for `lupercal import fhir --map`", FhirMap),
        "columns": FileKind("What columns of a table hold, for `lupercal score --columns`", ColumnNames),
        "dlt_protocols": FileKind(
            "Dose-limiting toxicities as protocols define them",
            dict[str, DltProtocol],
            ("instruments/data/dose_limiting_toxicities.yaml",),
        ),
        **_registry_kinds(),
    }


def _registry_kinds() -> Mapping[str, FileKind]:
    asked = "for `lupercal registry record`"
    step = "for `lupercal registry product`"
    return {
        "identity": FileKind("Who a patient is, for `lupercal registry` alone", Identity),
        "visit": FileKind(f"A visit, {asked}", VisitRow),
        "consent": FileKind(f"A consent, {asked}", ConsentRecord),
        "screening": FileKind(f"A screening, {asked}", ScreeningRecord),
        "adverse_event": FileKind(f"An adverse event, {asked}", AdverseEventRecord),
        "order": FileKind(f"An order, {step}", OrderFields),
        "collect": FileKind(f"A collection of cells, {step}", CollectFields),
        "make": FileKind(f"A manufacture, {step}", MakeFields),
        "release": FileKind(f"A release, {step}", ReleaseFields),
        "capacity": FileKind("Places of a clinic by programme", Capacity, ("registry/data/capacity.yaml",)),
    }


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    kinds = file_kinds()
    if kind not in kinds:
        raise InputError("schema", "", kind, f"a kind of file, {nearest(kind, kinds)}: {', '.join(kinds)}")
    about = kinds[kind]
    made = TypeAdapter(about.record).json_schema(mode="validation")
    if isinstance(about.record, type) and issubclass(about.record, KeptRecord):
        made = _as_entered(made)
    return {"$schema": DIALECT, **made, "$id": f"{kind}.json", "title": about.title}


def _as_entered(made: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the registry itself writes: whose record it is, which version, and by whom."""
    entered_by_registry = {"patient", *(one.name for one in fields(KeptRecord))}
    properties = {name: about for name, about in made["properties"].items() if name not in entered_by_registry}
    required = [name for name in made.get("required", ()) if name not in entered_by_registry]
    return {**made, "properties": properties, "required": required}


def schema_text(kind: str) -> str:
    """Return the schema as indented JSON text."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Write the schemas of all kinds into a folder; return their paths."""
    from lupercal.files.writing import write_text  # noqa: PLC0415 - only who writes needs it

    paths = tuple(folder / f"{kind}.json" for kind in file_kinds())
    for path in paths:
        write_text(path, schema_text(path.stem))
    return paths


if __name__ == "__main__":  # python -m lupercal.api.schemas
    write_schemas()
