"""Drugs a patient already takes: as known, and as drawn from the population where they are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.model.inputs import schedule
from lupercal.patient.drugs import drug_families
from lupercal.patient.record import Patient
from lupercal.therapy.body import Person
from lupercal.therapy.current import DrugsInUse, drugs_of, unstated_drugs
from lupercal.therapy.dosing import expand
from lupercal.therapy.registry import product, products

Array = NDArray[np.float64]

# For each family of background drugs: the product that stands for it where the drug is not known, and its model input.
DRAWN = {
    "glucocorticoid": ("prednisone", "gc"),
    "antimalarial": ("hydroxychloroquine", "hq"),
    "antiproliferative": ("mycophenolate_mofetil", "ap"),
}
PREDNISONE_STEP = 2.5  # drawn doses are tablets


@final
@dataclass(frozen=True, slots=True)
class Background:
    """What the patient takes every day.

    ``known`` maps products to doses in their ``current_unit`` (0: known not to be taken); ``unknown`` lists the
    families of drugs of which no dose is known, ``undosed`` the drug of such a family that is taken all the same.
    ``notes`` say what was added up, passed over or contradicted.
    """

    known: Mapping[str, float]
    unknown: tuple[str, ...]
    undosed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def in_words(self) -> tuple[str, ...]:
        """One line per drug or family, then what was added up, passed over or contradicted."""
        taken = [
            f"{product(name).name} {dose:g} {product(name).current_unit}" for name, dose in self.known.items() if dose
        ]
        none = [f"no {product(name).name.lower()}" for name, dose in self.known.items() if not dose]
        drawn = [f"{family.replace('_', ' ')}: {self._why_drawn(family)}" for family in self.unknown]
        return (*taken, *none, *drawn, *self.notes)

    def _why_drawn(self, family: str) -> str:
        drug = self.undosed.get(family)
        if drug is None:
            return "not known, drawn from the population"
        return f"{drug.replace('_', ' ')} is taken, but no dose of it can be used; drawn from the population"


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Virtual patients (indices) on the same drugs; ``current`` maps products to doses."""

    members: NDArray[np.int64]
    current: Mapping[str, float]


def background_of(patient: Patient) -> Background:
    """Return what is known of a patient's daily drugs at baseline, see `drugs_of`."""
    drugs = drugs_of(patient)
    families = {product(name).family for name in drugs.doses}
    unknown = tuple(family for family in DRAWN if family not in families)
    return Background(drugs.doses, unknown, _undosed(drugs), (*drugs.notes, *unstated_drugs(patient)))


def of_doses(doses: Mapping[str, float]) -> Background:
    """Return daily doses by product as what is known; the families they leave open are unknown."""
    families = {product(name).family for name in doses}
    return Background(doses, tuple(family for family in DRAWN if family not in families))


def _undosed(drugs: DrugsInUse) -> dict[str, str]:
    """Return for each family that is drawn the drug of it that is taken without a usable dose."""
    of_family = {
        name: product(name).family if name in products() else drug_families().get(name) for name in drugs.others
    }
    return {family: name for name, family in of_family.items() if family in DRAWN}


def nothing_known() -> Background:
    """Return the background of people whose drugs are all drawn."""
    return Background({}, tuple(DRAWN))


def groups(background: Background, drawn: Mapping[str, Array], size: int) -> Iterator[Group]:
    """Yield virtual patients grouped by the drugs they take.

    Parameters
    ----------
    background
        What is known.
    drawn
        Model inputs gc, hq, ap of each virtual patient, shape (size,), used for what is not known.
    size
        Number of virtual patients.
    """
    keys = np.zeros((size, len(background.unknown)))
    for column, family in enumerate(background.unknown):
        keys[:, column] = drawn_dose(family, drawn)
    combinations, owner = np.unique(keys, axis=0, return_inverse=True)
    members = np.split(np.argsort(owner.ravel(), kind="stable"), np.cumsum(np.bincount(owner.ravel()))[:-1])
    for index, combination in enumerate(combinations):
        current = dict(background.known)
        current |= {DRAWN[family][0]: float(dose) for family, dose in zip(background.unknown, combination, strict=True)}
        yield Group(members[index], current)


def own_drugs(background: Background, drawn: Mapping[str, Array], size: int, person: Person) -> dict[str, Array]:
    """Return the model inputs of what virtual patients take if they simply go on, each (size,).

    Arguments as for `groups`; ``person`` is whose body doses are reckoned by.
    """
    levels: dict[str, Array] = {}
    for group in groups(background, drawn, size):
        for name, dose in standing_inputs(group.current, person).items():
            levels.setdefault(name, np.zeros(size))[group.members] = dose
    return levels


def drawn_dose(family: str, drawn: Mapping[str, Array]) -> Array:
    """Return the drawn dose of a family, prednisone in steps of a tablet."""
    dose = drawn[DRAWN[family][1]]
    return np.round(dose / PREDNISONE_STEP) * PREDNISONE_STEP if family == "glucocorticoid" else dose


def standing_inputs(current: Mapping[str, float], person: Person) -> dict[str, float]:
    """Return the model inputs of drugs that simply go on, for somebody of this size."""
    events = schedule(expand("standard_care", person, current, 1)).inputs
    return {event.name: float(np.asarray(event.value)) for event in events if event.day <= 0}
