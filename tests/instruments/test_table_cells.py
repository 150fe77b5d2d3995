"""Tables say what they are: one list of spellings, one range, units, bounds, line ends, names, the right row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.instruments.score_table import ScoredTable, score_table
from lupercal.patient.spellings import NO, UNKNOWN, YES
from lupercal.programmes.patient_table import read_patient_table


def scored(
    folder: Path, text: str, names: list[str], name: str = "v.csv", **more: object
) -> tuple[pl.DataFrame, ScoredTable]:
    source, out = folder / name, folder / "out.parquet"
    source.write_bytes(text.encode())
    done = score_table(source, out, names, items=True, **more)  # type: ignore[arg-type]
    return pl.read_parquet(out), done


@pytest.mark.parametrize("word", [*YES, *(one.upper() for one in YES), " Yes "])
def test_every_spelling_of_yes_is_yes_in_both_readers(tmp_path: Path, word: str) -> None:
    frame, _ = scored(tmp_path, f"id,rash\n1,{word}\n", ["sledai_2k"])
    assert frame["sledai_2k.rash"].to_list() == [2.0]
    facts = read_patient_table(_file(tmp_path, f"id,pregnant\n1,{word}\n")).facts
    assert facts.columns["pregnant"].tolist() == [[1.0]]


@pytest.mark.parametrize("word", [*NO, *(one.upper() for one in NO)])
def test_every_spelling_of_no_is_no_in_both_readers(tmp_path: Path, word: str) -> None:
    frame, _ = scored(tmp_path, f"id,rash\n1,{word}\n", ["sledai_2k"])
    assert frame["sledai_2k.rash"].to_list() == [0.0]
    facts = read_patient_table(_file(tmp_path, f"id,pregnant\n1,{word}\n")).facts
    assert facts.columns["pregnant"].tolist() == [[0.0]]


@pytest.mark.parametrize("word", UNKNOWN)
def test_every_spelling_of_unknown_is_unknown_in_both_readers(tmp_path: Path, word: str) -> None:
    frame, _ = scored(tmp_path, f'id,rash,c3,arthritis\n1,"{word}","{word}",1\n', ["sledai_2k"])
    assert frame["sledai_2k.rash"].to_list() == [None]
    table = read_patient_table(_file(tmp_path, f'id,pregnant,lvef\n1,"{word}","{word}"\n'))
    assert np.isnan(table.facts.columns["pregnant"]).all()
    assert not table.unusable


@pytest.mark.parametrize("word", ["maybe", "m", "oui", "2", "0.5", "-", "+", "ja", "TRUE?", "inf"])
def test_any_other_word_is_refused_or_counted(tmp_path: Path, word: str) -> None:
    with pytest.raises(InputError, match="row 1, column rash"):
        scored(tmp_path, f"id,rash\n1,{word}\n", ["sledai_2k"])
    assert dict(read_patient_table(_file(tmp_path, f"id,pregnant,hiv\n1,{word},0\n")).unusable) == {"pregnant": 1}


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (
            "creatinine,age,sex_female\n0.9,30,1\n88.4,30,1\n",
            "egfr",
            "creatinine 88.4 mg/dL is outside 0.1 to 30 mg/dL",
        ),
        ("creatinine,age,sex_female\n0.9,300,1\n", "egfr", "age 300 years is outside 0 to 120 years"),
        ("platelets\n45000\n", "sledai_2k", "platelets 45000 10⁹/L is outside 0 to 3000 10⁹/L"),
        ("uacr\n0.1\n25\n", "kdigo_albuminuria", "uacr needs its unit"),
        ("c3,c3_lln\n72,0.9\n", "sledai_2k", "c3 72 g/L is outside 0.01 to 5 g/L"),
        ("temperature\n98.6\n", "sledai_2k", "temperature 98.6 °C is outside 25 to 45 °C"),
        ("pga\n-0.1\n", "pga", "pga -0.1 is outside 0 to 3"),
    ],
)
def test_a_cell_outside_the_range_leaves_its_row_open_with_the_reason(
    tmp_path: Path, text: str, name: str, reason: str
) -> None:
    frame, done = scored(tmp_path, text, [name])
    last = frame.row(-1, named=True)
    assert last[name] is None
    assert last[f"{name}_status"] == "error"
    assert reason in last[f"{name}_reason"]
    assert done.notes == (f"{name}: 1 rows have impossible or contradictory values and no answer; see {name}_reason.",)
    if frame.height == 2:
        assert frame[f"{name}_status"][0] != "error"


@pytest.mark.parametrize(
    ("name", "instrument", "plain", "other", "unit"),
    [
        ("creatinine", "egfr", "1.0", "88.4", "umol/L"),
        ("uacr", "kdigo_albuminuria", "0.025", "25", "mg/g"),
        ("upcr", "sledai_2k", "0.9", "900", "mg/g"),
        ("platelets", "sledai_2k", "45", "45000", "/uL"),
    ],
)
def test_a_named_unit_gives_the_same_answer(
    tmp_path: Path, name: str, instrument: str, plain: str, other: str, unit: str
) -> None:
    mapping = _file(tmp_path, f"{name}: {{column: lab, unit: {unit}}}\n", "map.yaml")
    ours, _ = scored(tmp_path, f"{name},age,sex_female,arthritis\n{plain},40,1,0\n", [instrument])
    theirs, _ = scored(tmp_path, f"lab,age,sex_female,arthritis\n{other},40,1,0\n", [instrument], mapping=mapping)
    written, _ = scored(tmp_path, f"{name},age,sex_female,arthritis\n{other} {unit},40,1,0\n", [instrument])
    for frame in (theirs, written):
        columns = [one for one in ours.columns if ours[one].dtype == pl.Float64]
        np.testing.assert_allclose(frame.select(columns).to_numpy(), ours.select(columns).to_numpy(), rtol=1e-9)


@pytest.mark.parametrize(
    ("cell", "value", "low", "high"),
    [("<30", 30, -np.inf, 30), ("≥ 40", 40, 40, np.inf), ("> 55", 55, 55, np.inf), ("0.60", 0.6, 0.6, 0.6)],
)
def test_bounds_are_read_in_tables_of_patients(
    tmp_path: Path, cell: str, value: float, low: float, high: float
) -> None:
    columns = read_patient_table(
        _file(tmp_path, f"id,lvef,hiv\n1,60,0\n2,{cell if value > 1 else 60},0\n")
    ).facts.columns
    if value > 1:
        assert (columns["lvef@low"][1, 0], columns["lvef@high"][1, 0]) == (low, high)
        assert columns["lvef"][1, 0] == value


def test_titres_and_bounds_are_read_in_tables_of_visits(tmp_path: Path) -> None:
    frame, _ = scored(tmp_path, "id,ana_titer\n1,1:80\n2,1:40\n3,≥1:160\n", ["eular_acr_2019"])
    alone, _ = scored(tmp_path, "id,ana_titer\n1,80\n2,40\n3,>=160\n", ["eular_acr_2019"])
    assert frame.drop("id").equals(alone.drop("id"))
    with pytest.raises(InputError, match="only titres are written 1:n"):
        scored(tmp_path, "id,c3,c3_lln\n1,1:80,0.9\n", ["sledai_2k"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "mixed"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_lines_may_end_in_any_way(tmp_path: Path, end: str, start: str) -> None:
    rows = [f"{i},{i % 2},{i % 3 / 10}" for i in range(40)]
    ends = ["\n", "\r\n", "\r"]
    lines = ["patient_id,rash,upcr", *rows]
    text = "".join(f"{line}{ends[i % 3] if end == 'mixed' else end}" for i, line in enumerate(lines))
    frame, done = scored(tmp_path, start + text, ["sledai_2k"])
    assert done.rows == 40
    assert frame["patient_id"].to_list() == [str(i) for i in range(40)]
    assert frame["sledai_2k.rash"].to_list() == [2.0 * (i % 2) for i in range(40)]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_decimal_commas_are_read(tmp_path: Path, separator: str) -> None:
    text = "patient_id,c3,c3_lln,upcr\n1,0.72,0.9,<0.1\n2,1.05,0.9,3\n"
    other = text.replace(",", separator).replace(".", ",")
    ours, _ = scored(tmp_path, text, ["sledai_2k"])
    theirs, _ = scored(tmp_path, other, ["sledai_2k"])
    assert ours.equals(theirs)


@pytest.mark.parametrize("name", ["a*.csv", "a?.csv", "[ab].csv", "{a}.csv"])
def test_wildcards_in_a_name_are_names(tmp_path: Path, name: str) -> None:
    for other in ("a.csv", "ab.csv"):
        _file(tmp_path, "id,rash\n1,0\n2,0\n", other)
    frame, done = scored(tmp_path, "id,rash\n1,1\n", ["sledai_2k"], name=name)
    assert (done.rows, frame["sledai_2k.rash"].to_list()) == (1, [2.0])


@pytest.mark.parametrize("header", ["id,rash,rash", "id,rash, rash", 'id,rash,"rash"', "id,,"])
def test_a_column_that_stands_twice_is_refused(tmp_path: Path, header: str) -> None:
    text = f"{header}\n1,0,1\n"
    with pytest.raises(InputError, match="each column once"):
        scored(tmp_path, text, ["sledai_2k"])
    with pytest.raises(InputError, match="each column once"):
        read_patient_table(tmp_path / "v.csv")


def test_the_first_bad_row_is_named_whatever_the_order_of_blocks(tmp_path: Path) -> None:
    rash = np.zeros(400_000, dtype=object)
    rash[[123_456, 250_000, 399_999]] = "maybe"
    rash[rash == 0] = "0"
    source = tmp_path / "v.csv"
    pl.DataFrame({"patient_id": np.arange(400_000), "rash": list(rash)}).write_csv(source)
    with pytest.raises(InputError, match="row 123457, column rash: found 'maybe'"):
        score_table(source, tmp_path / "o.csv", ["sledai_2k"])


def test_identifiers_and_unknown_columns_are_kept_and_named(tmp_path: Path) -> None:
    frame, done = scored(tmp_path, "USUBJID,site,rash,platelets,Notes\nA-007,12,1,200,x\n", ["sledai_2k"])
    assert frame.columns[:3] == ["USUBJID", "site", "Notes"]
    assert done.unknown_columns == ("site", "Notes")


def test_a_recorded_total_against_its_items_and_a_visit_twice_are_told(tmp_path: Path) -> None:
    text = "patient_id,day,rash,arthritis,sledai_2k\n1,0,1,1,2\n1,0,1,1,6\n2,0,0,0,4\n"
    frame, done = scored(tmp_path, text, ["sledai_2k"])
    assert frame["sledai_2k_low"].to_list() == [6.0, 6.0, 0.0]
    assert done.notes == (
        "patient_id and day: 1 row repeats those of an earlier row; each is scored as it stands.",
        "sledai_2k: 1 row records another total than their items come to, the first is row 1; the items count.",
    )


def test_what_is_not_recorded_is_absent_only_where_asked_and_no_value_says_otherwise(tmp_path: Path) -> None:
    text = "id,rash,upcr\n1,1,\n2,,3\n"
    open_, _ = scored(tmp_path, text, ["sledai_2k"])
    closed, _ = scored(tmp_path, text, ["sledai_2k"], unrecorded_absent=True)
    assert open_["sledai_2k_status"].to_list() == ["partial", "partial"]
    assert closed["sledai_2k"].to_list() == [2.0, 4.0]


@pytest.mark.parametrize(("word", "female"), [("F", 1.0), ("female", 1.0), ("m", 0.0), ("", np.nan), ("1", None)])
def test_sex_is_a_word_and_never_a_code(tmp_path: Path, word: str, female: float | None) -> None:
    table = read_patient_table(_file(tmp_path, f"id,sex,hiv\n1,{word},0\n"))
    np.testing.assert_array_equal(table.facts.columns["sex_female"], [[np.nan if female is None else female]])
    assert dict(table.unusable) == ({"sex": 1} if female is None else {})


def test_an_id_that_stands_twice_is_told(tmp_path: Path) -> None:
    assert read_patient_table(_file(tmp_path, "id,hiv\na,0\na,1\n,0\n,1\n")).twice == ("a",)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xff\xfei\x00d\x00", "UTF-16"),
        (b"id,rash\n\xe9,1\n", "UTF-8"),
        (b"id,rash\n1,1,1\n", "more cells than there are columns"),
        (b"", "an empty file"),
        (b"id,rash,c3,c3_lln\n1,0,0.7,0.9\n2,1", "the file is cut off"),
        (b"\n\nid,rash\n1,0\n", "line of column names"),
    ],
)
def test_what_is_no_table_is_said_in_words(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(InputError, match=word):
        score_table(tmp_path / "v.csv", tmp_path / "o.csv", ["sledai_2k"])


def _file(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'id,rash\n"a,1\n2,1\n', "a quotation mark"),
        (b'id,rash\na"b,1\n', "a quotation mark"),
        ("id,rash\n1,1\n".encode("utf-16-le"), "UTF-16 text or no text"),
        ("id,rash\n1,1\n".encode("utf-32-be"), "UTF-16 text or no text"),
        (b"id,ra\x00sh\n1,1\n", "UTF-16 text or no text"),
        ("id,rash,gr\u00f6\u00dfe\n1,1,5\n".encode("latin-1"), "not UTF-8"),
        ("id,rash\nJos\u00e9,1\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_damaged_text_is_refused_in_words_of_our_own(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(InputError, match=word):
        score_table(tmp_path / "v.csv", tmp_path / "out.csv", ["sledai_2k"])
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("text", ["id,rash\n1,1\n\n\n2,0\n", "id,rash\n1,1\n,\n,\n2,0\n"])
def test_rows_that_hold_nothing_are_told(tmp_path: Path, text: str) -> None:
    _, done = scored(tmp_path, text, ["sledai_2k"])
    assert any(note.startswith("2 rows hold nothing") for note in done.notes)
    assert not scored(tmp_path, "id,rash\n1,1\n2,\n", ["sledai_2k"])[1].notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,age_years,sex,sex_female\n1,30,m,1\n", "sex and sex_female differ"),
        ("id,age_years,age\n1,30,60\n", "age is 60 years, but age_years 30"),
        ("id,sex,pregnant\n1,M,yes\n", "pregnant is recorded as present, but the sex as male"),
        ("id,sledai_2k,rash\n1,0,1\n", "is recorded as 0, but its items come to"),
    ],
)
def test_what_a_row_says_twice_in_different_ways_is_told(tmp_path: Path, text: str, words: str) -> None:
    ((row, told),) = read_patient_table(_file(tmp_path, text)).conflicts
    assert row == 1
    assert words in told


@pytest.mark.parametrize("text", ["id,age_years,age\n1,30,31\n", "id,sex,sex_female,pregnant\n1,F,1,1\n"])
def test_rows_that_agree_tell_nothing(tmp_path: Path, text: str) -> None:
    table = read_patient_table(_file(tmp_path, text))
    assert (table.conflicts, table.blank) == ((), 0)


def test_a_row_of_a_table_of_patients_that_holds_nothing_is_counted(tmp_path: Path) -> None:
    assert read_patient_table(_file(tmp_path, "id,platelets\n1,200\n,\n")).blank == 1


@pytest.mark.parametrize("name", ["file:v.csv", "http:v.csv", "s3:v.csv"])
def test_a_name_that_looks_like_an_address_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("id,rash\n1,1\n")
    assert score_table(Path(name), Path("out.csv"), ["sledai_2k"]).rows == 1
    assert read_patient_table(_file(tmp_path, "id,platelets\n1,200\n")).ids == ("1",)


@pytest.mark.parametrize("other", ["v.csv", "link.csv", "hard.csv", "sub/../v.csv"])
@pytest.mark.parametrize("command", [["score", "-i", "sledai_2k"], ["eligibility", "-p", "erlangen"]])
def test_what_is_read_is_never_written_over(
    tmp_path: Path, command: list[str], other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _file(tmp_path, "id,rash\n1,1\n", "v.csv")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.csv").symlink_to(source)
    (tmp_path / "hard.csv").hardlink_to(source)
    assert status([*command, str(source), "-o", str(tmp_path / other), "--force"]) == 2
    assert "the file that is read" in capsys.readouterr().err
    assert source.read_text() == "id,rash\n1,1\n"
