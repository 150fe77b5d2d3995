"""Tables of accounts, sessions and failed attempts; they stand apart from the registry's."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table, Text

METADATA = MetaData()
NAME = String(80)
ACCOUNTS = Table(
    "web_account",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("full_name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("second_factor", Text, nullable=False, default=""),
    Column("second_factor_step", Integer, nullable=False, default=0),
    Column("active", Boolean, nullable=False, default=True),
    Column("must_change", Boolean, nullable=False, default=False),
    Column("desk_subject", String(300), nullable=False, default="", server_default=""),
)
SESSIONS = Table(
    "web_session",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", NAME, nullable=False, index=True),
    Column("created", DateTime, nullable=False),
    Column("seen", DateTime, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("ends", DateTime, nullable=True),
    Column("desk_factor", Boolean, nullable=False, default=False, server_default="0"),
)
ATTEMPTS = Table(
    "web_attempt",
    METADATA,
    Column("who", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", DateTime, nullable=False),
)
DRAFTS = Table(
    "web_draft",
    METADATA,
    Column("account", NAME, primary_key=True),
    Column("form", String(120), primary_key=True),
    Column("sealed", Text, nullable=False),
)
INBOX = Table(
    "web_inbox",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("sealed", Text, nullable=False),
)
TOKENS = Table(
    "web_token",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("account", NAME, nullable=False, index=True),
    Column("label", String(120), nullable=False),
    Column("scopes", String(120), nullable=False),
    Column("expires", DateTime, nullable=False),
)
SETTINGS = Table(
    "web_setting",
    METADATA,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
