"""A map as the text that a person reads and changes: one line per column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lupercal.exchange.tables.map_file import FORMAT, MapFile, SheetMap


def map_as_text(made: MapFile) -> str:
    """Return a map as YAML that reads back to it."""
    return "".join(f"{line}\n" for line in _lines(made))


def _lines(made: MapFile) -> Iterator[str]:
    yield f"format: {FORMAT}"
    for name in ("writes", "person"):
        settings = getattr(made, name).model_dump(exclude_none=True, exclude_defaults=True)
        if settings:
            yield f"{name}: {flow_text(settings)}"
    yield f"day_0: {made.day_0}"
    if made.unsure:
        yield "unsure:"
        yield from (f"  - {flow_text(doubt)}" for doubt in made.unsure)
    yield "tables:"
    for table in made.tables:
        yield from _table_lines(table)


def _table_lines(table: SheetMap) -> Iterator[str]:
    yield f"  - rows: {table.rows}"
    if table.sheet is not None:
        yield f"    sheet: {flow_text(table.sheet)}"
    for part in ("columns", "variables"):
        uses = getattr(table, part)
        if uses:
            yield f"    {part}:"
            yield from (
                f"      {flow_text(name)}: {flow_text(use.model_dump(by_alias=True, exclude_defaults=True))}"
                for name, use in uses.items()
            )


def flow_text(value: Any) -> str:
    """Return a value in YAML's flow form; names stand bare, other text in quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow_text(key)}: {flow_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, str) and value.isidentifier() and value.isascii() and value.lower() not in _NOT_BARE:
        return value
    return json.dumps(value, ensure_ascii=False)


_NOT_BARE = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Words that a reader of YAML may take for something else than text."""
