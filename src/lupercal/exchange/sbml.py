"""The model as SBML Level 3 Version 2: equations with units, one patient's values, and the doses as events.

States are parameters with rate rules; time 0 is the task's first day, and the unit of time is the day. Relative
quantities such as {AU} are numbers. Needs python-libsbml (``pip install lupercal[sbml]``).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, final

from lupercal.engine.graph.quantities import CONVERSIONS, TracedQuantity, quantities, traced_quantity, unit_of
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.task import Task
from lupercal.engine.text.formula import Formulas, formulas, known_names
from lupercal.errors import LupercalError
from lupercal.exchange.events import PatientCourse, patient_course
from lupercal.model.system import system

_KINDS = {"m": "metre", "s": "second", "g": "gram", "mol": "mole", "K": "kelvin"}


def sbml(task: Task, patient: int = 0, name: str = "lupercal") -> str:
    """Return one patient of a task as SBML; chance is left out.

    Raises
    ------
    LupercalError
        If python-libsbml is not installed, or the task has no such patient.
    """
    return _Document(_library(), name).write(patient_course(task, patient))


def _library() -> Any:
    try:
        return import_module("libsbml")
    except ImportError:
        raise LupercalError("SBML needs python-libsbml: pip install 'lupercal[sbml]'") from None


@final
class _Document:
    """An SBML document under construction."""

    def __init__(self, library: Any, name: str) -> None:
        self.library = library
        self.document = library.SBMLDocument(3, 2)
        self.model = self.document.createModel()
        self.model.setId(name)
        self.trace = model_trace()
        self.units: dict[TracedQuantity, str] = {}
        self.model.setTimeUnits(self._unit(traced_quantity("d")))

    def write(self, course: PatientCourse) -> str:
        """Return the text of a patient's document."""
        text = formulas(self.trace, known_names(self.trace, system()))
        self._values(course)
        self._equations(text)
        for day, changes in course.days.items():
            self._event(day, *changes)
        return str(self.library.writeSBMLToString(self.document))

    def _values(self, course: PatientCourse) -> None:
        for values, constant in ((course.start, False), (course.inputs, False), (course.parameters, True)):
            for symbol, value in values.items():
                made = self._parameter(symbol, traced_quantity(unit_of(system(), symbol)), constant)
                made.setValue(value)
                made.setName(system().symbol(symbol).meaning)

    def _equations(self, text: Formulas) -> None:
        units = quantities(self.trace, system())
        for symbol, formula in text.assignments.items():
            self._parameter(symbol, units[text.node[symbol]], constant=False)
            self._rule(self.model.createAssignmentRule(), symbol, formula)
        for symbol, formula in text.rates.items():
            self._rule(self.model.createRateRule(), symbol, formula)

    def _parameter(self, symbol: str, what: TracedQuantity, constant: bool) -> Any:
        made = self.model.createParameter()
        made.setId(symbol)
        made.setConstant(constant)
        made.setUnits(self._unit(what))
        return made

    def _rule(self, rule: Any, symbol: str, formula: str) -> None:
        rule.setVariable(symbol)
        rule.setMath(self._math(formula))

    def _math(self, formula: str) -> Any:
        """Return a formula as MathML, its plain numbers with their unit."""
        numbered = re.sub(r"(?<![\w.])(\d+(?:\.\d*)?(?:e[-+]?\d+)?)(?![\w.])", self._number, formula)
        math = self.library.parseL3Formula(numbered)
        if math is None:
            raise LupercalError(f"not a formula: {formula} ({self.library.getLastParseL3Error()})")
        return math

    def _number(self, match: re.Match[str]) -> str:
        return f"{match[1]} {self._unit(traced_quantity(CONVERSIONS.get(float(match[1]), '1')))}"

    def _event(self, day: int, inputs: Any, states: Any) -> None:
        event = self.model.createEvent()
        event.setId(f"day_{day}")
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setInitialValue(False)
        trigger.setPersistent(True)
        trigger.setMath(self.library.parseL3Formula(f"time >= {day} {self._unit(traced_quantity('d'))}"))
        for symbol, value in inputs.items():
            self._change(event, symbol, self._measured(symbol, value))
        for symbol, (factor, added) in states.items():
            self._change(event, symbol, f"{symbol} * ({factor!r} dimensionless) + {self._measured(symbol, added)}")

    def _measured(self, symbol: str, value: float) -> str:
        return f"({value!r} {self._unit(traced_quantity(unit_of(system(), symbol)))})"

    def _change(self, event: Any, symbol: str, formula: str) -> None:
        change = event.createEventAssignment()
        change.setVariable(symbol)
        change.setMath(self.library.parseL3Formula(formula))

    def _unit(self, what: TracedQuantity) -> str:
        """Return the identifier of a unit, defining it when it is first used."""
        if what == TracedQuantity():
            return "dimensionless"
        if what not in self.units:
            self.units[what] = f"unit_{len(self.units) + 1}"
            self._define(self.units[what], what)
        return self.units[what]

    def _define(self, identifier: str, what: TracedQuantity) -> None:
        definition = self.model.createUnitDefinition()
        definition.setId(identifier)
        bases = [(_KINDS[base], power, 1.0) for base, power in sorted(what.powers) if base in _KINDS]
        for kind, power, scale in [("dimensionless", 1, float(what.scale)), *bases]:
            unit = definition.createUnit()
            unit.setKind(self.library.UnitKind_forName(kind))
            unit.setExponent(power)
            unit.setScale(0)
            unit.setMultiplier(scale)
