"""The natural-history targets beside the virtual population, as text and as plain values; misses first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from math import isnan
from typing import Any

from lupercal.evidence.natural_history import targets
from lupercal.patient.unit_words import unit_in_words
from lupercal.report.terminal import table_lines
from lupercal.report.wording import measure_in_words
from lupercal.validation.natural_table import TargetRow, TargetTable

_HEADING = ("met", "target", "what", "cohort", "published ± tolerance", "simulated (90 %)", "before weights")


def target_lines(found: TargetTable) -> Iterator[str]:
    """Yield how many targets are met, every value with missed targets first, and the effective sample sizes."""
    met = set(found.hits)
    yield f"Natural history: {len(met)} of {len(targets())} targets met in every value."
    for name, size in found.effective.items():
        yield f"Weights, {name}: effective sample size {size:.0f} of {found.patients[name]} virtual patients."
    yield ""
    rows = sorted(found.rows, key=lambda row: (row.target in met, row.hit))
    yield from table_lines("", _HEADING, [_cells(row, row.target in met) for row in rows])


def target_record(found: TargetTable) -> dict[str, Any]:
    """Return the table as plain values."""
    return {
        "rows": [asdict(row) | {"hit": row.hit} for row in found.rows],
        "targets_met": list(found.hits),
        "targets": len(targets()),
        "effective_sample_size": dict(found.effective),
        "virtual_patients": dict(found.patients),
    }


def statistic_words(statistic: str, name: str = "value") -> str:
    """Return what a value of a target is, in words: its statistic, and which part of it."""
    whole = measure_in_words(statistic)
    return whole if name in {"", "value"} else f"{whole}: {measure_in_words(name)}"


def _cells(row: TargetRow, met: bool) -> tuple[str, ...]:
    simulated = row.why or f"{row.simulated:.3g} ({row.low:.3g} to {row.high:.3g})"
    before = "" if row.why or isnan(row.unweighted) else f"{row.unweighted:.3g}"
    published = f"{row.value:g} ± {row.tolerance:g} {unit_in_words(row.unit)}".rstrip()
    return (
        "yes" if met else "miss" if not row.hit else "in a missed target", row.target,
        statistic_words(row.statistic, row.name), row.scope, published, simulated, before,
    )  # fmt: skip
