"""A draft of a map: what is sure stands there, what is not is asked; an answered draft imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.exchange.tables.guess import guessed_map
from lupercal.exchange.tables.map_file import MapFile, read_map
from lupercal.exchange.tables.read import imported_table
from lupercal.files.checked import read_as
from lupercal.patient.read import read_patient
from tests.exchange.tables.build import TODAY, workbook

GERMAN = """Pat-Nr;Geschlecht;Entnahmedatum;Kreatinin (µmol/l);C3 [g/L];Anti-dsDNA [IU/ml];UPCR;Exanthem;Bemerkung
P1;w;03.04.2025;71,5;0,72;<30;1.234,5;ja;gut
P1;w;25.05.2025;n.v.;0,80;>200;980,0;nein;
"""


def draft(folder: Path, content: str | bytes, name: str = "t.csv") -> MapFile:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "m.yaml").write_text(guessed_map(path), encoding="utf-8")
    return read_as(folder / "m.yaml", MapFile)


def test_a_german_table_is_drafted_and_asks_what_it_cannot_know(tmp_path: Path) -> None:
    made = draft(tmp_path, GERMAN)
    columns = made.tables[0].columns
    assert (made.writes.delimiter, made.writes.decimal, made.writes.thousands) == (";", ",", ".")
    assert {name: use.is_ for name, use in columns.items() if not use.unsure} == {
        "Pat-Nr": "patient",
        "Geschlecht": "sex",
        "Entnahmedatum": "date",
        "Kreatinin (µmol/l)": "creatinine",
        "C3 [g/L]": "c3",
    }
    assert columns["Entnahmedatum"].dates == "dmy"
    assert columns["Geschlecht"].words == {"w": "female"}
    assert "anti_dsdna_farr" in columns["Anti-dsDNA [IU/ml]"].unsure
    assert "1.234,5" in columns["UPCR"].unsure
    assert columns["Bemerkung"].is_ == "note" or columns["Bemerkung"].unsure
    done = imported_table(tmp_path / "t.csv", read_map(tmp_path / "m.yaml"), TODAY)
    assert set(done.patients[0].visits[0].values) == {"creatinine", "c3"}


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("id,date,C3 [g/L]\na,03.04.2025,0.8\na,05.06.2025,0.7\n", "03.04.2025 may be"),
        ("id,date,C3 [g/L]\na,45719,0.8\n", "serial-1904"),
        ('id,date,UPCR [mg/g]\na,2025-01-01,"1,234"\n', "decimal sign or a thousands mark"),
        ('id,date,UPCR [mg/g],CRP [mg/L]\na,2025-01-01,"1,25",3.5\n', "decimal point and with a decimal comma"),
        ("date,C3 [g/L]\n2025-01-01,0.8\n", "no column names the patient"),
        ("id,date,C3\na,2025-01-01,0.8\n", "no unit is named"),
        ("id,date,C3 [furlong]\na,2025-01-01,0.8\n", "no unit is named"),
        ("id,date,C3 [mm/h]\na,2025-01-01,0.8\n", "is no unit of"),
        ("id,date,rash\na,2025-01-01,perhaps\n", "what do these mean: perhaps"),
        ("id,date,C3 [g/L],Complement C3 [mg/dL]\na,2025-01-01,0.8,80\n", "which one counts"),
        ("id,date,dsDNA\na,2025-01-01,80\n", "which assay"),
        ("id,date,Natrium\na,2025-01-01,140\n", "no variable or role"),
    ],
)
def test_each_doubt_is_a_question(content: str, question: str, tmp_path: Path) -> None:
    made = draft(tmp_path, content)
    asked = [*made.unsure, *(use.unsure for use in made.tables[0].columns.values())]
    assert any(question in one for one in asked), asked


def test_a_doubt_about_the_day_stops_the_import_until_it_is_answered(tmp_path: Path) -> None:
    draft(tmp_path, "id,date,C3 [g/L]\na,03.04.2025,0.8\n")
    with pytest.raises(InputError, match="an answer in the map"):
        read_map(tmp_path / "m.yaml")
    text = (tmp_path / "m.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition('unsure: "03.04.2025')
    (tmp_path / "m.yaml").write_text(head + "dates: dmy}" + rest.partition("}")[2], encoding="utf-8")
    assert (
        imported_table(tmp_path / "t.csv", read_map(tmp_path / "m.yaml"), TODAY).patients[0].visits[0].date
        == "2025-04-03"
    )


def test_a_long_table_is_known_by_its_columns(tmp_path: Path) -> None:
    rows = "USUBJID,LBDTC,Parameter,Result,Unit\na,2025-01-01,Kreatinin,88,µmol/l\na,2025-01-01,Natrium,140,mmol/l\n"
    made = draft(tmp_path, rows)
    assert made.tables[0].rows == "values"
    assert made.tables[0].variables["Kreatinin"].is_ == "creatinine"
    assert not made.tables[0].variables["Kreatinin"].unsure
    assert made.tables[0].variables["Natrium"].unsure
    assert imported_table(tmp_path / "t.csv", read_map(tmp_path / "m.yaml"), TODAY).patients[0].visits[0].values


def test_a_table_of_drugs_is_known_by_its_columns(tmp_path: Path) -> None:
    made = draft(tmp_path, "Pat-ID,Wirkstoff,Dosis,Einheit,Beginn,Ende\na,Prednison,10,mg/d,2025-01-01,\n")
    assert made.tables[0].rows == "treatments"
    done = imported_table(tmp_path / "t.csv", read_map(tmp_path / "m.yaml"), TODAY)
    assert done.patients[0].treatments[0].amount == 10


def test_lines_above_the_header_and_other_encodings_are_seen(tmp_path: Path) -> None:
    made = draft(tmp_path, f"Laborbericht\n\n{GERMAN}".encode("cp1252"))
    assert made.writes.header_row == 3
    assert made.writes.encoding == "cp1252"


def test_every_sheet_of_a_workbook_gets_a_table(tmp_path: Path) -> None:
    book = workbook(tmp_path / "t.xlsx", [["Export"], [], ["id", "date", "C3 [g/L]"], ["a", "2025-01-01", 0.8]])
    book.create_sheet("empty")
    page = book.create_sheet("drugs")
    for row in (["id", "drug", "dose", "unit"], ["a", "HCQ", 400, "mg/d"]):
        page.append(row)
    book.save(tmp_path / "t.xlsx")
    (tmp_path / "m.yaml").write_text(guessed_map(tmp_path / "t.xlsx"), encoding="utf-8")
    made = read_as(tmp_path / "m.yaml", MapFile)
    assert [(one.sheet, one.rows) for one in made.tables] == [("data", "visits"), ("drugs", "treatments")]


def test_the_command_writes_a_draft_and_then_the_patient(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, made, out = tmp_path / "t.csv", tmp_path / "m.yaml", tmp_path / "p.yaml"
    table.write_text(GERMAN, encoding="utf-8")
    assert status(["import", "table", str(table), "--guess", "-o", str(made)]) == 0
    assert status(["import", "table", str(table), "--guess", "-o", str(made)]) == 2
    assert status(["import", "table", str(table), "--map", str(made), "-o", str(out)]) == 0
    assert "no line" not in capsys.readouterr().out
    assert read_patient(out).sex == "female"
    assert (tmp_path / "p.import.json").is_file()
    assert status(["import", "table", str(table)]) == 2
    assert status(["import", "table", str(table), "--guess", "--map", str(made)]) == 2
    assert status(["import", "table", str(table), "--map", str(made), "-o", str(table), "--force"]) == 2
    assert table.read_text(encoding="utf-8") == GERMAN
