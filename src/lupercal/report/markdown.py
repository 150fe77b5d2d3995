"""Markdown: one table, one way to keep text inside its cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without a final line break; nothing where there are no rows."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(head), _line(["---"] * len(head)), *lines]) if lines else ""


def as_text(text: str) -> str:
    """Return what somebody else wrote so that it is read as text: no markup of HTML, no line break."""
    return " ".join(text.replace("<", "&lt;").split("\n"))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').splitlines()) for cell in cells)} |"
