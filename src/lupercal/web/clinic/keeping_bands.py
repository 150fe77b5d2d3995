"""The bands of a forecast, and what visits taught, as they are kept with a patient's record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lupercal.files.plain import plain

if TYPE_CHECKING:
    from lupercal.forecast.assimilation.learnt import Learnt
    from lupercal.forecast.result import Band, Forecast

_DIGITS = 5


def forecast_bands(forecast: Forecast) -> dict[str, Any]:
    """Return the bands of a forecast by therapy, short enough to be kept with its record."""
    return {
        arm.therapy: {name: _kept(band.days, band.quantiles) for name, band in _usable(arm.bands)}
        for arm in forecast.arms if arm.efficacy_withheld is None
    }  # fmt: skip


def learnt_record(learnt: Learnt) -> dict[str, Any]:
    """Return what visits taught as it is kept: of the bands those of the first visit and of the last."""
    names = dict.fromkeys(fan.variable for fan in learnt.fans)
    fans_of = {name: [fan for fan in learnt.fans if fan.variable == name] for name in names}
    fans = {
        name: [{"since": fan.since} | _kept(fan.days, fan.quantiles) for fan in (some[0], some[-1])]
        for name, some in fans_of.items()
    }
    return {**{k: v for k, v in plain(learnt).items() if k != "fans"}, "fans": fans}


def _usable(bands: Mapping[str, Band]) -> Iterable[tuple[str, Band]]:
    return ((name, band) for name, band in bands.items() if np.isfinite(band.quantiles).any() and len(band.days))


def _kept(days: Sequence[float] | np.ndarray[Any, Any], quantiles: Any) -> dict[str, Any]:
    rounded = [[_rounded(value) for value in row] for row in np.asarray(quantiles, dtype=float).tolist()]
    return {"days": [float(day) for day in np.asarray(days, dtype=float)], "quantiles": rounded}


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
