"""What people are given: doses of everybody, what is decided on the way, and the drugs a visit shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import LupercalError
from lupercal.model.schedule import Amount, Schedule
from lupercal.visits.visits import OneVisit

Array = NDArray[np.float64]
Days = NDArray[np.int64]
DRUG_COLUMNS = ("prednisone", "hydroxychloroquine", "on_immunosuppressant", "on_biologic", "on_investigational")


class Decisions(Protocol):
    """Who sees people on the way and decides what they are given from then on."""

    @property
    def grades(self) -> bool:
        """Whether the visits have to show the grades of BILAG-2004."""
        ...

    def days(self, first: int, last: int) -> Sequence[int]:
        """Return the days on which people are seen, ascending, whole weeks after ``first``."""
        ...

    def decide(self, day: int, seen: OneVisit, plan: DrugPlan) -> DrugPlan:
        """Return the ``plan`` with what happens from ``day`` on, by what the visit shows."""
        ...


@final
@dataclass(frozen=True, slots=True)
class DrugPlan:
    """Doses of N people.

    ``inputs`` are the model's inputs before ``timeline`` begins, one number or (N,), 0 where not named; ``timeline``
    holds what changes, one number or (N,); ``biologic`` returns for days (D,) whether a biologic counts as current
    therapy, (D,) or (D, N); ``decisions`` change the plan on the way.
    """

    inputs: Mapping[str, Amount] = field(default_factory=dict)
    timeline: Schedule = field(default_factory=Schedule)
    biologic: Callable[[Days], Array] | None = None
    decisions: Decisions | None = None

    def level(self, name: str, days: Days, size: int) -> Array:
        """Return a model input in force on each day, changes of that day included, shape (D, N)."""
        changes = sorted((one for one in self.timeline.inputs if one.name == name), key=lambda change: change.day)
        amounts = (self.inputs.get(name, 0.0), *(change.value for change in changes))
        newest = np.searchsorted([change.day for change in changes], days, side="right")
        levels = np.empty((len(days), size))
        for place in np.unique(newest).tolist():
            levels[newest == place] = amounts[place]
        return levels

    def drugs(self, days: Days, size: int) -> dict[str, Array]:
        """Return what visits on these days show of drugs, by the names of `DRUG_COLUMNS`, each (D, N)."""
        dose = {name: self.level(name, days, size) for name in ("gc", "hq", "ap", "cn")}
        none = np.zeros((len(days), size))
        biologic = none if self.biologic is None else _wide(self.biologic(days), size)
        suppressed = np.where(dose["ap"] + dose["cn"] > 0, 1.0, 0.0)
        return dict(zip(DRUG_COLUMNS, (dose["gc"], dose["hq"], suppressed, biologic, none), strict=True))

    def with_more(self, more: Schedule) -> DrugPlan:
        """Return the plan with further events; of two changes of an input on one day the newer holds.

        Raises
        ------
        LupercalError
            If they ask for other properties of the model: those hold for a whole stay.
        """
        if more.switches or more.scales:
            raise LupercalError("what is decided on the way cannot change the properties of a drug")
        now = self.timeline
        timeline = replace(
            now,
            inputs=tuple(sorted((*now.inputs, *more.inputs), key=lambda event: event.day)),
            boluses=tuple(sorted((*now.boluses, *more.boluses), key=lambda event: event.day)),
            factors=tuple(sorted((*now.factors, *more.factors), key=lambda event: event.day)),
        )
        return replace(self, timeline=timeline)


def standing(inputs: Mapping[str, Amount]) -> DrugPlan:
    """Return the plan of people who go on with what they take."""
    return DrugPlan(inputs)


def _wide(flags: Array, size: int) -> Array:
    return np.array(np.broadcast_to(flags if flags.ndim == 2 else flags[:, None], (len(flags), size)), np.float64)
