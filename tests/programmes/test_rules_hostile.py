"""Hostile programme files: one clear error, no crash, nothing executed, at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.files.documents import parse_yaml
from lupercal.programmes.registry import programme_from, read_programme
from tests.programmes.hostile_rules import BASE, FILES, MARK, written


@pytest.mark.timeout(120)  # bombs would hang; nothing else is promised here
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_in_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, word = FILES[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "test.programme.yaml"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputError) as caught:
        read_programme(path)
    assert word in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert [one.name for one in tmp_path.iterdir()] == ["test.programme.yaml"]
    assert not (tmp_path / MARK).exists()


def test_there_are_more_than_a_hundred() -> None:
    assert len(FILES) > 120


def test_the_file_that_the_hostile_ones_are_made_from_is_good(tmp_path: Path) -> None:
    path = tmp_path / "test.programme.yaml"
    path.write_text(written(BASE), encoding="utf-8")
    assert read_programme(path).criteria[0].id == "one"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "large.yaml").write_text("a" * 2_100_000, encoding="utf-8")
    for name in ("folder.yaml", "bytes.yaml", "large.yaml", "nowhere.yaml"):
        with pytest.raises(InputError):
            read_programme(tmp_path / name)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_a_programme_or_an_error(data: st.DataObject) -> None:
    text = written(BASE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 6))
        text = text[:place] + data.draw(st.text(max_size=4)) + text[place + cut :]
    try:
        programme_from(parse_yaml(text, "damaged"), "damaged")
    except InputError:
        return
