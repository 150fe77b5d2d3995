"""Clinical doses become model inputs: the one place, with all numbers in ``model/data/dose_translation.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import Field

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.parameters import Basis
from lupercal.files.checked import read_as
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.patient.unit_words import unit_in_words
from lupercal.therapy.body import Body
from lupercal.therapy.doses import Dose
from lupercal.therapy.dosing import Expansion
from lupercal.therapy.records import STRICT, Number, Unit, Words
from lupercal.therapy.registry import product, regimen
from lupercal.therapy.units import convert_dose, convertible_dose, dose_unit
from lupercal.therapy.words import quantity_words

TABLE = Path(str(files("lupercal.model"))) / "data" / "dose_translation.yaml"

Kind = Literal["input", "bolus", "factor", "switch", "scale"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """``value`` of ``target`` per ``per`` of a dose in ``dose_unit``; switches and scales hold for the whole arm.

    A row with a ``route`` holds for doses given by that route alone.
    """

    __pydantic_config__ = STRICT
    kind: Kind
    target: str
    value: Number
    unit: str
    basis: Basis
    source: Words
    per: Annotated[Number, Field(gt=0)] = 1.0
    dose_unit: Unit | Literal[""] = ""
    days: Annotated[int, Field(ge=1)] | None = None
    route: str = ""

    @property
    def dosed(self) -> bool:
        """Whether it comes with each dose, rather than once for the arm."""
        return self.kind in ("input", "bolus", "factor")

    @property
    def in_words(self) -> str:
        """The row as a line of text."""
        sign = {"input": "=", "bolus": "+=", "factor": "×=", "switch": "=", "scale": "×="}[self.kind]
        unit = f" {unit_in_words(self.unit)}".rstrip()
        dose = f" per {quantity_words(self.per, self.dose_unit)}" if self.dosed else " for the whole arm"
        dose += f" {self.route}" if self.route else ""
        days = f" for {self.days} days" if self.days and self.days > 1 else " for a day" if self.days else ""
        return f"{self.target} {sign} {self.value:g}{unit}{dose}{days} ({self.basis}; {self.source})"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInput:
    """A level doses can set. Inputs of ``background`` drugs are always set, from the first day of the arm."""

    __pydantic_config__ = STRICT
    unit: str
    background: bool
    meaning: Words


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Potency:
    """How much a cell of that origin counts, relative to a donor's."""

    __pydantic_config__ = STRICT
    value: Number
    basis: Basis
    source: Words


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The whole table."""

    __pydantic_config__ = STRICT
    inputs: Mapping[str, ModelInput]
    relative_potency: Mapping[str, Potency]
    products: Mapping[str, tuple[Effect, ...]]
    not_represented: Mapping[str, Words]


@final
@dataclass(slots=True)
class _Events:
    levels: list[tuple[int, int | None, str, float]] = field(default_factory=list)
    boluses: list[Bolus] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)


@cache
def translation() -> Translation:
    """Return the table of translation, read and checked once."""
    return read_as(TABLE, Translation)


def schedule(expansion: Expansion) -> Schedule:
    """Translate the doses of an arm into the model's language.

    Parameters
    ----------
    expansion
        A regimen written out for one person, from `lupercal.therapy.dosing.expand`.

    Returns
    -------
    Schedule
        Events from ``expansion.start_day`` on; on that day every input of a background drug is set, also to zero. Doses
        that reach ``expansion.end_day`` go on beyond it.

    Raises
    ------
    LupercalError
        If the model cannot represent the doses: two products act on one state with different switches or scales, or a
        dose is in a unit the table does not know for its product.
    """
    given = tuple(dict.fromkeys(dose.product for dose in expansion.doses if not dose.part_of))
    _refuse_conflicts(given)
    events = _Events()
    for dose in expansion.doses:
        if not dose.part_of:
            _translate(dose, expansion, events)
    return Schedule(
        inputs=tuple(_changes(events.levels, expansion.start_day)),
        boluses=tuple(sorted(events.boluses, key=lambda e: (e.day, e.state))),
        factors=tuple(sorted(events.factors, key=lambda e: (e.day, e.state))),
        switches=_settings(given, "switch"),
        scales=_settings(given, "scale"),
    )


def effects(product_id: str) -> tuple[Effect, ...]:
    """Return the rows of one product; none where the model does not represent it.

    Raises
    ------
    LupercalError
        If the table says nothing about the product.
    """
    table = translation()
    if product_id not in table.products and product_id not in table.not_represented:
        raise LupercalError(f"the model has no translation for {product_id} and does not say why")
    return table.products.get(product_id, ())


def in_the_model(name: str) -> tuple[str, ...]:
    """Return what a product, or each product of a regimen, does to the model, line by line."""
    try:
        products = dict.fromkeys(line.product for line in regimen(name).doses)
    except InputError:
        products = dict.fromkeys([product(name).id])
    rows = [f"  - {product(key).name}: {row.in_words}" for key in products for row in effects(key)]
    missing = [f"  - {product(key).name}: not represented. {_reason(key)}" for key in products if not effects(key)]
    return ("In the model:", *rows, *missing) if products else ()


def _reason(product_id: str) -> str:
    return translation().not_represented[product_id]


def _translate(dose: Dose, expansion: Expansion, events: _Events) -> None:
    for effect in _rows(dose):
        multiple = _multiple(dose, effect, expansion.body)
        value = effect.value * multiple
        if effect.kind == "bolus":
            events.boluses.append(Bolus(dose.day, effect.target, value))
        elif effect.kind == "factor":
            events.factors.append(Factor(dose.day, effect.target, effect.value**multiple))
        else:
            events.levels.append((dose.day, _last(dose, effect, expansion), effect.target, value))


def _multiple(dose: Dose, effect: Effect, body: Body) -> float:
    """Return the dose as a multiple of the row's own, weighted by where cells come from."""
    multiple = convert_dose(dose.amount, dose_unit(dose.unit), dose_unit(effect.dose_unit), body) / effect.per
    potency = translation().relative_potency.get(dose.origin)
    return multiple * potency.value if potency and effect.target == "ms" else multiple


