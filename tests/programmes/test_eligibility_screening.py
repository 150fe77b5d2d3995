"""A table of patients is judged as its patients one by one, and what cannot be used is counted or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.programmes.eligibility import eligibilities
from lupercal.programmes.patient_table import facts_from, read_patient_table, write_table
from lupercal.programmes.registry import programmes
from lupercal.programmes.screening import ANSWERS, screen
from tests.programmes.people import built, documents
from tests.work import calls_of

ALL = tuple(programmes().values())


def row(document: dict[str, Any]) -> dict[str, Any]:
    """Return a patient file with one visit on day 0 as a row of a table."""
    cells: dict[str, Any] = {"id": document["id"], "lupus_type": document.get("lupus_type")}
    cells |= {"sex": document.get("sex"), "age_years": document.get("age_years")}
    cells["organs_involved"] = ";".join(document.get("organs_involved", []))
    for column, status in (("failed_treatments", "failed"), ("previous_treatments", None)):
        chosen = [t["drug"] for t in document.get("treatments", []) if t.get("status") == status]
        cells[column] = "; ".join(chosen)
    for visit in document["visits"]:
        cells |= {k: float(v) if isinstance(v, bool) else v for k, v in visit["values"].items()}
    return cells


def single(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a drawn patient with the first visit only, on day 0, and treatments a table can hold."""
    plain = [{k: v for k, v in t.items() if k in {"drug", "status"}} for t in document.get("treatments", [])]
    kept = [t for t in plain if t.get("status") != "stopped"]
    visits = [{"day": 0, "values": visit["values"]} for visit in document["visits"][:1]]
    return {**document, "id": name, "treatments": kept, "visits": visits}


@given(drawn=st.lists(documents(), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_table_is_judged_as_its_patients_one_by_one(drawn: list[dict[str, Any]]) -> None:
    people = [single(document, f"p{i}") for i, document in enumerate(drawn)]
    facts = facts_from(
        pl.DataFrame([row(one) for one in people], infer_schema_length=None, strict=False), "table"
    ).facts
    together = list(screen(facts, ALL))
    for place, person in enumerate(people):
        for one, found in zip(together, eligibilities(built(person), ALL), strict=True):
            assert one.status[place] == found.status
            answers = [ANSWERS[code] for code in one.answers[:, place]]
            assert answers == [finding.answer for finding in found.findings]


def written(tmp_path: Path, text: str, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_are_read_as_people_write_them(tmp_path: Path) -> None:
    text = "id,pregnant,sex,sledai_2k,platelets,remark\na,Yes,Female,8,250,x\nb,0,m,NA,,y\nc,?,,4.5,9e9,z\n"
    table = read_patient_table(written(tmp_path, text))
    columns = table.facts.columns
    assert table.ids == ("a", "b", "c")
    assert table.ignored == ("remark",)
    assert dict(table.unusable) == {"sledai_2k": 1, "platelets": 1}
    np.testing.assert_array_equal(columns["pregnant"][:, 0], [1, 0, np.nan])
    np.testing.assert_array_equal(columns["sex_female"][:, 0], [1, 0, np.nan])
    np.testing.assert_array_equal(columns["sledai_2k"][:, 0], [8, np.nan, np.nan])


def test_parquet_with_true_and_false_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pl.DataFrame({"hiv": [True, False, None], "lvef": [60.0, None, 40.0]}).write_parquet(path)
    columns = read_patient_table(path).facts.columns
    np.testing.assert_array_equal(columns["hiv"][:, 0], [1, 0, np.nan])
    np.testing.assert_array_equal(columns["lvef"][:, 0], [60, np.nan, 40])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", ""),
        ("sledai_2k\n", "0 rows"),
        ("name,comment\na,b\n", "column of the data dictionary"),
        ("sledai2k\n8\n", "sledai_2k"),
        ("lupus_type,hiv\nlupus,0\n", "lupus_type"),
        ("organs_involved,hiv\nspleen,0\n", "organs_involved"),
        ("failed_treatments,hiv\nsnake oil,0\n", "failed_treatments"),
        ("a,a\n1,2\n", ""),
        ('a,b\n"1,2\n', ""),
        ("hiv,lvef\n1,2,3,4\n", ""),
    ],
)
def test_tables_that_cannot_be_used_are_refused(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_patient_table(written(tmp_path, text))
    assert word in str(caught.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, content in (("t.parquet", b"PAR1 no"), ("t.csv", b"\xff\xfe\x00"), ("t.xlsx", b"PK")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            read_patient_table(tmp_path / name)
    with pytest.raises(InputError, match="no such file"):
        read_patient_table(tmp_path / "none.csv")


@pytest.mark.parametrize("column", ["lvef", "id", "lupus_type", "organs_involved"])
def test_a_nested_column_is_refused_or_unknown(column: str, tmp_path: Path) -> None:
    path = tmp_path / "nested.parquet"
    pl.DataFrame({"hiv": [0, 1], column: [[1.0], [2.0, 3.0]]}).write_parquet(path)
    with pytest.raises(InputError):
        read_patient_table(path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_names_the_criteria(ending: str, tmp_path: Path) -> None:
    table = read_patient_table(written(tmp_path, "id,lupus_type,failed_immunosuppressants\na,systemic,0\nb,discoid,\n"))
    path = tmp_path / f"out.{ending}"
    write_table(screen(table.facts, [programmes()["erlangen.car_t"]]), table.ids, path)
    frame = (pl.read_csv(path) if ending == "csv" else pl.read_parquet(path)).fill_null("")
    assert frame["erlangen.car_t"].to_list() == ["criteria not met", "criteria not met"]
    assert frame["erlangen.car_t not met"].to_list() == ["refractory", "systemic_lupus"]
    assert frame["erlangen.car_t unknown"].to_list() == ["active_disease", "refractory active_disease"]


def test_nothing_is_written_under_another_ending(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_table([], (), tmp_path / "out.txt")


def test_a_registry_is_screened_as_a_whole_not_person_by_person() -> None:
    assert calls_to_screen(20_000) == calls_to_screen(200)


def calls_to_screen(n: int) -> int:
    random = np.random.default_rng(5)
    frame = pl.DataFrame(
        {
            "lupus_type": random.choice(["systemic", "discoid", ""], n),
            "sledai_2k": random.integers(0, 30, n),
            "failed_immunosuppressants": random.integers(0, 5, n),
            "infection_active": random.integers(0, 2, n),
            "stay_possible": random.integers(0, 2, n),
        }
    )
    table = facts_from(frame, "registry")
    everyone = list(screen(table.facts, ALL))
    assert all(sum(result.counts().values()) == n for result in everyone)
    return calls_of(lambda: list(screen(table.facts, ALL)))
