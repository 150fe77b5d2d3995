"""What the name and cells of a column tell of it, for a draft of a map: what is sure, and what a person has to say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lupercal.evidence.units import UnitError, parse
from lupercal.exchange.tables.dates import AmbiguousDateError, FirstDay, UnreadDateError, written_date
from lupercal.exchange.tables.grid import GridCell
from lupercal.exchange.tables.map_file import ROLES, DateOrder, Rows, TableFormat, needs_unit
from lupercal.exchange.tables.words import says_missing, table_words, tidy_word
from lupercal.files.checked import validated
from lupercal.patient.spellings import flag_in_words, sex_in_words
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import accepts, variables

_WITH_UNIT = re.compile(r"(?P<name>.+?)\s*[\[(](?P<unit>[^][()]*(?:\([^()]*\)[^][()]*)?)[\])]\s*|(?P<plain>.+)")
_AFTER_COMMA = re.compile(r"(?P<name>.+?)\s*(?:,|\bin\b|/)\s*(?P<unit>\S+)")
_DATES = ("date", "birth_date", "reference_date", "start_date", "stop_date")
_SHOWN = 4


def named_variable(header: str) -> tuple[str, str | None]:
    """Return the variable (empty where none is known by this name) and the unit that a column's name holds."""
    name, unit = _parted(header)
    return _variable_names().get(loose_word(name), ""), unit


def named_role(header: str, rows: Rows) -> str:
    """Return the role that a column's name says it has, empty where it says none."""
    role = _role_names().get(loose_word(header), "")
    return role if role in ROLES[rows] else ""


def said_of_variable(
    name: str, unit: str | None, cells: Sequence[GridCell], *, unit_beside: bool = False
) -> dict[str, Any]:
    """Return a map's line for a column of this variable, with a question where something is not sure."""
    line: dict[str, Any] = {"is": name}
    held = variables()[name]
    if unit is not None and held.kind == "quantity":
        line["unit"] = unit
    if held.kind == "flag":
        return line | _words_of(cells, {"true": "yes", "false": "no"}, lambda text: flag_in_words(text) is not None)
    if unit is None and needs_unit(name) and not unit_beside and not _units_in(cells):
        line["unsure"] = f"no unit is named; the data dictionary holds {unit_in_words(held.unit)}. {_run(cells)}"
    elif unit is not None and not _fits(name, unit):
        line["unsure"] = f"{unit} is no unit of {held.label}; the data dictionary holds {unit_in_words(held.unit)}"
    return line


def said_of_role(role: str, cells: Sequence[GridCell], first_day: FirstDay | None) -> dict[str, Any]:
    """Return a map's line for a column with this role, with a question where something is not sure."""
    if role in _DATES:
        return {"is": role} | said_of_dates(cells, first_day)
    if role == "sex":
        return {"is": role} | _words_of(
            cells, {"female": "female", "male": "male"}, lambda text: bool(sex_in_words(text))
        )
    if role == "drug":
        texts = dict.fromkeys(cell.text for cell in cells if not cell.fault)
        words = {text: _drug_names()[loose_word(text)] for text in texts if loose_word(text) in _drug_names()}
        return {"is": role} | ({"words": words} if words else {})
    return {"is": role}


def said_of_dates(cells: Sequence[GridCell], first_day: FirstDay | None) -> dict[str, Any]:
    """Return the order of a column's dates where one of them proves it, a question where none does."""
    texts = [cell for cell in cells if cell.text and not cell.fault and not says_missing(cell.text)]
    doubtful = []
    for cell in texts:
        try:
            written_date(cell, None, first_day, 1950)
        except AmbiguousDateError as error:
            doubtful.append((cell.text, str(error)))
        except UnreadDateError:
            continue
    if not doubtful:
        return {}
    orders: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
    possible = [order for order in orders if all(_readable(cell, order) for cell in texts)]
    if len(possible) == 1:
        return {"dates": possible[0]}
    text, reason = doubtful[0]
    return {"unsure": f"{text} {reason.partition(';')[0]}: add dates: dmy, mdy, ymd, serial-1900 or serial-1904"}


def question(several: str, header: str) -> str:
    """Return what to ask of a column whose name may mean several variables."""
    names = [name for name in variables() if name.startswith(several) and not name.endswith("_uln")]
    return f"which assay is {header}? {', '.join(names)}"


def named_family(header: str) -> str:
    """Return the family of variables that a column's name may mean, empty where there is none."""
    word = loose_word(_parted(header)[0])
    families = table_words()["several"].items()
    return next((family for family, words in families if word in map(loose_word, words)), "")


def loose_word(text: str) -> str:
    """Return what spellings of one name share: hyphens, points and low lines are blanks, case does not count."""
    return " ".join(re.sub(r"[\s_.:\-]+", " ", text.lower()).split())


