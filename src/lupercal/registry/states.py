"""The states of a patient on the way, as ``data/states.yaml`` has them: what may follow, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, final

from pydantic import ConfigDict

from lupercal.files.checked import read_as
from lupercal.registry.records import State

Need = Literal[
    "screening", "eligibility", "plan", "consent", "collected_product", "released_product", "infused_product"
]
_FILE = Path(__file__).with_name("data") / "states.yaml"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """One state: its label, the states that may follow, steps back, and what must be recorded before it is entered."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    id: State
    label: str
    next: tuple[State, ...]
    back: tuple[State, ...]
    needs: tuple[Need, ...]

    @property
    def may_follow(self) -> tuple[State, ...]:
        """All states that may follow, forward ones first."""
        return (*self.next, *self.back)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _StatesFile:
    __pydantic_config__ = ConfigDict(extra="forbid")
    basis: Literal["assumed"]
    source: str
    states: tuple[StateRow, ...]


@cache
def journey_states() -> Mapping[State, StateRow]:
    """Return all states by id, in their order."""
    return {row.id: row for row in read_as(_FILE, _StatesFile).states}


def state_label(state: State) -> str:
    """Return a state in words."""
    return journey_states()[state].label
