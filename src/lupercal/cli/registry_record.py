"""``lupercal registry``: records: consents, screenings, adverse events, eligibility, plans, products."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lupercal.cli.registry_options import By, PatientId, Place, Why, the_registry, who

if TYPE_CHECKING:
    from lupercal.registry.opened import Registry
    from lupercal.registry.product_records import ProductRecord


class What(StrEnum):
    """What can be recorded from a file."""

    VISIT = "visit"
    CONSENT = "consent"
    SCREENING = "screening"
    ADVERSE_EVENT = "adverse-event"


class ProductStep(StrEnum):
    """The steps of a product's chain of identity."""

    ORDER = "order"
    COLLECT = "collect"
    MAKE = "make"
    RELEASE = "release"
    PRESENT = "present"
    INFUSE = "infuse"
    PUT_BACK = "put-back"
    DISCARD = "discard"


def record_file(
    patient: PatientId,
    what: Annotated[What, typer.Argument(metavar="WHAT", help="visit, consent, screening or adverse-event.")],
    file: Annotated[Path, typer.Argument(help="YAML or JSON file with its fields.")],
    place: Place = None,
    by: By = None,
    why: Why = "",
) -> None:
    """Record a visit, a consent, a screening or an adverse event from a file; prints its id."""
    from lupercal.files.checked import read_as, validated

    data = read_as(file, dict[str, Any])
    with the_registry(place) as registry:
        head = registry.patients.find(patient)
        if what is What.VISIT:
            made: Any = _visit(registry, head.id, data, file, who(by), why)
        else:
            shelf, kind = _shelf(registry, what)
            given = {**data, "patient": head.id}
            bare = {"id": "", "version": 0, "changed_at": None, "changed_by": ""}
            made = shelf.add(replace(validated(given, kind, file), **bare), by=who(by), why=why)
    typer.echo(made.id)


def judge_criteria(
    patient: PatientId,
    programme: Annotated[str, typer.Option("--programme", "-p", help="Programme, such as erlangen or ozek.msc.")],
    place: Place = None,
    by: By = None,
) -> None:
    """Compare a patient with the stated criteria of a programme and keep the result."""
    from lupercal.registry.judging import judge_patient

    with the_registry(place) as registry:
        made = judge_patient(registry, patient, programme, by=who(by))
    typer.echo(f"{made.id}: {made.programme}: {made.status}; safety: {made.safety}")


def plan_programme(
    patient: PatientId,
    programme: Annotated[str, typer.Option("--programme", "-p", help="Programme, such as erlangen or ozek.msc.")],
    start: Annotated[str, typer.Option("--start", help="Date of day 0, the (first) infusion, as YYYY-MM-DD.")],
    override: Annotated[
        list[str] | None, typer.Option("--override", help="Go on in spite of a stop, as 'NAME: reason'.")
    ] = None,
    place: Place = None,
    by: By = None,
    why: Why = "",
) -> None:
    """Plan a programme for a patient and count days from its day 0; the plan before is replaced, its marks stay."""
    from lupercal.safety.override import read_override

    overrides = [read_override(one) for one in override or ()]
    with the_registry(place) as registry:
        head = registry.patients.find(patient)
        with registry.writing():
            made = registry.plans.make(head.id, programme, start, by=who(by), why=why, overrides=overrides)
            if made.start is not None:
                registry.patients.re_anchor(head.id, made.start, by=who(by), why="day 0 of the plan")
        tasks = registry.plans.tasks_of(made.id)
    typer.echo(f"{made.id}: {made.programme}, day 0 is {made.start}, {len(tasks)} tasks")


def product_step(
    code: Annotated[str, typer.Argument(metavar="CODE", help="What is printed on the bag.")],
    step: Annotated[ProductStep, typer.Argument(metavar="STEP", help=", ".join(ProductStep) + ".")],
    patient: Annotated[
        str | None, typer.Option("--patient", help="Whose it is (order), or who is there (collect, present, infuse).")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="YAML or JSON file with the fields of order, make or release.")
    ] = None,
    place: Place = None,
    by: By = None,
    why: Why = "",
) -> None:
    """Take a product one step on in its chain of identity; infuse asks for another person than present."""
    from lupercal.files.checked import read_as
    from lupercal.registry.product_steps import take_step

    fields = read_as(file, dict[str, Any]) if file is not None else {}
    with the_registry(place) as registry:
        made: ProductRecord = take_step(
            registry, code, step.value.replace("-", "_"), patient=patient, fields=fields, origin=file or code,
            by=who(by), why=why,
        )  # fmt: skip
    typer.echo(f"{made.code}: {made.state}")


def _visit(registry: Registry, patient: str, data: Any, file: Path, by: str, why: str) -> Any:
    from lupercal.files.checked import validated
    from lupercal.patient.schema import VisitRow

    row = validated(data, VisitRow, file)
    return registry.visits.enter(
        patient, by=by, day=row.day, date=row.date, values=row.values, attribution=row.attribution, label=row.label,
        why=why,
    )  # fmt: skip


def _shelf(registry: Registry, what: What) -> tuple[Any, Any]:
    from lupercal.registry.care_records import AdverseEventRecord, ConsentRecord, ScreeningRecord

    return {
        What.CONSENT: (registry.consents, ConsentRecord),
        What.SCREENING: (registry.screenings, ScreeningRecord),
        What.ADVERSE_EVENT: (registry.adverse_events, AdverseEventRecord),
    }[what]
