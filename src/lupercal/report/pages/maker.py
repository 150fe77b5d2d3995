"""Making the pages of ``docs/`` that follow from code and data, each by its module's ``page``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lupercal.files.writing import write_text
from lupercal.report import skill
from lupercal.report.pages import (
    calibration,
    claims,
    data_dictionary,
    end_points,
    equations,
    evidence,
    instruments,
    model_card,
    plans,
    programmes,
    safety,
    therapies,
    validation,
)

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "explanation/model-card.md": model_card.page,
        "reference/calibration.md": calibration.page,
        "reference/claims.md": claims.page,
        "reference/data-dictionary.md": data_dictionary.page,
        "reference/end-points.md": end_points.page,
        "reference/equations.md": equations.page,
        "reference/evidence.md": evidence.page,
        "reference/instruments.md": instruments.page,
        "reference/plans.md": plans.page,
        "reference/programmes.md": programmes.page,
        "reference/safety.md": safety.page,
        "reference/therapies.md": therapies.page,
    }
)
"""What each page's text is; they need nothing but the package."""
VALIDATION = "reference/validation_results.md"
SKILL = "reference/skill_results.md"


def write_docs(docs: Path) -> tuple[Path, ...]:
    """Write all pages into a folder; return their paths."""
    for name, page in PAGES.items():
        write_text(docs / name, page())
    return tuple(docs / name for name in PAGES)


def write_skill_page(docs: Path, document: Mapping[str, Any]) -> Path:
    """Write page and figure of a comparison of forecasters, see `lupercal.report.skill`."""
    from lupercal.report.figures.skill import write_skill_figure  # noqa: PLC0415 - slow to load

    write_text(docs / SKILL, skill.page(document))
    write_skill_figure(docs / "figures" / "skill.svg", document)
    return docs / SKILL


def write_validation(docs: Path, document: Mapping[str, Any], prior: Mapping[str, Any] | None = None) -> Path:
    """Write the page of a validation, see `lupercal.report.pages.validation.page`."""
    write_text(docs / VALIDATION, validation.page(document, prior))
    return docs / VALIDATION
