"""Files as they come: encodings, signs between cells, workbooks with all that spreadsheets put into them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.exchange.tables.read import imported_table
from tests.exchange.tables.build import PLACED, TODAY, imported, item_at, map_of, workbook

C3 = {"c3": {"is": "c3", "unit": "g/L"}}
KREA = PLACED | {"Krea (µmol/l)": {"is": "creatinine", "unit": "µmol/l"}}
TEXT = "id{0}on{0}Krea (µmol/l)\na{0}2025-03-03{0}88.42\n"


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", None),
        ("utf-8", "utf-8"),
        ("utf-8-sig", None),
        ("utf-8-sig", "utf-8"),
        ("utf-16", None),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", None),
        ("latin-1", "latin-1"),
        ("cp1252", "cp1252"),
        ("iso-8859-15", "iso-8859-15"),
        ("mac-roman", "mac-roman"),
    ],
)
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_any_encoding_and_sign_between_cells(codec: str, encoding: str | None, sign: str, tmp_path: Path) -> None:
    writes = {"encoding": encoding} if encoding else {}
    done = imported(tmp_path, TEXT.format(sign).encode(codec), map_of(KREA, writes=writes))
    assert done.patients[0].visits[0].values["creatinine"].value == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_end_of_line(ends: str, tmp_path: Path) -> None:
    done = imported(tmp_path, TEXT.format(",").replace("\n", ends).encode(), map_of(KREA))
    assert len(done.patients) == 1


def test_a_first_line_may_name_the_sign_as_spreadsheets_do(tmp_path: Path) -> None:
    done = imported(tmp_path, "sep=;\nid;on;c3\na;2025-03-03;0.8\n", map_of(PLACED | C3))
    assert len(done.patients) == 1


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (TEXT.format(",").encode("latin-1"), None, "bytes that are not UTF-8"),
        (TEXT.format(",").encode("utf-16-le"), None, "UTF-16 without its mark"),
        (TEXT.format(",").encode("utf-16"), "latin-1", "a mark of UTF-16"),
        ("id,on,c3\n\x80,2025,1\n".encode("latin-1"), "latin-1", "U+0080"),
        (b"", None, "an empty file"),
        (b"\n\n\n", None, "an empty file"),
        (b'id,on,c3\n"a,2025-03-03,0.8\n', None, "quotation mark"),
        (b'id,on,c3\na"b"c,2025-03-03,"0.8"x\n', None, "quotation mark"),
        (b"id,on,c3\na,\x00,0.8\n", None, "UTF-16 without its mark, or no text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", None, "no text"),
        (b"x,y\n1,2\n", None, "no such column"),
    ],
)
def test_what_is_no_such_text_is_refused(content: bytes, encoding: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message.replace("+", r"\+")):
        imported(tmp_path, content, map_of(PLACED | C3, writes={"encoding": encoding} if encoding else {}))


@pytest.mark.parametrize("name", ["t.xls", "t.ods", "t.pdf", "t", "t.parquet"])
def test_other_endings_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ending|saved as"):
        imported(tmp_path, b"x", map_of(PLACED | C3), name)


def sheet(tmp_path: Path, rows: list[list[Any]], change: Any = None, **writes: Any) -> Any:
    path = tmp_path / "t.xlsx"
    book = workbook(path, rows)
    if change is not None:
        change(book, book.active)
        book.save(path)
    return imported_table(path, map_of(PLACED | C3, writes=writes), TODAY)


@pytest.mark.parametrize(
    "day", [date(2025, 3, 3), datetime(2025, 3, 3, 8, 15), 45719, 45719.25, "2025-03-03", "3 Mar 2025"]
)
def test_a_workbook_counts_its_days_from_1900(day: Any, tmp_path: Path) -> None:
    done = sheet(tmp_path, [["id", "on", "c3"], ["a", day, 0.8]])
    assert done.patients[0].visits[0].date == "2025-03-03"


@pytest.mark.parametrize("day", [date(2025, 3, 3), 44257])
def test_a_workbook_may_count_its_days_from_1904(day: Any, tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def of_1904(book: Any, page: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        page["B2"] = day

    done = sheet(tmp_path, [["id", "on", "c3"], ["a", None, 0.8]], of_1904)
    assert done.patients[0].visits[0].date == "2025-03-03"


def test_numbers_of_a_workbook_need_no_signs(tmp_path: Path) -> None:
    done = sheet(
        tmp_path, [["id", "on", "c3"], ["a", date(2025, 3, 3), 0.1 + 0.2], [7, date(2025, 3, 3), "0,8"]], decimal=","
    )
    assert [(one.id, one.visits[0].values["c3"].value) for one in done.patients] == [("a", 0.3), ("7", 0.8)]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("=1/2", "a formula without a result"),
        ("#DIV/0!", "an error of a formula"),
        (date(2025, 5, 1), "a date, where a value belongs"),
        (time(8, 15), "a time of day"),
        (True, "no number"),
    ],
)
def test_what_a_spreadsheet_made_of_a_value_is_refused(cell: Any, reason: str, tmp_path: Path) -> None:
    rows = [["id", "on", "c3"], ["a", date(2025, 3, 3), cell], ["b", date(2025, 3, 3), 0.8]]
    done = sheet(tmp_path, rows)
    assert [one.id for one in done.patients] == ["b"]
    assert reason in item_at(done, "row 2, column 'c3'").reason


def test_a_formula_counts_by_its_last_result_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, [["id", "on", "c3"], ["a", "2025-03-03", "=0.4*2"]])
    with zipfile.ZipFile(path) as package:
        parts = {one: package.read(one) for one in package.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = (
        parts[name].replace(b"<v></v>", b"<v>0.8</v>").replace(b"<v />", b"<v>0.8</v>").replace(b"<v/>", b"<v>0.8</v>")
    )
    with zipfile.ZipFile(path, "w") as package:
        for one, content in parts.items():
            package.writestr(one, content)
    done = imported_table(path, map_of(PLACED | C3), TODAY)
    assert done.patients[0].visits[0].values["c3"].value == 0.8
    assert item_at(done, "row 2, column 'c3'").reason == "the last result of a formula"


def test_merged_cells_count_once_unless_the_map_fills_them(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["id", "on", "c3"], ["a", "2025-03-03", 0.8], [None, "2025-03-04", 0.7]]
    done = sheet(tmp_path, rows, lambda _, page: page.merge_cells("A2:A3"))
    assert len(done.patients[0].visits) == 1
    assert "A2:A3" in item_at(done, "row 3").reason
    filled = sheet(tmp_path, rows, lambda _, page: page.merge_cells("A2:A3"), merged="fill")
    assert len(filled.patients[0].visits) == 2
    assert "A2:A3" in item_at(filled, "row 3, column 'id'").reason


def test_a_share_shown_in_percent_is_read_in_percent(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = workbook(path, [["id", "on", "ef"], ["a", "2025-03-03", 0.55]])
    book.active["C2"].number_format = "0%"
    book.save(path)
    done = imported_table(path, map_of(PLACED | {"ef": {"is": "lvef"}}), TODAY)
    assert done.patients[0].visits[0].values["lvef"].value == 55


def test_a_workbook_of_several_sheets_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = workbook(path, [["id", "on", "c3"], ["a", "2025-03-03", 0.8]])
    book.create_sheet("more")
    book.save(path)
    with pytest.raises(InputError, match="data, more"):
        imported_table(path, map_of(PLACED | C3), TODAY)
    assert len(imported_table(path, map_of(PLACED | C3, sheet="data"), TODAY).patients) == 1


@pytest.mark.parametrize("kind", ["text", "cut", "doctype", "far cell", "bomb"])
def test_what_is_no_sound_workbook_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = workbook(path, [["id", "on", "c3"], ["a", "2025-03-03", 0.8]])
    if kind == "text":
        path.write_text("id,on,c3\n")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "far cell":
        book.active["XFD1048576"] = 1
        book.save(path)
    else:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
            more = b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>" if kind == "doctype" else bytes(300 << 20)
            package.writestr("xl/more.xml", more)
    with pytest.raises(InputError):
        imported_table(path, map_of(PLACED | C3), TODAY)
