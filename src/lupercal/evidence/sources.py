"""The table of sources: what a citation key stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import final

from pydantic import BaseModel, ConfigDict

from lupercal.errors import LupercalError
from lupercal.files.documents import read_document

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


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: str
    doi: str = ""
    pmid: str = ""
    pmc: str = ""
    checked: str = ""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    sources: dict[str, _Row]


@cache
def sources() -> Mapping[str, Source]:
    """Return all sources by key."""
    table = _Table.model_validate(read_document(DATA / "sources.yaml"))
    return {key: Source(key, **row.model_dump()) for key, row in table.sources.items()}


def source(key: str) -> Source:
    """Return one source, or raise `LupercalError` where the key is unknown."""
    try:
        return sources()[key]
    except KeyError:
        raise LupercalError(f"no source '{key}' in the table of sources") from None