def _parted(header: str) -> tuple[str, str | None]:
    """Return name and unit of a column's name such as ``C3 [g/L]``; the unit only where it can be read as one."""
    if _variable_names().get(loose_word(header)):
        return header, None
    for pattern in (_WITH_UNIT, _AFTER_COMMA):
        match = pattern.fullmatch(header)
        unit = match["unit"] if match and match.groupdict().get("unit") else None
        if match and unit is not None and (_is_unit(unit) or pattern is _WITH_UNIT):
            return match["name"], unit if _is_unit(unit) else None
    return header, None


def _is_unit(text: str) -> bool:
    try:
        parse(text)
    except UnitError:
        return False
    return True


def _fits(name: str, unit: str) -> bool:
    held = variables()[name]
    return held.kind == "quantity" and accepts(held, unit)


def _units_in(cells: Sequence[GridCell]) -> bool:
    """Return whether cells name their units themselves."""
    return any(re.search(r"\d\s*[^\W\d_/%µμ][\w/]*|\d\s*%", cell.text) for cell in cells if cell.stored == "text")


def _run(cells: Sequence[GridCell]) -> str:
    texts = list(dict.fromkeys(cell.text for cell in cells if cell.text and not says_missing(cell.text)))
    return f"Cells hold {', '.join(texts[:_SHOWN])}" if texts else "No cell holds a value"


def _words_of(cells: Sequence[GridCell], meanings: Mapping[str, str], understood: Any) -> dict[str, Any]:
    """Return what the cells' words mean; a question where one of them is in no list."""
    texts = dict.fromkeys(
        cell.text for cell in cells if cell.text and not says_missing(cell.text) and not understood(cell.text)
    )
    lists: Any = table_words()
    words: dict[str, Any] = {}
    for text in texts:
        fitting = [meaning for meaning, key in meanings.items() if tidy_word(text) in lists[key]]
        if len(fitting) == 1:
            words[text] = {"true": True, "false": False}.get(fitting[0], fitting[0])
    open_words = [text for text in texts if text not in words]
    line: dict[str, Any] = {"words": words} if words else {}
    if open_words:
        line["unsure"] = f"what do these mean: {', '.join(open_words[:_SHOWN])}? Put them under words"[:300]
    return line


def _readable(cell: GridCell, order: DateOrder) -> bool:
    try:
        written_date(cell, order, None, 1950)
    except UnreadDateError:
        return False
    return True


@cache
def _variable_names() -> Mapping[str, str]:
    """Return variables by every name that means one of them alone: own names, labels and the words of the list."""
    labels = {loose_word(held.label): name for name, held in variables().items()}
    listed = {loose_word(word): name for name, words in table_words()["variables"].items() for word in words}
    several = {loose_word(word) for words in table_words()["several"].values() for word in words}
    names = {word: name for word, name in (labels | listed).items() if word not in several}
    return names | {loose_word(name): name for name in variables() if loose_word(name) not in several}


@cache
def _role_names() -> Mapping[str, str]:
    return {loose_word(word): role for role, words in table_words()["roles"].items() for word in words}


@cache
def _drug_names() -> Mapping[str, str]:
    return {loose_word(word): name for name, words in table_words()["drugs"].items() for word in words}


def number_signs(texts: Sequence[str]) -> tuple[TableFormat, str]:
    """Return how numbers are written where some of them prove it, and a question where they contradict one another."""
    proof = {"decimal": {".": "", ",": ""}, "doubtful": {".": "", ",": ""}}
    thousands = ""
    for text in texts:
        match = re.fullmatch(r"[<>=≤≥]*\s*[+-]?(\d[\d.,]*)(?:\s*[^\d.,\s].*)?", text)
        if not match:
            continue
        body = match[1]
        both = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})+([.,])\d+", body)
        many = re.fullmatch(r"\d{1,3}(?:([.,])\d{3}){2,}", body)
        single = re.fullmatch(r"(\d+)([.,])(\d+)", body)
        if both and both[1] != both[2]:
            thousands, proof["decimal"][both[2]] = both[1], text
        elif many:
            thousands = many[1]
        elif single:
            clear = len(single[3]) != 3 or len(single[1]) > 3 or single[1] == "0"
            proof["decimal" if clear else "doubtful"][single[2]] = text
    return _signs(proof["decimal"], proof["doubtful"], thousands)


def _signs(decimal: Mapping[str, str], doubtful: Mapping[str, str], thousands: str) -> tuple[TableFormat, str]:
    proved = [sign for sign, text in decimal.items() if text]
    if len(proved) == 2 or (proved and thousands in proved):
        shown = " and ".join(text for text in decimal.values() if text)
        return TableFormat(), f"numbers with a decimal point and with a decimal comma: {shown}; give writes.decimal"
    other = {".": ",", ",": "."}
    sign = proved[0] if proved else other[thousands] if thousands else ""
    open_text = doubtful[other[sign]] if sign and not thousands else "" if sign else doubtful[","]
    asked = f"is the mark in {open_text} a decimal sign or a thousands mark? Give writes.decimal or writes.thousands"
    given = {"decimal": sign or None, "thousands": thousands or None}
    return validated(given, TableFormat, "writes"), asked if open_text else ""
