"""Protocols as files: the shipped ones are sound and cite, others are refused in one sentence whatever they hold."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.care.records import CareProtocol
from lupercal.care.registry import CARE_FOLDER, protocol, protocols, read_protocol
from lupercal.care.words import grounds_words, protocol_words
from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import read_document
from lupercal.therapy.sources import therapy_sources

SHIPPED = sorted(CARE_FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("one", protocols().values(), ids=lambda one: one.id)
def test_every_rule_rests_on_something_and_can_be_told(one: CareProtocol) -> None:
    for rule in one.rules:
        assert rule.grounds
        for ground in rule.grounds:
            assert ground.source in therapy_sources()
            assert ground.basis in grounds_words(ground)
    lines = protocol_words(one)
    assert len(lines) >= len(one.rules)
    assert not [line for line in lines if "None" in line or "  " in line]


def test_names_and_aliases_are_found_and_others_answered_with_the_nearest() -> None:
    assert protocol("T2T").id == "treat_to_target"
    assert protocol("unchanged").id == "as_is"
    with pytest.raises(InputError, match="treat_to_target"):
        protocol("treat to targets")


def minimal() -> dict[str, Any]:
    return {
        "id": "own", "name": "Own care", "summary": "One rule.",
        "visits": [{"every": 28}], "visit_grounds": [{"says": "monthly", "basis": "assumed", "source": "lupercal"}],
        "rules": [{
            "id": "one", "words": "Much protein", "when": 'upcr > 1 "g/g" for 2 visits',
            "do": [{"do": "start", "drug": "mycophenolate_mofetil", "dose": 2, "unit": "g/d"}],
            "grounds": [{"says": "a try", "basis": "assumed", "source": "lupercal"}],
        }],
    }  # fmt: skip


def wrong(place: str, value: Any) -> dict[str, Any]:
    data = minimal()
    rule = data["rules"][0]
    where = {"rule": rule, "do": rule["do"][0], "visits": data["visits"][0], "file": data}[
        place.split(".", maxsplit=1)[0]
    ]
    where[place.split(".")[1]] = value
    return data


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("do.drug", "rituximab", "taken every day"),
        ("do.drug", "no_such_drug", "id of a product"),
        ("do.drug", "antiproliferative", "not a family"),
        ("do.unit", "mg/d", "in g/d"),
        ("do.dose", -1, "at least 0"),
        ("do.dose", "no_parameter", "name of a parameter"),
        ("do.over", 28, "no over beside 'start'"),
        ("do.do", "wish", "one of"),
        ("do.dose", None, "dose beside 'start'"),
        ("rule.do", [{"do": "give", "regimen": "no_such_regimen"}], "id of a regimen"),
        ("rule.do", [{"do": "give"}], "a regimen, or one dose"),
        ("file.visits", [{"every": 28}, {"every": 56}], "only the last without an end"),
        ("file.rules", [*minimal()["rules"], *minimal()["rules"]], "name of its own"),
        ("file.rules", [{**minimal()["rules"][0], "id": f"r{k}"} for k in range(101)], "at most 100"),
        ("rule.when", "upcr > 1", "unit"),
        ("rule.when", "state(sri4)", "instrument"),
        ("rule.when", "upcr > 2 times tomorrow", "start, previous, lowest or highest"),
        ("rule.when", "(any(current biologic)) for 3 visits", "visit by visit"),
        ("rule.when", "pregnant for 1 visits", "whole number from 2"),
        ("rule.chance", 1.5, "0 to 1"),
        ("rule.after", {"rule": "nobody"}, "name of a rule"),
        ("rule.grounds", [], "at least 1"),
        ("rule.times", 0, "at least 1"),
        ("rule.tims", 1, "times"),
        ("visits.every", 30, "whole number of weeks"),
        ("file.rules", [], "rules with visits"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(place: str, value: Any, words: str, tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(wrong(place, value)), encoding="utf-8")
    with pytest.raises(InputError, match=words) as error:
        read_protocol(path)
    assert "Traceback" not in str(error.value)


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(minimal()), encoding="utf-8")
    assert protocol(str(path)).rules[0].id == "one"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**9), st.floats(), st.text(max_size=12),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.sampled_from(["start", "prednisone", "upcr > 1"]),
)  # fmt: skip


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every container with every key in it."""
    own = [(data, key) for key in (data if isinstance(data, dict) else range(len(data)))]
    inside = [place for _, key in own if isinstance(data[key], dict | list) for place in places(data[key])]
    return [*own, *inside]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SHIPPED), st.integers(0, 10**6), VALUES, st.booleans())
def test_a_damaged_file_is_a_protocol_or_one_sentence(path: Path, where: int, value: Any, drop: bool) -> None:
    data = copy.deepcopy(read_document(path))
    spots = places(data)
    container, key = spots[where % len(spots)]
    if drop:
        del container[key]
    else:
        container[key] = value
    told = ""
    try:
        validated(data, CareProtocol, path).conditions(path)
    except InputError as error:
        told = str(error)
    assert not told or "expected" in told
