"""Patient files: what is stated arrives in the dictionary's unit, what is not stated stays unknown."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.evidence.units import convert
from lupercal.files.documents import parse_yaml
from lupercal.patient.read import patient_from, read_patient
from lupercal.patient.record import Measurement, Treatment
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "patient-file.md"
TODAY = date(2026, 1, 1)

# variable -> other units in which a laboratory may report it
OTHER_UNITS = {
    "c3": ["mg/dL", "mg/L", "g/l"],
    "upcr": ["mg/g", "mg/mmol", "mg/mg"],
    "creatinine": ["umol/L", "µmol/l", "mg/L"],
    "cd19": ["10*9/L", "/mm3"],
    "platelets": ["/uL", "10^3/uL", "K/uL"],
    "hemoglobin": ["g/L", "mmol/L"],
    "temperature": ["°F", "K"],
    "protein_24h": ["mg/24h", "g/d"],
    "mycophenolate_mofetil": ["mg/d"],
}


def value(name: str, raw: Any) -> Measurement:
    return measurement(variables()[name], raw, "memory", name)


def treatment(**row: object) -> Treatment:
    return patient_from({"id": "a", "treatments": [row]}, "memory", TODAY).treatments[0]


def test_the_documented_example_is_read() -> None:
    found = re.search(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    patient = patient_from(parse_yaml(found[1], DOCS), DOCS, TODAY)
    screening, infusion = patient.visits
    assert (screening.day, infusion.day, infusion.date) == (-14, 0, "2025-03-03")
    assert screening.values["creatinine"].value == pytest.approx(71 / 88.4)
    assert screening.values["creatinine"].given == "71 umol/L"
    assert screening.values["anti_dsdna"] == Measurement(200.0, ">", ">200 IU/mL")
    assert screening.values["c3"].value == 0.72
    assert screening.values["fever"].value == 0.0
    assert screening.attribution == {"rash": "sle"}
    assert infusion.values["upcr"].value == pytest.approx(271 * 8.84 / 1000)
    assert "igg" not in infusion.values
    prednisone, mycophenolate, belimumab = patient.treatments
    assert (prednisone.drug, prednisone.amount, prednisone.unit) == ("prednisone", 10.0, "mg/d")
    assert prednisone.note == "given as methylprednisolone 8 mg/d"
    assert (mycophenolate.amount, mycophenolate.unit, mycophenolate.start_day) == (2.0, "g/d", -413)
    assert belimumab.amount is None
    assert patient.current_treatments() == (prednisone, mycophenolate)


def test_yaml_and_json_give_the_same_patient(tmp_path: Path) -> None:
    data = {"id": "a", "sex": "male", "visits": [{"day": 0, "values": {"c3": 0.7, "anti_dsdna": "<4 IU/mL"}}]}
    (tmp_path / "a.json").write_text(json.dumps(data))
    (tmp_path / "a.yaml").write_text(
        'id: a\nsex: male\nvisits: [{day: 0, values: {c3: 0.7, anti_dsdna: "<4 IU/mL"}}]\n'
    )
    assert read_patient(tmp_path / "a.json") == read_patient(str(tmp_path / "a.yaml"))


def test_only_the_id_is_needed_and_nothing_is_made_up() -> None:
    patient = patient_from({"id": "a"}, "memory")
    assert (patient.sex, patient.age_years, patient.lupus_type, patient.visits, patient.treatments) == (None,) * 3 + (
        (),
        (),
    )


@given(st.sampled_from([(name, unit) for name, units in OTHER_UNITS.items() for unit in units]), st.floats(0.05, 0.95))
def test_the_unit_a_value_arrives_in_does_not_matter(case: tuple[str, str], share: float) -> None:
    name, unit = case
    variable = variables()[name]
    own = variable.low + share * ((variable.bare_high or variable.high) - variable.low)
    other = convert(own, variable.unit, unit, variable.substance)
    for raw in ({"value": other, "unit": unit}, {"value": own, "unit": variable.unit}, own):
        assert value(name, raw).value == pytest.approx(own, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("anti_dsdna_arbitrary", ">5000", Measurement(5000.0, ">", ">5000 U/mL")),
        ("anti_dsdna_arbitrary", {"value": "≥ 5000", "unit": "U/mL"}, Measurement(5000.0, ">=", "≥ 5000 U/mL")),
        ("upcr", "<250 mg/g", Measurement(0.25, "<", "<250 mg/g")),
        ("il6", "<= 1.5e1 ng/L", Measurement(15.0, "<=", "<= 1.5e1 ng/L")),
        ("anti_dsdna_crithidia", "1:80", Measurement(80.0, "=", "1:80")),
        ("anti_dsdna_crithidia", ">1:1280", Measurement(1280.0, ">", ">1:1280")),
        ("leukocytes", "5.1 10*9/L", Measurement(5.1, "=", "5.1 10*9/L")),
        ("rash", True, Measurement(1.0, "=", "true")),
        ("rash", 0, Measurement(0.0, "=", "0")),
        ("sledai_2k", 16, Measurement(16.0, "=", "16")),
        ("pga", 0.5, Measurement(0.5, "=", "0.5")),
    ],
)
def test_every_form_of_a_value(name: str, raw: Any, expected: Measurement) -> None:
    found = value(name, raw)
    assert (found.value, found.comparator) == (expected.value, expected.comparator)
    assert (found.given or "").replace(" {titer}", "") == expected.given


@given(st.sampled_from(sorted(variables())), st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20))
def test_a_value_is_plausible_or_refused(name: str, raw: float | str) -> None:
    variable = variables()[name]
    try:
        found = value(name, raw)
    except InputError as error:
        assert error.field.startswith(name)  # noqa: PT017 - both outcomes are allowed, each with its own promise
    else:
        assert variable.low <= found.value <= variable.high


@pytest.mark.parametrize(
    ("drug", "amount", "equivalent"),  # the table and worked examples GC-01 to GC-03 of the instruments' reference
    [
        ("prednisolone", 10, 10),
        ("methylprednisolone", 16, 20),
        ("hydrocortisone", 100, 25),
        ("dexamethasone", 6, 40),
        ("cortisone", 25, 5),
        ("Deflazacort", 6, 5),
    ],
)
def test_glucocorticoids_become_prednisone(drug: str, amount: float, equivalent: float) -> None:
    found = treatment(drug=drug, amount=amount, unit="mg/d", note="oral")
    assert (found.drug, found.unit) == ("prednisone", "mg/d")
    assert found.amount == pytest.approx(equivalent)
    assert found.note == f"given as {drug.lower()} {amount} mg/d; oral"


def test_a_pulse_is_not_a_daily_dose() -> None:
    assert treatment(drug="methylprednisolone", amount=250, unit="mg/d").drug == "glucocorticoid_pulse"
    assert treatment(drug="methylprednisolone", amount=249, unit="mg/d").drug == "prednisone"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("MMF", "mycophenolate_mofetil"),
        ("HCQ", "hydroxychloroquine"),
        ("CD19 CAR-T", "cd19_car_t"),
        ("steroid pulse", "glucocorticoid_pulse"),
    ],
)
def test_other_spellings_of_a_drug(written: str, name: str) -> None:
    assert treatment(drug=written).drug == name


def test_alternate_days_and_weeks_are_dimensions_of_time() -> None:
    assert treatment(drug="methotrexate", amount=2.5, unit="mg/d").amount == pytest.approx(17.5)


@given(
    st.lists(st.integers(-3000, 300), unique=True, min_size=1, max_size=6), st.dates(date(1950, 1, 1), date(2020, 1, 1))
)
def test_shifting_all_dates_changes_no_day(days: list[int], zero: date) -> None:
    rows = [{"date": date.fromordinal(zero.toordinal() + day).isoformat()} for day in days]
    patient = patient_from({"id": "a", "reference_date": zero.isoformat(), "visits": rows}, "memory", TODAY)
    assert [visit.day for visit in patient.visits] == sorted(days)


def test_one_visit_with_day_and_date_fixes_the_calendar() -> None:
    rows = [{"date": "2020-01-11"}, {"day": 5, "date": "2020-01-06"}]
    patient = patient_from({"id": "a", "visits": rows}, "memory", TODAY)
    assert [visit.day for visit in patient.visits] == [5, 10]


def test_today_itself_is_not_the_future_and_a_planned_infusion_may_be() -> None:
    data = {"id": "a", "reference_date": "2026-02-01", "visits": [{"day": -31}]}
    assert patient_from(data, "memory", TODAY).visits[0].day == -31
    with pytest.raises(InputError, match="up to today, 2026-01-01"):
        patient_from({**data, "visits": [{"day": -30}]}, "memory", TODAY)
