"""Instruments as they stand while a visit is being typed: value or bounds, every item explained, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from lupercal.instruments.registry import instrument
from lupercal.patient.document import patient_document
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.variables import variables
from lupercal.report.wording import pretty
from lupercal.visits.patient_scores import patient_scores, score_record
from lupercal.web.clinic.data import clinic_data

_FLAGS = {"doris_2021", "lldas"}


@final
@dataclass(frozen=True, slots=True)
class LiveItem:
    """One item of an instrument: its points or answer, and the data behind it."""

    name: str
    points: str
    data: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Live:
    """One instrument for one visit; ``missing`` names the items that are not known."""

    title: str
    told: str
    settled: bool
    items: tuple[LiveItem, ...]
    missing: tuple[str, ...]
    source: str


def with_visit(patient: Patient, row: Mapping[str, Any], without: int | None = None) -> tuple[Patient, int]:
    """Return a patient with one more visit, as a patient file would write it, and the day of that visit.

    ``without`` is the day of the visit that it replaces.

    Raises
    ------
    InputError
        For the first value that does not fit.
    """
    document = patient_document(patient)
    days = [visit.day for visit in patient.visits]
    pairs = zip(document.get("visits", []), days, strict=True)
    visits = [one for one, day in pairs if day != without]
    made = patient_from({**document, "visits": [*visits, dict(row)]}, "visit")
    before = set(days) - {without}
    return made, next((visit.day for visit in made.visits if visit.day not in before), made.visits[-1].day)


def live_scores(patient: Patient, day: int, names: Sequence[str] = ()) -> tuple[Live, ...]:
    """Return some instruments, those of the form where none is named, at the visit of a day."""
    place = [visit.day for visit in patient.visits].index(day)
    scores = patient_scores(patient, names or clinic_data().instruments)
    return tuple(_live(score_record(score, place)) for score in scores)


def _live(record: Mapping[str, Any]) -> Live:
    name = str(record["instrument"])
    items = tuple(
        LiveItem(_item_title(one), _points(found["value"]), tuple(found["data"]))
        for one, found in record["items"].items()
    )
    missing = tuple(
        _item_title(one)
        for one, found in record["items"].items()
        if found["value"] is None and one not in clinic_data().worked_out
    )
    value = record["value"]
    title = instrument(name).heading
    return Live(title, _told(name, record), value is not None, items, missing, str(record["source"]))


def _told(name: str, record: Mapping[str, Any]) -> str:
    value, label = record["value"], record["label"]
    if value is None:
        low, high = record["low"], record["high"]
        both = low is not None and high is not None
        return "not known" if name in _FLAGS or not both else f"between {low:g} and {high:g}"
    if name in _FLAGS:
        return "yes" if value else "no"
    return label or f"{value:g}"


def _points(value: float | None) -> str:
    return "not known" if value is None else f"{value:g}"


def _item_title(name: str) -> str:
    return variables()[name].label if name in variables() else pretty(name)
