"""What the five pages say, statement by statement, and where each went: a table of ``docs/reference/programmes.md``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lupercal.files.checked import read_as
from lupercal.programmes.records import Statement

TABLE = Path(__file__).with_name("data") / "statements.yaml"


@cache
def statements() -> tuple[Statement, ...]:
    """Return every statement of the five pages, page by page.

    Raises
    ------
    InputError
        If the table is not valid.
    """
    return read_as(TABLE, tuple[Statement, ...])


def statements_of(page: str) -> tuple[Statement, ...]:
    """Return the statements of one page."""
    return tuple(one for one in statements() if one.page == page)
