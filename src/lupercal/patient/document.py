"""A patient as a file: the document that `lupercal.patient.read` reads back to the same record, and its YAML text.

One form for every importer: values as their source wrote them, in the order of the data dictionary, dates where the
record has dates and days where it has days. The same record gives the same text, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from lupercal.errors import InputError
from lupercal.evidence.units import convert
from lupercal.files.writing import write_text
from lupercal.patient.record import Measurement, Patient, Treatment, UndatedValue, Visit
from lupercal.patient.values import measurement
from lupercal.patient.variables import Variable, accepts, variables

HEADING = "# A patient file for Lupercal. Research use only. Not medical advice, not a medical device.\n"
_HEAD = ("id", "title", "sex", "age_years", "lupus_type", "diagnosis_year", "data_origin", "reference_date")
_TREATMENT = ("drug", "amount", "unit", "start_day", "stop_day", "status", "note")


def patient_document(patient: Patient) -> dict[str, Any]:
    """Return a patient as nested plain data; what is unknown is left out."""
    made = {name: plain_number(getattr(patient, name)) for name in _HEAD}
    made |= {
        "sources": [_filled({"ref": one.ref, "where": one.where}) for one in patient.sources],
        "organs_involved": list(patient.organs_involved),
        "notes": list(patient.notes),
        "treatments": [_treatment(one) for one in patient.treatments],
        "visits": [_visit(one) for one in patient.visits],
        "undated": [_undated(one) for one in patient.undated],
    }
    return _filled(made)


def patient_text(patient: Patient) -> str:
    """Return a patient as the text of a YAML file."""
    return HEADING + "".join(f"{line}\n" for line in _lines(patient_document(patient)))


def write_patient_file(path: Path, patient: Patient) -> None:
    """Write a patient file, YAML or JSON by its ending, whole or not at all.

    Raises
    ------
    InputError
        If the name has another ending, or nothing can be written there.
    """
    ending = path.suffix.lower()
    if ending not in {".yaml", ".yml", ".json"}:
        raise InputError(path, "", path.suffix or "no ending", "a file ending in .yaml or .json")
    plain = json.dumps(patient_document(patient), indent=1, ensure_ascii=False) + "\n" if ending == ".json" else ""
    write_text(path, plain or patient_text(patient))


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and value not in ("", [], {})}


def _treatment(one: Treatment) -> dict[str, Any]:
    return _filled({name: plain_number(getattr(one, name)) for name in _TREATMENT})


def _visit(visit: Visit) -> dict[str, Any]:
    placed = {"day": visit.day} if visit.date is None else {"date": visit.date}
    rank = _ranks().__getitem__
    values = {name: document_value(name, visit.values[name]) for name in sorted(visit.values, key=rank)}
    attribution = {name: visit.attribution[name] for name in sorted(visit.attribution, key=rank)}
    return placed | _filled({"label": visit.label, "values": values, "attribution": attribution})


def _undated(one: UndatedValue) -> dict[str, Any]:
    value = document_value(one.variable, one.measurement)
    return {"variable": one.variable, "value": value, "first_date": one.first_date, "last_date": one.last_date}


@cache
def _ranks() -> Mapping[str, int]:
    return {name: rank for rank, name in enumerate(variables())}


def document_value(name: str, one: Measurement) -> Any:
    """Return the plainest form that reads back to the same measurement: as given, else number and unit."""
    variable = variables()[name]
    if variable.kind == "flag" and one.given in {"true", "false", None}:
        return one.value == 1
    if one.given is not None and (_plainly(variable, one.given, one) or _reads_back(name, one.given, one)):
        return one.given
    number = plain_number(one.value)
    bare = [raw for raw in (number, one.value) if not one.censored and _reads_back(name, raw, one)]
    if bare:
        return bare[0]
    sign = one.comparator if one.censored else ""
    return {"value": f"{sign}{number!r}" if sign else number, "unit": variable.unit}


def _plainly(variable: Variable, given: str, one: Measurement) -> bool:
    """Return whether a text is a plain number and a unit that make the value: most are, and need no second reading."""
    match = _NUMBER_AND_UNIT.fullmatch(given) if variable.kind == "quantity" and one.comparator == "=" else None
    if match is None:
        return False
    number, unit = match.groups()
    if not accepts(variable, unit):
        return False
    target = variable.unit
    return one.value == (float(number) if unit == target else convert(float(number), unit, target, variable.substance))


_NUMBER_AND_UNIT = re.compile(r"(\d{1,15}(?:\.\d{1,15})?) (\S+)")


def _reads_back(name: str, raw: Any, one: Measurement) -> bool:
    try:
        return measurement(variables()[name], raw, "", "") == one
    except InputError:
        return False


def plain_number(value: Any) -> Any:
    """Return a float that is a whole number as an integer, which reads back to the same float; others as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a YAML document: one per key, treatment and value."""
    for name, value in document.items():
        if name == "visits":
            yield "visits:"
            for visit in value:
                yield from _visit_lines(visit)
        elif isinstance(value, list) and value and name != "organs_involved":
            yield f"{name}:"
            yield from (f"  - {_flow(one)}" for one in value)
        else:
            yield f"{name}: {_flow(value)}"


def _visit_lines(visit: Mapping[str, Any]) -> Iterator[str]:
    for count, (name, value) in enumerate(visit.items()):
        lead = "  - " if count == 0 else "    "
        if name == "values":
            yield f"{lead}values:"
            yield from (f"      {key}: {_flow(one)}" for key, one in value.items())
        else:
            yield f"{lead}{name}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Return a value in YAML's flow form; text in quotes, which every reader takes for text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        text = encode_basestring(value)
        return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escaped, text)
    return json.dumps(value)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that YAML takes for breaks of lines or refuses."""
