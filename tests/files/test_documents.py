"""Reading documents strictly, writing them whole, and telling what is wrong in one sentence."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from lupercal.errors import InputError
from lupercal.files.checked import dotted, validated
from lupercal.files.documents import (
    MAX_DEPTH,
    parse_json,
    parse_yaml,
    read_document,
    read_text,
)
from lupercal.files.writing import write_bytes, write_text
from lupercal.instruments.score_job import ColumnNames

words = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f", exclude_categories=["Cc"])
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
)
documents = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4))


@given(documents)
def test_json_round_trip(document: object) -> None:
    assert parse_json(json.dumps(document), "memory") == document


@given(documents)
def test_yaml_reads_what_json_writes(document: object) -> None:
    assert parse_yaml(json.dumps(document), "memory") == document


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), words, max_size=5))
def test_yaml_round_trip(document: dict[str, str]) -> None:
    quoted = "".join(f"{key}: {yaml.safe_dump(text, default_style=chr(34))}" for key, text in document.items())
    assert parse_yaml(quoted or "{}", "memory") == document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("12:30", "12:30"),
        ("2024-01-31", "2024-01-31"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("17", 17),
        ("-17", -17),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("9" * 19, "9" * 19),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_yaml_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    found = parse_yaml(f"a: {text}", "memory")["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "&x a",
        "a: *x",
        "!!str a",
        "!x a",
        "a: 1\n---\nb: 1",
        "a: .nan",
        "a: -.inf",
        "a: 1e400",
        "? [a]\n: 1",
        "a: [",
        'a: "\\0"',
    ],
)
def test_yaml_with_a_surprise_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected"):
        parse_yaml(text, "memory")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        "[1,]",
        "NaN",
        "[Infinity]",
        "[1e999]",
        "{'a': 1}",
        '["\\u0000"]',
        "[" + "9" * 25 + "]",
        '{"\\ud800": 1}',
        "//",
    ],
)
def test_json_with_a_surprise_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected"):
        parse_json(text, "memory")


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_depth_is_limited_and_the_limit_itself_allowed(parse: object) -> None:
    assert callable(parse)
    parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "memory")
    with pytest.raises(InputError, match=f"at most {MAX_DEPTH} levels"):
        parse("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "memory")


def test_many_tiny_values_are_refused_before_they_cost_time() -> None:
    with pytest.raises(InputError, match="smaller document"):
        parse_yaml("[" + "[]," * 300_000 + "]", "memory")


def test_suffix_decides_and_a_byte_order_mark_is_forgiven(tmp_path: Path) -> None:
    path = tmp_path / "a.JSON"
    path.write_bytes(b"\xef\xbb\xbf[1]")
    assert read_document(path) == [1]
    write_text(path, "a: 1")
    with pytest.raises(InputError, match="well-formed JSON"):
        read_document(path)


def test_size_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("x" * 101)
    with pytest.raises(InputError, match="at most 100 bytes"):
        read_text(path, 100)


def test_a_file_name_that_cannot_exist_is_an_input_error() -> None:
    for name in ("a\0b.yaml", "x" * 5000 + ".yaml"):
        with pytest.raises(InputError, match="expected a readable file"):
            read_document(Path(name))


def test_writing_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "first")
    write_text(path, "second")
    assert path.read_text() == "second"
    assert list(path.parent.iterdir()) == [path]


def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"")
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_what_cannot_be_written_is_an_input_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for target in (tmp_path / "folder", tmp_path / "file" / "below", tmp_path / "a\0b"):
        with pytest.raises(InputError, match="a place where files can be written"):
            write_bytes(target, b"x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    colour: str = ""
    count: int = 0


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    rows: list[_Inner] = []
    named: dict[str, _Inner | None] = {}


@pytest.mark.parametrize(
    ("data", "field", "expected"),
    [
        ({"rows": [{"color": "red"}]}, "rows[0]", "perhaps 'colour'"),
        ({"named": {"a": {"cuont": 1}}}, "named.a", "perhaps 'count'"),
        ({"zzz": 1}, "", "one of the keys named, rows"),
        ({"rows": [{"count": 1.5}]}, "rows[0].count", "a whole number"),
        ({"rows": 3}, "rows", "a list"),
        ([], "", "keys with values"),
    ],
)
def test_a_fault_is_named_with_its_place_and_remedy(data: object, field: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(data, _Outer, "memory")
    assert caught.value.field == field
    assert expected in caught.value.expected


def test_places_are_written_with_dots_and_brackets() -> None:
    assert dotted(("visits", 2, "values", "c3")) == "visits[2].values.c3"
    assert dotted(()) == ""


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"c3": 30}, "c3"),
        ({"c3": ["x"]}, "c3"),
        ({"c3": None}, "c3"),
        ({"c3": {"unit": "g/L"}}, "c3"),
        ({"c3": {"column": 3}}, "c3"),
    ],
)
def test_a_place_names_keys_and_no_types_of_python(data: dict[str, object], place: str) -> None:
    with pytest.raises(InputError) as told:
        validated(data, ColumnNames, "file")
    assert str(told.value).startswith(f"file: {place}")
    said = str(told.value).replace(":", ".").replace("[", ".").split(".")
    assert not {"str", "dict", "ColumnChoice", "int"} & set(said)
