"""The skeleton every figure follows: select the data from a forecast, draw it; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

from lupercal.forecast.result import Forecast
from lupercal.report.figures.plot import Plot


class Panel(Protocol):
    """What one drawing needs; frozen, and independent of all others."""

    @property
    def key(self) -> str:
        """Identifier, unique among all figures of a report."""

    @property
    def title(self) -> str:
        """Short name."""

    @property
    def text(self) -> str:
        """Text alternative."""


@final
@dataclass(frozen=True, slots=True)
class FigureKind:
    """A kind of figure: ``select`` takes the panels out of a forecast, ``draw`` turns one into a drawing."""

    name: str
    select: Callable[[Forecast], tuple[Panel, ...]]
    draw: Callable[[Any], Plot]
