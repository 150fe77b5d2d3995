"""The tables of the registry, the same on SQLite and PostgreSQL.

Columns called by a record's field hold that field (`lupercal.registry.rows`). Bytes hold what is encrypted by the
person's key. Dates are dates; moments are text, ISO 8601 in UTC, so that both databases order and return them alike.
"""

from __future__ import annotations

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
    Table,
    Text,
)

from lupercal.registry.columns import maybe, metadata, record_table, sealed_column, text_column

REVISION = "0005"
"""The state of the tables that this code works with; see ``migrations/versions``."""


def _patient() -> Column[str]:
    return Column("patient", Text, ForeignKey("patient.id"), nullable=False, index=True)


patient = record_table(
    "patient",
    Column("state", Text, nullable=False, index=True),
    Column("state_since", Date, nullable=False),
    maybe("programme"),
    maybe("sex"),
    maybe("age_years", Float),
    maybe("lupus_type"),
    maybe("diagnosis_year", Integer),
    maybe("reference_date", Date),
    text_column("data_origin"),
    text_column("organs_involved"),
    sealed_column("title"),
    sealed_column("notes"),
    sealed_column("sources"),
    sealed_column("undated"),
    maybe("erased_at"),
)
Index(
    "ix_patient_listed", patient.c.state_since.desc(), patient.c.id, patient.c.erased_at, patient.c.state,
    patient.c.programme,
)  # fmt: skip
person_key = Table(
    "person_key",
    metadata,
    Column("person", Text, primary_key=True),
    text_column("ring_key"),
    Column("wrapped", LargeBinary, nullable=False),
)
person = record_table(
    "person",
    Column("patient", Text, ForeignKey("patient.id"), nullable=False, unique=True),
    *map(sealed_column, ("given_name", "family_name", "birth_date", "local_id", "phone", "email", "address", "note")),
    Column("local_index", Text, nullable=True, unique=True),
)
visit = record_table(
    "visit", _patient(), Column("day", Integer, nullable=False), maybe("date", Date), sealed_column("label")
)
value = Table(
    "value",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("visit", Text, ForeignKey("visit.id"), nullable=False),
    text_column("variable"),
    maybe("value", Float),
    text_column("comparator"),
    maybe("given"),
    maybe("attribution"),
    text_column("since"),
    maybe("until"),
    text_column("changed_by"),
    sealed_column("why"),
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
treatment = record_table(
    "treatment",
    _patient(),
    text_column("drug"),
    maybe("amount", Float),
    maybe("unit"),
    maybe("start_day", Integer),
    maybe("stop_day", Integer),
    maybe("status"),
    sealed_column("note"),
)
screening = record_table(
    "screening",
    _patient(),
    Column("date", Date, nullable=False),
    text_column("programme"),
    sealed_column("results"),
    Column("complete", Boolean, nullable=False),
    sealed_column("note"),
)
eligibility = record_table(
    "eligibility",
    _patient(),
    text_column("programme"),
    Column("date", Date, nullable=False),
    Column("day", Integer, nullable=False),
    text_column("status"),
    text_column("safety"),
    sealed_column("result"),
)
plan = record_table(
    "plan",
    _patient(),
    text_column("programme"),
    maybe("start", Date),
    text_column("state"),
    text_column("families"),
    sealed_column("plan"),
)
task = record_table(
    "task",
    _patient(),
    Column("plan", Text, ForeignKey("plan.id"), nullable=False, index=True),
    text_column("item"),
    text_column("section"),
    text_column("title"),
    Column("day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("date", Date, nullable=True, index=True),
    maybe("last_date", Date),
    Column("window_days", Integer, nullable=False),
    text_column("tests"),
    Column("note", Boolean, nullable=False),
    text_column("state"),
    maybe("done_on", Date),
)
product = record_table(
    "product",
    _patient(),
    text_column("product"),
    Column("code", Text, nullable=False, unique=True),
    Column("autologous", Boolean, nullable=False),
    text_column("donor"),
    text_column("state"),
    maybe("collected_on", Date),
    text_column("collected_at"),
    text_column("collected_by"),
    text_column("manufacturer"),
    text_column("batch"),
    text_column("gmp_certificate"),
    maybe("made_on", Date),
    maybe("released_on", Date),
    text_column("released_by"),
    text_column("release_values"),
    maybe("dose", Float),
    text_column("dose_unit"),
    text_column("storage"),
    maybe("expires_on", Date),
    text_column("presented_by"),
    maybe("infused_at"),
    text_column("infused_into"),
    text_column("infused_by"),
    text_column("confirmed_by"),
    maybe("discarded_on", Date),
    sealed_column("note"),
    CheckConstraint("infused_at IS NULL OR infused_into = patient", name="same_patient"),
    CheckConstraint("infused_at IS NULL OR (released_on IS NOT NULL AND released_by <> '')", name="released"),
    CheckConstraint(
        "infused_at IS NULL OR (infused_by <> '' AND confirmed_by <> '' AND confirmed_by <> infused_by)",
        name="two_persons",
    ),
    CheckConstraint("infused_at IS NULL OR discarded_on IS NULL", name="not_discarded"),
    CheckConstraint("(state = 'infused') = (infused_at IS NOT NULL)", name="infused"),
)
consent = record_table(
    "consent",
    _patient(),
    text_column("purpose"),
    text_column("document"),
    Column("given_on", Date, nullable=False),
    maybe("withdrawn_on", Date),
    sealed_column("note"),
)
adverse_event = record_table(
    "adverse_event",
    _patient(),
    text_column("term"),
    text_column("scale"),
    Column("grade", Integer, nullable=False),
    Column("began_on", Date, nullable=False),
    maybe("ended_on", Date),
    Column("serious", Boolean, nullable=False),
    text_column("related_to"),
    text_column("outcome"),
    sealed_column("note"),
)
acknowledgement = record_table(
    "acknowledgement", _patient(), text_column("alert"), Column("found_on", Date, nullable=False), text_column("value"),
    text_column("event"), sealed_column("note"),
)  # fmt: skip
forecast_run = record_table(
    "forecast_run",
    _patient(),
    Column("date", Date, nullable=False),
    Column("visits", Integer, nullable=False),
    sealed_column("asked"),
    text_column("folder"),
    text_column("digest"),
    sealed_column("summary"),
)
document = record_table(
    "document",
    _patient(),
    text_column("kind"),
    Column("date", Date, nullable=False),
    sealed_column("name"),
    sealed_column("content"),
)
claim_check = record_table(
    "claim_check", Column("patient", Text, nullable=False, index=True), sealed_column("claim"), text_column("verdict"),
    sealed_column("result"),
)  # fmt: skip
job = record_table(
    "job",
    text_column("kind"),
    Column("patient", Text, nullable=False, index=True),
    sealed_column("asked"),
    Column("state", Text, nullable=False, index=True),
    Column("progress", Float, nullable=False),
    text_column("said"),
    sealed_column("checkpoint"),
    sealed_column("result"),
    sealed_column("error"),
    text_column("worker"),
    Column("attempts", Integer, nullable=False),
    text_column("queued_at"),
    maybe("heartbeat_at"),
)
move = Table(
    "move",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _patient(),
    maybe("before"),
    text_column("after"),
    Column("day", Date, nullable=False),
    text_column("at"),
    text_column("changed_by"),
    sealed_column("why"),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    text_column("at"),
    text_column("changed_by"),
    text_column("action"),
    text_column("kind"),
    text_column("row_id"),
    Column("patient", Text, nullable=False, index=True),
    text_column("payload"),
    text_column("previous"),
    text_column("digest"),
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
    text_column("digest"),
    text_column("ring_key"),
    text_column("stamp"),
)
PERSONAL = (
    value, move, task, plan, treatment, screening, eligibility, consent, adverse_event, acknowledgement, forecast_run,
    document, claim_check, job, visit, person,
)  # fmt: skip
"""Tables whose rows go when a person is erased, in an order that leaves no row pointing nowhere."""
