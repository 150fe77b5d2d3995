"""The whole model: all subsystems side by side, their order of evaluation, and the agreement of tables and data.

Therapies reach the disease only through their effect terms (`effects`); signals follow from states and effects; rates
follow from all of them. `System.rates` works on floats, on arrays of any shape, and on symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import final

from lupercal.errors import LupercalError
from lupercal.evidence.parameters import Parameter, parameters, values
from lupercal.model import (
    anti_baff,
    anti_baff_receptor,
    anti_cd20,
    anti_cd40l,
    anti_ifnar,
    antimalarial,
    antiproliferative,
    autoreactive_memory,
    b_cells,
    calcineurin,
    car_t,
    cd19_inhibition,
    glucocorticoid,
    interferon_signal,
    lymphodepletion,
    marrow,
    mediators,
    msc,
    nervous_system,
    organs,
    plasma_cells,
    serum,
    slow_memory,
    t_cell_engager,
    t_cells,
    transient_car,
)
from lupercal.model.subsystem import Names, Rates, Subsystem, Symbol, Value

_DISEASE = (b_cells, autoreactive_memory, plasma_cells, t_cells, mediators, serum, organs, nervous_system, marrow)
_THERAPY = (car_t, lymphodepletion, msc, glucocorticoid, antiproliferative, antimalarial, calcineurin)
_ANTIBODIES = (anti_cd20, anti_baff, anti_ifnar)
# What no study has been fitted for yet: priors alone, and nothing of it acts unless a product or a weight asks for it.
_UNFITTED = (
    transient_car, t_cell_engager, anti_cd40l, interferon_signal, anti_baff_receptor, cd19_inhibition, slow_memory,
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class System:
    """The assembled model.

    ``states``, ``parameters`` and ``inputs`` fix the order in which arrays hold them. ``fast_states`` are those whose
    boluses start fast movement, so that a fixed-step engine takes short steps afterwards.
    """

    subsystems: tuple[Subsystem, ...]
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    fast_states: frozenset[str]

    def rates(self, y: Mapping[str, Value], p: Mapping[str, Value], u: Mapping[str, Value]) -> Rates:
        """Return the rate of every state (its unit per day) by symbol."""
        states, given, inputs = Names(y), Names(p), Names(u)
        effects = Names(self._effects(states, given, inputs))
        signals = Names(mediators.signals(states, given, effects))
        by_state: Rates = {}
        for part in self.subsystems:
            if part.rates is not None:
                by_state |= part.rates(states, given, inputs, effects, signals)
        return by_state

    def effects(self, y: Mapping[str, Value], p: Mapping[str, Value], u: Mapping[str, Value]) -> Rates:
        """Return every therapy effect term by symbol."""
        return self._effects(Names(y), Names(p), Names(u))

    def symbol(self, name: str) -> Symbol:
        """Return the table row of a symbol, or raise `LupercalError`."""
        for row in chain.from_iterable(part.symbols for part in self.subsystems):
            if row.symbol == name:
                return row
        raise LupercalError(f"no symbol '{name}' in the model")

    def _effects(self, y: Names, p: Names, u: Names) -> Rates:
        by_name: Rates = {}
        for part in self.subsystems:
            if part.effects is not None:
                by_name |= part.effects(y, p, u)
        return by_name


@cache
def system() -> System:
    """Return the model, after checking that its tables and the parameter data agree.

    Raises
    ------
    LupercalError
        If a symbol is declared twice, a parameter has no data, or a unit differs between table and data.
    """
    parts = tuple(Subsystem.of(module) for module in (*_DISEASE, *_THERAPY, *_ANTIBODIES, *_UNFITTED))
    _check(parts, parameters())
    return System(
        parts, _named(parts, "state"), _named(parts, "parameter"), _named(parts, "input"),
        frozenset({"LD", "CE", "MP", "R2", "CT", "TE", "IA"}),
    )  # fmt: skip


def default_parameters() -> dict[str, float]:
    """Return the typical value of each parameter of the equations."""
    typical = values()
    return {name: typical[name] for name in system().parameters}


def no_inputs() -> dict[str, float]:
    """Return all model inputs at zero."""
    return dict.fromkeys(system().inputs, 0.0)


def _named(parts: Sequence[Subsystem], kind: str) -> tuple[str, ...]:
    return tuple(row.symbol for part in parts for row in part.of_kind(kind))


def _check(parts: Sequence[Subsystem], data: Mapping[str, Parameter]) -> None:
    seen: set[str] = set()
    for part in parts:
        for row in part.symbols:
            if row.symbol in seen:
                raise LupercalError(f"model/{part.name}.py declares {row.symbol}, which is declared already")
            seen.add(row.symbol)
            if row.kind == "parameter":
                _check_unit(part, row, data)


def _check_unit(part: Subsystem, row: Symbol, data: Mapping[str, Parameter]) -> None:
    if row.symbol not in data:
        raise LupercalError(f"model/{part.name}.py uses {row.symbol}, which has no row in the parameter data")
    if data[row.symbol].unit != row.unit:
        raise LupercalError(
            f"{row.symbol} is in {row.unit} in model/{part.name}.py, in {data[row.symbol].unit} in the data"
        )
