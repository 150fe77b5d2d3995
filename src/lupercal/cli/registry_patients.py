"""``lupercal registry``: patients: add, list, show, move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lupercal.cli.registry_options import AsJson, By, PatientId, Place, Why, print_json, say, table, the_registry, who

if TYPE_CHECKING:
    from lupercal.registry.opened import Registry
    from lupercal.registry.records import RegisteredPatient


def add(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
    identity: Annotated[
        Path | None,
        typer.Option(
            "--identity", help="YAML or JSON file with given_name, family_name, birth_date, local_id, phone, email, …"
        ),
    ] = None,
    place: Place = None,
    by: By = None,
    why: Why = "",
) -> None:
    """Take a patient in; prints the random id by which the registry knows the patient."""
    from lupercal.api.patients import read_patient
    from lupercal.files.checked import read_as
    from lupercal.registry.records import Identity

    given = read_patient(case)
    person = read_as(identity, Identity) if identity is not None else None
    with the_registry(place) as registry:
        head = registry.patients.enrol(given, by=who(by), identity=person, why=why)
    typer.echo(head.id)


def list_patients(
    state: Annotated[
        list[str] | None, typer.Option("--state", help="Only this state, such as planned; give it again for more.")
    ] = None,
    programme: Annotated[str | None, typer.Option("--programme", "-p", help="Only patients of this programme.")] = None,
    names: Annotated[bool, typer.Option("--names", help="With names, which is noted in the audit.")] = False,
    place: Place = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """List the patients, without names unless asked for."""
    from lupercal.programmes.registry import programme as find

    with the_registry(place) as registry:
        chosen = tuple(map(state_by_name, state or ()))
        heads = registry.patients.select(states=chosen, programme=None if programme is None else find(programme).id)
        people = {one.patient: one for one in registry.patients.named("", by=who(by))} if names else {}
    if as_json:
        print_json([{"patient": head, "identity": people.get(head.id)} if names else head for head in heads])
        return
    rows = [(head.id, *(_named(people.get(head.id)) if names else ()), *_row(head)) for head in heads]
    heads_of = ("id", *(("name", "local id") if names else ()), "state", "since", "programme", "sex", "age", "data")
    table("Patients", heads_of, rows)


def show_patient(
    patient: PatientId,
    names: Annotated[bool, typer.Option("--names", help="With names and contacts, which is noted.")] = False,
    history: Annotated[bool, typer.Option("--history", help="With every line of the audit.")] = False,
    place: Place = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show a patient: state and what may follow, plan, products, consents, visits."""
    with the_registry(place) as registry:
        head = registry.patients.find(patient)
        registry.audit.note(by=who(by), action="read", patient=head.id, what="patient")
        shown = _shown(registry, head, names, history, who(by))
    if as_json:
        print_json(shown)
    else:
        _print(shown)


def move(
    patient: PatientId,
    state: Annotated[str, typer.Argument(metavar="STATE", help="The state to enter, such as screened.")],
    why: Annotated[str, typer.Option("--why", help="The reason; every step asks for one.")],
    on: Annotated[str | None, typer.Option("--on", help="From which day, as YYYY-MM-DD; today by default.")] = None,
    place: Place = None,
    by: By = None,
) -> None:
    """Move a patient to another state; a step that is not allowed is refused with the reason."""
    from lupercal.programmes.plan import start_date

    with the_registry(place) as registry:
        made = registry.journey.move(patient, state_by_name(state), by=who(by), why=why, on=start_date(on, "--on"))
    typer.echo(f"{made.id}: {_words(made.state)} since {made.state_since}")


def state_by_name(text: str) -> Any:
    """Return a state by its id or label; raise `InputError` with the states there are."""
    from lupercal.errors import InputError
    from lupercal.registry.states import journey_states

    for row in journey_states().values():
        if text.strip().casefold().replace("-", "_").replace(" ", "_") in {row.id, row.label.replace(" ", "_")}:
            return row.id
    raise InputError("registry", "state", text, f"one of {', '.join(journey_states())}")


def _words(state: str) -> str:
    return state.replace("_", " ")


def _step(before: str | None, after: str) -> str:
    return f"{_words(before)} → {_words(after)}" if before else f"taken in as {_words(after)}"


def _row(head: RegisteredPatient) -> tuple[str, ...]:
    age = "" if head.age_years is None else f"{head.age_years:g}"
    return _words(head.state), str(head.state_since), head.programme or "", head.sex or "", age, head.data_origin


def _named(person: Any) -> tuple[str, str]:
    return ("", "") if person is None else (person.name, person.local_id)


def _shown(registry: Registry, head: RegisteredPatient, names: bool, history: bool, by: str) -> dict[str, Any]:
    plan = registry.plans.current(head.id)
    tasks = registry.plans.tasks_of(plan.id) if plan is not None else ()
    return {
        "patient": head,
        "identity": registry.patients.identity(head.id, by=by) if names else None,
        "steps": registry.journey.steps(head.id),
        "moves": registry.journey.moves(head.id),
        "plan": None if plan is None else {"id": plan.id, "programme": plan.programme, "start": plan.start},
        "tasks": [one for one in tasks if one.state == "open" and not one.note],
        "products": registry.products.of_patient(head.id),
        "consents": registry.consents.of_patient(head.id),
        "adverse_events": registry.adverse_events.of_patient(head.id),
        "acknowledgements": registry.acknowledgements.of_patient(head.id),
        "visits": registry.visits.of_patient(head.id),
        "audit": registry.audit.of_patient(head.id) if history else None,
    }


def _print(shown: dict[str, Any]) -> None:
    head, person, plan = shown["patient"], shown["identity"], shown["plan"]
    say(f"{head.id}: {_words(head.state)} since {head.state_since}{f', {head.title}' if head.title else ''}")
    if person is not None:
        told_of = (person.name, person.birth_date, person.local_id, person.phone, person.email, person.address)
        say("; ".join(str(one) for one in told_of if one), "  ")
    for step in shown["steps"]:
        say(f"may become {step.label}{f' once this is settled: {step.refused}' if step.refused else ''}", "  ")
    if plan is not None:
        typer.echo(f"  plan {plan['id']}: {plan['programme']}, day 0 is {plan['start']}")
    moves = [(str(one.on), _step(one.before, one.after), one.by, one.why) for one in shown["moves"]]
    table("Way", ("on", "step", "by", "why"), moves)
    products = [(one.code, one.product, one.state, one.confirmed_by) for one in shown["products"]]
    table("Products", ("code", "product", "state", "confirmed by"), products)
    events = [
        (one.term, f"{one.scale} {one.grade}", str(one.began_on), str(one.ended_on or "goes on"), one.outcome)
        for one in shown["adverse_events"]
    ]
    if events:
        table("Adverse events", ("event", "grade", "from", "to", "outcome"), events)
    visits = [
        (f"day {one.visit.day}", one.visit.date or "", one.visit.label, str(len(one.visit.values)), one.id)
        for one in shown["visits"]
    ]
    table("Visits", ("day", "date", "label", "values", "id"), visits)
    if shown["audit"] is not None:
        rows = [
            (str(one.entry.seq), one.entry.at[:19], one.entry.by, one.entry.action, one.entry.kind, one.why)
            for one in shown["audit"]
        ]
        table("Audit", ("row", "at (UTC)", "by", "what", "of", "why"), rows)
