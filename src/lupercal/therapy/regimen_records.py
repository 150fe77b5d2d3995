"""What a regimen is: a treatment as a clinician writes it down, validated where its file is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, Self, final

from pydantic import BeforeValidator, Field, Strict

from lupercal.errors import InputError
from lupercal.therapy.records import STRICT, Day, Evidence, Id, Mark, Number, Origin, Ref, Unit, Words
from lupercal.therapy.units import dose_unit


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLine:
    """One line of a prescription.

    Either on ``days``, or ``every`` so many days from ``start`` to before ``end``, or (a unit per day) daily from
    ``start`` to before ``end``; without ``end`` it goes on.
    """

    __pydantic_config__ = STRICT
    product: Id
    amount: Number
    unit: Unit
    days: tuple[Day, ...] = ()
    every: Annotated[int, Strict(), Field(ge=1)] | None = None
    start: Day | None = None
    end: Day | None = None
    route: str = ""
    origin: Origin = ""
    note: str = ""

    def __post_init__(self) -> None:
        daily = dose_unit(self.unit).daily
        if bool(self.days) == (self.start is not None) or (self.every is not None and (daily or self.start is None)):
            raise ValueError("a dose line has either days, or start (with every for single doses)")
        if self.start is not None and self.every is None and not daily:
            raise ValueError(f"start without every needs a unit per day, not {self.unit}")
        if self.days and daily:
            raise ValueError(f"days need a unit for a single dose, not {self.unit}")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to drugs of one family that the patient takes: stopped, replaced by tapering steps, or nothing.

    ``taper`` gives the dose (mg/d prednisone) from each day on; with ``at_most_current`` no step exceeds the current
    dose.
    """

    __pydantic_config__ = STRICT
    stop: Day | None = None
    taper: Mapping[Day, Number] = field(default_factory=dict)
    at_most_current: bool = False

    def __post_init__(self) -> None:
        if self.stop is not None and self.taper:
            raise ValueError("stop or taper, not both")

    @property
    def day(self) -> int | None:
        """The day from which the drug is no longer taken as before; None: it goes on."""
        return min(self.taper, default=None) if self.stop is None else self.stop


def _change(written: object) -> object:
    if written == "continue":
        return Change()
    if isinstance(written, Change) or (isinstance(written, dict) and written):
        return written
    raise ValueError("continue, or stop with a day, or taper with steps")


Fate = Annotated[Change, BeforeValidator(_change, json_schema_input_type=Change | Literal["continue"])]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentDrugs:
    """What happens to the drugs a patient already takes, family by family: nothing is left unsaid."""

    __pydantic_config__ = STRICT
    glucocorticoid: Fate
    antimalarial: Fate
    antiproliferative: Fate
    calcineurin_inhibitor: Fate

    def fate(self, family: str) -> Change:
        """Return what happens to one family."""
        change: Change = getattr(self, family)
        return change


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """Something done to the patient that the model does not represent, such as leukapheresis."""

    __pydantic_config__ = STRICT
    name: Words
    day: Day
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a source says that differs from the regimen as written here."""

    __pydantic_config__ = STRICT
    statement: Words
    source: Ref
    mark: Mark


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureDeaths:
    """Published deaths of a procedure: ``events`` of ``n`` within ``days`` of day 0, summed over the sources."""

    __pydantic_config__ = STRICT
    events: Annotated[int, Strict(), Field(ge=0)]
    n: Annotated[int, Strict(), Field(ge=1)]
    days: Annotated[int, Strict(), Field(ge=1)]
    sources: Annotated[tuple[Ref, ...], Field(min_length=1)]
    note: str = ""

    @property
    def share(self) -> float:
        """The share of those treated who died of the procedure."""
        return self.events / self.n


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DaysAway:
    """Days that a regimen keeps a patient in hospital or near the clinic, from ``first`` to ``last``, both included.

    Where both are asked for on a day, hospital counts. ``says`` is what the figure rests on.
    """

    __pydantic_config__ = STRICT
    place: Literal["hospital", "near the clinic"]
    first: Day
    last: Day
    basis: Literal["published", "assumed"]
    source: Ref
    says: Words

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a last day that is not before the first")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """A treatment as a clinician would write it down.

    Days count from day 0, which ``day_zero`` names; ``lead_days`` is the number of days before it on which the regimen
    already acts. ``principal`` names the products whose effect a forecast of the regimen is about. ``away`` says on
    which days the patient has to be in hospital or near the clinic; without it a regimen asks for no such day.
    """

    __pydantic_config__ = STRICT
    id: Id
    name: Words
    day_zero: Words
    lead_days: Annotated[int, Strict(), Field(ge=0)]
    current_drugs: CurrentDrugs
    evidence: Evidence
    assumed: tuple[Words, ...]
    sources: tuple[Ref, ...]
    aliases: tuple[str, ...] = ()
    doses: tuple[DoseLine, ...] = ()
    principal: tuple[Id, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    reported: tuple[Reported, ...] = ()
    procedure_deaths: ProcedureDeaths | None = None
    away: tuple[DaysAway, ...] = ()

    def with_dose(self, product: str, amount: float, unit: str = "") -> Self:
        """Return the regimen with another amount of one product in all its lines; the unit stays unless given.

        Raises
        ------
        InputError
            If the regimen has no such product or the amount is not a number of at least 0.
        """
        if product not in {line.product for line in self.doses}:
            raise InputError(f"regimen {self.id}", "product", product, f"one of {[x.product for x in self.doses]}")
        if not 0 <= amount < float("inf"):
            raise InputError(f"regimen {self.id}", f"{product}.amount", amount, "a number of at least 0")
        lines = (
            replace(line, amount=amount, unit=unit or line.unit) if line.product == product else line
            for line in self.doses
        )
        return replace(self, doses=tuple(lines))
