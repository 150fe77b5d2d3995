"""A number against a threshold, as a sign says, with three answers."""

from __future__ import annotations

from lupercal.instruments.three_valued import Interval, Truth
from lupercal.rules import syntax


def compare_values(number: Interval, sign: syntax.Operator, value: float | Interval) -> Truth:
    """Return whether a number stands to a threshold as the sign says; open where its bounds disagree."""
    match sign:
        case ">=":
            return number.at_least(value)
        case ">":
            return number.above(value)
        case "<=":
            return number.at_most(value)
        case "<":
            return number.below(value)
        case "=":
            return number.at_least(value) & number.at_most(value)
        case "!=":
            return ~(number.at_least(value) & number.at_most(value))
