"""What a forecast says of the knowledge it stands on: how typical values are known, what the model is known to miss."""

from __future__ import annotations

from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.residual import shipped_residual
from lupercal.evidence.skill import Skill, shipped_skill
from lupercal.evidence.unexplained import shipped
from lupercal.forecast.settings import settings


def knowledge() -> tuple[str, ...]:
    """Return how the typical values are known, and what bands and intervals hold of that."""
    sets = accepted()
    if sets is None:
        return (
            "The model is not calibrated: most of its typical values are assumed, none was fitted to trial results.",
            "Bands show differences between virtual patients and chance, not how uncertain the typical values are.",
            "Intervals of probabilities hold the finite number of virtual patients only.",
        )
    return (
        (
            f"The typical values of {len(sets.symbols)} parameters and spreads are {sets.size} sets accepted by a "
            "calibration to published figures, others are assumed."
        ),
        misses(shipped_skill()),
        "Bands show differences between virtual patients, chance, and differences between the accepted sets.",
        _intervals(),
    )


def misses(skill: Skill | None) -> str:
    """Return what the model is known to miss, from the validation that ships with its ensemble."""
    if skill is None or not skill.is_current():
        return "How well this ensemble reproduces published figures has not been measured. Do not rank therapies by it."
    worst = "; ".join(missed.words() for missed in skill.misses[: settings().misses_named])
    held = sum(part.inside for part in skill.coverage.values())
    figures = sum(part.figures for part in skill.coverage.values())
    return (
        f"Of {figures} published figures {held} lie inside the model's 90 % intervals. It misses above all: {worst} "
        "(all in docs/reference/validation_results.md). Do not rank therapies by these numbers."
    )


def _intervals() -> str:
    """Return what the intervals of probabilities hold."""
    held = (
        "Intervals of probabilities hold the finite number of virtual patients and how far the accepted sets disagree"
    )
    estimate = shipped()
    if estimate is None:
        return f"{held}; how wrong the model itself may be is not in them."
    if shipped_residual() is not None:
        held = (
            f"{held}. Where published shares speak of an outcome the interval is that of the model with how it "
            "differed from them for like outcomes, treatments and times; elsewhere"
        )
        return f"{held} it holds what figures usually differ by. For one patient the model may be further off."
    return (
        f"{held}, and how far {sum(estimate.figures.values())} published figures lie from the model beyond that. This "
        "was estimated on groups of patients; for one patient the model may be further off."
    )
