"""Scores of forecasters, share by share, as means by group and differences with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from lupercal.files.plain import plain
from lupercal.validation.scores import Gain, gain
from lupercal.validation.skill_table import FORECASTERS, RESIDUAL, SkillRow

NEAR, MIDDLE, FAR = (1, 2), (3, 4), (5, 6, 7, 8)
RIVALS = tuple(name for name in FORECASTERS if name != RESIDUAL)


@final
@dataclass(frozen=True, slots=True)
class MeanScore:
    """Means over shares: log score (nats), CRPS, width (points), error (arcsin sqrt p), and how many lie within."""

    log: float
    crps: float
    error: float
    inside_90: float
    inside_50: float
    width: float
    chance_90: float
    chance_50: float


@final
@dataclass(frozen=True, slots=True)
class GroupSkill:
    """One group of shares: mean scores by forecaster, and by what model + residual is better than each other.

    A forecaster counts where it says something, which the raw prior does not everywhere. ``gains`` holds, by rival,
    differences of log score, CRPS and error, positive where model + residual is better.
    """

    name: str
    shares: int
    studies: int
    means: Mapping[str, MeanScore]
    gains: Mapping[str, Mapping[str, Gain]]


def skill_groups(rows: Sequence[SkillRow]) -> Iterator[tuple[str, list[SkillRow]]]:
    """Yield groups of shares by name: all, drugs and cells, what was fitted, and how near the evidence is."""
    yield "all", list(rows)
    for words, cells in (("drugs", False), ("cells", True)):
        of_kind = [row for row in rows if row.cells == cells]
        yield words, of_kind
        yield f"{words}, figures no fit has used", _unused(of_kind)
    yield "figures no fit has used", _unused(rows)
    for words, levels in (
        ("same end point and treatment (classes 1, 2)", NEAR),
        ("same end point and kind of arm (3, 4)", MIDDLE),
        ("farther (5 to 8)", FAR),
    ):
        yield words, [row for row in rows if row.likeness in levels]


def _unused(rows: Sequence[SkillRow]) -> list[SkillRow]:
    """Return the shares that no fit has used; none where that is all, which stand above."""
    unused = [row for row in rows if not row.fitted]
    return unused if len(unused) < len(rows) else []


def summary(rows: Sequence[SkillRow], seed: int = 1) -> tuple[GroupSkill, ...]:
    """Return every group that has shares."""
    return tuple(_group(name, own, seed) for name, own in skill_groups(rows) if own)


def _group(name: str, rows: Sequence[SkillRow], seed: int) -> GroupSkill:
    by_forecaster = {one: [row for row in rows if one in row.scores] for one in FORECASTERS}
    means = {one: _mean(own, one) for one, own in by_forecaster.items() if own}
    gains = {rival: _gains(by_forecaster[rival], rival, seed) for rival in RIVALS if by_forecaster[rival]}
    return GroupSkill(name, len(rows), len({row.study for row in rows}), means, gains)


def _mean(rows: Sequence[SkillRow], name: str) -> MeanScore:
    parts = ("log", "crps", "error", "inside_90", "inside_50", "width", "chance_90", "chance_50")
    return MeanScore(*(float(np.mean([getattr(row.scores[name], part) for row in rows])) for part in parts))


def _gains(rows: Sequence[SkillRow], rival: str, seed: int) -> dict[str, Gain]:
    owners = [row.study for row in rows]
    signs = {"log": 1.0, "crps": -1.0, "error": -1.0}
    return {
        part: gain(
            [sign * (getattr(row.scores[RESIDUAL], part) - getattr(row.scores[rival], part)) for row in rows],
            owners,
            seed,
        )
        for part, sign in signs.items()
    }


def skill_document(rows: Sequence[SkillRow], settings: Mapping[str, Any], seed: int = 1) -> dict[str, Any]:
    """Return everything as plain values for JSON, the worst foretold share first."""
    worst = sorted(rows, key=lambda row: row.scores[RESIDUAL].log)
    return {
        "settings": dict(settings),
        "groups": [plain(one) for one in summary(rows, seed)],
        "rows": [plain(row) for row in worst],
    }
