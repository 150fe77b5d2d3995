"""Which kernel integrates a task: one that leaves out what this task cannot need. The results have the same bits.

Two things are left out. Parameters in which virtual patients usually do not differ are kept once for all lanes, where
this task's patients do not. States that stay zero (`lupercal.engine.graph.support`) are not integrated: where only
background drugs are given, all that these do not move; where what is usually compared is given (the therapies of a
forecast, what protocols of care give), all that none of it moves; a kernel for exactly a task's states is made once so
many patient-years have been asked of its kind that compiling pays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np

from lupercal.care.registry import protocols
from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.support import staying_zero, without
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.precision import PRECISIONS, Precision
from lupercal.engine.prepared import Equations, equations, equations_of
from lupercal.engine.processor.build import MachineCode
from lupercal.engine.processor.store import kernel
from lupercal.engine.task import Task
from lupercal.evidence.parameters import parameters, values
from lupercal.model.inputs import translation
from lupercal.model.schedule import Amount
from lupercal.model.start import start_values
from lupercal.model.system import System, no_inputs, system
from lupercal.therapy.registry import DEFAULT_THERAPIES, regimen

FOLLOWS_FROM_OWN = frozenset({"p_am"})  # set by `lupercal.population.draw` from what varies
PAYS = 50_000 * 365  # patient-days for which a kernel of its own repays a good part of the ten seconds of compiling it
_asked = Counter[frozenset[str]]()  # patient-days of this process by the states that stay zero


@final
@dataclass(frozen=True)
class Engine:
    """What is made once per model and kind of task."""

    equations: Equations
    kernel: MachineCode


def engine_for(task: Task, model: System | None, precision: Precision) -> Engine:
    """Return the engine for a task; for the shipped model the one that leaves out most."""
    if model is not None:
        return _engine(model, frozenset(), precision, frozenset(), frozenset())
    usual = usually_common()
    differs = task.made_once("differs", lambda: _any_differs(task, usual))
    return _shipped_with(frozenset() if differs else usual, precision, *_left_out(task))


def _any_differs(task: Task, usual: frozenset[str]) -> bool:
    """Whether patients of a task differ in something that they usually have in common."""
    differs = any(_differs(task.parameters[name]) for name in usual.intersection(task.parameters))
    return differs or any(_differs(factor) for factor in task.schedule.scales.values())


def untouched(task: Task, states: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the states that are zero at the start and that no event of the task touches, and the inputs always zero.

    ``states`` are those of the model, in the order of the task's.
    """
    moved = set[str]()
    for bolus in task.schedule.boluses:  # one that moves its state is enough
        if bolus.state not in moved and np.any(bolus.amount):
            moved.add(bolus.state)
    moved |= {factor.state for factor in task.schedule.factors if not np.all(np.isfinite(factor.factor))}
    moved |= {"Z"} if task.triggers is not None or task.luck is not None else set()
    moving: list[bool] = np.any(task.start, axis=1).tolist()
    start = {name for name, moves in zip(states, moving, strict=False) if not moves}
    given = [*task.inputs.items(), *((change.name, change.value) for change in task.schedule.inputs)]
    return frozenset(start - moved), frozenset(no_inputs()) - {name for name, value in given if np.any(value)}


def _left_out(task: Task) -> tuple[frozenset[str], frozenset[str]]:
    """Return the states, and the inputs and weights, that the kernel for a task leaves out."""
    states, inputs = untouched(task, system().states)
    inputs &= rare_inputs()
    if any(np.any(task.parameters.get(name, 0.0)) for name in weights_off()):
        return frozenset(), frozenset()
    zero = inputs | weights_off()
    resting = _staying_zero(states, zero)
    if resting == dormant() or _repays(resting, task):
        return resting, zero
    kinds = ((dormant(), rare_inputs() | weights_off()), seldom())
    return next((kind for kind in kinds if kind[0] <= resting and kind[1] <= zero), (frozenset(), frozenset()))


def _repays(states: frozenset[str], task: Task) -> bool:
    """Whether so much has been asked of tasks in which these states stay zero that a kernel of their own pays."""
    _asked[states] += task.size * max(0, task.last_day - task.first_day)
    return bool(states) and _asked[states] >= PAYS


@cache
def _staying_zero(states: frozenset[str], inputs: frozenset[str]) -> frozenset[str]:
    return staying_zero(_shipped_program(), states, inputs)  # takes milliseconds, and most tasks are alike


@cache
def rare_inputs() -> frozenset[str]:
    """Return the inputs that are no background drug's."""
    return frozenset(no_inputs()) - {name for name, known in translation().inputs.items() if known.background}


@cache
def weights_off() -> frozenset[str]:
    """Return the parameters of the equations that are zero as shipped and that no product sets.

    They weigh mechanisms that are off. Where one of them is not zero, the kernel with all states is used.
    """
    by_products = {effect.target for rows in translation().products.values() for effect in rows}
    shipped = values()
    return frozenset(name for name in model_trace().parameters if shipped.get(name) == 0.0) - by_products


@cache
def dormant() -> frozenset[str]:
    """Return the states that are zero in a patient who has been given background drugs only."""
    return _staying_zero(_zero_at_start(), rare_inputs() | weights_off())


@cache
def seldom() -> tuple[frozenset[str], frozenset[str]]:
    """Return the states, and the inputs and weights, that are zero under all that is usually compared."""
    by_products = translation().products
    moved = {effect.target for name in usual_products() for effect in by_products.get(name, ())}
    zero = (rare_inputs() - moved) | weights_off()
    return _staying_zero(dormant() - moved, zero), zero


@cache
def usual_products() -> frozenset[str]:
    """Return what the therapies of a forecast give where none is named, and what shipped protocols of care give."""
    deeds = [deed for protocol in protocols().values() for rule in protocol.rules for deed in rule.do]
    names = {*DEFAULT_THERAPIES, *(deed.regimen for deed in deeds if deed.regimen)}
    given = {line.product for name in names for line in regimen(name).doses}
    return frozenset(given | {deed.drug for deed in deeds if deed.drug})


def _zero_at_start() -> frozenset[str]:
    typical = start_values(1.0)
    return frozenset(name for name in system().states if not typical.get(name)) - {"Z"}


@cache
def usually_common() -> frozenset[str]:
    """Return the parameters of the equations that virtual patients usually have in common.

    They are kept once for all lanes, which leaves more of the cache to the rest. Where patients do differ in one of
    them, a kernel without this assumption is used; the results have the same bits.
    """
    varying = {name for name, known in parameters().items() if known.varies} | FOLLOWS_FROM_OWN
    return frozenset(model_trace().parameters) - varying


def _differs(value: Amount) -> bool:
    return isinstance(value, np.ndarray) and value.size > 1 and not bool((value == value.flat[0]).all())


@cache
def _shipped_with(
    common: frozenset[str], precision: Precision, states: frozenset[str], inputs: frozenset[str]
) -> Engine:
    return _engine(system(), common, precision, states, inputs)  # looking it up by its value takes a millisecond


def _shipped_program() -> Program:
    return _shipped_equations(usually_common(), PRECISIONS["double"]).program


@cache
def _shipped_equations(common: frozenset[str], precision: Precision) -> Equations:
    return equations(system(), common, precision)


@cache
def _engine(
    model: System, common: frozenset[str], precision: Precision, states: frozenset[str], inputs: frozenset[str]
) -> Engine:
    shipped = model is system()
    whole = _shipped_equations(common, precision) if shipped else equations(model, common, precision)
    made = equations_of(model, without(whole.program, states, inputs), precision)
    return Engine(made, kernel(made.program, precision.lanes, precision.size))
