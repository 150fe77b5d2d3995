"""The table of sources: what a citation key stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NotRequired, final

from typing_extensions import TypedDict

from lupercal.errors import LupercalError
from lupercal.files.checked import closed, read_as

DATA = Path(str(files("lupercal.evidence"))) / "data"


@final
@dataclass(frozen=True, slots=True)
class Source:
    """One publication or stated assumption; ``doi``, ``pmid`` and ``pmc`` are empty where none is known.

    ``checked`` is the day (YYYY-MM-DD) on which a regulator's statement was last looked up; such statements change.
    """

    key: str
    text: str
    doi: str = ""
    pmid: str = ""
    pmc: str = ""
    checked: str = ""

    @property
    def citation(self) -> str:
        """Text with its identifiers, as a report prints it."""
        checked = f"checked {self.checked}" if self.checked else ""
        marks = [f"doi:{self.doi}" if self.doi else "", f"PMID {self.pmid}" if self.pmid else "", self.pmc, checked]
        return "; ".join([self.text, *filter(None, marks)])


@closed
class SourceTexts(TypedDict):
    """A source as it stands in a file, under its key."""

    text: str
    doi: NotRequired[str]
    pmid: NotRequired[str]
    pmc: NotRequired[str]
    checked: NotRequired[str]


@closed
class _Table(TypedDict):
    sources: dict[str, SourceTexts]


@cache
def sources() -> Mapping[str, Source]:
    """Return all sources by key."""
    return named_sources(read_as(DATA / "sources.yaml", _Table)["sources"])


def read_source_table(path: Path) -> dict[str, Source]:
    """Read a table of sources by key."""
    return named_sources(read_as(path, dict[str, SourceTexts]))


def named_sources(rows: Mapping[str, SourceTexts]) -> dict[str, Source]:
    """Return the sources of a table, each with its key."""
    return {key: Source(key, **row) for key, row in rows.items()}


def source(key: str) -> Source:
    """Return one source, or raise `LupercalError` where the key is unknown."""
    try:
        return sources()[key]
    except KeyError:
        raise LupercalError(f"no source '{key}' in the table of sources") from None
