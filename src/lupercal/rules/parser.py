"""The grammar of rules: a recursive-descent parser over `tokens`. Nothing of a rule is ever executed.

::

    rule      = and {"or" and}
    and       = not {"and" not}
    not       = "not" not | primary
    primary   = "(" rule ")" | type | quantity | "any" "(" chosen ")" | "count" "(" chosen ")" SIGN NUMBER
              | "known" "(" NAME window ")"
    type      = "lupus_type" ("in" list | "=" NAME | "!=" NAME)
    quantity  = NAME window [SIGN NUMBER [UNIT] window]
    chosen    = "organ" "in" list | ("failed"|"current"|"stopped"|"given") NAME {"or" NAME} [window] ["stated" NAME]
    window    = ["at" "last" "visit"] ["within" NUMBER ("d"|"wk"|"mo"|"a")]
    list      = "[" NAME {"," NAME} "]"

NAME is a variable of the data dictionary, UNIT stands in "quotes". A flag stands alone, everything else is compared.
Without a window the newest datum that settles the comparison counts, however old; ``at last visit`` says it aloud.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn, cast, get_args

from lupercal.evidence.units import UnitError, convert
from lupercal.patient.drugs import drug_classes
from lupercal.patient.schema import LupusType, Organ
from lupercal.patient.variables import Variable, nearest
from lupercal.rules.syntax import (
    Compare,
    Count,
    Drugs,
    DrugStatus,
    Either,
    Every,
    Flag,
    Known,
    Not,
    Operator,
    Organs,
    Rule,
    TypeIn,
)
from lupercal.rules.tokens import RuleText, Token, tokens
from lupercal.rules.vocabulary import Vocabulary, vocabulary_of

MAX_DEPTH = 20
SIGNS = get_args(Operator)
STATUSES = get_args(DrugStatus)
TYPES = {**{one: one for one in get_args(LupusType)}, "chronic_cutaneous": "discoid", "drug_related": "drug_induced"}
"""Names of lupus types in rules, with those of the page that lists six, and the record's name for each."""
KEYWORDS = frozenset({"and", "or", "not", "in", "any", "count", "known", "at", "within", "stated", "last", "visit"})
DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
LONGEST_WINDOW = 36525.0
UNITLESS = ("1", "{score}")


@lru_cache(maxsize=4096)
def parse_rule(
    text: str, unit: str = "", origin: object = "rule", field: str = "", vocabulary: Vocabulary = "record"
) -> Rule:
    """Read a rule and return its parts, numbers in the data dictionary's units.

    Parameters
    ----------
    text
        Such as ``count(failed biologic) >= 2 and sledai_2k at last visit >= 8``.
    unit
        Unit of the numbers that carry none (UCUM); empty where there is none.
    origin, field
        Name the file and the place in it in errors.
    vocabulary
        ``"simulated"`` for entry to studies: names that no record of a patient has are known, too.

    Raises
    ------
    InputError
        With line, column, caret and what was expected.
    """
    return _Parser(RuleText(text, origin, field), unit, vocabulary).whole()


