"""Patients that tests build: strategies over what rules may ask, and files from plain values."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.schema import LupusType, Organ
from lupercal.patient.variables import variables
from lupercal.programmes.eligibility import rule_of
from lupercal.programmes.registry import programmes
from lupercal.rules.syntax import PERSONAL, inputs

ASKED = tuple(
    sorted(
        {name for one in programmes().values() for c in one.criteria for name in inputs(rule_of(c))}
        - {*PERSONAL, "age", "sex_female"}
    )
)
DRUGS = ("mycophenolate_mofetil", "cyclophosphamide", "belimumab", "prednisone", "hydroxychloroquine", "cd19_car_t")


def value_of(name: str) -> st.SearchStrategy[Any]:
    """Return plausible values of a variable."""
    variable = variables()[name]
    if variable.kind == "flag":
        return st.booleans()
    if variable.kind == "score":
        return st.integers(int(variable.low), int(variable.high))
    high = variable.bare_high or variable.high
    return st.floats(variable.low, high).map(lambda x: min(max(round(x, 3), variable.low), high))


def values(least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Return the values of one visit, any of what rules ask for."""
    return st.lists(st.sampled_from(ASKED), unique=True, min_size=least).flatmap(
        lambda names: st.fixed_dictionaries({name: value_of(name) for name in names})
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a patient file with up to four visits, of which anything may be unknown."""
    days = draw(st.lists(st.integers(-200, 40), unique=True, max_size=4))
    treatment = st.fixed_dictionaries(
        {"drug": st.sampled_from(DRUGS)},
        optional={"status": st.sampled_from(["failed", "stopped"]), "start_day": st.integers(-900, 10)},
    )
    person: dict[str, Any] = {
        "lupus_type": draw(st.none() | st.sampled_from(get_args(LupusType))),
        "sex": draw(st.none() | st.sampled_from(["female", "male"])),
        "age_years": draw(st.none() | st.floats(5, 90)),
        "organs_involved": draw(st.lists(st.sampled_from(get_args(Organ)), unique=True, max_size=4)),
        "treatments": draw(st.lists(treatment, max_size=4)),
        "visits": [{"day": day, "values": draw(values())} for day in days],
    }
    if person["sex"] == "male":
        for visit in person["visits"]:
            visit["values"].pop("pregnant", None)
    return {"id": "drawn", **{key: value for key, value in person.items() if value is not None}}


def built(document: dict[str, Any]) -> Patient:
    """Return the patient of a document."""
    return patient_from(document, "test")
