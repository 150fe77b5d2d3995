"""The page of what a study file may ask of a virtual trial: end points, subgroups, entry, baseline table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lupercal.evidence.limits import clinical_limit
from lupercal.instruments.renal_response import RESPONSES
from lupercal.report.markdown import markdown_table
from lupercal.trial.baseline_table import Reading, baseline_table
from lupercal.trial.endpoints.kidney import rules
from lupercal.trial.endpoints.measure import Measure
from lupercal.trial.endpoints.registry import MODULES, reasons_by_pattern
from lupercal.trial.endpoints.subgroup_words import NUMBERS, untold_groups
from lupercal.trial.endpoints.subgroups import SUBGROUPS
from lupercal.trial.entry import DERIVED
from lupercal.trial.pool import HISTORY
from lupercal.trial.populations import populations
from lupercal.visits.renal_flares import renal_flare_rule

_TEXT = Path(__file__).with_name("end_points.md")


def page() -> str:
    """Return the text of ``docs/reference/end-points.md``."""
    rule = renal_flare_rule("trials")
    return _TEXT.read_text(encoding="utf-8").format(
        end_points=markdown_table(("name", "other names", "kind", "unit", "what it is"), map(_end_point, _measures())),
        renal=markdown_table(("measure", "definition"), map(_renal, rules()["measures"].items())),
        definitions=markdown_table(
            ("definition", "what it asks"), ((f"`{name}`", one.definition) for name, one in RESPONSES.items())
        ),
        subgroups="\n".join(f"- `{words}`" for words in SUBGROUPS),
        low=rule.response_upcr,
        episode=rule.flare_upcr,
        visits=rule.visits,
        quiet=clinical_limit("kidney_quiet_days"),
        history=-HISTORY[0],
        numbers=", ".join(f"`{name}`" for name in NUMBERS),
        untold=markdown_table(("words that hold", "why not"), map(_pattern, untold_groups().items())),
        quantities=markdown_table(("name", "what it is"), _quantities()),
        exclusions=markdown_table(("words", "who is left out"), map(_exclusion, populations().exclusions.items())),
        baseline=markdown_table(("measure", "matched by"), map(_baseline, baseline_table().measures.items())),
        missing=markdown_table(("measure", "why not"), map(_pattern, reasons_by_pattern().items())),
    )


def _measures() -> Iterator[Measure]:
    return (one for module in MODULES for one in module.MEASURES)


def _end_point(one: Measure) -> tuple[str, ...]:
    unit = f"`{one.unit}`" if one.kind == "number" else ("time" if one.kind == "event" else "")
    care = "; only where somebody decides on drugs (`care`, `prednisone`)" if one.needs_care else ""
    return (f"`{one.name}`", ", ".join(f"`{name}`" for name in one.aliases), one.kind, unit, f"{one.words}{care}")


def _renal(item: tuple[str, dict[str, list[str]]]) -> tuple[str, str]:
    name, by_study = item
    return f"`{name}`", " or ".join(f"`{each}`" for each in by_study["default"])


def _pattern(item: tuple[str, str]) -> tuple[str, str]:
    return f"`{item[0]}`", item[1]


def _quantities() -> Iterator[tuple[str, str]]:
    for name in DERIVED:
        yield f"`{name}`", "follows from the visit or the history"
    for name, one in populations().quantities.items():
        yield f"`{name}`", f"`{one.rule}`: {one.reason}"


def _exclusion(item: tuple[str, tuple[str, ...]]) -> tuple[str, str]:
    words, asked = item
    return words, " or ".join(f"`{rule}`" for rule in asked) or "cannot be judged"


def _baseline(item: tuple[str, Reading]) -> tuple[str, str]:
    name, reading = item
    limits = (
        ("at least", reading.at_least), ("above", reading.above), ("above", reading.above_column),
        ("below", reading.below_column),
    )  # fmt: skip
    told = next((f" {words} {limit:g}" if isinstance(limit, float) else f" {words} `{limit}`"
                 for words, limit in limits if limit is not None), "")  # fmt: skip
    return f"`{name}`", f"`{reading.column}`{told}"
