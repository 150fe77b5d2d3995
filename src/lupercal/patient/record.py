"""One patient as frozen records: who, which visits, which treatments, and where each statement comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, final

from lupercal.errors import LupercalError

Comparator = Literal["=", "<", "<=", ">", ">="]
Attribution = Literal["sle", "treatment", "infection", "other", "unknown"]
Status = Literal["current", "stopped", "failed"]
Sex = Literal["female", "male"]
DataOrigin = Literal["published", "constructed", "clinical", "simulated"]


@final
@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one variable, in the data dictionary's unit.

    Parameters
    ----------
    value
        The number; for a censored value, the bound.
    comparator
        ``=`` for an exact value; ``<``, ``<=``, ``>``, ``>=`` where only a bound is known ("above 5000").
    given
        Value and unit as the source wrote them, before conversion.
    """

    value: float
    comparator: Comparator = "="
    given: str | None = None

    @property
    def censored(self) -> bool:
        """Whether only a bound is known."""
        return self.comparator != "="

    @property
    def low(self) -> float:
        """The least value this measurement allows; minus infinity below an upper bound."""
        return float("-inf") if self.comparator in {"<", "<="} else self.value

    @property
    def high(self) -> float:
        """The greatest value this measurement allows; infinity above a lower bound."""
        return float("inf") if self.comparator in {">", ">="} else self.value


@final
@dataclass(frozen=True, slots=True)
class Visit:
    """What was known on one day.

    ``day`` counts from the reference day 0 (the infusion, planned or given). ``values`` holds only what was stated: a
    variable that is absent is unknown. ``attribution`` says for an item what it is put down to.
    """

    day: int
    date: str | None = None
    label: str = ""
    values: Mapping[str, Measurement] = field(default_factory=dict)
    attribution: Mapping[str, Attribution] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class UndatedValue:
    """One value whose day is known only as an interval: it belongs to no visit, and no day is made up for it.

    ``first_date`` and ``last_date`` are the first and the last day that are possible, as YYYY-MM-DD.
    """

    variable: str
    measurement: Measurement
    first_date: str
    last_date: str


@final
@dataclass(frozen=True, slots=True)
class Treatment:
    """One drug or cell product, by generic name.

    Glucocorticoids are held as ``prednisone`` (pulses as ``glucocorticoid_pulse``) with the equivalent amount; ``note``
    keeps what the source wrote.
    ``amount`` has the unit ``unit`` (UCUM). Days count from day 0; None where the source does not say.
    """

    drug: str
    amount: float | None = None
    unit: str | None = None
    start_day: int | None = None
    stop_day: int | None = None
    status: Status | None = None
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class CaseCitation:
    """Where a statement comes from: ``ref`` names the publication, ``where`` the place in it and how it was checked."""

    ref: str
    where: str = ""


@final
@dataclass(frozen=True, slots=True)
class Patient:
    """A person with lupus as far as the sources tell; visits are in order of day.

    ``sex``, ``age_years`` (at day 0) and ``reference_date`` (the date of day 0) are None where unknown. ``data_origin``
    is ``published``, ``constructed`` (made up for demonstration), ``clinical`` or ``simulated``.
    """

    id: str
    title: str = ""
    sex: Sex | None = None
    age_years: float | None = None
    lupus_type: str | None = None
    diagnosis_year: int | None = None
    sources: tuple[CaseCitation, ...] = ()
    organs_involved: tuple[str, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    visits: tuple[Visit, ...] = ()
    notes: tuple[str, ...] = ()
    data_origin: DataOrigin = "clinical"
    reference_date: str | None = None
    undated: tuple[UndatedValue, ...] = ()

    def baseline(self) -> Visit:
        """Return the last visit on or before day 0.

        Raises
        ------
        LupercalError
            If every visit lies after day 0, or there is none.
        """
        before = [visit for visit in self.visits if visit.day <= 0]
        if not before:
            raise LupercalError(f"patient {self.id} has no visit on or before day 0, so there is no baseline")
        return max(before, key=lambda visit: visit.day)

    def current_treatments(self) -> tuple[Treatment, ...]:
        """Return the treatments whose status is ``current``; an unstated status does not count."""
        return tuple(treatment for treatment in self.treatments if treatment.status == "current")
