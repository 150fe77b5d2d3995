"""Where the states of a step stand: which of them need less than others, so that loops run over neighbours alike.

A state that relaxes fast and whose gain is constant as long as no input changes follows an exact formula. A state that
no rate depends on has to be known at the end of a step only, not at its stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Level


@final
@dataclass(frozen=True, slots=True)
class Places:
    """Numbers of states: those that move, and of these the first ones, which relax fast.

    Of those that relax, the last are ``steady``: their gain is constant within a step. ``ends`` are at the end of those
    before and ``other_ends`` at the end of all: no rate depends on them.
    """

    count: int
    relaxing: int = 0
    steady: int = 0
    ends: int = 0
    other_ends: int = 0

    @property
    def following(self) -> range:
        """Those that relax fast towards a gain that moves."""
        return range(self.relaxing - self.steady)

    @property
    def staged(self) -> range:
        """Those of `following` that rates depend on."""
        return range(self.relaxing - self.steady - self.ends)

    @property
    def steadily(self) -> range:
        """Those that relax fast towards a gain that is constant within a step."""
        return range(self.relaxing - self.steady, self.relaxing)

    @property
    def others(self) -> range:
        """Those that do not relax fast."""
        return range(self.relaxing, self.count)

    @property
    def other_staged(self) -> range:
        """Those of `others` that rates depend on."""
        return range(self.relaxing, self.count - self.other_ends)


def places_of(program: Program) -> Places:
    """Return where the states of a program stand."""
    moving, relaxing, nodes = len(program.rates), len(program.relaxing), program.graph.nodes
    names, read = program.trace.states[:moving], _read(program)

    def last(within: range, fits: set[int]) -> int:
        """Return how many at the end of a range of places all fit."""
        return next((n for n, place in enumerate(reversed(within)) if place not in fits), len(within))

    steady = last(range(relaxing), {k for k in range(relaxing) if nodes[program.rates[k]].level < Level.STATE})
    unread = {place for place in range(moving) if names[place] not in read}
    ends = last(range(relaxing - steady), unread)
    return Places(moving, relaxing, steady, ends, last(range(relaxing, moving), unread))


def _read(program: Program) -> set[str]:
    """Return the names of the states that the rates depend on."""
    settled = {*program.constants, *program.driven, *program.shared, *program.zero}
    ahead, seen = list(program.rates), set[int]()
    while ahead:
        index = ahead.pop()
        if index not in seen and index not in settled:
            seen.add(index)
            ahead += program.graph.nodes[index].args
    return {program.graph.nodes[index].name for index in seen}
