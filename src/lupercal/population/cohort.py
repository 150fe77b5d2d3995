"""Virtual patients at day 0 with everything needed to go on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.files.chunks import pick_patients
from lupercal.model.observation import Traits
from lupercal.population.people import People, joined_people, nobody
from lupercal.therapy.body import Person

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Cohort:
    """Virtual patients at their baseline visit, with what is needed to go on from it.

    All arrays have the patients last: ``states`` (46, N); ``columns``, ``noise``, ``background`` (drawn model inputs)
    and arrays in ``parameters`` (N,). ``body`` is whose size doses are
    reckoned by: a real patient's own where they stand for one, else the usual one, for virtual people have none.
    """

    patients: NDArray[np.int64]
    parameters: Mapping[str, float | Array]
    traits: Traits
    background: Mapping[str, Array]
    states: Array
    columns: Mapping[str, Array]
    noise: Mapping[str, Array]
    people: People = field(default_factory=nobody)
    body: Person = field(default_factory=Person)

    @property
    def size(self) -> int:
        """Number of virtual patients."""
        return len(self.patients)

    def take(self, index: NDArray[np.int64]) -> Cohort:
        """Return the patients at these indices, repeated where an index is."""
        return Cohort(
            self.patients[index],
            pick_patients(self.parameters, index),
            self.traits.take(index),
            pick_patients(self.background, index),
            np.ascontiguousarray(self.states[:, index]),
            pick_patients(self.columns, index),
            pick_patients(self.noise, index),
            self.people.take(index),
            self.body,
        )


def joined(parts: Sequence[Cohort]) -> Cohort:
    """Return several cohorts as one."""
    if len(parts) == 1:
        return parts[0]
    traits = Traits(*(np.concatenate([getattr(c.traits, n) for c in parts]) for n in Traits.__dataclass_fields__))
    return Cohort(
        np.concatenate([c.patients for c in parts]),
        _stacked([c.parameters for c in parts]),
        traits,
        _stacked([c.background for c in parts]),
        np.concatenate([c.states for c in parts], axis=1),
        _stacked([c.columns for c in parts]),
        _stacked([c.noise for c in parts]),
        joined_people([c.people for c in parts]),
        parts[0].body,
    )


def _stacked(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return per-patient arrays end to end; single numbers, equal in all parts, stay as they are."""
    first = parts[0]
    return {
        name: np.concatenate([part[name] for part in parts]) if np.ndim(first[name]) else first[name] for name in first
    }
