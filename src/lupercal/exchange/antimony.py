"""The model as Antimony text: the equations, one patient's values, and the doses as events. Time is in days."""

from __future__ import annotations

from collections.abc import Iterator

from lupercal.engine.graph.trace import model_trace
from lupercal.engine.task import Task
from lupercal.engine.text.formula import formulas, known_names
from lupercal.exchange.events import patient_course
from lupercal.model.system import system


def antimony(task: Task, patient: int = 0, name: str = "lupercal") -> str:
    """Return one patient of a task as Antimony; time 0 is the task's first day, and chance is left out."""
    return "\n".join([f"model {name}", *(f"  {line};" for line in _lines(task, patient)), "end", ""])


def _lines(task: Task, patient: int) -> Iterator[str]:
    course = patient_course(task, patient)
    text = formulas(model_trace(), known_names(model_trace(), system()))
    for symbol, formula in text.assignments.items():
        yield f"{symbol} := {formula}"
    for symbol, formula in text.rates.items():
        yield f"{symbol}' = {formula}"
    for values in (course.start, course.parameters, course.inputs):
        for symbol, value in values.items():
            yield f"{symbol} = {value!r}"
    for day, (inputs, states) in course.days.items():
        changes = [f"{symbol} = {value!r}" for symbol, value in inputs.items()]
        changes += [f"{symbol} = {symbol} * {factor!r} + {added!r}" for symbol, (factor, added) in states.items()]
        yield f"on_{day}: at (time >= {day}), t0=false: {', '.join(changes)}"
