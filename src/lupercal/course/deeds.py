"""What a decision does to the doses of people: one function for each verb of a protocol of care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import Deed
from lupercal.course.background import standing_inputs
from lupercal.course.dose_book import DoseBook, amount_of, stepped
from lupercal.course.drugs import biologic_at
from lupercal.errors import LupercalError
from lupercal.model.inputs import effects, schedule, translation
from lupercal.model.schedule import Amount, InputChange
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import ByItself, Expansion, expand
from lupercal.therapy.regimen_records import DoseLine, Regimen
from lupercal.therapy.registry import products, regimen

Array = NDArray[np.float64]
People = NDArray[np.intp]
FAMILY_INPUTS = {
    "glucocorticoid": "gc", "antimalarial": "hq", "antiproliferative": "ap", "calcineurin_inhibitor": "cn",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Doing:
    """Something is done for some people: which deed, from which day on, by whose parameters and body.

    ``arm`` is the regimen of the arm, which may be repeated; None where there is none.
    """

    deed: Deed
    day: int
    who: People
    parameters: Mapping[str, Amount]
    person: Person
    arm: Regimen | None = None

    def number(self, book: DoseBook, name: str) -> Array:
        """Return a number of the deed for each of the people, (people,)."""
        return amount_of(getattr(self.deed, name), self.parameters, book.size)[self.who]

    def whole(self, name: str) -> int:
        """Return a whole number of the deed; of a parameter that differs between people the largest."""
        value = getattr(self.deed, name)
        return int(np.max(np.asarray(self.parameters[value]))) if isinstance(value, str) else int(value)

    def dose(self, book: DoseBook) -> Array:
        """Return the dose of the deed as the model's input, (people,)."""
        return self.number(book, "dose") * per_unit(str(self.deed.drug), self.person)


def done(book: DoseBook, doing: Doing) -> None:
    """Write what is done into the book.

    Raises
    ------
    LupercalError
        If the model cannot represent it.
    """
    if len(doing.who) and doing.day < book.until:
        _VERBS[doing.deed.do](book, doing)


@cache
def per_unit(drug: str, person: Person) -> float:
    """Return the model's input for one unit of a daily drug."""
    return float(standing_inputs({drug: 1.0}, person)[input_of(drug)])


@cache
def input_of(drug: str) -> str:
    """Return the model's input that a daily drug, or a family of such drugs, sets.

    Raises
    ------
    LupercalError
        If the model does not represent the drug.
    """
    name = FAMILY_INPUTS.get(products()[drug].family if drug in products() else drug)
    if name is None or (drug in products() and not effects(drug)):
        raise LupercalError(f"the model does not represent {drug.replace('_', ' ')} as a daily drug")
    return name


def _set(choose: Callable[[Array, Array], Array]) -> Callable[[DoseBook, Doing], None]:
    def verb(book: DoseBook, doing: Doing) -> None:
        name = input_of(str(doing.deed.drug))
        rows = book.standing_rows(name, doing.day)
        book.write(name, rows, doing.who, choose(book.level(name)[rows, doing.who], doing.dose(book)))

    return verb


def _stop(book: DoseBook, doing: Doing) -> None:
    drug = str(doing.deed.drug)
    if _is_daily(drug):
        name = input_of(drug)
        book.write(name, book.standing_rows(name, doing.day), doing.who, np.zeros(len(doing.who)))
    else:
        _leave_out(book, doing, book.last + 1)


