"""A kept forecast as its page shows it: therapies in rows, care and harms beside them, what visits changed, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

from lupercal.errors import LupercalError
from lupercal.forecast.result import CareWords, Forecast
from lupercal.forecast.store import RECORD, stored_forecast
from lupercal.report.care_tables import care_overview, cared_arms, protocols_shown, reasons_table
from lupercal.report.harms import harm_table
from lupercal.report.layout import Table
from lupercal.report.learning_tables import ahead_table, learning_sentences, next_table, past_table, visit_table
from lupercal.report.page_one import PageOne, page_one
from lupercal.report.shown import as_shown
from lupercal.web.figures.of_forecast import course_panels_of, dose_panels_of
from lupercal.web.figures.panels import DayPanel

_Panels = Callable[[Forecast, int], tuple[DayPanel, ...]]
_FIGURES: Mapping[str, tuple[str, _Panels]] = {
    "courses": ("Courses under {name}", course_panels_of),
    "doses": ("Doses under {name}, by protocol of care", dose_panels_of),
}


@final
@dataclass(frozen=True, slots=True)
class ForecastFigure:
    """A figure of a forecast: its name in the address, its title, and the therapy it belongs to."""

    name: str
    title: str
    therapy: str


@final
@dataclass(frozen=True, slots=True)
class KeptForecast:
    """Everything that the page of a kept forecast shows."""

    forecast: Forecast
    page: PageOne
    care: Table | None
    reasons: tuple[Table, ...]
    harms: tuple[Table, ...]
    learning: tuple[Table, ...]
    learnt: tuple[str, ...]
    next: Table | None
    figures: tuple[ForecastFigure, ...]

    @property
    def protocols(self) -> tuple[CareWords, ...]:
        """The protocols of care in words."""
        return protocols_shown(self.forecast)


@lru_cache(maxsize=16)
def kept_forecast(folder: Path) -> KeptForecast | None:
    """Return the forecast of a run folder, which never changes; None where the folder is gone."""
    if not (folder / RECORD).is_file():
        return None
    made = as_shown(stored_forecast(folder))
    reasons = (reasons_table(made, one) for arm in made.arms for one in cared_arms(made, arm))
    learnt = made.learnt
    tables = () if learnt is None else (past_table(learnt), ahead_table(learnt), visit_table(learnt))
    return KeptForecast(
        made, page_one(made), care_overview(made), tuple(one for one in reasons if one is not None),
        tuple(one for arm in made.arms if (one := harm_table(arm)) is not None),
        tuple(one for one in tables if one is not None), () if learnt is None else learning_sentences(learnt),
        None if learnt is None else next_table(learnt), _figures(made),
    )  # fmt: skip


def figure_panels(kept: KeptForecast, name: str) -> tuple[ForecastFigure, tuple[DayPanel, ...]]:
    """Return a figure of a forecast by the name in its address.

    Raises
    ------
    LupercalError
        If the forecast has no such figure.
    """
    figure = next((one for one in kept.figures if one.name == name), None)
    if figure is None:
        raise LupercalError("the forecast has no such figure")
    kind, _, place = name.partition("-")
    return figure, _FIGURES[kind][1](kept.forecast, int(place))


def _figures(made: Forecast) -> tuple[ForecastFigure, ...]:
    return tuple(
        ForecastFigure(f"{kind}-{place}", title.format(name=arm.name), arm.name)
        for place, arm in enumerate(made.arms) for kind, (title, panels) in _FIGURES.items() if panels(made, place)
    )  # fmt: skip
