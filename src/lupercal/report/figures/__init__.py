"""Figures, one kind per file, all with the skeleton of `skeleton.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lupercal.report.figures import care, course, incidence, learning, overview, together
from lupercal.report.figures.skeleton import FigureKind, Panel

FIGURES: Mapping[str, FigureKind] = MappingProxyType(
    {kind.name: kind for kind in (overview.KIND, together.KIND, incidence.KIND, course.KIND, care.KIND, learning.KIND)}
)

__all__ = ["FIGURES", "FigureKind", "Panel"]
