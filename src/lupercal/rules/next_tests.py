"""The shortest list of things to find out: a smallest set of unknowns that could turn every open criterion to met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import final

from lupercal.rules.evaluate import Evaluator
from lupercal.rules.syntax import Either, Every, Lasting, Leaf, Not, Rule, asked

Way = frozenset[str]
MAX_WAYS = 64
MAX_STEPS = 20_000


@final
@dataclass(frozen=True, slots=True)
class NextTest:
    """Something to find out next, and the criteria that open on it."""

    name: str
    criteria: tuple[str, ...]


def shortest_list(
    open_rules: Mapping[str, Rule],
    state: Callable[[Leaf], bool | None],
    ranks: Mapping[str, int] = MappingProxyType({}),
) -> tuple[NextTest, ...]:
    """Return what to find out so that a patient could be told eligible.

    Parameters
    ----------
    open_rules
        The rules of the criteria that are unknown, by criterion id.
    state
        The answer to a leaf: true, false, or None where unknown.
    ranks
        What to prefer among equally short lists: the lower rank; without a rank, last and by the alphabet.

    Returns
    -------
    tuple of NextTest
        As few as possible; first what settles most criteria.
        A rule that no knowledge can turn to met contributes nothing. The order of the criteria does not matter.
    """
    choices = {name: ways(rule, True, state) for name, rule in open_rules.items()}
    chosen = _smallest_union([found for found in choices.values() if found], _Order(ranks))
    used = {name: _used(found, chosen) for name, found in choices.items()}
    tests = [NextTest(one, tuple(sorted(n for n, way in used.items() if one in way))) for one in chosen]
    return tuple(sorted(tests, key=lambda test: (-len(test.criteria), _Order(ranks)(frozenset({test.name})))))


def ways(rule: Rule, wanted: bool, state: Callable[[Leaf], bool | None]) -> tuple[Way, ...]:
    """Return the least sets of unknowns whose knowledge could give a rule the wanted answer; none if none could."""
    match rule:
        case Not(part):
            return ways(part, not wanted, state)
        case Lasting(part):
            return ways(part, wanted, state)
        case Every(parts) | Either(parts):
            each = [ways(part, wanted, state) for part in parts]
            together = isinstance(rule, Every) == wanted
            return _joined(each) if together else least(way for found in each for way in found)
        case _:
            truth = state(rule)
            return (frozenset({asked(rule)}),) if truth is None else (frozenset(),) if truth is wanted else ()


def state_of(evaluator: Evaluator) -> Callable[[Leaf], bool | None]:
    """Return the answers to leaves about an evaluator's single patient."""

    def state(leaf: Leaf) -> bool | None:
        truth = evaluator.settled(leaf).truth
        return None if truth.is_unknown[0] else bool(truth.low[0])

    return state


def least(found: Iterable[Way]) -> tuple[Way, ...]:
    """Return the sets that contain no other of them, shortest first, at most `MAX_WAYS`."""
    smallest: list[Way] = []
    for way in sorted(set(found), key=lambda one: (len(one), sorted(one))):
        if len(smallest) < MAX_WAYS and not any(other <= way for other in smallest):
            smallest.append(way)
    return tuple(smallest)


def _joined(each: list[tuple[Way, ...]]) -> tuple[Way, ...]:
    joined: tuple[Way, ...] = (frozenset(),)
    for alternatives in each:
        joined = least(one | other for one, other in product(joined, alternatives))
    return joined


@final
class _Order:
    """Compares sets: fewer members first, then the preferred ones."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self.ranks = ranks

    def __call__(self, way: Way) -> tuple[int, list[tuple[int, str]]]:
        return len(way), sorted((self.ranks.get(name, len(self.ranks)), name) for name in way)


def _smallest_union(choices: list[tuple[Way, ...]], order: _Order) -> Way:
    """Return the smallest union that takes one way from each choice: branch and bound, forced choices first."""
    ordered = sorted(choices, key=lambda ways: (len(ways), [order(way) for way in ways]))
    best: Way | None = None
    stack: list[tuple[int, Way]] = [(0, frozenset())]
    steps = 0
    while stack:
        place, union = stack.pop()
        steps += 1
        if best is not None and (steps > MAX_STEPS or len(union) > len(best)):
            continue
        if place == len(ordered):
            best = union if best is None or order(union) < order(best) else best
            continue
        nexts = sorted({union | way for way in ordered[place]}, key=order, reverse=True)
        stack += [(place + 1, one) for one in nexts]
    return best or frozenset()


def _used(alternatives: tuple[Way, ...], chosen: Way) -> Way:
    return next((way for way in alternatives if way <= chosen), frozenset())
