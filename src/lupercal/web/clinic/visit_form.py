"""The visit form from the data dictionary: what is asked, in which unit, what was there before, and what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import Variable, accepts, variables
from lupercal.registry.records import RecordedVisit
from lupercal.web.clinic.data import clinic_data

VALUE, UNIT, CAUSE = "v.", "u.", "c."
"""How the fields of a variable begin: its value, its unit, what it is put down to."""
CAUSES = ("sle", "treatment", "infection", "other", "unknown")


@final
@dataclass(frozen=True, slots=True)
class Field:
    """One variable in the form.

    ``typed`` is what stands in the field, ``unit`` the unit chosen, ``cause`` what it is put down to, ``last`` the last
    recorded value in words with its day; ``asked`` whether the visit's plan asks for it.
    """

    variable: Variable
    typed: str
    unit: str
    cause: str
    last: str
    asked: bool

    @property
    def units(self) -> tuple[tuple[str, str], ...]:
        """The units that may be chosen, the dictionary's first: code and word."""
        return tuple((one, unit_in_words(one)) for one in _units(self.variable.name))

    @property
    def range(self) -> str:
        """The plausible range in words."""
        if self.variable.kind == "flag":
            return "yes or no"
        word = "points" if self.variable.kind == "score" else unit_in_words(self.variable.unit)
        return f"{self.variable.low:g} to {self.variable.high:g} {word}".rstrip()


@final
@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Some fields under a title; ``open`` whether they are unfolded."""

    title: str
    fields: tuple[Field, ...]
    open: bool


def field_groups(
    patient: Patient, form: Mapping[str, str], asked: frozenset[str] = frozenset()
) -> tuple[FieldGroup, ...]:
    """Return the form's groups with what was typed; unfolded is what the plan asks for or what holds something."""
    last = _last_values(patient)
    made = []
    for group in clinic_data().groups:
        fields = tuple(_field(variables()[name], form, last, asked) for name in group.variables)
        filled = any(one.typed for one in fields) or any(one.asked for one in fields)
        made.append(FieldGroup(group.title, fields, group.open or filled))
    return tuple(made)


def values_in(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form states by variable, as a patient file writes it; an empty field states nothing."""
    return {name: _stated(variables()[name], text, form.get(UNIT + name, "")) for name, text in _filled(form)}


def causes_in(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what findings are put down to."""
    return {name: form[CAUSE + name] for name, _ in _filled(form) if form.get(CAUSE + name) in CAUSES}


def form_of(visit: Visit) -> dict[str, str]:
    """Return a recorded visit as the fields of a form."""
    form: dict[str, str] = {}
    for name, one in visit.values.items():
        variable = variables()[name]
        form[VALUE + name] = _typed(variable, one)
        form[UNIT + name] = variable.unit
    for name, cause in visit.attribution.items():
        form[CAUSE + name] = cause
    return form


def removed_in(record: RecordedVisit, form: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables of a recorded visit whose fields were emptied."""
    shown = {name for group in clinic_data().groups for name in group.variables}
    filled = {name for name, _ in _filled(form)}
    return tuple(name for name in record.visit.values if name in shown and name not in filled)


def changed_in(record: RecordedVisit, form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form states otherwise than the recorded visit."""
    before = form_of(record.visit)
    stated = values_in(form)
    return {
        name: value for name, value in stated.items()
        if form[VALUE + name].strip() != before.get(VALUE + name)
        or form.get(UNIT + name, variables()[name].unit) != before.get(UNIT + name)
    }  # fmt: skip


def _filled(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field, text in form.items():
        name = field.removeprefix(VALUE)
        if field.startswith(VALUE) and text.strip() and name in variables():
            yield name, text.strip()


def _stated(variable: Variable, text: str, unit: str) -> Any:
    if variable.kind == "flag":
        return {"yes": True, "no": False}.get(text, text)
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if variable.kind == "score" or len(_units(variable.name)) == 1:
        return _number(plain)
    return f"{plain} {unit or variable.unit}"


def _number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _typed(variable: Variable, one: Measurement) -> str:
    if variable.kind == "flag":
        return "yes" if one.value else "no"
    sign = "" if one.comparator == "=" else one.comparator
    return f"{sign}{one.value:.10g}"


def _field(variable: Variable, form: Mapping[str, str], last: Mapping[str, str], asked: frozenset[str]) -> Field:
    name = variable.name
    chosen = form.get(UNIT + name, "")
    unit = chosen if chosen in _units(name) else variable.unit
    return Field(
        variable, form.get(VALUE + name, "")[:60], unit, form.get(CAUSE + name, ""), last.get(name, ""), name in asked
    )


def _last_values(patient: Patient) -> dict[str, str]:
    last_values: dict[str, str] = {}
    for visit in patient.visits:
        for name, one in visit.values.items():
            variable = variables()[name]
            unit = "" if variable.unit in {"1", "{score}"} else f" {unit_in_words(variable.unit)}"
            last_values[name] = f"{_typed(variable, one)}{unit}, {visit.date or f'day {visit.day}'}"
    return last_values


@cache
def _units(name: str) -> tuple[str, ...]:
    """Return the units in which a variable may be typed, the dictionary's first."""
    variable = variables()[name]
    if variable.kind != "quantity" or variable.unit == "1" or variable.unit.startswith("{"):
        return (variable.unit,)
    others = (one for one in clinic_data().units if one != variable.unit and accepts(variable, one))
    return (variable.unit, *others)
