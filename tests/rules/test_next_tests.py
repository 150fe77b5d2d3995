"""The shortest list is shortest: compared with trying every set of unknowns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.rules.next_tests import shortest_list, ways
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import Either, Every, Flag, Leaf, Not, Rule

NAMES = ("rash", "fever", "pregnant", "hiv", "seizure", "alopecia")
NEGATED = frozenset({"pregnant", "hiv"})
"""Each flag is always asked for in the same sense, so that two rules never contradict each other."""


def literal(name: str) -> Rule:
    return Not(Flag(name)) if name in NEGATED else Flag(name)


literals = st.sampled_from(NAMES).map(literal)
rules = st.recursive(
    literals,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Every(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts)))
    ),
    max_leaves=6,
)


def holds(rule: Rule, known: Mapping[str, bool]) -> bool | None:
    """Return the answer of a rule the plain way."""
    match rule:
        case Not(part):
            inner = holds(part, known)
            return None if inner is None else not inner
        case Every(parts) | Either(parts):
            found = [holds(part, known) for part in parts]
            decisive = isinstance(rule, Either)
            return decisive if decisive in found else None if None in found else not decisive
        case Flag(name):
            return known.get(name)
    raise TypeError(rule)


def fewest(open_rules: list[Rule], known: Mapping[str, bool]) -> int | None:
    """Return the least number of unknowns with which all rules can come true, by trying every set of them."""
    unknown = [name for name in NAMES if name not in known]
    for size in range(len(unknown) + 1):
        for chosen in combinations(unknown, size):
            for answers in product([False, True], repeat=size):
                told = {**known, **dict(zip(chosen, answers, strict=True))}
                if all(holds(rule, told) for rule in open_rules):
                    return size
    return None


@given(st.lists(rules, min_size=1, max_size=4), st.dictionaries(st.sampled_from(NAMES), st.booleans(), max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_shorter_list_would_do(drawn: list[Rule], known: dict[str, bool]) -> None:
    still_open = [rule for rule in drawn if holds(rule, known) is None]

    def state(leaf: Leaf) -> bool | None:
        return holds(leaf, known)

    tests = shortest_list({str(i): rule for i, rule in enumerate(still_open)}, state)
    assert len(tests) == fewest(still_open, known)


def test_the_order_is_by_how_many_criteria_open_on_it() -> None:
    asked = {"a": parse_rule("rash and fever"), "b": parse_rule("fever"), "c": parse_rule("fever or hiv")}
    tests = shortest_list(asked, lambda _: None)
    assert [(test.name, test.criteria) for test in tests] == [("fever", ("a", "b", "c")), ("rash", ("a",))]


def test_of_equally_short_lists_the_preferred_one_is_taken() -> None:
    asked = {"a": parse_rule("rash or fever")}
    assert [t.name for t in shortest_list(asked, lambda _: None, {"fever": 0, "rash": 1})] == ["fever"]
    assert [t.name for t in shortest_list(asked, lambda _: None, {"rash": 0, "fever": 1})] == ["rash"]


def test_what_no_knowledge_can_turn_to_met_asks_for_nothing() -> None:
    rule = parse_rule("rash and fever")

    def state(leaf: Leaf) -> bool | None:
        return False if leaf == Flag("fever") else None

    assert ways(rule, True, state) == ()
    assert shortest_list({"a": rule}, state) == ()


def test_many_alternatives_stay_fast() -> None:
    either = " or ".join(["rash", "fever", "pregnant", "hiv", "seizure", "alopecia", "psychosis", "myositis"])
    rule = parse_rule(" and ".join(f"({either})" for _ in range(12)))
    tests = shortest_list({str(i): rule for i in range(40)}, lambda _: None)
    assert len(tests) == 1
