"""The rule tables that belong to this package: read once, strictly, and kept as plain records."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from lupercal.files.documents import parse_yaml


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``data/<name>.csv``; every cell is text."""
    text = files("lupercal.instruments").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def instrument_document(name: str) -> Any:
    """Return the content of ``data/<name>.yaml``."""
    text = files("lupercal.instruments").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, f"{name}.yaml")
