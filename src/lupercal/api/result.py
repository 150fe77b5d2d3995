"""The one skeleton of every result: a frozen record that can be shown, tabulated and written as JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from lupercal import RESEARCH_USE_ONLY
from lupercal.files.plain import indented

if TYPE_CHECKING:
    import polars as pl

SHOWN_ROWS = 20
"""Rows of a table that a notebook shows; `Result.frame` has all."""


class Result(ABC):
    """What a function of the public face returns."""

    __slots__ = ()

    @property
    @abstractmethod
    def title(self) -> str:
        """One line that says what this is."""

    @abstractmethod
    def frame(self) -> pl.DataFrame:
        """Return the result as a polars frame, one row per thing told."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Return the result as plain values, as the command prints them with ``--json``; unknown is None."""

    def json(self) -> str:
        """Return `record` as JSON text."""
        return indented(self.record(), 2)

    def _repr_html_(self) -> str:
        return html_of(self.title, self.frame())


def silent(*said: object) -> None:
    """Say nothing: what is called with the progress of a computation where nobody asked to be told."""


def html_of(title: str, frame: pl.DataFrame) -> str:
    """Return a title and the first rows of a frame as HTML for a notebook; all text is escaped."""
    head = _row("th", frame.columns)
    rows = "".join(_row("td", row) for row in frame.head(SHOWN_ROWS).iter_rows())
    more = f"<p>{frame.height - SHOWN_ROWS} more rows</p>" if frame.height > SHOWN_ROWS else ""
    return f"<h4>{escape(title)}</h4><table>{head}{rows}</table>{more}<p><small>{RESEARCH_USE_ONLY}</small></p>"


def _row(tag: str, cells: Iterable[object]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(_cell(cell))}</{tag}>" for cell in cells) + "</tr>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
