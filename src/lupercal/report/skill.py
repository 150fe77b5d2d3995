"""Skill as text: how well each forecaster foretold the shares of studies it had not been shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lupercal.report.markdown import markdown_table
from lupercal.report.terminal import table_lines

_HEADS = ("forecaster", "log score", "CRPS", "error", "in 90 %", "in 50 %", "width")
_GAIN_HEADS = ("better than", "log score (90 %)", "chance", "CRPS (90 %)", "error (90 %)")
_WORST, _ON_PAGE = 25, 60
_READ = """Written from `lupercal validate --skill --json` by `python -m lupercal.report.pages docs --skill FILE`; what
it means: [skill.md](../explanation/skill.md). Log scores are nats per share, CRPS and widths percentage points, errors
are of the median on arcsin sqrt p. Differences are positive where *model + residual* is better; their 90 % intervals
come from a bootstrap in which the shares of a study stay together. In brackets beside what lay inside an interval: what
the forecasts themselves say should, which differs from 90 % and 50 % where few patients make the counts coarse."""


def skill_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints: groups with scores and differences, the worst foretold shares last."""
    for group in document["groups"]:
        yield f"{group['name']}: {group['shares']} shares of {group['studies']} studies"
        yield from table_lines("", _HEADS, _means(group))
        yield from table_lines("model + residual against", _GAIN_HEADS, _gains(group))
        yield ""
    yield from table_lines("Worst foretold by model + residual", _ROW_HEADS, list(_worst(document))[:_WORST])


def page(document: Mapping[str, Any]) -> str:
    """Return the page of a document that `lupercal validate --skill --json` wrote."""
    chosen = document["settings"]
    parts = ["# Skill: model, statistician, and model with residual", _READ, _told(chosen)]
    for group in document["groups"]:
        parts += [
            f"## {group['name'].capitalize()}: {group['shares']} shares of {group['studies']} studies",
            markdown_table(_HEADS, _means(group)),
            markdown_table(_GAIN_HEADS, _gains(group)),
        ]
    worst = markdown_table(_ROW_HEADS, list(_worst(document))[:_ON_PAGE])
    parts += ["## Shares that model + residual foretold worst", worst, ""]
    return "\n\n".join(parts)


def _told(chosen: Mapping[str, Any]) -> str:
    refitted = chosen.get("refitted", 0)
    by_folds = f" {refitted} of them are foretold by sets that were fitted without it." if refitted else ""
    return (
        f"{chosen['parameter_sets']} accepted parameter sets, at least {chosen['patients_per_arm']} virtual patients "
        f"per arm, seed {chosen['seed']}; each share is foretold without all studies of its cluster.{by_folds}"
    )


def _means(group: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name, f"{one['log']:.3f}", f"{one['crps']:.2f}", f"{one['error']:.3f}", _held(one, 90), _held(one, 50),
            f"{one['width']:.1f}",
        )
        for name, one in group["means"].items()
    ]  # fmt: skip


def _held(one: Mapping[str, float], level: int) -> str:
    """Return how many shares lay inside, and in brackets how many should have by the forecasts themselves."""
    return f"{one[f'inside_{level}']:.0%} ({one[f'chance_{level}']:.0%})"


def _gains(group: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            rival,
            _span(parts["log"], 3),
            f"{parts['log']['chance']:.2f}",
            _span(parts["crps"], 2),
            _span(parts["error"], 3),
        )
        for rival, parts in group["gains"].items()
    ]


def _span(one: Mapping[str, float], digits: int) -> str:
    return f"{one['mean']:+.{digits}f} ({one['low']:+.{digits}f} to {one['high']:+.{digits}f})"


_ROW_HEADS = (
    "study, arm, end point, day",
    "observed",
    "model + residual (90 %)",
    "model (90 %)",
    "meta-analysis (90 %)",
    "class",
)


def _worst(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in document["rows"]:
        names = ("model + residual", "model", "meta-analysis")
        where = ", ".join((row["study"], row["arm"], row["end_point"], f"{row['day']:.0f}")).replace("_", " ")
        yield (
            where, f"{row['observed']:.0f} % of {row['n']}", *(_interval(row["scores"][name]) for name in names),
            str(row["likeness"]),
        )  # fmt: skip


def _interval(score: Mapping[str, float]) -> str:
    return f"{score['middle']:.0f} ({score['low']:.0f} to {score['high']:.0f})"
