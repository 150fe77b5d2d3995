"""VisitShelf of registered patients: added, amended with a reason, every value with its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from lupercal.patient.document import patient_document
from lupercal.patient.read import patient_from
from lupercal.patient.record import Attribution, Measurement, Patient, Visit
from lupercal.registry import tables
from lupercal.registry.kinds import VISIT
from lupercal.registry.memory import Memory
from lupercal.registry.records import RecordedVisit, ValueChange
from lupercal.registry.refusals import ConflictError, RefusedError
from lupercal.registry.rows import moment, new_id, open_json, seal_json
from lupercal.registry.shelf import Row, Shelf
from lupercal.registry.values import current_values, value_row

Raw = Any
"""A value as a patient file may write it: a number, text such as ``"<30 mg/g"``, a mapping with value and unit."""


class VisitShelf(Shelf[RecordedVisit]):
    """VisitShelf of the registry; ``whole`` gives the patient they belong to, against which new values are checked."""

    def __init__(self, memory: Memory, whole: Callable[[str], Patient]) -> None:
        super().__init__(memory, VISIT)
        self.whole = whole

    def of_patient(self, patient: str) -> tuple[RecordedVisit, ...]:
        """Return a patient's visits in order of day, with the values that hold now."""
        return self.where(tables.visit.c.patient == patient)

    def add(self, record: RecordedVisit, *, by: str, why: str = "", action: str = "add") -> RecordedVisit:
        """Keep a visit that was checked before, such as one of a patient file that was read; see `enter`.

        Raises
        ------
        RefusedError
            If there is a visit on that day already.
        """
        with self.memory.writing() as connection:
            made = replace(record, id=new_id(VISIT.prefix), version=1, changed_at=moment(), changed_by=by)
            self._write(connection, made)
            self._append(connection, made, action, None, made, why)
            return made

    def change(self, record: RecordedVisit, *, by: str, why: str = "", action: str = "amend") -> RecordedVisit:
        """Keep a visit that was changed and checked before; see `amend`."""
        with self.memory.writing() as connection:
            theirs = self.found(connection, record.id)
            if theirs.version != record.version:
                raise ConflictError(record, theirs)
            made = replace(record, version=record.version + 1, changed_at=moment(), changed_by=by)
            self._write(connection, made, theirs, why)
            self._append(connection, made, action, theirs, made, why)
            return made

    def enter(
        self,
        patient: str,
        *,
        by: str,
        day: int | None = None,
        date: str | dt.date | None = None,
        values: Mapping[str, Raw] | None = None,
        attribution: Mapping[str, Attribution] | None = None,
        label: str = "",
        why: str = "",
    ) -> RecordedVisit:
        """Enter a visit of a patient as somebody writes it.

        Parameters
        ----------
        patient
            Id of the patient; the new visit must not contradict what is recorded.
        day, date
            Day counted from day 0, or date; at least one of them.
        values
            By names of the data dictionary, each as a patient file may write it.
        attribution
            What a finding is put down to.

        Raises
        ------
        InputError
            For the first fault, as for a patient file; nothing is written.
        RefusedError
            If there is a visit on that day already; it is to be amended.
        """
        row = _row(day, date, label, values or {}, attribution or {})
        with self.memory.writing():
            visit = _checked(self.whole(patient), row)
            return self.add(RecordedVisit(patient=patient, visit=visit), by=by, why=why)

    def amend(
        self,
        record: RecordedVisit,
        *,
        by: str,
        why: str,
        values: Mapping[str, Raw] | None = None,
        remove: Iterable[str] = (),
        attribution: Mapping[str, Attribution] | None = None,
        label: str | None = None,
        date: str | dt.date | None = None,
        day: int | None = None,
    ) -> RecordedVisit:
        """Amend a visit: set values, take some out, move it to another day; what was there stays in the history.

        Parameters
        ----------
        record
            The visit as it was read; its ``version`` says on which state the change rests.
        why
            The reason; it is asked for.

        Raises
        ------
        ConflictError
            If somebody else amended the visit in between; ``yours`` is this change, ``theirs`` what stands there.
        InputError
            For the first fault; nothing is written.
        RefusedError
            If no reason is given.
        """
        if not why.strip():
            raise RefusedError(f"amending {record.id}", "a reason is needed")
        with self.memory.writing():
            whole, visit = self.whole(record.patient), record.visit
            staying = {name: one for name, one in _raw(whole, visit).items() if name not in set(remove)}
            stated = {**staying, **(values or {})}
            causes = {**visit.attribution, **(attribution or {})}
            placed = (visit.day, visit.date) if day is None and date is None else (day, date)
            said = visit.label if label is None else label
            row = _row(*placed, said, stated, {name: one for name, one in causes.items() if name in stated})
            others = replace(whole, visits=tuple(one for one in whole.visits if one.day != visit.day))
            return self.change(replace(record, visit=_checked(others, row)), by=by, why=why)

    def value_history(self, name: str) -> tuple[ValueChange, ...]:
        """Return all states of all values of a visit, oldest first."""
        table = tables.value
        query = select(table).where(table.c.visit == name).order_by(table.c.number)
        with self.memory.reading() as connection:
            record = self.found(connection, name)
            key = self.memory.keys_of(connection, [record.patient])[record.patient]
            return tuple(_change(dict(row), key) for row in connection.execute(query).mappings())

    def shift(self, patient: str, days: int, *, by: str, why: str) -> None:
        """Count all visits of a patient from another day 0: ``days`` are added to every day."""
        for record in sorted(self.of_patient(patient), key=lambda one: one.visit.day * (-1 if days > 0 else 1)):
            moved = replace(record.visit, day=record.visit.day + days)
            self.change(replace(record, visit=moved), by=by, why=why)

    def _write(
        self, connection: Connection, made: RecordedVisit, theirs: RecordedVisit | None = None, why: str = ""
    ) -> None:
        self._check_day(connection, made)
        key = self.memory.key_of(connection, made.patient)
        row = self.encoded(made, key)
        if theirs is None:
            connection.execute(insert(tables.visit).values(row))
        else:
            connection.execute(update(tables.visit).where(tables.visit.c.id == made.id).values(row))
        changed = _differences(None if theirs is None else theirs.visit, made.visit)
        stamp = row["changed_at"]
        table = tables.value
        if theirs is not None and changed:
            ended = (table.c.visit == made.id) & table.c.until.is_(None) & table.c.variable.in_(list(changed))
            connection.execute(update(table).where(ended).values(until=stamp))
        sealed_why = seal_json(key, why, f"value|{made.id}|why") if why else None
        rows = [
            value_row(made.id, name, one, made.visit.attribution.get(name), stamp, made.changed_by, sealed_why)
            for name, one in changed.items()
        ]
        if rows:
            connection.execute(insert(table), rows)

    def _check_day(self, connection: Connection, made: RecordedVisit) -> None:
        there = select(tables.visit.c.id).where(
            tables.visit.c.patient == made.patient,
            tables.visit.c.day == made.visit.day,
            tables.visit.c.id != made.id,
            tables.visit.c.struck_at.is_(None),
        )
        name = connection.execute(there).scalar()
        if name is not None:
            raise RefusedError(
                f"a visit of {made.patient} on day {made.visit.day}", f"there is one already, {name}: amend it"
            )

    def _order(self) -> Sequence[Any]:
        return (tables.visit.c.patient, tables.visit.c.day)

    def _decoded(self, connection: Connection, rows: list[Row]) -> tuple[RecordedVisit, ...]:
        bare = super()._decoded(connection, rows)
        values = current_values(connection, [one.id for one in bare])
        return tuple(
            replace(one, visit=replace(one.visit, values=values[one.id][0], attribution=values[one.id][1]))
            for one in bare
        )


