"""``lupercal registry``: work: what is due across all patients, who waits how long and what waiting costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lupercal.cli.registry_options import AsJson, By, PatientId, Place, print_json, table, the_registry, who

if TYPE_CHECKING:
    from lupercal.registry.waiting import Waiting
    from lupercal.registry.waiting_cost import PerWeek, WaitingCost
    from lupercal.registry.work_list import WorkItem

Today = Annotated[
    str | None, typer.Option("--today", help="The day that is looked at, as YYYY-MM-DD; today by default.")
]
OfProgramme = Annotated[str | None, typer.Option("--programme", "-p", help="Only patients of this programme.")]


def due(
    today: Today = None,
    programme: OfProgramme = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only alert, overdue, due, settled, ahead, incomplete or abnormal; repeatable."),
    ] = None,
    place: Place = None,
    as_json: AsJson = False,
) -> None:
    """List what is due, overdue or abnormal across all patients on a day. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.programmes.plan import start_date
    from lupercal.programmes.registry import programme as find
    from lupercal.registry.rows import moment
    from lupercal.registry.work_list import KINDS, work_list

    for one in kind or ():
        if one not in KINDS:
            raise InputError("--kind", "", one, f"one of {', '.join(KINDS)}")
    day = start_date(today, "--today") or moment().date()
    with the_registry(place) as registry:
        work = work_list(registry.memory, day, None if programme is None else find(programme).id)
    items = [one for one in work.items if not kind or one.kind in kind]
    if as_json:
        print_json({"today": work.today, "patients": work.patients, "items": items})
        return
    heads = ("what", "patient", "programme", "due", "title", "detail")
    people = "1 patient" if work.patients == 1 else f"{work.patients} patients"
    table(f"{work.today}, {people} looked at", heads, [_row(one) for one in items])
    typer.echo(RESEARCH_USE_ONLY)


def acknowledge_alert(
    patient: PatientId,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id or title of the alert, as due shows it.")],
    note: Annotated[str, typer.Option("--note", help="What was done or decided.")],
    today: Today = None,
    place: Place = None,
    by: By = None,
) -> None:
    """Keep that somebody has seen an alert and what was done; it stands no more until something new is recorded."""
    from lupercal.programmes.plan import start_date
    from lupercal.registry.rows import moment
    from lupercal.registry.seen_alerts import about_of, acknowledge, standing_alerts
    from lupercal.registry.work_list import alerts_on

    day = start_date(today, "--today") or moment().date()
    with the_registry(place) as registry:
        head = registry.patients.find(patient)
        alerts = alerts_on(registry.memory, head.id, day)
        with registry.writing():
            for one in standing_alerts(alerts, alert):
                acknowledge(registry, head.id, alerts, alert=one.id, about=about_of(one), note=note, by=who(by))
                typer.echo(f"{one.name}: {one.value}, day {one.day}: acknowledged")


def _row(one: WorkItem) -> tuple[str, ...]:
    late = f", {one.days_late} days late" if one.days_late else ""
    severity = f", {one.severity}" if one.kind == "alert" else ""
    return f"{one.kind}{severity}{late}", one.patient, one.programme, str(one.due), one.title, one.detail


def waiting(
    capacity: Annotated[
        Path | None,
        typer.Option("--capacity", help="YAML file with the clinic's slots and beds; an example by default."),
    ] = None,
    today: Today = None,
    programme: OfProgramme = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="Also simulate what waiting costs: nephrons and damage, with interval.")
    ] = False,
    virtual_patients: Annotated[int, typer.Option("--patients", help="Virtual patients for the cost.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers for the cost.")] = 1,
    place: Place = None,
    as_json: AsJson = False,
) -> None:
    """List who waits how long for which slot, and what waiting costs by the model. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.programmes.plan import start_date
    from lupercal.programmes.registry import programme as find
    from lupercal.registry.capacity import read_capacity
    from lupercal.registry.rows import moment
    from lupercal.registry.waiting import waiting_list
    from lupercal.registry.waiting_cost import waiting_costs

    slots, day = read_capacity(capacity), start_date(today, "--today") or moment().date()
    costs = waiting_costs(virtual_patients, seed) if cost else None
    with the_registry(place) as registry:
        chosen = None if programme is None else find(programme).id
        queue = waiting_list(registry, slots, day, costs, chosen)
    if as_json:
        print_json({"today": day, "capacity": slots, "costs": costs, "waiting": queue})
        return
    heads = ("patient", "programme", "state", "waits", "collection", "release", "infusion", "nephrons lost", "damage")
    table(f"{day}: who waits, weeks by {slots.basis} capacity", heads, [_waits(one) for one in queue])
    for group in (costs or {}).values():
        typer.echo(_cost(group))
    typer.echo(RESEARCH_USE_ONLY)


def _waits(one: Waiting) -> tuple[str, ...]:
    dates = (str(day) if day else "" for day in (one.collection, one.release, one.infusion))
    losses = (_range(loss, unit) for loss, unit in ((one.nephrons, " points"), (one.damage, " items")))
    return one.patient, one.programme, one.state, f"{one.weeks:.1f} weeks", *dates, *losses


def _range(loss: PerWeek | None, unit: str) -> str:
    return "" if loss is None else f"{loss.mean:.2g} ({loss.low:.2g} to {loss.high:.2g}){unit}"


def _cost(cost: WaitingCost) -> str:
    return (
        f"A week of waiting {cost.group} ({cost.virtual_patients} virtual patients under standard care): "
        f"{_range(cost.nephrons, ' percentage points of nephrons')}, {_range(cost.damage, ' items of damage')}; "
        "mean and nine of ten virtual patients"
    )
