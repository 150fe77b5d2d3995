"""The page ``docs/explanation/model-card.md``: use, data, skill and limits of the model (``python -m`` prints it)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lupercal import __version__
from lupercal.evidence.natural_history import targets
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.parameters import count_by_basis
from lupercal.evidence.skill import Skill, shipped_skill
from lupercal.evidence.studies import studies
from lupercal.forecast.assumed import ASSUMPTIONS
from lupercal.model.system import system

TEMPLATE = Path(__file__).with_name("model_card.md")
NAMED = 12
"""Missed figures that the card names; all stand in the page of validation results."""


def page() -> str:
    """Return the text of ``docs/explanation/model-card.md``."""
    counts, sets, skill = count_by_basis(), accepted(), shipped_skill()
    return TEMPLATE.read_text(encoding="utf-8").format(
        version=__version__,
        states=len(system().states),
        subsystems=len(system().subsystems),
        parameters=sum(counts.values()),
        **{basis: counts[basis] for basis in ("published", "calibrated", "assumed")},
        sets=sets.size if sets else 0,
        studies=len(studies()),
        targets=len(targets()),
        female=_baseline("female"),
        black=_baseline("race", "black"),
        age=_baseline("age"),
        skill="\n".join(_skill(skill)),
        limits="\n".join(f"- {line}" for line in ASSUMPTIONS),
    )


def _baseline(measure: str, item: str = "") -> float:
    """Return a figure of the baseline table of BLISS-52."""
    return next(row.value or 0.0 for row in studies()["bliss52"].baseline if (row.measure, row.item) == (measure, item))


def _skill(skill: Skill | None) -> Iterator[str]:
    if skill is None:
        yield "Not measured for this ensemble."
        return
    if not skill.is_current():
        yield "**Measured before the last change of the model**; `lupercal validate --ship` measures it anew."
        yield ""
    parts = {"that were fitted": skill.coverage["fitted"], "that no fit has used": skill.coverage["not_fitted"]}
    for words, held in parts.items():
        yield f"- Of {held.figures} published figures {words}, {held.inside} lie inside the 90 % interval."
    met = skill.targets - len(skill.targets_missed)
    yield f"- Of {skill.targets} natural-history targets {met} are met in every value."
    yield "- Largest misses, one of each kind ([all of them](../reference/validation_results.md)):"
    yield from (f"  - {missed.words()}" for missed in skill.misses[:NAMED])