def _row(
    day: int | None, date: str | dt.date | None, label: str, values: Mapping[str, Raw], causes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a visit as a patient file writes it; what is unknown is left out."""
    text = date.isoformat() if isinstance(date, dt.date) else date
    row = {"day": day, "date": text, "label": label, "attribution": dict(causes), "values": dict(values)}
    return {name: one for name, one in row.items() if one is not None}


def _checked(whole: Patient, row: Mapping[str, Any]) -> Visit:
    """Return a visit that a patient file could hold beside what is known of the patient; raise `InputError` if not."""
    document = patient_document(whole)
    visits = [*document.get("visits", []), dict(row)]
    before = {visit.day for visit in whole.visits}
    made = patient_from({**document, "visits": visits}, f"visit of {whole.id}")
    return next(visit for visit in made.visits if visit.day not in before)


def _raw(whole: Patient, visit: Visit) -> dict[str, Any]:
    """Return the values of a visit as a patient file writes them."""
    (row,) = patient_document(replace(whole, visits=(visit,), treatments=()))["visits"]
    values: dict[str, Any] = row.get("values", {})
    return values


def _differences(before: Visit | None, after: Visit) -> dict[str, Measurement | None]:
    """Return the values that are new or another (None where one was taken out)."""
    old = {} if before is None else {k: (one, before.attribution.get(k)) for k, one in before.values.items()}
    new = {name: (one, after.attribution.get(name)) for name, one in after.values.items()}
    gone: dict[str, Measurement | None] = {name: None for name in old if name not in new}
    return gone | {name: one for name, (one, cause) in new.items() if old.get(name) != (one, cause)}


def _change(row: Row, key: bytes) -> ValueChange:
    why = "" if row["why"] is None else open_json(key, bytes(row["why"]), f"value|{row['visit']}|why")
    until = row["until"]
    return ValueChange(
        variable=row["variable"], value=row["value"], comparator=row["comparator"], given=row["given"],
        attribution=row["attribution"], since=dt.datetime.fromisoformat(row["since"]),
        until=None if until is None else dt.datetime.fromisoformat(until), by=row["changed_by"], why=str(why),
    )  # fmt: skip