def _last(dose: Dose, effect: Effect, expansion: Expansion) -> int | None:
    """Return the day from which the level is no longer there; None where it stays beyond the horizon."""
    if dose.until is None:
        return dose.day + (effect.days or 1)
    return dose.until if dose.until < expansion.end_day else None


def _rows(dose: Dose) -> Iterator[Effect]:
    """Choose for each target the row of the dose's route and unit, else one its amount can be told in."""
    rows = [effect for effect in effects(dose.product) if effect.dosed]
    for target in dict.fromkeys((row.kind, row.target) for row in rows):
        fitting = [r for r in rows if (r.kind, r.target) == target and _fits(dose, r)]
        if not fitting:
            units = " or ".join(sorted({row.dose_unit for row in rows}))
            raise LupercalError(f"the model knows {product(dose.product).name} in {units}, not in {dose.unit}")
        yield min(fitting, key=lambda row: (row.route != dose.route, row.dose_unit != dose.unit))


def _fits(dose: Dose, effect: Effect) -> bool:
    return effect.route in ("", dose.route) and convertible_dose(dose_unit(dose.unit), dose_unit(effect.dose_unit))


def _changes(levels: Iterable[tuple[int, int | None, str, float]], start: int) -> Iterator[InputChange]:
    """Turn levels that overlap into the steps of their sum."""
    levels = list(levels)
    background = [name for name, known in translation().inputs.items() if known.background]
    names = [*background, *dict.fromkeys(name for _, _, name, _ in levels if name not in background)]
    steps = [step for name in names for step in _steps(name, levels, start, always=name in background)]
    yield from sorted(steps, key=lambda step: step.day)


def _steps(
    name: str, levels: list[tuple[int, int | None, str, float]], start: int, always: bool
) -> Iterator[InputChange]:
    mine = [(first, last, value) for first, last, target, value in levels if target == name]
    days = {day for first, last, _ in mine for day in (first, last) if day is not None} | ({start} if always else set())
    before: float | None = None if always else 0.0
    for day in sorted(days):
        now = sum(value for first, last, value in mine if first <= day and (last is None or day < last))
        if now != before:
            yield InputChange(day, name, float(now))
        before = now


def _settings(given: Iterable[str], kind: Kind) -> dict[str, float]:
    return {e.target: float(e.value) for name in given for e in effects(name) if e.kind == kind}


def properties(given: Iterable[str]) -> Schedule:
    """Return the switches and scales of products, without any dose of them."""
    named = tuple(given)
    return Schedule(switches=_settings(named, "switch"), scales=_settings(named, "scale"))


def conflict(one: str, other: str) -> str:
    """Return why two products cannot be given in one arm; empty where they can."""
    shared = sorted(_touched(one) & _touched(other))
    if not shared or _set_by(one) == _set_by(other):
        return ""
    return (
        f"{product(one).name} and {product(other).name} cannot be combined in one arm: both act through "
        f"{', '.join(shared)} of the model, which holds one set of properties per arm"
    )


def _refuse_conflicts(given: tuple[str, ...]) -> None:
    reason = next(filter(None, (conflict(one, other) for one, other in combinations(given, 2))), "")
    if reason:
        raise LupercalError(reason)


def _touched(product_id: str) -> set[str]:
    return {effect.target for effect in effects(product_id) if effect.dosed}


def _set_by(product_id: str) -> dict[tuple[str, str], float]:
    return {(e.kind, e.target): e.value for e in effects(product_id) if not e.dosed}
