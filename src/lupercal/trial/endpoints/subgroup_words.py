"""Words of subgroups: spellings that mean the same, bounds on a number at baseline, and what cannot be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from lupercal.evidence.units import UnitError, convert
from lupercal.files.checked import closed, read_as
from lupercal.patient.variables import variables

Array = NDArray[np.float64]
_GENES = r"(?:ifn|interferon)(?: gene)?(?: signature)?"
_FLAGS = "complement|c3|c4|positive|negative|immunosuppressant|hydroxychloroquine|antimalarial|glucocorticoid|nephritis"
NEW_NEPHRITIS, RELAPSED_NEPHRITIS = "new nephritis", "relapsed nephritis"
_NEPHRITIS = "(?:(?:lupus )?nephritis|ln)"
_NEW_ALONE = "(?:new[- ]onset|newly[- ]diagnosed|de[- ]novo|first[- ]episode|incident)"
_NEW = f"(?:new|{_NEW_ALONE}|first|(?:first|new) (?:episode|onset|diagnosis) of)"
_AGAIN_ALONE = "(?:relaps(?:ed|ing)|recurrent)"
_KNOWN = "(?:known|established|pre-?existing|previous|prior)"
_AGAIN = f"(?:{_AGAIN_ALONE}|(?:relapse|recurrence) of(?: {_KNOWN})?|flare of {_KNOWN})"
_AGAIN_BEHIND = f"(?:{_AGAIN_ALONE}|relapse|recurrence)"
_IS_NEW = f"(?:{_NEW} {_NEPHRITIS}|{_NEPHRITIS},?:? {_NEW}|{_NEW_ALONE})"
_IS_RELAPSED = f"(?:{_AGAIN} {_NEPHRITIS}|{_NEPHRITIS},?:? {_AGAIN_BEHIND}|{_AGAIN_ALONE})"
_OTHER_SPELLINGS = (
    (r"\bat (?:study )?(?:entry|screening|inclusion)\b", "at baseline"),
    *(
        (rf"^{level} {_GENES}|^{_GENES}[- ]{level}|^{level} ifn(?: signature)?", f"interferon signature {level}")
        for level in ("high", "low")
    ),
    (r"^(interferon signature (?:high|low)) at baseline$", r"\1"),
    (r"\bdsdna[- ]?(?:positive|\+)", "dsdna positive"),
    (r"\bdsdna[- ]?(?:negative|-)", "dsdna negative"),
    (r"\bimmunosuppressants\b", "immunosuppressant"),
    (r"\b(?:hcq|hydroxychloroquine use)\b", "hydroxychloroquine"),
    (r"\bantimalarials\b", "antimalarial"),
    (r"\b(?:glucocorticoids|corticosteroids?|steroids?)\b", "glucocorticoid"),
    (r"^(?:without|not on|not taking) ", "no "),
    (r"^(?:with|on|taking) ", ""),
    (rf"^(?:patients with )?(?:an? )?{_IS_NEW}(?: at baseline)?$", NEW_NEPHRITIS),
    (rf"^(?:patients with )?(?:an? )?{_IS_RELAPSED}(?: at baseline)?$", RELAPSED_NEPHRITIS),
    (rf"^([^;]*\b(?:{_FLAGS}))$", r"\1 at baseline"),
)
"""Patterns, on small letters, and what they are read as."""

NUMBERS: Mapping[str, str] = {
    "sledai": "sledai_2k", "sledai-2k": "sledai_2k", "selena-sledai": "sledai_2k", "clinical sledai": "clinical_sledai",
    "clinical sledai-2k": "clinical_sledai", "prednisone": "prednisone", "upcr": "upcr", "egfr": "egfr", "pga": "pga",
    "anti-dsdna": "anti_dsdna", "c3": "c3", "c4": "c4", "igg": "igg", "hemoglobin": "hemoglobin",
    "platelets": "platelets", "lymphocytes": "lymphocytes", "neutrophils": "neutrophils", "leukocytes": "leukocytes",
}  # fmt: skip
"""Numbers at baseline that subgroups are bounded by, and the column of each."""

_SIGNS = {
    "or more": ">=", "at least": ">=", "≥": ">=", ">=": ">=", "or less": "<=", "at most": "<=", "≤": "<=", "<=": "<=",
    "below": "<", "less than": "<", "<": "<", "above": ">", "more than": ">", ">": ">",
}  # fmt: skip
_AMOUNT = r"(?P<number>\d+(?:\.\d+)?)(?: ?(?P<unit>(?!or )[^\s;]+))?"
_BOUND = re.compile(
    rf"(?P<what>[a-z0-9 -]+?) ?(?:of {_AMOUNT} (?P<after>or more|or less)|"
    rf"(?P<before>below|above|at least|at most|less than|more than|>=|<=|≥|≤|<|>) ?"
    + _AMOUNT.replace("number", "number2").replace("unit", "unit2")
    + r")(?: at baseline)?"
)


@final
@dataclass(frozen=True, slots=True)
class BaselineBound:
    """A bound on a column of the baseline visit, in its unit; ``sign`` is one of >=, <=, > and <."""

    column: str
    sign: str
    limit: float

    def met(self, values: Array) -> NDArray[np.bool_]:
        """Return who meets the bound, in the shape of the values."""
        met = {">=": values >= self.limit, "<=": values <= self.limit, ">": values > self.limit}
        return np.asarray(met.get(self.sign, values < self.limit))


def plain_words(words: str) -> str:
    """Return the words of a condition in small letters, and in the spelling that is known here."""
    plain = " ".join(words.lower().split())
    for pattern, spelling in _OTHER_SPELLINGS:
        plain = re.sub(pattern, spelling, plain)
    return plain


def bound_of(words: str) -> BaselineBound | None:
    """Return the bound that words ask for, as ``SLEDAI of 10 or more at baseline``; None where they ask for none."""
    fits = _BOUND.fullmatch(
        re.sub(r"\bat (?:study )?(?:entry|screening)\b", "at baseline", " ".join(words.lower().split()))
    )
    column = NUMBERS.get(fits["what"].strip()) if fits else None
    if fits is None or column is None:
        return None
    sign = _SIGNS[fits["after"] or fits["before"]]
    number, unit = float(fits["number"] or fits["number2"]), fits["unit"] or fits["unit2"] or ""
    limit = _in_unit_of(column, number, unit)
    return None if limit is None else BaselineBound(column, sign, limit)


def _in_unit_of(column: str, number: float, unit: str) -> float | None:
    """Return a number in the unit of a column, None where it does not convert; letters of units may be small."""
    variable = variables().get(column)
    if not unit or variable is None or variable.kind != "quantity" or _alike(unit, variable.unit):
        return number
    for spelling in (unit, *_CASES.get(unit, ())):
        try:
            return convert(number, spelling, variable.unit, variable.substance)
        except UnitError:
            continue
    return None


def _alike(unit: str, known: str) -> bool:
    plain = known.lower().replace("[", "").replace("]", "")
    return unit in (known.lower(), plain, plain.partition("/{")[0], f"{plain.partition('/{')[0]}/1.73")


_CASES = {"mg/dl": ("mg/dL",), "g/l": ("g/L",), "mg/l": ("mg/L",), "g/dl": ("g/dL",), "/nl": ("/nL",), "/ul": ("/uL",)}
"""Units as small letters leave them, and how they are written."""


def asks_for_episode(words: str) -> bool:
    """Return whether a subgroup, or one of its conditions, is that of new or of relapsed nephritis."""
    known = {plain_words(NEW_NEPHRITIS), plain_words(RELAPSED_NEPHRITIS)}
    return any(plain_words(part.strip()) in known for part in re.split(r";| and ", words))


@closed
class _Untold(TypedDict):
    words: str
    reason: str


@closed
class _UntoldTable(TypedDict):
    subgroups: list[_Untold]


@cache
def untold_groups() -> Mapping[str, str]:
    """Return why some subgroups cannot be told, by a regular expression on their words; the first that fits counts."""
    table = read_as(Path(__file__).with_name("subgroups_not_told.yaml"), _UntoldTable)
    return {row["words"]: row["reason"] for row in table["subgroups"]}


def why_not_told(words: str) -> str:
    """Return why a subgroup cannot be told from simulated visits, as the end of a sentence about it."""
    reasons = (why for pattern, why in untold_groups().items() if re.search(pattern, words, re.IGNORECASE))
    return f"cannot be told from simulated visits{next((f': {reason}' for reason in reasons), '')}"
