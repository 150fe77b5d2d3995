"""A CodeableConcept as what it is here. Codes speak; texts are compared with them and never read for themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from lupercal.exchange.fhir.code_tables import observation_codes, observation_table, system_name
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.variables import variables

ConceptKey = tuple[tuple[tuple[str, str, str], ...], str]


@final
@dataclass(frozen=True, slots=True)
class KnownCode:
    """One coding whose system is known: ``system`` is its short name, such as ``loinc``."""

    system: str
    code: str
    display: str


@final
@dataclass(frozen=True, slots=True)
class ObservationMeaning:
    """What a measurement's code is here.

    Parameters
    ----------
    reads
        Variables that the number may be; the unit decides between them.
    flag
        Variable that the answer states, empty where the code is none of a qualitative test.
    skip
        Why it is not used; empty where it is.
    warns
        What a person should look at.
    panel
        Whether the code is one of a group of measurements.
    unit
        Unit that stands in where a value states none, by a site's map.
    """

    reads: tuple[str, ...] = ()
    flag: str = ""
    skip: str = ""
    warns: tuple[str, ...] = ()
    panel: bool = False
    unit: str = ""


def concept_key(concept: Any) -> ConceptKey:
    """Return codings and text of a CodeableConcept in a form that can be looked up; what is malformed is left out."""
    if not isinstance(concept, dict):
        return (), ""
    codings, text = concept.get("coding"), concept.get("text")
    written = text if isinstance(text, str) else ""
    if type(codings) is list and len(codings) == 1 and type(codings[0]) is dict:  # as most are
        return (_coding(codings[0]),), written
    rows = codings if isinstance(codings, list) else []
    return tuple([_coding(row) for row in rows if isinstance(row, dict)]), written


def _coding(row: Mapping[str, Any]) -> tuple[str, str, str]:
    system, code, display = row.get("system"), row.get("code"), row.get("display")
    return (
        system if isinstance(system, str) else "",
        code if isinstance(code, str) else "",
        display if isinstance(display, str) else "",
    )


def known_codes(key: ConceptKey) -> tuple[list[KnownCode], list[str]]:
    """Return the codings of known systems, and what is odd about how they are written."""
    codes, warns = [], []
    for system, code, display in key[0]:
        name, official = system_name(system)
        if name and code:
            codes.append(KnownCode(name, code, display))
            warns += [] if official else [f"code system written as {shown_text(system)}"]
    return codes, warns


def concept_text(key: ConceptKey) -> str:
    """Return a concept in words: its text, else its first display, else its first code."""
    shown = key[1] or next((display for _, _, display in key[0] if display), "")
    return shown_text(shown or next((f"{system} {code}" for system, code, _ in key[0] if code), "no code"))


def observation_meaning(key: ConceptKey, own: Mapping[tuple[str, str], tuple[str, str]]) -> ObservationMeaning:
    """Return what the code of an Observation or a component is.

    Parameters
    ----------
    key
        From `concept_key`.
    own
        A site's own codes: system and code to variable and unit.
    """
    codes, warns = known_codes(key)
    mapped = [own[pair] for system, code, _ in key[0] if (pair := (system, code)) in own]
    named = [name for name, _ in mapped]
    named += [one.code for one in codes if one.system == "variable" and one.code in variables()]
    if any(one.system == "instrument" for one in codes):
        return ObservationMeaning(skip="a computed score: it is computed anew from the values")
    if named:
        return _of_variables(named, warns, next((unit for _, unit in mapped), ""))
    rows = [row for one in codes if one.system == "loinc" and (row := observation_codes().get(one.code))]
    if not rows:
        return ObservationMeaning(skip=_unknown(key, codes), warns=tuple(warns))
    warns += [row["warn"] for row in rows if "warn" in row]
    if len({_place(row) for row in rows}) > 1:
        return ObservationMeaning(skip="its codes do not mean the same", warns=tuple(warns))
    return _checked_text(key, rows[0], warns)


def _of_variables(names: Sequence[str], warns: list[str], unit: str) -> ObservationMeaning:
    if len(set(names)) > 1:
        return ObservationMeaning(skip=f"its codes name several variables: {', '.join(sorted(set(names)))}")
    flag = variables()[names[0]].kind == "flag"
    return ObservationMeaning(() if flag else (names[0],), names[0] if flag else "", "", tuple(warns), unit=unit)


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get("reads", ())), row.get("flag"), bool(row.get("skip")), bool(row.get("panel"))


def _unknown(key: ConceptKey, codes: Sequence[KnownCode]) -> str:
    if not key[0]:
        return "no code: a text alone is not read"
    if any(one.system == "loinc" for one in codes):
        return "a LOINC code that is no variable of the data dictionary"
    return "no code of a known system: a site's own codes are read through its map"


def _checked_text(key: ConceptKey, row: Mapping[str, Any], warns: list[str]) -> ObservationMeaning:
    """Return the meaning of a row, withheld where the text beside the code names another variable."""
    reads = tuple(row.get("reads", ()))
    targets = {*reads, row.get("flag", "")} - {""}
    named = named_variables(" ; ".join((key[1], *(display for _, _, display in key[0]))))
    stranger = bool(named) and not any(_akin(one, name) for one in named for name in targets)
    if row.get("skip"):
        warns = [*warns, f"the text names {', '.join(sorted(named))}"] if stranger and row.get("trap") else warns
        return ObservationMeaning(skip=row["skip"], warns=tuple(warns))
    if stranger and targets:
        clash = f"the code says {row['label']}, the text names {', '.join(sorted(named))}: neither is taken"
        return ObservationMeaning(skip=clash, warns=(clash,))
    return ObservationMeaning(reads, row.get("flag", ""), "", tuple(warns), bool(row.get("panel")))


def _akin(named: str, variable: str) -> bool:
    return named == variable or variable.startswith(f"{named}_") or variable.endswith(f"_{named}")


def named_variables(text: str) -> set[str]:
    """Return the variables whose words stand in a text; used to notice a contradiction, never to read a value."""
    return {name for name, pattern in _patterns("words") if pattern.search(text)}


def stated_method(text: str) -> str:
    """Return the family of anti-dsDNA assays that a method's text names, empty where it names none."""
    return next((name for name, pattern in _patterns("methods") if pattern.search(text)), "")


@cache
def _patterns(table: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = observation_table()["words" if table == "words" else "methods"]
    return tuple((name, _any_of(words)) for name, words in rows.items())


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds whole words, whatever their case."""
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)


def words_in(text: str, table: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the names of a table whose words stand in a text."""
    yield from (name for name, words in table.items() if _any_of(words).search(text))
