"""Observed against predicted as text and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lupercal.files.plain import plain
from lupercal.files.writing import write_text
from lupercal.report.terminal import table_lines, wrapped
from lupercal.report.wording import measure_in_words, unit_words
from lupercal.validation.compare import Compared, NotCompared, Validation

_PLAIN = ("share", "mean", "median", "count")
_HEADING = ("study, arm, measure, time", "inside", "observed (95 %)", "predicted (90 %)", "z", "fitted")


def comparison_lines(
    result: Validation, calibrated: bool, each_missing: bool = False, assumptions: bool = False
) -> Iterator[str]:
    """Yield what the command prints: coverage, every figure with misses first, and what is not simulated.

    ``each_missing`` asks for a line for every figure that is not simulated, with its reason; ``assumptions`` for what
    was assumed of every study.
    """
    for line in coverage_lines(result, calibrated):
        yield from wrapped(line, hanging="  ")
    yield ""
    yield from table_lines("", _HEADING, [_cells(row) for row in result.rows])
    yield ""
    yield f"Not simulated: {len(result.not_simulated)} figures."
    counts = Counter(row.reason for row in result.not_simulated)
    for reason, count in counts.most_common():
        yield from wrapped(f"{count:4d}  {reason}", None, "  ", "        ")
    if each_missing:
        yield ""
        rows = [(_what(row), _printed(row), row.reason) for row in result.not_simulated]
        yield from table_lines("", ("study, arm, measure, time", "observed", "not simulated because"), rows)
    if assumptions:
        for study, told in result.told.items():
            yield ""
            yield f"How {study} was simulated:"
            for words in told:
                yield from wrapped(f"- {words}", None, "  ", "    ")


def _printed(row: Compared | NotCompared) -> str:
    """Return what a study printed, with its unit; a bound as a bound."""
    sign = f"{row.bound} " if row.bound else ""
    return "" if row.observed is None else f"{sign}{row.observed:.3g} {unit_words(row.unit)}".rstrip()


def coverage_lines(result: Validation, calibrated: bool) -> Iterator[str]:
    """Yield how many observed figures lie inside the predicted intervals."""
    accepted = f"{result.sets} accepted parameter sets"
    before = f"{result.sets} parameter sets from before any data"
    uncalibrated = before if result.sets > 1 else "typical values of the parameter data, not calibrated"
    used = accepted if calibrated else uncalibrated
    shares = "shares by model and evidence" if result.corrected else "by the model alone"
    yield f"{used}; {result.patients} virtual patients per arm at least; seed {result.seed}; {shares}."
    for words, which in (("all", None), ("that were fitted", True), ("not used by any fit", False)):
        inside, total = result.coverage(which)
        if which is not None and not total:
            continue
        share = f"{inside / total:.0%}" if total else "none"
        half, alone = (result.coverage(which, by)[0] for by in ("inside_50", "inside_alone"))
        middle = f"{half / total:.0%}" if total else "none"
        yield (
            f"Inside the 90 % interval, {words}: {inside} of {total} figures ({share}); inside the 50 % interval: "
            f"{half} ({middle}); of parameter sets and chance alone, inside 90 %: {alone}."
        )


def validation_record(
    result: Validation, versions: Mapping[str, str], more: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return every row, and whatever more there is, as plain values; numbers that do not exist are None."""
    return dict(plain(result.document(versions) | dict(more)))


def write_json(
    path: Path, result: Validation, versions: Mapping[str, str], more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Write `validation_record` to a file, whole or not at all."""
    text = json.dumps(validation_record(result, versions, more), indent=1, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def name_of(row: Compared) -> str:
    """Return what a figure is of, in few words."""
    versus = f" v {row.versus}" if row.versus else ""
    within = f", {row.subgroup}" if row.subgroup else ""
    kind = "" if row.statistic in ("share", "mean", "median") else f" ({row.statistic.replace('_', ' ')})"
    return f"{row.measure}{kind}, {row.arm}{versus}{within}"


def _what(row: Compared | NotCompared) -> str:
    """Return which figure it is: no two of a study read alike."""
    versus = f" v {row.versus}" if row.versus else ""
    kind = "" if row.statistic in _PLAIN else f" ({row.statistic.replace('_', ' ')})"
    parts = "; ".join(filter(None, (row.item, row.subgroup)))
    name = measure_in_words(row.measure) if isinstance(row, Compared) else row.measure
    return ", ".join(filter(None, (row.study, row.arm + versus, name + kind + (f" [{parts}]" * bool(parts)), row.time)))


def _cells(row: Compared) -> tuple[str, ...]:
    return (
        _what(row), "yes" if row.inside_90 else "miss", f"{_printed(row)} {_span(row.observed_interval)}".rstrip(),
        f"{row.predicted:.3g} {_span(row.interval)}", f"{row.z:+.1f}", "yes" if row.fitted else "no",
    )  # fmt: skip


def _span(interval: tuple[float, float] | None) -> str:
    return f"({interval[0]:.3g} to {interval[1]:.3g})" if interval else ""
