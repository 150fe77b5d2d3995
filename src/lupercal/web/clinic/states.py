"""States of a person on the way, with the mark and the word that pages show."""

from __future__ import annotations

from collections.abc import Mapping

from lupercal.registry.records import State
from lupercal.registry.states import journey_states, state_label

ON_THE_BOARD: tuple[State, ...] = tuple(name for name in journey_states() if name != "closed")
_MARKS: Mapping[State, str] = {"closed": "off", "infused": "ok", "follow_up": "ok"}


def mark_of(state: State) -> str:
    """Return the style of a state's mark."""
    return _MARKS.get(state, "plain")


def all_states() -> tuple[tuple[State, str], ...]:
    """Return every state with its label, in the order of the way."""
    return tuple((name, state_label(name)) for name in journey_states())