def _taper(book: DoseBook, doing: Doing) -> None:
    name = input_of(str(doing.deed.drug))
    over, steps = doing.whole("over"), doing.whole("steps")
    now = book.now(name, doing.day)[doing.who]
    doses = stepped(now, np.minimum(doing.dose(book), now), steps)
    for k, dose in enumerate(doses):
        end = doing.day + (k + 1) * over // steps if k + 1 < steps else None
        rows = book.standing_rows(name, doing.day + k * over // steps, end)
        book.write(name, rows, doing.who, np.minimum(book.level(name)[rows, doing.who], dose))


def _course(book: DoseBook, doing: Doing) -> None:
    name, over, steps = input_of(str(doing.deed.drug)), doing.whole("over"), doing.whole("steps")
    first = doing.dose(book)
    for k in range(steps):
        rows = book.rows(name, doing.day + k * over // steps, doing.day + (k + 1) * over // steps)
        besides = book.without_courses(name, rows, doing.who)
        falling = first * (1 - k / steps)
        book.level(name)[rows, doing.who] = besides + falling if doing.deed.added else np.maximum(besides, falling)
    after = doing.day + over
    rows = book.rows(name, after, max(after, book.apart_until.get(name, after)))  # what is left of earlier courses
    book.level(name)[rows, doing.who] = book.without_courses(name, rows, doing.who)
    book.mark_apart(name, after)


def _give(book: DoseBook, doing: Doing) -> None:
    _regimen(book, doing, given_by(doing.deed))


def _repeat(book: DoseBook, doing: Doing) -> None:
    if doing.arm is None:
        raise LupercalError("no regimen is there to be repeated")
    _regimen(book, doing, doing.arm)
    for family, name in FAMILY_INPUTS.items():
        change = doing.arm.current_drugs.fate(family)
        if change.stop is not None:
            rows = book.rows(name, doing.day + doing.arm.lead_days + change.stop)
            book.write(name, rows, doing.who, np.zeros(len(doing.who)))


def _regimen(book: DoseBook, doing: Doing, given: Regimen) -> None:
    """Write the doses of a regimen from a day on, besides what is taken; of daily drugs the higher dose counts."""
    expansion = doses_of(ByItself(given), doing.person, max(1, -(-(book.last - doing.day) // 30)))
    events, shift = schedule(expansion), doing.day + given.lead_days
    for name in dict.fromkeys(change.name for change in events.inputs):
        _raise_to(book, doing, name, [c for c in events.inputs if c.name == name], shift)
    product = given.principal[0] if given.principal else given.id
    for bolus in events.boluses:
        book.add(book.boluses, (bolus.day + shift, bolus.state, product), doing.who, float(np.asarray(bolus.amount)))
    for factor in events.factors:
        book.add(book.factors, (factor.day + shift, factor.state, product), doing.who, float(np.asarray(factor.factor)))
    current = biologic_at(expansion.shifted(shift), book.days)
    if current.any():
        flags, shown = book.biologic(), np.ix_(current > 0, doing.who)
        flags[shown] = np.maximum(flags[shown], 1.0)


def _raise_to(book: DoseBook, doing: Doing, name: str, changes: list[InputChange], shift: int) -> None:
    for change, following in zip(changes, [*changes[1:], None], strict=True):
        value = float(np.asarray(change.value))
        if value > 0:
            rows = book.rows(name, change.day + shift, None if following is None else following.day + shift)
            level = book.level(name)
            level[rows, doing.who] = np.maximum(level[rows, doing.who], value)
            raised = book.pulses(name) if following is not None else book.besides(name)  # without an end it is taken on
            raised[rows, doing.who] = np.maximum(raised[rows, doing.who], value)


def _hold(book: DoseBook, doing: Doing) -> None:
    drug, end = str(doing.deed.drug), None if doing.deed.over is None else doing.day + doing.whole("over")
    if not _is_daily(drug):
        _leave_out(book, doing, book.last + 1 if end is None else end)
        return
    name = input_of(drug)
    rows = book.rows(name, doing.day, end)
    book.mark_apart(name, book.last + 1)
    level = book.level(name)
    if end is None:
        book.held(name)[rows, doing.who] = level[rows, doing.who]
    level[rows, doing.who] = 0.0


def _resume(book: DoseBook, doing: Doing) -> None:
    name = input_of(str(doing.deed.drug))
    if book.is_held(name):
        rows = book.rows(name, doing.day)
        held, level = book.held(name), book.level(name)
        again = held[rows, doing.who]
        level[rows, doing.who] = np.where(np.isnan(again), level[rows, doing.who], again)
        held[:, doing.who] = np.nan


def _leave_out(book: DoseBook, doing: Doing, until: int) -> None:
    """Leave out the doses of a drug that is given at intervals, from the day to before another."""
    drug = str(doing.deed.drug)
    book.take_over(frozenset(effect.target for effect in effects(drug) if effect.kind == "bolus"), drug, doing.day)
    for (when, _, product), amounts in book.boluses.items():
        if product == drug and doing.day <= when < until:
            amounts[doing.who] = 0.0


def _nothing(book: DoseBook, doing: Doing) -> None:
    """Change no dose."""


def _is_daily(drug: str) -> bool:
    return drug in FAMILY_INPUTS or bool(products()[drug].current_unit)


@cache
def doses_of(key: ByItself, person: Person, months: int) -> Expansion:
    """Return the doses of a regimen for a person who takes nothing else."""
    return expand(key.regimen, person, {}, months)


@cache
def given_by(deed: Deed) -> Regimen:
    """Return the regimen that a deed gives; one dose of a drug is a regimen, too."""
    if deed.regimen is not None:
        return regimen(deed.regimen)
    drug, amount = str(deed.drug), deed.dose
    if not isinstance(amount, int | float):
        raise LupercalError(f"one dose of {drug} is a number, not a parameter of the model")
    line = DoseLine(product=drug, amount=float(amount), unit=str(deed.unit), days=(0,))
    none = regimen("standard_care")
    return replace(none, id=drug, name=products()[drug].name, aliases=(), doses=(line,), principal=(drug,))


def products_of(deed: Deed) -> tuple[str, ...]:
    """Return the products a deed would give beside daily drugs."""
    return tuple(dict.fromkeys(line.product for line in given_by(deed).doses)) if deed.do == "give" else ()


def not_represented(deed: Deed) -> str:
    """Return why the model cannot represent a deed, empty where it can."""
    missing = [name for name in products_of(deed) if not effects(name)]
    return translation().not_represented[missing[0]] if missing else ""


_VERBS: Mapping[str, Callable[[DoseBook, Doing], None]] = {
    "start": _set(np.maximum), "change": _set(lambda now, dose: np.broadcast_to(dose, now.shape)),
    "lower": _set(np.minimum), "stop": _stop, "taper": _taper, "course": _course, "give": _give, "repeat": _repeat,
    "hold": _hold, "resume": _resume, "refer": _nothing, "leave": _nothing,
}  # fmt: skip
