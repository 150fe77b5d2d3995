"""The grammar of rules over a series of visits: that of `lupercal.rules.parser`, and three things more.

::

    primary   = (primary | "state" "(" INSTRUMENT ")") ["for" NUMBER "visits"]
    quantity  = NAME SIGN NUMBER "times" ("start" | "previous" | "lowest" | "highest")

``for 3 visits`` asks that something held at each of the last three; ``state(lldas)`` asks an instrument that answers
yes or no; ``upcr >= 2 times lowest`` compares a number with itself at other visits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast, get_args

from lupercal.rules.parser import SIGNS, _Parser
from lupercal.rules.syntax import Anchor, Count, InState, Known, Lasting, Relative, Rule, TypeIn, leaves
from lupercal.rules.tokens import RuleText

STATES = ("doris_2021", "lldas", "lldas_5")
"""Instruments that find a visit in a state or not."""

ANCHORS = get_args(Anchor)
MOST_VISITS = 60


@lru_cache(maxsize=4096)
def parse_series_rule(text: str, origin: object = "rule", field: str = "") -> Rule:
    """Read a rule over a series of visits.

    Parameters
    ----------
    text
        Such as ``state(lldas) for 3 visits and prednisone > 5 "mg/d"``.
    origin, field
        Name the file and the place in it in errors.

    Raises
    ------
    InputError
        With line, column, caret and what was expected.
    """
    return _SeriesParser(RuleText(text, origin, field), "").whole()


class _SeriesParser(_Parser):
    """One pass over the words of one rule over visits."""

    def primary(self) -> Rule:
        begins = self.next
        part = self.state() if self.accept("state") else super().primary()
        if not self.accept("for"):
            return part
        if any(isinstance(leaf, TypeIn | Count | Known) for leaf in leaves(part)) or _nested(part):
            self.refuse("what is asked visit by visit before 'for … visits': a flag, a number or a state", begins)
        number = self.next
        visits = self.number()
        if not (visits.is_integer() and 2 <= visits <= MOST_VISITS):
            self.refuse(f"a whole number from 2 to {MOST_VISITS}", number)
        self.expect("visits")
        return Lasting(part, int(visits))

    def state(self) -> Rule:
        self.expect("(")
        name = self.name(STATES, "an instrument that answers yes or no")
        self.expect(")", " to close the bracket")
        return InState(name)

    def quantity(self) -> Rule:
        ahead = self.words[self.place : self.place + 4]
        if len(ahead) < 4 or ahead[1].text not in SIGNS or ahead[2].kind != "number" or ahead[3].text != "times":
            return super().quantity()
        variable = self.variable()
        if variable.kind == "flag":
            self.refuse(f"no comparison: {variable.name} is a flag and stands alone, or after 'not'", ahead[0])
        sign, factor = self.sign(""), self.number()
        self.take()
        return Relative(
            variable.name, sign, factor, cast(Anchor, self.name(ANCHORS, "start, previous, lowest or highest"))
        )


def _nested(rule: Rule) -> bool:
    """Return whether a rule holds another ``for … visits``."""
    parts = getattr(rule, "parts", ()) or tuple(filter(None, (getattr(rule, "part", None),)))
    return isinstance(rule, Lasting) or any(_nested(part) for part in parts)
