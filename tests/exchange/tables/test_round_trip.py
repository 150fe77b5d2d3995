"""Patients into a table and back: the same people, days, values, bounds, causes and drugs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.cli.main import status
from lupercal.exchange.import_report import guarded, unguarded
from lupercal.exchange.tables.map_file import read_map
from lupercal.exchange.tables.read import imported_table
from lupercal.exchange.tables.write import map_text, patient_tables, write_tables
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.document import write_patient_file
from lupercal.patient.read import patient_from, read_patient
from lupercal.patient.record import Patient
from lupercal.patient.variables import variables
from tests.exchange.tables.build import TODAY

Layout = Literal["wide", "long"]


def through(folder: Path, patients: list[Patient], layout: Layout, ending: str = "xlsx") -> tuple[Patient, ...]:
    path, map_path = folder / f"t.{ending}", folder / "m.yaml"
    write_tables(path, patients, layout)
    map_path.write_text(map_text(path, patients, layout), encoding="utf-8")
    done = imported_table(path, read_map(map_path), TODAY)
    assert not done.report.of("refused")
    return done.patients


def essence(patient: Patient) -> dict[str, Any]:
    """Return what a table carries of a patient: all but notes, sources, organs and how a value was first written."""
    visits = [
        (
            one.day,
            one.date,
            one.label,
            {k: (float(f"{v.value:.12g}"), v.comparator) for k, v in one.values.items()},
            dict(one.attribution),
        )
        for one in patient.visits
        if one.values or one.label
    ]
    drugs = [(d.drug, d.amount, d.unit, d.start_day, d.stop_day, d.status, d.note) for d in patient.treatments]
    return {"id": patient.id, "visits": visits, "drugs": drugs, "sex": patient.sex, "age": patient.age_years}


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_every_shipped_case_comes_back(layout: Layout, tmp_path: Path) -> None:
    patients = [read_case(name) for name in case_names()]
    back = through(tmp_path, patients, layout)
    assert [one.id for one in back] == [one.id for one in patients]
    for before, after in zip(patients, back, strict=True):
        kept = essence(before)
        if layout == "long":  # a label without a value has no row
            kept["visits"] = [one for one in kept["visits"] if one[3]]
        assert essence(after) == kept


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Zs", "Cn", "Co")),
    min_size=1,
    max_size=20,
)
NAMES = [name for name, one in variables().items() if name not in {"age", "sex_female", "pregnant", "breastfeeding"}]


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True)):
        one = variables()[name]
        if one.kind == "flag":
            made[name] = draw(st.booleans())
        elif one.kind == "score":
            made[name] = draw(st.integers(int(one.low), int(one.high)))
        else:
            number = round(draw(st.floats(one.low, one.high)), 3)
            number = min(max(number, one.low), one.high)
            sign = draw(st.sampled_from(["", "", "<", ">", "<=", ">="]))
            made[name] = {
                "value": f"{sign}{number!r}" if sign and "e" not in repr(number) else number,
                "unit": one.unit,
            }
    return made


@st.composite
def people(draw: st.DrawFn) -> Patient:
    days = draw(st.lists(st.integers(-900, 300), min_size=1, max_size=4, unique=True))
    visits = [
        {
            "day": day,
            "label": draw(st.one_of(st.just(""), TEXT)),
            "values": draw(values()) | {"fever": draw(st.booleans())},
        }
        for day in days
    ]
    document = {"id": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)), "visits": visits}
    return patient_from(document | draw(st.sampled_from([{}, {"sex": "female", "age_years": 31.5}])), "drawn")


@pytest.mark.parametrize("layout", ["wide", "long"])
@settings(max_examples=25, deadline=None)
@given(patient=people())
def test_any_patient_comes_back(patient: Patient, layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("t")
    for ending in ("csv", "xlsx"):
        (back,) = through(folder, [patient], layout, ending)
        assert essence(back)["visits"] == [one for one in essence(patient)["visits"] if one[3]]


@given(st.text(max_size=10))
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


HOSTILE = [
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    '"quoted"',
    "semi;colon",
    "a, b",
    "'=kept",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_text_of_a_patient_becomes_a_formula(ending: str, tmp_path: Path) -> None:
    visits = [{"day": -day, "label": text, "values": {"rash": True}} for day, text in enumerate(HOSTILE)]
    patient = patient_from({"id": "a", "title": "=1+1", "visits": visits}, "memory")
    (back,) = through(tmp_path, [patient], "wide", ending)
    assert sorted(one.label for one in back.visits) == sorted(HOSTILE)
    if ending == "csv":
        text = (tmp_path / "t.csv").read_text(encoding="utf-8")
        cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
        assert not [one for one in cells if one[:1] in {"=", "+", "@"} or (one[:1] == "-" and not one[1:].isdigit())]
        return
    import openpyxl

    for sheet in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets:
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_table_to_patient_to_table_is_the_same_table(tmp_path: Path) -> None:
    patients = [read_case(name) for name in case_names()]
    tables = patient_tables(patients, "long")
    back = through(tmp_path, patients, "long")
    assert patient_tables(back, "long")["visits"] == tables["visits"]
    assert patient_tables(back, "long")["treatments"] == tables["treatments"]


@pytest.mark.parametrize("part", ["visits", "treatments"])
def test_the_commands_go_there_and_back(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "people").mkdir()
    for name in case_names():
        write_patient_file(tmp_path / "people" / f"{name}.yaml", read_case(name))
    table, made, out = (str(tmp_path / name) for name in ("t.csv", "m.yaml", "back"))
    assert status(["export", "table", str(tmp_path / "people"), "-o", table, "--map", made, "--part", part]) == 0
    assert status(["export", "table", str(tmp_path / "people"), "-o", table]) == 2
    assert status(["import", "table", table, "--map", made, "-o", out]) == 0
    assert (Path(out) / "import_report.json").is_file()
    back = read_patient(Path(out) / "example-nephritis.yaml")
    ours = read_case("example-nephritis")
    assert len(back.visits if part == "visits" else back.treatments) == len(
        ours.visits if part == "visits" else ours.treatments
    )
    capsys.readouterr()
