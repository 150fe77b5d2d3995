"""Parameter data: a row without unit, spread, basis or source is refused; what ships is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.parameters import Basis, count_by_basis, parameters, read_parameters, values
from lupercal.evidence.sources import source, sources
from lupercal.evidence.units import parse

ROW: dict[str, Any] = {
    "meaning": "a made-up rate", "unit": "/d", "value": 0.1, "range": [0.05, 0.2],
    "spread": {"kind": "lognormal", "cv": 0.3},
    "varies": True, "fit": False, "basis": "published", "source": {"ref": "stein_2019", "where": "Table 1"},
}  # fmt: skip


def table(folder: Path, **changes: Any) -> Path:
    row = {key: value for key, value in (ROW | changes).items() if value is not None}
    path = folder / "made_up.yaml"
    path.write_text(yaml.safe_dump({"parameters": {"k": row}}), encoding="utf-8")
    return path


def test_a_complete_row_is_read(tmp_path: Path) -> None:
    one = read_parameters(table(tmp_path))["k"]
    assert (one.value, one.low, one.high, one.basis, one.source) == (0.1, 0.05, 0.2, Basis.PUBLISHED, "stein_2019")


@pytest.mark.parametrize("key", ["meaning", "unit", "value", "spread", "basis", "source", "varies", "fit"])
def test_a_row_that_lacks_anything_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match=rf"made_up.yaml: parameters\.k\.{key}"):
        read_parameters(table(tmp_path, **{key: None}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 0.9}, "outside its range"),
        ({"basis": "guessed"}, "published"),
        ({"source": {"ref": "nowhere", "where": "Table 1"}}, "unknown source"),
        ({"source": {"ref": "lupercal", "where": "assumed"}}, "needs a publication"),
        ({"bounded_by": ["nowhere"]}, "unknown source"),
        ({"spread": {"kind": "fixed"}}, "needs a spread"),
        ({"spread": {"kind": "lognormal"}}, "needs one"),
        ({"range": None}, "needs a spread and a range"),
        ({"colour": "red"}, "known key|one of the keys"),
        ({"value": "often"}, "a number"),
    ],
)
def test_an_inconsistent_row_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_parameters(table(tmp_path, **changes))


def test_every_shipped_parameter_has_a_readable_unit_and_a_known_source() -> None:
    for one in parameters().values():
        parse(one.unit)
        assert source(one.source).text
        assert one.low <= one.value <= one.high


def test_published_values_name_a_publication_and_most_values_are_admitted_assumptions() -> None:
    published = [one for one in parameters().values() if one.basis is Basis.PUBLISHED]
    assert {one.symbol for one in published} >= {"d_am", "al_ce", "an_50", "k_be", "g_dm"}
    counts = count_by_basis()
    assert 0 < counts["calibrated"] < counts["assumed"]
    assert counts["assumed"] > counts["published"]
    assert sum(counts.values()) == len(values())


def test_citations_carry_their_identifiers() -> None:
    assert "doi:10.1002/psp4.12388" in source("stein_2019").citation
    assert len(sources()) > 30


def test_an_unknown_source_is_named() -> None:
    with pytest.raises(LupercalError, match="'nobody_1900'"):
        source("nobody_1900")
