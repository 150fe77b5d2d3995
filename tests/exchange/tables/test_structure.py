"""Rows, columns, patients and days: what belongs together, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.exchange.tables.map_file import read_map
from tests.exchange.tables.build import PLACED, imported, item_at, map_of, map_text

C3 = {"c3": {"is": "c3", "unit": "g/L"}}
WIDE = PLACED | C3


def test_many_patients_come_in_order_of_their_first_row(tmp_path: Path) -> None:
    rows = "id,on,c3\nb,2025-01-02,0.8\na,2025-01-01,0.7\nb,2025-01-01,0.9\n"
    done = imported(tmp_path, rows, map_of(WIDE))
    assert [one.id for one in done.patients] == ["b", "a"]
    assert [visit.date for visit in done.patients[0].visits] == ["2025-01-01", "2025-01-02"]
    assert done.patients[0].reference_date == "2025-01-02"


@pytest.mark.parametrize(("rule", "zero"), [("first_visit", "2025-01-01"), ("last_visit", "2025-03-01")])
def test_day_0_is_what_the_map_says_and_is_told(rule: str, zero: str, tmp_path: Path) -> None:
    rows = "id,on,c3\na,2025-03-01,0.8\na,2025-01-01,0.7\n"
    done = imported(tmp_path, rows, map_of(WIDE, day_0=rule))
    assert done.patients[0].reference_date == zero
    assert done.report.of("warned")[0].became == f"reference_date {zero}"
    stated = imported(tmp_path, rows, map_of(WIDE, person={"reference_date": "2025-02-01"}))
    assert [one.day for one in stated.patients[0].visits] == [-31, 28]
    assert not stated.report.of("warned")


def test_values_of_one_day_in_several_rows_are_one_visit(tmp_path: Path) -> None:
    made = map_of(WIDE | {"c4": {"is": "c4", "unit": "g/L"}})
    done = imported(tmp_path, "id,on,c3,c4\na,2025-01-01,0.8,\na,2025-01-01,,0.1\n", made)
    assert set(done.patients[0].visits[0].values) == {"c3", "c4"}


def test_two_values_of_one_day_are_a_conflict_until_the_map_says_which(tmp_path: Path) -> None:
    rows = "id,on,c3\na,2025-01-01,0.8\na,2025-01-01,0.9\na,2025-01-02,0.7\na,2025-01-02,0.70\n"
    done = imported(tmp_path, rows, map_of(WIDE))
    assert [visit.date for visit in done.patients[0].visits] == ["2025-01-02"]
    both = [item_at(done, f"row {row}, column 'c3'") for row in (2, 3)]
    assert all(
        one.verdict == "refused" and "'0.8' (row 2" in one.reason and "'0.9' (row 3" in one.reason for one in both
    )
    assert item_at(done, "row 5, column 'c3'").verdict == "left_out"
    last = imported(tmp_path, rows, map_of(WIDE, writes={"repeated": "last"}))
    assert last.patients[0].visits[0].values["c3"].value == 0.9


def test_two_sexes_of_one_person_are_neither(tmp_path: Path) -> None:
    made = map_of(WIDE | {"sex": {"is": "sex", "words": {"w": "female"}}})
    done = imported(tmp_path, "id,on,c3,sex\na,2025-01-01,0.8,w\na,2025-01-02,0.8,m\nb,2025-01-02,0.8,M\n", made)
    assert [one.sex for one in done.patients] == [None, "male"]
    assert "several ways" in item_at(done, "row 2, column 'sex'").reason


def test_age_on_day_0_follows_from_the_date_of_birth(tmp_path: Path) -> None:
    made = map_of(WIDE | {"born": {"is": "birth_date"}})
    done = imported(tmp_path, "id,on,c3,born\na,2025-01-01,0.8,1995-01-01\n", made)
    assert done.patients[0].age_years == 30.0
    assert not any("1995" in one.became for one in done.report.items), "a date of birth goes no further"


def test_a_patient_that_contradicts_itself_is_not_written_and_all_its_cells_say_so(tmp_path: Path) -> None:
    made = map_of(WIDE | {"sex": {"is": "sex"}, "pregnant": {"is": "pregnant"}})
    rows = "id,on,c3,sex,pregnant\na,2025-01-01,0.8,male,yes\nb,2025-01-01,0.8,female,no\n"
    done = imported(tmp_path, rows, made)
    assert [one.id for one in done.patients] == ["b"]
    assert {one.verdict for one in done.report.items if one.patient == "a"} == {"refused"}


@pytest.mark.parametrize("name", ["", "Müller, Anna", "a/b", "../x", "-a", "a" * 81, "=1+1", "a b"])
def test_a_row_without_a_usable_id_is_refused_whole(name: str, tmp_path: Path) -> None:
    done = imported(tmp_path, f'id,on,c3\n"{name}",2025-01-01,0.8\nok,2025-01-01,0.8\n', map_of(WIDE))
    assert [one.id for one in done.patients] == ["ok"]
    assert item_at(done, "row 2").verdict == "refused"


def test_ids_that_differ_in_case_alone_are_refused_both(tmp_path: Path) -> None:
    rows = "id,on,c3\nA1,2025-01-01,0.8\na1,2025-01-02,0.7\nb,2025-01-01,0.9\n"
    assert [one.id for one in imported(tmp_path, rows, map_of(WIDE)).patients] == ["b"]


def test_rows_too_short_or_too_long_are_refused_and_named(tmp_path: Path) -> None:
    rows = "id,on,c3\na,2025-01-01\na,2025-01-02,0.8,0.9\na,2025-01-03,0.8,\n\na,2025-01-04,0.7\n"
    done = imported(tmp_path, rows, map_of(WIDE))
    assert [visit.date for visit in done.patients[0].visits] == ["2025-01-03", "2025-01-04"]
    assert "2 cells, where there are 3 columns" in item_at(done, "row 2").reason
    assert "4 cells" in item_at(done, "row 3").reason
    assert item_at(done, "row 5").verdict == "left_out"


def test_a_name_that_two_columns_have_must_be_told_apart(tmp_path: Path) -> None:
    rows = "id,on,C3,C3\na,2025-01-01,0.8,90\n"
    with pytest.raises(InputError, match=r"C3 \(1\)"):
        imported(tmp_path, rows, map_of(PLACED | {"C3": {"is": "c3", "unit": "g/L"}}))
    made = map_of(PLACED | {"C3 (2)": {"is": "c3", "unit": "mg/dL"}, "C3 (1)": {"is": "ignore", "because": "repeated"}})
    done = imported(tmp_path, rows, made)
    assert done.patients[0].visits[0].values["c3"].value == pytest.approx(0.9)
    assert item_at(done, "row 2, column 'C3 (1)'").reason == "repeated"


def test_a_column_without_a_line_and_one_that_is_unsure_are_named_and_not_used(tmp_path: Path) -> None:
    made = map_of(WIDE | {"dna": {"is": "anti_dsdna", "unit": "IU/mL", "unsure": "which assay?"}})
    done = imported(tmp_path, "id,on,c3,dna,c4\na,2025-01-01,0.8,300,0.1\n", made)
    assert set(done.patients[0].visits[0].values) == {"c3"}
    assert "no line" in item_at(done, "row 2, column 'c4'").reason
    assert "which assay?" in item_at(done, "row 2, column 'dna'").reason


def test_a_table_of_values_reads_name_value_and_unit(tmp_path: Path) -> None:
    columns = {
        "id": {"is": "patient"},
        "on": {"is": "date"},
        "what": {"is": "variable"},
        "x": {"is": "value"},
        "u": {"is": "unit"},
        "cause": {"is": "attribution"},
    }
    names = {"Krea": {"is": "creatinine"}, "Exanthem": {"is": "rash"}, "Na": {"is": "ignore", "because": "not of use"}}
    rows = (
        "id,on,what,x,u,cause\na,2025-01-01,Krea,88.42,µmol/l,\na,2025-01-01,Exanthem,yes,,treatment\na,2025-01-01,Na,140,,\n"
        "a,2025-01-01,K,4,,\na,2025-01-01,c3,0.8,g/L,\na,2025-01-01,c4,0.2,,\na,2025-01-01,,1,,\na,2025-01-01,igg,,g/L,\n"
    )
    done = imported(tmp_path, rows, map_of(columns, rows="values", variables=names))
    (visit,) = done.patients[0].visits
    assert set(visit.values) == {"creatinine", "rash", "c3"}
    assert visit.attribution == {"rash": "treatment"}
    assert item_at(done, "row 4, column 'x'").reason == "not of use"
    assert "no line under variables for 'K'" in item_at(done, "row 5, column 'x'").reason
    assert "no unit" in item_at(done, "row 7, column 'x'").reason
    assert "does not say what" in item_at(done, "row 8, column 'x'").reason


DRUGS: dict[str, Any] = {
    "id": {"is": "patient"},
    "drug": {"is": "drug"},
    "dose": {"is": "amount"},
    "unit": {"is": "unit"},
    "from": {"is": "start_day"},
    "to": {"is": "stop_day"},
    "state": {"is": "status"},
}


def test_a_row_about_a_drug_is_used_whole_or_not_at_all(tmp_path: Path) -> None:
    rows = (
        "id,drug,dose,unit,from,to,state\na,prednisolone,10,mg/d,-100,,current\na,HCQ,400,mg/d,-900,soon,current\n"
        "a,wonderol,1,mg/d,,,\na,mmf,2000,mg,-9,,current\na,azathioprine,<100,mg/d,,,\na,belimumab,,,-700,-300,failed\n"
    )
    done = imported(tmp_path, rows, map_of(DRUGS, rows="treatments"))
    (patient,) = done.patients
    assert [(one.drug, one.amount) for one in patient.treatments] == [("prednisone", 10), ("belimumab", None)]
    for row in (3, 4, 5, 6):
        assert item_at(done, f"row {row}, column 'drug'").verdict == "refused"
        assert item_at(done, f"row {row}, column 'drug'").reason


def test_two_lines_that_may_be_one_drug_refuse_the_patient(tmp_path: Path) -> None:
    rows = "id,drug,dose,unit,from,to,state\na,prednisone,10,mg/d,-100,,current\na,prednisone,20,mg/d,-50,,current\n"
    done = imported(tmp_path, rows, map_of(DRUGS, rows="treatments"))
    assert not done.patients
    assert all(one.verdict == "refused" for one in done.report.items if one.patient)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (map_text(PLACED | {"x": {"is": "creatinin"}}), "perhaps creatinine"),
        (map_text(PLACED | {"x": {"is": "creatinine", "unit": "mm/h"}}), "converts to mg/dL"),
        (map_text(PLACED | {"x": {"is": "creatinine", "unit": "furlong"}}), "converts to mg/dL"),
        (map_text(PLACED | {"x": {"is": "rash", "unit": "mg"}}), "no unit"),
        (map_text(PLACED | {"x": {"is": "c3"}, "y": {"is": "c3"}}), "each once"),
        (map_text({"x": {"is": "c3"}, "on": {"is": "date"}}), "person.id"),
        (map_text({"x": {"is": "c3"}, "id": {"is": "patient"}}), "date or day"),
        (map_text(PLACED | {"x": {"is": "unit"}}), "the variable that the column belongs to"),
        (map_text(PLACED | {"x": {"is": "value"}}), "a role or variable"),
        (map_text(PLACED | {"x": {"is": "value"}}, rows="values"), "is: variable"),
        (map_text(PLACED, rows="rows"), "one of"),
        (map_text(PLACED, writes={"decimal": ";"}), "one of"),
        (map_text(PLACED, person={"id": "a b"}), "letters"),
        (map_text(PLACED, unsure=["decimal or thousands?"]), "an answer"),
        (map_text(PLACED | {"on": {"is": "date", "unsure": "which order?"}}), "an answer"),
        ("tables: []", "at least 1"),
        ("[1, 2]", "keys with values"),
        ("tables: [{columns: {a: {is: patient, iss: 1}}}]", "a known key"),
        ("a: &x 1", "written out"),
    ],
)
def test_a_map_that_says_nothing_usable_is_refused_in_one_sentence(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_map(tmp_path / "m.yaml")


def test_every_cell_that_holds_something_has_one_verdict(tmp_path: Path) -> None:
    rows = "note above\nid,on,c3,c4,c3x\na,2025-01-01,0.8,zz,1\na,,0.8,0.1,\n,2025-01-01,1,1,1\na,2025-01-02,9,n.v.,\n"
    made = map_of(WIDE | {"c4": {"is": "c4", "unit": "g/L"}}, writes={"header_row": 2})
    done = imported(tmp_path, rows, made)
    places = [one.place for one in done.report.items]
    for number, line in enumerate(rows.splitlines()[2:], 3):
        for name, cell in zip(("id", "on", "c3", "c4", "c3x"), line.split(","), strict=True):
            if cell:
                assert places.count(f"row {number}, column {name!r}") + places.count(f"row {number}") == 1
    assert item_at(done, "row 1").reason == "above the names of the columns"
