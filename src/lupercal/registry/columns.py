"""Columns that the tables of the registry are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_column(name: str, **more: Any) -> Column[str]:
    """Return a column of text that is never null."""
    return Column(name, Text, nullable=more.pop("nullable", False), **more)


def maybe(name: str, kind: Any = Text) -> Column[Any]:
    """Return a column that may be null."""
    return Column(name, kind, nullable=True)


def sealed_column(name: str) -> Column[bytes]:
    """Return a column of what is encrypted by the person's key."""
    return Column(name, LargeBinary, nullable=True)


def record_table(name: str, *columns: Any, struck: bool = True) -> Table:
    """Return a table whose rows are versioned records."""
    head: list[Any] = [
        Column("id", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        text_column("changed_at"),
        text_column("changed_by"),
    ]
    return Table(name, metadata, *head, *columns, *([maybe("struck_at")] if struck else []))
