"""What a subsystem is: a table of symbols on top of a file, and rates written over named states.

The table is the module's docstring. Each line names one symbol::

    state      BT    transitional B cells in blood    {cells}/uL

with its kind (state, parameter, input, effect or signal), symbol, meaning and unit (UCUM), the last three set apart by
two or more spaces. The data in `lupercal.evidence` must agree with the units of the table, or the model refuses to
load.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, final

Value = Any  # a float, an array of any shape, or a symbol: whatever + - * / are defined for
Rates = dict[str, Value]

_LINE = re.compile(r"^(state|parameter|input|effect|signal)\s+(\S+)\s{2,}(\S.*?)\s{2,}(\S.*)$")


@final
class Names:
    """Read-only named values: ``y.BT`` reads better in an equation than ``y["BT"]``."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> Value:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no symbol '{name}' in the model") from None


@final
@dataclass(frozen=True, slots=True)
class Symbol:
    """One row of a subsystem's table."""

    kind: str
    symbol: str
    meaning: str
    unit: str


@final
@dataclass(frozen=True, slots=True)
class Subsystem:
    """A part of the model: its table, its rates, and the therapy effects it defines (where it is a therapy)."""

    name: str
    title: str
    symbols: tuple[Symbol, ...]
    rates: Callable[[Names, Names, Names, Names, Names], Rates] | None
    effects: Callable[[Names, Names, Names], Rates] | None
    module: ModuleType

    @classmethod
    def of(cls, module: ModuleType) -> Subsystem:
        """Build the subsystem that a module describes."""
        text = module.__doc__ or _text_of(module)
        name = module.__name__.rpartition(".")[2]
        title = text.strip().splitlines()[0].rstrip(".")
        return cls(
            name, title, read_table(text), getattr(module, "rates", None), getattr(module, "effects", None), module
        )

    def of_kind(self, kind: str) -> tuple[Symbol, ...]:
        """Return the rows of one kind, in the table's order."""
        return tuple(row for row in self.symbols if row.kind == kind)


def _text_of(module: ModuleType) -> str:
    """Return a module's docstring from its source: Python leaves it out when asked to optimise twice."""
    return ast.get_docstring(ast.parse(inspect.getsource(module)), clean=False) or ""


def read_table(text: str) -> tuple[Symbol, ...]:
    """Return the rows of the table in a docstring."""
    matches = (_LINE.match(line.strip()) for line in text.splitlines())
    return tuple(Symbol(*match.groups()) for match in matches if match)
