"""Where the doses and the statements on evidence come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from lupercal.evidence.sources import Source, read_source_table
from lupercal.evidence.sources import sources as table_of_evidence
from lupercal.therapy.body import FOLDER


@cache
def therapy_sources() -> Mapping[str, Source]:
    """Return all sources that may be cited: those of ``therapy/sources.yaml`` and of the evidence package."""
    return {**table_of_evidence(), **read_source_table(FOLDER / "sources.yaml")}


def citations(keys: Iterable[str]) -> Mapping[str, str]:
    """Return key and citation of each source once, in the order met."""
    return {key: therapy_sources()[key].citation for key in dict.fromkeys(keys)}
