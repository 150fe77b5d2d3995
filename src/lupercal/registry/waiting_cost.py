"""What a week of waiting costs, by the model: nephrons and damage that virtual patients lose under standard care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from lupercal.course.ensemble import Simulation
from lupercal.errors import LupercalError
from lupercal.files.checked import read_as
from lupercal.patient.table import DAYS_PER_MONTH

Group = Literal["with nephritis", "without nephritis", "all"]
DAYS_PER_WEEK = 7
LEAST_PATIENTS = 10
"""Fewer virtual patients in a group give no quantiles."""
_FILE = Path(__file__).with_name("data") / "waiting.yaml"
_STATES = ("NF", "DM", "UP")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSettings:
    """How the cost of waiting is simulated, see ``data/waiting.yaml``."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    basis: str
    source: str
    upcr_limit: Annotated[float, Field(gt=0)]
    months: Annotated[int, Field(ge=1, le=60)]
    therapy: str
    quantiles: tuple[float, float]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PerWeek:
    """A loss per week over virtual patients: mean with its standard error, and the interval of the patients."""

    mean: float
    standard_error: float
    low: float
    high: float

    def times(self, weeks: float) -> PerWeek:
        """Return the loss of so many weeks, as if every week cost the same."""
        return PerWeek(
            mean=weeks * self.mean, standard_error=weeks * self.standard_error, low=weeks * self.low,
            high=weeks * self.high,
        )  # fmt: skip


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCost:
    """What a week of delay costs a group of virtual patients under standard care.

    ``nephrons`` is the loss in percentage points of a full nephron mass, ``damage`` in expected items of the SLICC/ACR
    damage index. Both are of the model alone; nobody has measured them.
    """

    group: Group
    virtual_patients: int
    nephrons: PerWeek
    damage: PerWeek


@lru_cache(maxsize=1)
def waiting_settings() -> WaitingSettings:
    """Return the settings as shipped."""
    return read_as(_FILE, WaitingSettings)


@lru_cache(maxsize=8)
def waiting_costs(virtual_patients: int = 2000, seed: int = 1) -> Mapping[Group, WaitingCost]:
    """Return what a week of waiting costs, by group.

    Parameters
    ----------
    virtual_patients
        How many virtual patients are followed; each is drawn and lives through its years before.
    seed
        Of all random numbers.

    Raises
    ------
    LupercalError
        If a group has too few virtual patients.
    """
    asked = waiting_settings()
    simulation = Simulation(asked.therapy, virtual_patients, asked.months, seed, asked.months, _STATES, 2048)
    tables = [simulation.table(chunk) for chunk in range(len(simulation.sizes()))]
    states = {name: np.concatenate([_course(table, name) for table in tables]) for name in _STATES}
    usable = np.isfinite(np.stack(list(states.values()))).all(axis=(0, 2))
    weeks = asked.months * DAYS_PER_MONTH / DAYS_PER_WEEK
    nephrons = 100 * (states["NF"][:, 0] - states["NF"][:, 1]) / weeks
    damage = (states["DM"][:, 1] - states["DM"][:, 0]) / weeks
    sick = states["UP"][:, 0] >= asked.upcr_limit
    groups: dict[Group, NDArray[np.bool_]] = {"with nephritis": sick, "without nephritis": ~sick, "all": sick | ~sick}
    return {
        name: WaitingCost(
            group=name, virtual_patients=int((chosen & usable).sum()),
            nephrons=_per_week(nephrons[chosen & usable], name), damage=_per_week(damage[chosen & usable], name),
        )
        for name, chosen in groups.items()
    }  # fmt: skip


def group_of(upcr: float | None) -> Group:
    """Return the group of a patient by the newest protein/creatinine ratio (g/g); everybody's where it is unknown."""
    if upcr is None:
        return "all"
    return "with nephritis" if upcr >= waiting_settings().upcr_limit else "without nephritis"


def _course(table: object, name: str) -> NDArray[np.float64]:
    """Return a state on day 0 and at the horizon, shape (N, 2)."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    frame: pl.DataFrame = table  # type: ignore[assignment]
    days = sorted(day for day in frame["day"].unique().to_list() if day >= 0)
    ends = [frame.filter(pl.col("day") == day).sort("patient")[name].to_numpy() for day in (days[0], days[-1])]
    return np.stack(ends, axis=1).astype(np.float64)


def _per_week(values: NDArray[np.float64], group: str) -> PerWeek:
    if len(values) < LEAST_PATIENTS:
        raise LupercalError(f"waiting: {len(values)} virtual patients {group} are too few; ask for more")
    low, high = (float(one) for one in np.quantile(values, waiting_settings().quantiles))
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return PerWeek(mean=float(values.mean()), standard_error=error, low=low, high=high)
