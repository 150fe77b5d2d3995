"""Patients of the registry: added from a patient file, returned as one, names and contacts apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from lupercal.patient.record import Patient
from lupercal.registry import tables
from lupercal.registry.kinds import PATIENT, TREATMENT
from lupercal.registry.memory import Memory
from lupercal.registry.people import PeopleShelf
from lupercal.registry.records import Identity, RecordedTreatment, RecordedVisit, RegisteredPatient, State
from lupercal.registry.refusals import RefusedError, UnknownError
from lupercal.registry.rows import decoded, moment, new_id
from lupercal.registry.shelf import Shelf
from lupercal.registry.values import parted
from lupercal.registry.visits import VisitShelf

_HEAD = (
    "sex", "age_years", "lupus_type", "diagnosis_year", "data_origin", "organs_involved", "title", "notes", "sources",
    "undated",
)  # fmt: skip


class Patients(Shelf[RegisteredPatient]):
    """Who is in the registry.

    Attributes
    ----------
    visits, treatments
        What belongs to them, see `lupercal.registry.visits.Visits`.
    """

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory, PATIENT)
        self.visits = VisitShelf(memory, self.whole)
        self.treatments: Shelf[RecordedTreatment] = Shelf(memory, TREATMENT)
        self.people = PeopleShelf(memory)

    def enrol(
        self, patient: Patient, *, by: str, identity: Identity | None = None, on: dt.date | None = None, why: str = ""
    ) -> RegisteredPatient:
        """Take a patient in, with all visits and treatments, as a candidate; return the head with its new id.

        Parameters
        ----------
        patient
            As `lupercal.read_patient` returns it. Its own id becomes the local id, which is encrypted like a name; in
            the registry the patient goes by a random id.
        identity
            Names and contacts, where they are to be kept.
        on
            The day from which the patient is a candidate; today by default.

        Raises
        ------
        RefusedError
            If a patient of that local id is in the registry already.
        """
        with self.memory.writing() as connection:
            name = new_id(PATIENT.prefix)
            self.memory.key_of(connection, name, make=True)
            day = on or moment().date()
            head = RegisteredPatient(
                id=name, state_since=day, reference_date=_date(patient.reference_date),
                **{field: getattr(patient, field) for field in _HEAD},
            )  # fmt: skip
            made = self.add(head, by=by, why=why, action="enrol")
            first = {"patient": name, "after": made.state, "day": day, "changed_by": by}
            connection.execute(insert(tables.move).values(**first, at=moment().isoformat(timespec="microseconds")))
            self.set_identity(replace(identity or Identity(), patient=name), by=by, local_id=patient.id)
            for visit in patient.visits:
                self.visits.add(RecordedVisit(patient=name, visit=visit), by=by)
            for course in patient.treatments:
                self.treatments.add(RecordedTreatment(patient=name, treatment=course), by=by)
            return made

    def whole(self, name: str) -> Patient:
        """Return a registered patient as the record that every assessment takes; its id is the registry's.

        Raises
        ------
        UnknownError
            If there is no such patient.
        RefusedError
            If the patient was erased.
        """
        with self.memory.reading():
            head = self.find(name)
            return whole_of(head, self.visits.of_patient(head.id), self.treatments.of_patient(head.id))

    def find(self, name: str) -> RegisteredPatient:
        """Return the patient of an id or of a local id.

        Raises
        ------
        UnknownError
            If there is none.
        """
        with self.memory.reading() as connection:
            matching = self.where(tables.patient.c.id == name) or self._by_local_id(connection, name)
            if not matching:
                raise UnknownError("patient", name)
            return matching[0]

    def select(self, *, states: Iterable[State] = (), programme: str | None = None) -> tuple[RegisteredPatient, ...]:
        """Return the patients in one of these states (in any, where none is named) and of a programme."""
        return self.where(*self._chosen(states, programme))

    def page(
        self, *, states: Iterable[State] = (), programme: str | None = None, after: str = "", limit: int = 100
    ) -> tuple[RegisteredPatient, ...]:
        """Return a page of patients in order of id, quickly: titles, notes and sources are left empty, not decrypted.

        Parameters
        ----------
        after
            Id of the last patient of the page before.
        limit
            How many at most.
        """
        table = tables.patient.c
        query = self._query([*self._chosen(states, programme), table.id > after]).order_by(None).order_by(table.id)
        with self.memory.reading() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
        return tuple(self.kind.whole(decoded(self.kind, dict(row), None)) for row in rows)

    def counts(self) -> Mapping[State, int]:
        """Return how many patients are in each state."""
        table = tables.patient.c
        query = select(table.state, func.count()).where(table.erased_at.is_(None), table.struck_at.is_(None))
        with self.memory.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(table.state))}

    def identity(self, name: str, *, by: str, why: str = "") -> Identity:
        """Return names and contacts of a patient; that they were looked at is noted in the audit.

        Raises
        ------
        UnknownError
            If there is no such patient.
        """
        with self.memory.writing() as connection:
            identities = self.people.where(tables.person.c.patient == name)
            if not identities:
                raise UnknownError("person", name)
            self.memory.append(
                connection, by=by, action="read", kind="identity", row=identities[0].id, patient=name, why=why
            )
            return identities[0]

    def identities_of(self, names: Iterable[str], *, by: str, why: str = "") -> dict[str, Identity]:
        """Return names and contacts of many patients by id; that each was looked at is noted in the audit."""
        with self.memory.writing() as connection:
            table = tables.person.c
            identities = [
                one for part in parted(list(names)) for one in self.people.known(connection, table.patient.in_(part))
            ]
            looks = [(one.id, one.patient) for one in identities]
            self.memory.append_looks(connection, by=by, kind="identity", rows=looks, why=why)
            return {one.patient: one for one in identities}

    def identities(self, name: str) -> tuple[Identity, ...]:
        """Return names and contacts for the registry's own checks; nobody is shown them, so nothing is noted."""
        return self.people.where(tables.person.c.patient == name)

    def set_identity(self, identity: Identity, *, by: str, why: str = "", local_id: str = "") -> Identity:
        """Keep names and contacts of a patient, new or changed (then ``version`` says what the change rests on).

        ``local_id`` is taken where the identity has none.

        Raises
        ------
        ConflictError
            If they were changed in between.
        RefusedError
            If another patient has that local id.
        """
        given = replace(identity, local_id=identity.local_id or local_id)
        with self.memory.writing() as connection:
            other = self._by_local_id(connection, given.local_id)
            if other and other[0].id != given.patient:
                raise RefusedError("keeping this local id", f"it is in the registry already, as {other[0].id}")
            if given.version:
                return self.people.change(given, by=by, why=why)
            return self.people.add(given, by=by, why=why)

    def named(self, text: str, *, by: str) -> tuple[Identity, ...]:
        """Return the people whose name or local id holds a text; the search is noted in the audit, without the text."""
        with self.memory.writing() as connection:
            self.memory.append(connection, by=by, action="search", kind="identity", row="", patient="")
            return self.people.holding(connection, text)

    def re_anchor(self, name: str, reference_date: dt.date, *, by: str, why: str) -> RegisteredPatient:
        """Set the date of day 0, such as that of the infusion; all days are counted from it anew.

        Raises
        ------
        UnknownError
            If there is no such patient.
        """
        with self.memory.writing():
            head = self.find(name)
            moved = 0 if head.reference_date is None else (head.reference_date - reference_date).days
            if moved:
                self.visits.shift(head.id, moved, by=by, why=why)
                self._shift_treatments(head.id, moved, by=by, why=why)
            return self.change(replace(head, reference_date=reference_date), by=by, why=why, action="re-anchor")

    def owner(self, record: Any) -> str:
        """Return whose key encrypts a head: the patient's own."""
        return str(record.id)

    def owner_of(self, told: Any) -> str:
        """Return whose key encrypts a head that is told as plain values."""
        return str(told["id"])

    def _owner_of_row(self, row: Any) -> str:
        return str(row["id"])

    def _query(self, conditions: Iterable[Any]) -> Any:
        return super()._query([*conditions, tables.patient.c.erased_at.is_(None)])

    def _chosen(self, states: Iterable[State], programme: str | None) -> list[Any]:
        table, chosen = tables.patient.c, list(states)
        conditions: list[Any] = [table.state.in_(chosen)] if chosen else []
        return [*conditions, table.programme == programme] if programme else conditions

    def _by_local_id(self, connection: Connection, local_id: str) -> tuple[RegisteredPatient, ...]:
        table = tables.person.c
        if not local_id:
            return ()
        query = select(table.patient).where(table.local_index == self.memory.ring.blind(local_id))
        name = connection.execute(query).scalar()
        return () if name is None else self.where(tables.patient.c.id == name)

    def _shift_treatments(self, name: str, days: int, *, by: str, why: str) -> None:
        for record in self.treatments.of_patient(name):
            course = record.treatment
            ends = {end: day + days for end in ("start_day", "stop_day") if (day := getattr(course, end)) is not None}
            if ends:
                self.treatments.change(replace(record, treatment=replace(course, **ends)), by=by, why=why)


def whole_of(head: RegisteredPatient, visits: Iterable[Any], treatments: Iterable[Any]) -> Patient:
    """Return a patient file's record from what the registry keeps apart."""
    return Patient(
        id=head.id,
        treatments=tuple(one.treatment for one in treatments),
        visits=tuple(one.visit for one in sorted(visits, key=lambda one: one.visit.day)),
        reference_date=None if head.reference_date is None else head.reference_date.isoformat(),
        **{field: getattr(head, field) for field in _HEAD},
    )


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