class _Parser:
    """One pass over the words of one rule."""

    def __init__(self, source: RuleText, unit: str, vocabulary: Vocabulary = "record") -> None:
        self.source, self.unit, self.variables = source, unit, vocabulary_of(vocabulary)
        self.words, self.place, self.depth = tokens(source), 0, 0

    @property
    def next(self) -> Token:
        return self.words[self.place]

    def refuse(self, expected: str, token: Token | None = None, found: str = "") -> NoReturn:
        token = token or self.next
        self.source.refuse(token.start, found or str(token), expected)

    def take(self) -> Token:
        token = self.next
        self.place += token.kind != "end"
        return token

    def accept(self, *texts: str) -> bool:
        accepted = self.next.kind in {"name", "sign"} and self.next.text in texts
        self.place += accepted
        return accepted

    def expect(self, text: str, why: str = "") -> None:
        if not self.accept(text):
            self.refuse(f"'{text}'{why}")

    def whole(self) -> Rule:
        rule = self.either()
        if self.next.kind != "end":
            self.refuse("'and', 'or', or the end of the rule")
        return rule

    def either(self) -> Rule:
        parts = [self.every()]
        while self.accept("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def every(self) -> Rule:
        parts = [self.opposite()]
        while self.accept("and"):
            parts.append(self.opposite())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def opposite(self) -> Rule:
        if self.next.text != "not":
            return self.primary()
        self.deeper()
        self.take()
        inner = self.opposite()
        self.depth -= 1
        return Not(inner)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"at most {MAX_DEPTH} levels of brackets and nots")

    def primary(self) -> Rule:
        word = self.next
        if word.text == "(":
            return self.bracket()
        if self.accept("lupus_type"):
            return self.type()
        if self.accept("any"):
            return Count(self.chosen(), ">=", 1.0)
        if self.accept("count"):
            return self.count()
        if self.accept("known"):
            return self.known()
        if word.kind != "name" or word.text in KEYWORDS:
            self.refuse("a variable, any(…), count(…), known(…), lupus_type, 'not' or '('")
        return self.quantity()

    def bracket(self) -> Rule:
        self.deeper()
        self.expect("(")
        inner = self.either()
        self.expect(")", " to close the bracket")
        self.depth -= 1
        return inner

    def type(self) -> Rule:
        if self.accept("in"):
            return TypeIn(frozenset(TYPES[one] for one in self.names(tuple(TYPES), "a type of lupus")))
        negated = self.next.text == "!="
        if not self.accept("=", "!="):
            self.refuse("'in', '=' or '!=' after lupus_type")
        rule = TypeIn(frozenset({TYPES[self.name(tuple(TYPES), "a type of lupus")]}))
        return Not(rule) if negated else rule

    def count(self) -> Rule:
        what = self.chosen()
        sign, number = self.sign("after count(…)"), self.next
        value = self.number()
        if not value.is_integer():
            self.refuse("a whole number", number)
        return Count(what, sign, value)

    def chosen(self) -> Organs | Drugs:
        self.expect("(")
        if self.accept("organ"):
            self.expect("in")
            what: Organs | Drugs = Organs(frozenset(self.names(get_args(Organ), "an organ")))
        elif self.next.text in STATUSES:
            what = self.drugs()
        else:
            self.refuse(f"'organ in […]' or one of {', '.join(STATUSES)}")
        self.expect(")", " to close the bracket")
        return what

    def drugs(self) -> Drugs:
        status = cast(DrugStatus, self.take().text)
        choices = tuple(dict.fromkeys([*drug_classes().values(), *drug_classes()]))
        kinds = [self.name(choices, "a class of drugs or a drug")]
        while self.accept("or"):
            kinds.append(self.name(choices, "a class of drugs or a drug"))
        within = self.window() if status == "given" else None
        stated = None
        if self.accept("stated"):
            token = self.next
            stated = self.variable().name
            if self.variables[stated].kind == "quantity":
                self.refuse("a flag or a number of points", token)
        return Drugs(status, frozenset(kinds), stated, within)

    def known(self) -> Rule:
        self.expect("(")
        name, within = self.variable().name, self.window()
        self.expect(")", " to close the bracket")
        return Known(name, within)

    def quantity(self) -> Rule:
        token = self.next
        variable, within = self.variable(), self.window()
        compared = self.next.kind == "sign" and self.next.text in SIGNS
        if variable.kind == "flag":
            if compared:
                self.refuse(f"no comparison: {variable.name} is a flag and stands alone, or after 'not'")
            return Flag(variable.name, within)
        if not compared:
            self.refuse(f"a comparison with {variable.name}, such as >= 1", None if self.next.kind == "end" else token)
        sign, value, after = self.sign(""), self.threshold(variable), self.next
        second = self.window()
        if within is not None and second is not None:
            self.refuse("one window, before or after the comparison", after)
        return Compare(variable.name, sign, value, second if within is None else within)

    def variable(self) -> Variable:
        token = self.take()
        definition = self.variables.get(token.text) if token.kind == "name" else None
        if definition is None:
            self.refuse(f"a variable of the data dictionary, {nearest(token.text, self.variables)}", token)
        return definition

    def sign(self, where: str) -> Operator:
        if self.next.text not in SIGNS:
            self.refuse(f"a comparison {where}: {' '.join(SIGNS)}")
        return cast(Operator, self.take().text)

    def number(self) -> float:
        if self.next.kind != "number":
            self.refuse("a number")
        return float(self.take().text)

    def threshold(self, variable: Variable) -> float:
        """Read a number with its unit and return it in the dictionary's unit."""
        token = self.next
        value = self.number()
        written = self.take().text.strip('"') if self.next.kind == "unit" else self.unit
        if variable.unit in UNITLESS and written in {"", variable.unit}:
            pass
        elif not written:
            self.refuse(f'a unit for {variable.name}, such as "{variable.unit}"', token, f"{token} without a unit")
        else:
            value = self.converted(value, written, variable, token)
        if not variable.low <= value <= variable.high:
            self.refuse(f"{variable.low:g} to {variable.high:g} {variable.unit}", token, f"{value:g} {variable.unit}")
        return value

    def converted(self, value: float, written: str, variable: Variable, token: Token) -> float:
        try:
            return convert(value, written, variable.unit, variable.substance)
        except UnitError:
            wanted = f"a unit that converts to {variable.unit}, the unit of {variable.name}"
            self.refuse(wanted, token, f"{token} {written}")

    def window(self) -> float | None:
        if self.accept("at"):
            self.expect("last", " visit")
            self.expect("visit")
        if not self.accept("within"):
            return None
        token = self.next
        length = self.number()
        if self.next.text not in DAYS:
            self.refuse(f"a unit of time: {', '.join(DAYS)}")
        days = length * DAYS[self.take().text]
        if not 0 < days <= LONGEST_WINDOW:
            self.refuse("a window longer than nothing and up to 100 a", token)
        return days

    def names(self, known: tuple[str, ...], what: str) -> list[str]:
        self.expect("[", " to open the list")
        chosen = [self.name(known, what)]
        while self.accept(","):
            chosen.append(self.name(known, what))
        self.expect("]", " to close the list")
        return chosen

    def name(self, known: tuple[str, ...], what: str) -> str:
        token = self.take()
        if token.kind != "name" or token.text not in known:
            self.refuse(f"{what}, {nearest(token.text, known)}" if token.kind == "name" else what, token)
        return token.text
