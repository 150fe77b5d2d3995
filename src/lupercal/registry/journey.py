"""The way of a patient from candidate to the end of follow-up: which step may be taken, by whom, when and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import final

from sqlalchemy import insert, select

from lupercal.registry import tables
from lupercal.registry.care_records import ConsentRecord, EligibilityRecord, PlanRecord, ScreeningRecord
from lupercal.registry.guards import refusal
from lupercal.registry.memory import Memory
from lupercal.registry.patients import Patients
from lupercal.registry.plans import Plans
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.products import Products
from lupercal.registry.records import NextState, RegisteredPatient, State, StateMove
from lupercal.registry.refusals import ConflictError, RefusedError
from lupercal.registry.rows import moment, open_json, seal_json
from lupercal.registry.shelf import Shelf
from lupercal.registry.states import journey_states, state_label


@final
@dataclass(frozen=True, slots=True)
class _Recorded:
    """What is recorded of one patient, as the guards ask for it."""

    screenings: tuple[ScreeningRecord, ...]
    eligibility: tuple[EligibilityRecord, ...]
    plans: tuple[PlanRecord, ...]
    products: tuple[ProductRecord, ...]
    consents: tuple[ConsentRecord, ...]


@final
@dataclass(frozen=True, slots=True)
class Journey:
    """Where patients are on the way, and how they get on."""

    memory: Memory
    patients: Patients
    screenings: Shelf[ScreeningRecord]
    eligibility: Shelf[EligibilityRecord]
    plans: Plans
    products: Products
    consents: Shelf[ConsentRecord]

    def move(
        self,
        patient: str,
        to: State,
        *,
        by: str,
        why: str,
        on: dt.date | None = None,
        version: int | None = None,
    ) -> RegisteredPatient:
        """Move a patient to another state and return the head.

        Parameters
        ----------
        patient
            Id or local id.
        to
            The state that is entered.
        why
            The reason; it is asked for at every step.
        on
            The day from which it holds; today by default.
        version
            Version of the head on which the step rests, where somebody else may have moved the patient.

        Raises
        ------
        RefusedError
            If the step is not allowed: it does not follow, lies before the last one, lacks a reason, or something it
            needs is not recorded.
        ConflictError
            If the head was changed since ``version``.
        """
        with self.memory.writing() as connection:
            head = self.patients.find(patient)
            if version is not None and head.version != version:
                raise ConflictError(replace(head, version=version, state=to), head)
            day = on or moment().date()
            self._check(head, to, day, why)
            made = self.patients.change(replace(head, state=to, state_since=day), by=by, why=why, action="move")
            key = self.memory.key_of(connection, head.id)
            connection.execute(
                insert(tables.move).values(
                    patient=head.id, before=head.state, after=to, day=day, changed_by=by,
                    at=moment().isoformat(timespec="microseconds"), why=seal_json(key, why, f"move|{head.id}|why"),
                )
            )  # fmt: skip
            return made

    def steps(self, patient: str, on: dt.date | None = None) -> tuple[NextState, ...]:
        """Return the states that may follow on a day, each with what stands against it."""
        with self.memory.reading():
            head = self.patients.find(patient)
            recorded = self._recorded(head.id)
            day = on or moment().date()
            return tuple(
                NextState(to=to, label=state_label(to), refused=_refused(head.state, to, recorded, day))
                for to in journey_states()[head.state].may_follow
            )

    def moves(self, patient: str) -> tuple[StateMove, ...]:
        """Return every change of a patient's state, oldest first."""
        table = tables.move
        with self.memory.reading() as connection:
            head = self.patients.find(patient)
            key = self.memory.key_of(connection, head.id)
            rows = connection.execute(
                select(table).where(table.c.patient == head.id).order_by(table.c.number)
            ).mappings()
            return tuple(
                StateMove(
                    patient=head.id, before=row["before"], after=row["after"], on=row["day"],
                    at=dt.datetime.fromisoformat(row["at"]), by=row["changed_by"],
                    why=open_json(key, bytes(row["why"]), f"move|{head.id}|why") if row["why"] else "",
                )
                for row in rows
            )  # fmt: skip

    def _check(self, head: RegisteredPatient, to: State, day: dt.date, why: str) -> None:
        asked = f"{head.id}: from {state_label(head.state)} to {state_label(to)}"
        if not why.strip():
            raise RefusedError(asked, "a reason is needed")
        if head.state_since is not None and day < head.state_since:
            raise RefusedError(asked, f"{day} lies before {head.state_since}, when the patient became {head.state}")
        if day > moment().date() + dt.timedelta(days=1):
            raise RefusedError(asked, f"{day} lies in the future")
        refused = _refused(head.state, to, self._recorded(head.id), day)
        if refused:
            raise RefusedError(asked, refused)

    def _recorded(self, patient: str) -> _Recorded:
        return _Recorded(
            self.screenings.of_patient(patient),
            self.eligibility.of_patient(patient),
            self.plans.of_patient(patient),
            self.products.of_patient(patient),
            self.consents.of_patient(patient),
        )


def _refused(state: State, to: State, records: _Recorded, day: dt.date) -> str:
    """Return why a step is not allowed; empty where it is. A step back needs nothing but its reason."""
    row = journey_states()[state]
    if to not in row.may_follow:
        allowed = ", ".join(state_label(one) for one in row.may_follow)
        return f"after {row.label} comes {allowed}"
    if to in row.back:
        return ""
    return "; ".join(filter(None, (refusal(need, records, day) for need in journey_states()[to].needs)))
