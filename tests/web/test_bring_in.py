"""Tables in the browser, and files about somebody who is known: nothing guessed, nothing replaced without asking."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.exchange.tables.map_file import MapFile
from lupercal.exchange.tables.map_text import map_as_text
from lupercal.files.checked import validated
from lupercal.patient.read import patient_from
from lupercal.registry.opened import Registry
from lupercal.web.bring_in.map_form import read_map_text
from tests.web.site import Site

CSV = """Pat-Nr;Geschlecht;Datum;Kreatinin (µmol/l);C3 [g/L];UPCR [mg/g]
P1;w;03.04.2025;71,5;0,72;1.234,5
P1;w;05.06.2025;n.v.;0,8;980,0
P2;m;07.05.2025;98;7,2;210,5
"""
MAP = """format: lupercal table map 1
writes: {decimal: ",", thousands: ".", dates: dmy}
tables:
  - rows: visits
    columns:
      Pat-Nr: {is: patient}
      Geschlecht: {is: sex, words: {w: female, m: male}}
      Datum: {is: date}
      Kreatinin (µmol/l): {is: creatinine, unit: µmol/l}
      C3 [g/L]: {is: c3, unit: g/L}
      UPCR [mg/g]: {is: upcr, unit: mg/g}
"""
KNOWN = {
    "id": "P1", "data_origin": "clinical", "reference_date": "2025-06-01",
    "visits": [{"date": "2025-04-03", "values": {"c3": "0.72 g/L", "creatinine": "1.5 mg/dL"}}],
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry_of(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def sent(site: Site, content: bytes, name: str, patient: str = "") -> Any:
    visitor = site.signed_in("coordinator")
    visitor.get("/import")
    return visitor, visitor.post("/import", {"patient": patient}, files={"file": (name, content)})


def read_by(site: Site, text: str = MAP) -> Any:
    visitor, page = sent(site, CSV.encode(), "clinic.csv")
    return visitor, visitor.post(f"{page.url.path}/map", {"map": text})


def lines(page: Any) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', page.text)


def test_a_table_brings_a_guessed_map_to_check_and_keeps_nothing(site: Site, tmp_path: Path) -> None:
    _, page = sent(site, CSV.encode(), "../<b>clinic.csv")
    assert page.status_code == 200
    assert "Kreatinin (µmol/l)" in page.text
    assert "1 line is marked" in page.text
    assert "71.5" in page.text or "71,5" in page.text
    assert "<b>clinic" not in page.text
    assert not list((tmp_path / "uploads").iterdir())
    assert b"Kreatinin" not in (tmp_path / "accounts.sqlite").read_bytes()
    assert registry_of(site).patients.all() == ()


def test_a_map_with_open_questions_or_faults_is_refused_and_stays(site: Site) -> None:
    visitor, page = sent(site, CSV.encode(), "clinic.csv")
    for text in ("", "format: x", MAP.replace("dates: dmy", "dates: {a: b}"), MAP.replace("is: c3", "is: c33")):
        again = visitor.post(f"{page.url.path}/map", {"map": text})
        assert again.status_code == 422, text
        assert "Traceback" not in again.text
        if text:
            assert text.splitlines()[0] in again.text


def fields(page: Any) -> dict[str, str]:
    """Return the fields of the form of columns as a browser without scripts would send them."""
    form = page.text.partition('id="columns"')[2].partition("</form>")[0]
    told = {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(form)}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        told[name] = html.unescape(chosen[1]) if chosen else ""
    return told


_INPUT = re.compile(r'<input (?:id="[^"]*" )?name="([^"]+)" (?:type="text" )?value="([^"]*)"')


def test_the_columns_are_told_in_a_form_and_an_open_one_is_not_read(site: Site) -> None:
    visitor, page = sent(site, CSV.encode(), "clinic.csv")
    told = fields(page)
    assert told["0.columns.3.is"] == "creatinine"
    assert told["0.columns.0.is"] == "patient"
    wrong = visitor.post(f"{page.url.path.removesuffix('/map')}/columns", told | {"0.columns.4.is": "c33"})
    assert wrong.status_code == 422
    assert 'value="c33"' in wrong.text
    questions = [key for key in (f"0.columns.{k}" for k in range(6)) if f'name="{key}.sure"' in page.text]
    open_order = {"decimal": ",", "thousands": ".", "dates": ""}
    asked = visitor.post(f"{page.url.path.removesuffix('/map')}/columns", told | open_order)
    if "0.columns.2" in questions:
        assert "Column Datum is still unsure" in asked.text
        assert "tables[0]" not in asked.text
    done = {f"{key}.sure": "yes" for key in questions} | {f"doubt.{k}": "yes" for k in range(5)}
    answers = told | {"decimal": ",", "thousands": ".", "dates": "dmy"} | done
    read = visitor.post(f"{page.url.path.removesuffix('/map')}/columns", answers)
    assert read.status_code == 200, re.findall(r'<a href="#columns">([^<]+)', read.text)
    assert {"0.value.0.creatinine", "0.value.0.c3", "0.value.0.upcr"} <= set(lines(read))


def test_a_column_that_stays_unsure_is_left_out_and_told(site: Site) -> None:
    visitor, page = sent(site, b"id;date;IL-99 [pg/mL];C3 [g/L]\nP1;2025-03-03;4;0.7\n", "odd.csv")
    read = visitor.post(f"{page.url.path}/columns", fields(page))
    assert read.status_code == 200
    assert "0.value.0.c3" in lines(read)
    assert "IL-99" in read.text
    answer = {"0.columns.2.is": "il6", "0.columns.2.unit": "pg/mL"}
    changed = visitor.post(f"{page.url.path}/columns", fields(page) | answer)
    assert "0.value.0.il6" in lines(changed)


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(words=st.dictionaries(PRINTED, PRINTED, max_size=6), column=PRINTED)
def test_the_text_of_a_map_reads_back(words: dict[str, str], column: str) -> None:
    columns = {column: {"is": "sex", "words": words}, "who is it": {"is": "patient"}}
    made = validated({"tables": [{"columns": columns}]}, MapFile, "map")
    assert read_map_text(map_as_text(made)) == made


def test_a_table_of_several_patients_is_taken_in_line_by_line(site: Site) -> None:
    visitor, page = read_by(site)
    assert page.status_code == 200, page.text[:400]
    assert "refused" in page.text
    found = lines(page)
    assert "0.value.0.creatinine" in found
    assert "1.value.0.c3" not in found
    taken = visitor.post(page.url.path, {"line": [one for one in found if "upcr" not in one]})
    assert taken.url.path == "/patients"
    first = registry_of(site).patients.whole(registry_of(site).patients.find("P1").id)
    assert set(first.visits[0].values) == {"creatinine", "c3"}
    assert visitor.post(page.url.path, {"line": found}).status_code == 422


def test_what_contradicts_the_record_is_asked_and_the_rest_is_merged(site: Site) -> None:
    registry = registry_of(site)
    patient = registry.patients.enrol(patient_from(dict(KNOWN), "test"), by="test").id
    visitor, page = read_by(site)
    assert "is in the registry" in page.text
    assert "1 contradict what is recorded" in page.text
    new = [one for one in lines(page) if one.startswith("0.")]
    assert sorted(new) == ["0.value.0.upcr", "0.value.1.c3", "0.value.1.upcr"]
    open_ = visitor.post(page.url.path, {"line": new})
    assert open_.status_code == 422
    assert "Say which value counts: Serum creatinine" in open_.text
    assert registry.patients.whole(patient).visits[0].values.keys() == {"c3", "creatinine"}
    visitor.post(page.url.path, {"line": new, "0.value.0.creatinine": "take"})
    whole = registry.patients.whole(patient)
    assert [visit.date for visit in whole.visits] == ["2025-04-03", "2025-06-05"]
    assert whole.visits[0].values["creatinine"].value == pytest.approx(0.8089, rel=1e-3)
    assert whole.visits[1].values["upcr"].value == pytest.approx(0.98)
    history = registry.visits.value_history(registry.visits.of_patient(patient)[0].id)
    assert "imported from clinic.csv" in {one.why for one in history}
    assert len(registry.patients.all()) == 1
    listed = visitor.get(f"/patients/{patient}/documents").text
    link = re.search(rf'href="(/patients/{patient}/documents/d-\w+)"', listed)
    assert link is not None
    report = visitor.get(link[1]).text
    assert "kreatinin" in report.casefold()
    assert "P2" not in report.partition("Map of the columns")[0]
    assert "is: creatinine" in report


def test_what_is_kept_stays_as_it_is(site: Site) -> None:
    registry = registry_of(site)
    patient = registry.patients.enrol(patient_from(dict(KNOWN), "test"), by="test").id
    visitor, page = read_by(site)
    visitor.post(page.url.path, {"line": ["0.value.1.c3"], "0.value.0.creatinine": "keep"})
    assert registry.patients.whole(patient).visits[0].values["creatinine"].value == 1.5


def test_a_file_goes_into_the_record_that_somebody_names(site: Site) -> None:
    registry = registry_of(site)
    patient = registry.patients.enrol(patient_from({**KNOWN, "id": "other"}, "test"), by="test").id
    only = "\n".join(CSV.splitlines()[:3]) + "\n"
    visitor, page = sent(site, only.encode(), "one.csv", patient)
    page = visitor.post(f"{page.url.path}/map", {"map": MAP})
    assert patient in page.text
    assert "1 contradict what is recorded" in page.text
    apart = visitor.post(f"{page.url.path}/into", {"patient": ""})
    assert "Whose record is it?" in apart.text
    assert visitor.post(f"{page.url.path}/into", {"patient": "nobody"}).status_code == 422
    back = visitor.post(f"{page.url.path}/into", {"patient": "other"})
    assert "contradict what is recorded" in back.text


def test_a_workbook_is_read_as_well(site: Site) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["patient", "date", "c3 [g/L]"])
    book.active.append(["W1", "2025-03-03", 0.9])
    room = io.BytesIO()
    book.save(room)
    visitor, page = sent(site, room.getvalue(), "book.xlsx")
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert text is not None
    page = visitor.post(f"{page.url.path}/map", {"map": text[1].replace("&#34;", '"').replace("&#39;", "'")})
    assert lines(page) == ["0.value.0.c3"], page.text[:3000]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.txt", "a.tsv", "a.xls"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04", b"a" * 10_000])
def test_a_table_that_is_none_is_refused_in_a_sentence(site: Site, name: str, content: bytes) -> None:
    _, page = sent(site, content, name)
    assert page.status_code in {200, 422}
    assert "Traceback" not in page.text
    assert str(site.settings.folder) not in page.text
