"""Single cells as laboratories write them: a value with its bound and unit, or a reason; never a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.exchange.tables.build import PLACED, imported, map_of, one_cell

CREATININE = {"is": "creatinine", "unit": "umol/L"}
DNA = {"is": "anti_dsdna", "unit": "IU/mL"}
UPCR = {"is": "upcr", "unit": "mg/g"}
GERMAN = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("cell", "use", "writes", "value"),
    [
        ("88.42", CREATININE, {}, 1.0),
        ("88,42", CREATININE, {"decimal": ","}, 1.0),
        ("88.42 µmol/l", {"is": "creatinine"}, {}, 1.0),
        ("88.42 μmol/l", {"is": "creatinine"}, {}, 1.0),
        ("88.42 umol/L", {"is": "creatinine", "unit": "µmol/l"}, {}, 1.0),
        ("1.234,5", UPCR, GERMAN, 1.2345),
        ("1,234.5", UPCR, {"decimal": ".", "thousands": ","}, 1.2345),
        ("1'234.5", UPCR, {"thousands": "'"}, 1.2345),
        ("1’234.5", UPCR, {"thousands": "'"}, 1.2345),
        ("1 234,5", UPCR, {"decimal": ",", "thousands": " "}, 1.2345),
        ("1\u202f234,5", UPCR, {"decimal": ",", "thousands": " "}, 1.2345),
        ("1\u00a0234,5 mg/g", UPCR, {"decimal": ",", "thousands": " "}, 1.2345),
        ("1.2e3", UPCR, {}, 1.2),
        ("150 H", DNA, {"marks": ["H", "*"]}, 150),
        ("150*", DNA, {"marks": ["H", "*"]}, 150),
        ("\u200b150 ", DNA, {}, 150),
        ("1:160", {"is": "ana_titer"}, {}, 160),
        ("1 : 160", {"is": "ana_titer"}, {}, 160),
        ("16", {"is": "sledai_2k"}, {}, 16),
        ("yes", {"is": "rash"}, {}, 1),
        ("ja", {"is": "rash", "words": {"ja": True, "nein": False}}, {}, 1),
        ("nein", {"is": "rash", "words": {"ja": True, "nein": False}}, {}, 0),
    ],
)
def test_a_cell_is_read_as_it_was_meant(
    cell: str, use: dict[str, Any], writes: dict[str, Any], value: float, tmp_path: Path
) -> None:
    read = one_cell(tmp_path, cell, use, **writes)
    assert read[1] == "=", read
    assert read[0] == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("cell", "value", "sign"),
    [
        ("<30", 30, "<"),
        ("> 200", 200, ">"),
        ("≤30", 30, "<="),
        (">= 200 IU/mL", 200, ">="),
        ("＜30", 30, "<"),
        ("<1.000", 1000, "<"),
    ],
)
def test_a_bound_stays_a_bound(cell: str, value: float, sign: str, tmp_path: Path) -> None:
    assert one_cell(tmp_path, cell, DNA, **GERMAN) == (value, sign)


@pytest.mark.parametrize(
    "cell", ["n.v.", "N.V.", "k.A.", "n. b.", "-", "NA", "#N/A", "ausstehend", "not done", "nicht bestimmt", "?"]
)
def test_words_for_unknown_are_unknown(cell: str, tmp_path: Path) -> None:
    assert one_cell(tmp_path, cell, DNA) == "anti_dsdna is not known"


def test_a_map_may_have_words_of_its_own_for_unknown(tmp_path: Path) -> None:
    assert "known" not in one_cell(tmp_path, "hämolytisch", DNA)
    assert one_cell(tmp_path, "hämolytisch", DNA, missing=["hämolytisch"]) == "anti_dsdna is not known"


@pytest.mark.parametrize(
    ("cell", "use", "writes", "reason"),
    [
        ("1,234", UPCR, {}, "a comma that may be decimal or thousands"),
        ("0,72", {"is": "c3", "unit": "g/L"}, {}, "a comma"),
        ("1.234", UPCR, {"decimal": ","}, "a point that may be"),
        ("12.34", UPCR, {"decimal": ",", "thousands": "."}, "thousands marks that do not"),
        ("1.23.456", UPCR, {"decimal": ",", "thousands": "."}, "thousands marks"),
        ("1,2,3", UPCR, {"decimal": ","}, "two decimal commas"),
        ("30-40", DNA, {}, "is no unit"),
        ("30 - 40", DNA, {}, "is no unit"),
        ("ca. 30", DNA, {}, "no number"),
        ("++", DNA, {}, "no number"),
        ("positive", DNA, {}, "no number"),
        ("below detection", DNA, {}, "no number"),
        ("150 H", DNA, {}, "two units|is no unit"),
        ("150 mg/dL", DNA, {}, "two units"),
        ("71", {"is": "creatinine"}, {}, "no unit; say in the map which"),
        ("71", {"is": "creatinine", "unit": "mg/dL"}, {}, "expected 0.1 to 30"),
        ("-5", CREATININE, {}, "expected"),
        ("1e9", CREATININE, {}, "expected"),
        ("9" * 400, CREATININE, {}, "expected"),
        ("inf", CREATININE, {}, "no number"),
        ("0x10", CREATININE, {}, "unit"),
        ("²", CREATININE, {}, "no number"),
        ("٣", CREATININE, {}, "no number"),
        ("12.5", {"is": "sledai_2k"}, {}, "expected a whole number"),
        ("maybe", {"is": "rash"}, {}, "neither yes nor no"),
        ("2", {"is": "rash"}, {}, "neither yes nor no"),
        ("=1+1", CREATININE, {}, "no number"),
        ("=cmd|'/c calc'!A0", CREATININE, {}, "no number"),
        ("1/160", {"is": "ana_titer"}, {}, "unit"),
    ],
)
def test_what_may_mean_two_things_or_none_is_refused(
    cell: str, use: dict[str, Any], writes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    import re

    said = one_cell(tmp_path, cell, use, **writes)
    assert isinstance(said, str), f"{cell} was read as {said}"
    assert re.search(reason, said), said


def test_the_micro_sign_of_a_column_name_may_have_either_code_point(tmp_path: Path) -> None:
    made = map_of(PLACED | {"Krea (\u00b5mol/l)": {"is": "creatinine", "unit": "\u00b5mol/l"}})
    done = imported(tmp_path, "id,on,Krea (\u03bcmol/l)\na,2025-03-03,88.42\n", made)
    assert done.patients[0].visits[0].values["creatinine"].value == pytest.approx(1.0, rel=1e-3)


def test_units_and_bounds_may_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    columns = PLACED | {
        "x": {"is": "creatinine"},
        "u": {"is": "unit", "of": "creatinine"},
        "s": {"is": "comparator", "of": "creatinine"},
    }
    rows = "id,on,s,x,u\na,2025-03-03,<,88.42,µmol/l\na,2025-03-04,,1.5,mg/dl\n"
    rows += "a,2025-03-05,~,1.5,mg/dl\na,2025-03-06,,2,\n"
    visits = imported(tmp_path, rows, map_of(columns)).patients[0].visits
    read = [(one.values["creatinine"].comparator, round(one.values["creatinine"].value, 3)) for one in visits]
    assert read == [("<", 1.0), ("=", 1.5)]
