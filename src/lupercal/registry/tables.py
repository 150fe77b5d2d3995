"""The tables of the registry, the same on SQLite and PostgreSQL.

Columns called by a record's field hold that field (`lupercal.registry.rows`). Bytes hold what is encrypted by the
person's key. Dates are dates; moments are text, ISO 8601 in UTC, so that both databases order and return them alike.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

REVISION = "0001"
"""The state of the tables that this code works with; see ``migrations/versions``."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, **more: Any) -> Column[str]:
    return Column(name, Text, nullable=more.pop("nullable", False), **more)


def _maybe(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=True)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=True)


def _kept(name: str, *columns: Any, struck: bool = True) -> Table:
    """Return a table whose rows are versioned records."""
    head: list[Any] = [
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        _text("changed_at"),
        _text("changed_by"),
    ]
    return Table(name, metadata, *head, *columns, *([_maybe("struck_at")] if struck else []))


def _patient() -> Column[str]:
    return Column("patient", Text, ForeignKey("patient.id"), nullable=False, index=True)


patient = _kept(
    "patient",
    Column("state", Text, nullable=False, index=True),
    Column("state_since", Date, nullable=False),
    _maybe("programme"),
    _maybe("sex"),
    _maybe("age_years", Float),
    _maybe("lupus_type"),
    _maybe("diagnosis_year", Integer),
    _maybe("reference_date", Date),
    _text("data_origin"),
    _text("organs_involved"),
    _bytes("title"),
    _bytes("notes"),
    _bytes("sources"),
    _maybe("erased_at"),
)
person_key = Table(
    "person_key",
    metadata,
    Column("person", Text, primary_key=True),
    _text("ring_key"),
    Column("wrapped", LargeBinary, nullable=False),
)
person = _kept(
    "person",
    Column("patient", Text, ForeignKey("patient.id"), nullable=False, unique=True),
    *map(_bytes, ("given_name", "family_name", "birth_date", "local_id", "phone", "email", "address", "note")),
    Column("local_index", Text, nullable=True, unique=True),
)
visit = _kept("visit", _patient(), Column("day", Integer, nullable=False), _maybe("date", Date), _bytes("label"))
value = Table(
    "value",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("visit", Text, ForeignKey("visit.id"), nullable=False),
    _text("variable"),
    _maybe("value", Float),
    _text("comparator"),
    _maybe("given"),
    _maybe("attribution"),
    _text("since"),
    _maybe("until"),
    _text("changed_by"),
    _bytes("why"),
    Index("ix_value_visit", "visit", "variable"),
    Index(
        "uq_value_current",
        "visit",
        "variable",
        unique=True,
        sqlite_where=Column("until").is_(None),
        postgresql_where=Column("until").is_(None),
    ),
)
treatment = _kept(
    "treatment",
    _patient(),
    _text("drug"),
    _maybe("amount", Float),
    _maybe("unit"),
    _maybe("start_day", Integer),
    _maybe("stop_day", Integer),
    _maybe("status"),
    _bytes("note"),
)
screening = _kept(
    "screening",
    _patient(),
    Column("date", Date, nullable=False),
    _text("programme"),
    _bytes("results"),
    Column("complete", Boolean, nullable=False),
    _bytes("note"),
)
eligibility = _kept(
    "eligibility",
    _patient(),
    _text("programme"),
    Column("date", Date, nullable=False),
    Column("day", Integer, nullable=False),
    _text("status"),
    _text("safety"),
    _bytes("result"),
)
plan = _kept(
    "plan",
    _patient(),
    _text("programme"),
    _maybe("start", Date),
    _text("state"),
    _text("families"),
    _bytes("plan"),
)
task = _kept(
    "task",
    _patient(),
    Column("plan", Text, ForeignKey("plan.id"), nullable=False, index=True),
    _text("item"),
    _text("section"),
    _text("title"),
    Column("day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("date", Date, nullable=True, index=True),
    _maybe("last_date", Date),
    Column("window_days", Integer, nullable=False),
    _text("tests"),
    Column("note", Boolean, nullable=False),
    _text("state"),
    _maybe("done_on", Date),
)
product = _kept(
    "product",
    _patient(),
    _text("product"),
    Column("code", Text, nullable=False, unique=True),
    Column("autologous", Boolean, nullable=False),
    _text("donor"),
    _text("state"),
    _maybe("collected_on", Date),
    _text("collected_at"),
    _text("collected_by"),
    _text("manufacturer"),
    _text("batch"),
    _text("gmp_certificate"),
    _maybe("made_on", Date),
    _maybe("released_on", Date),
    _text("released_by"),
    _text("release_values"),
    _maybe("dose", Float),
    _text("dose_unit"),
    _text("storage"),
    _maybe("expires_on", Date),
    _text("presented_by"),
    _maybe("infused_at"),
    _text("infused_into"),
    _text("infused_by"),
    _text("confirmed_by"),
    _maybe("discarded_on", Date),
    _bytes("note"),
    CheckConstraint("infused_at IS NULL OR infused_into = patient", name="same_patient"),
    CheckConstraint("infused_at IS NULL OR (released_on IS NOT NULL AND released_by <> '')", name="released"),
    CheckConstraint(
        "infused_at IS NULL OR (infused_by <> '' AND confirmed_by <> '' AND confirmed_by <> infused_by)",
        name="two_persons",
    ),
    CheckConstraint("infused_at IS NULL OR discarded_on IS NULL", name="not_discarded"),
    CheckConstraint("(state = 'infused') = (infused_at IS NOT NULL)", name="infused"),
)
consent = _kept(
    "consent",
    _patient(),
    _text("purpose"),
    _text("document"),
    Column("given_on", Date, nullable=False),
    _maybe("withdrawn_on", Date),
    _bytes("note"),
)
adverse_event = _kept(
    "adverse_event",
    _patient(),
    _text("term"),
    _text("scale"),
    Column("grade", Integer, nullable=False),
    Column("began_on", Date, nullable=False),
    _maybe("ended_on", Date),
    Column("serious", Boolean, nullable=False),
    _text("related_to"),
    _text("outcome"),
    _bytes("note"),
)
forecast_run = _kept(
    "forecast_run",
    _patient(),
    Column("date", Date, nullable=False),
    Column("visits", Integer, nullable=False),
    _bytes("asked"),
    _text("folder"),
    _text("digest"),
    _bytes("summary"),
)
claim_check = _kept(
    "claim_check", Column("patient", Text, nullable=False, index=True), _bytes("claim"), _text("verdict"),
    _bytes("result"),
)  # fmt: skip
job = _kept(
    "job",
    _text("kind"),
    Column("patient", Text, nullable=False, index=True),
    _bytes("asked"),
    Column("state", Text, nullable=False, index=True),
    Column("progress", Float, nullable=False),
    _text("said"),
    _bytes("checkpoint"),
    _bytes("result"),
    _bytes("error"),
    _text("worker"),
    Column("attempts", Integer, nullable=False),
    _text("queued_at"),
    _maybe("heartbeat_at"),
)
move = Table(
    "move",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _patient(),
    _maybe("before"),
    _text("after"),
    Column("day", Date, nullable=False),
    _text("at"),
    _text("changed_by"),
    _bytes("why"),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("changed_by"),
    _text("action"),
    _text("kind"),
    _text("row_id"),
    Column("patient", Text, nullable=False, index=True),
    _text("payload"),
    _text("previous"),
    _text("digest"),
)
audit_payload = Table(
    "audit_payload",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    _text("digest"),
    _text("ring_key"),
    _text("stamp"),
)
PERSONAL = (
    value, move, task, plan, treatment, screening, eligibility, consent, adverse_event, forecast_run, claim_check, job,
    visit, person,
)  # fmt: skip
"""Tables whose rows go when a person is erased, in an order that leaves no row pointing nowhere."""
