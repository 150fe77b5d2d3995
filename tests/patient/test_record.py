"""Records, columns, dictionary and cases."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.units import convertible
from lupercal.patient.cases import case_names, case_path, read_case
from lupercal.patient.drugs import drug_classes, generic_name, prednisone_equivalents
from lupercal.patient.record import Comparator, Measurement, Patient, Visit
from lupercal.patient.table import patient_columns, visit_columns
from lupercal.patient.variables import variables

SLEDAI_ITEMS = 24
MEASUREMENTS = st.builds(Measurement, st.floats(0, 1e6), st.sampled_from(["=", "<", "<=", ">", ">="]))


def test_baseline_is_the_last_visit_up_to_day_zero() -> None:
    visits = (Visit(-30), Visit(-2), Visit(7))
    assert Patient("a", visits=visits).baseline().day == -2
    assert Patient("a", visits=(*visits, Visit(0))).baseline().day == 0
    with pytest.raises(LupercalError, match="no baseline"):
        Patient("a", visits=(Visit(1),)).baseline()


def test_records_are_replaced_not_changed() -> None:
    patient = Patient("a")
    with pytest.raises(FrozenInstanceError):
        patient.id = "b"  # type: ignore[misc]
    assert replace(patient, sex="male").sex == "male"
    assert patient.sex is None


@pytest.mark.parametrize(
    ("comparator", "low", "high"),
    [("=", 4, 4), ("<", -np.inf, 4), ("<=", -np.inf, 4), (">", 4, np.inf), (">=", 4, np.inf)],
)
def test_a_censored_value_is_an_interval(comparator: Comparator, low: float, high: float) -> None:
    found = Measurement(4.0, comparator)
    assert (found.low, found.high, found.censored) == (low, high, comparator != "=")


def test_columns_of_the_first_case() -> None:
    columns = visit_columns(read_case("erlangen-first-car-t").visits)
    np.testing.assert_array_equal(columns["day"], [0, 35, 44])
    np.testing.assert_array_equal(columns["sledai_2k"], [16, np.nan, 0])
    np.testing.assert_array_equal(columns["anti_dsdna_arbitrary"], [5000, 4, np.nan])
    np.testing.assert_array_equal(columns["anti_dsdna_arbitrary@low"], [5000, 4, np.nan])
    np.testing.assert_array_equal(columns["anti_dsdna_arbitrary@high"], [np.inf, 4, np.nan])
    np.testing.assert_array_equal(columns["upcr@low"], [2, np.nan, -np.inf])
    assert "sledai_2k@low" not in columns
    assert "low_complement" not in columns


@given(st.lists(st.dictionaries(st.sampled_from(["c3", "cd19", "igg"]), MEASUREMENTS), max_size=6))
def test_columns_hold_every_value_and_nothing_else(rows: list[dict[str, Measurement]]) -> None:
    columns = visit_columns([Visit(day, values=row) for day, row in enumerate(rows)])
    for name in ("c3", "cd19", "igg"):
        stated = [row.get(name) for row in rows]
        assert (name in columns) == any(stated)
        assert (f"{name}@low" in columns) == any(one is not None and one.censored for one in stated)
        if name in columns:
            np.testing.assert_array_equal(columns[name], [np.nan if one is None else one.value for one in stated])
    assert all(column.dtype == np.float64 and column.shape == (len(rows),) for column in columns.values())


def test_age_and_sex_come_from_the_person_unless_a_visit_states_them() -> None:
    visits = (Visit(0), Visit(731, values={"age": Measurement(31.5)}), Visit(1461))
    columns = patient_columns(Patient("a", sex="female", age_years=30.0, visits=visits))
    np.testing.assert_allclose(columns["age"], [30, 31.5, 34])
    np.testing.assert_array_equal(columns["sex_female"], [1, 1, 1])
    unknown = patient_columns(Patient("a", visits=visits))
    np.testing.assert_array_equal(unknown["age"], [np.nan, 31.5, np.nan])
    assert np.isnan(unknown["sex_female"]).all()


def test_the_dictionary_keeps_its_promises() -> None:
    rows = variables()
    assert len([row for row in rows.values() if row.group == "sledai"]) == SLEDAI_ITEMS
    for row in rows.values():
        assert row.low < row.high
        if row.kind == "flag":
            assert (row.unit, row.low, row.high) == ("1", 0, 1)
        for limit in filter(None, (row.limit_low, row.limit_high)):
            assert rows[limit].unit == row.unit


def test_assays_of_anti_dsdna_do_not_convert_but_for_the_shared_international_unit() -> None:
    units = {rows.unit for rows in variables().values() if rows.name.startswith("anti_dsdna")}
    assert units == {"[IU]/mL", "U/mL", "{titer}"}
    assert not any(convertible(a, b) for a in units for b in units if a != b)


def test_a_loinc_code_leads_to_one_variable_once_the_unit_is_known() -> None:
    seen: dict[str, str] = {}
    for row in variables().values():
        for code in (*row.loinc, *row.loinc_memory):
            assert code not in seen or not convertible(seen[code], row.unit, row.substance)
            seen[code] = row.unit


def test_loinc_codes_have_a_valid_check_digit() -> None:
    for row in variables().values():
        for code in (*row.loinc, *row.loinc_memory):
            number, digit = code.split("-")
            odd, even = number[::-1][::2], number[::-1][1::2]
            total = sum(sum(divmod(2 * int(c), 10)) for c in odd) + sum(int(c) for c in even)
            assert (10 - total % 10) % 10 == int(digit), code


def test_drug_names_are_known_under_every_spelling_and_classified() -> None:
    for name in drug_classes():
        assert generic_name(name) == name
    assert prednisone_equivalents()["methylprednisolone"] == 1.25
    with pytest.raises(InputError, match="perhaps rituximab"):
        generic_name("rituximap")


@pytest.mark.parametrize("name", case_names())
def test_every_case_names_its_sources_and_has_a_baseline(name: str) -> None:
    patient = read_case(name)
    assert patient.id == name
    assert patient.sources
    assert all(source.where for source in patient.sources)
    assert patient.baseline().day == 0
    assert patient.data_origin in {"published", "constructed"}
    if patient.data_origin == "published":
        assert any("basis:" in source.where for source in patient.sources)


def test_there_are_six_published_cases_and_one_constructed() -> None:
    origins = [read_case(name).data_origin for name in case_names()]
    assert origins.count("published") >= 6
    assert origins.count("constructed") == 1


def test_a_clinics_page_without_data_gives_a_patient_without_values() -> None:
    for name in ("ozek-case-1", "ozek-case-2"):
        assert all(not visit.values for visit in read_case(name).visits)


def test_the_constructed_case_is_complete_and_consistent() -> None:
    values = read_case("example-nephritis").baseline().values
    items = [row.name for row in variables().values() if row.group == "sledai"]
    assert set(items) <= set(values)
    assert (values["c3"].value < values["c3_lln"].value) == bool(values["low_complement"].value)
    assert (values["anti_dsdna"].value > values["anti_dsdna_uln"].value) == bool(values["increased_dna_binding"].value)
    assert (values["urine_rbc"].value > 5) == bool(values["hematuria"].value)
    assert (values["platelets"].value < 100) == bool(values["thrombocytopenia"].value)


def test_unknown_case_names_the_nearest() -> None:
    with pytest.raises(InputError, match="perhaps ccar-1"):
        case_path("ccar1")
