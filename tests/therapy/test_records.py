"""Files that do not fit are refused with file, field and what was expected."""

from dataclasses import replace
from pathlib import Path

import pytest

from lupercal.errors import InputError, LupercalError
from lupercal.files.checked import read_named
from lupercal.therapy.body import FOLDER
from lupercal.therapy.names import directory
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product, regimen

RITUXIMAB = (FOLDER / "products" / "rituximab.yaml").read_text(encoding="utf-8")
EURO_LUPUS = (FOLDER / "regimens" / "euro_lupus.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("family: anti_cd20", "family: anti_cd99", "family"),
        ("unit: mg\n", "unit: furlong\n", "unit"),
        ("low: 1000", "low: -1", "published_doses[0].low"),
        ("low: 1000", "low: many", "published_doses[0].low"),
        ("low: 1000", "low: true", "published_doses[0].low"),
        ("source: lunar", "source: no_such_paper", "published_doses[0].source"),
        ("mark: seen", "mark: rumour", "published_doses[0].mark"),
        ("code: L01FA01", "code: L01", "codes[0].code"),
        ("level: randomised trial", "level: strong", "evidence.level"),
        ("efficacy_forecast: true", "efficacy: true", ""),
        ("id: rituximab", "id: rituximab2", "id"),
    ],
)
def test_a_product_that_does_not_fit(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert old in RITUXIMAB
    file = tmp_path / "rituximab.yaml"
    file.write_text(RITUXIMAB.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_named(file, Product)
    assert error.value.field == field
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("lead_days: 0", "lead_days: -3", "at least 0"),
        ("lead_days: 0", "lead_days: 1.5", "a whole number"),
        ("days: [0, 14, 28, 42, 56, 70]", "every: 14", "either days, or start"),
        ("days: [0, 14, 28, 42, 56, 70]", "days: [0], start: 0", "either days, or start"),
        ("days: [0, 14, 28, 42, 56, 70]", "start: 0", "unit per day"),
        ("unit: mg/kg/d, start: 90", "unit: mg/kg/d, days: [90]", "single dose"),
        ("antiproliferative: {stop: 0}", "antiproliferative: {}", "continue, or stop"),
        ("antiproliferative: {stop: 0}", "antiproliferative: ask", "continue, or stop"),
        ("antiproliferative: {stop: 0}", "antiproliferative: {stop: 0, taper: {0: 5}}", "not both"),
        ("  antimalarial: continue\n", "", "a value"),
    ],
)
def test_a_regimen_that_does_not_fit(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in EURO_LUPUS
    file = tmp_path / "euro_lupus.yaml"
    file.write_text(EURO_LUPUS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        read_named(file, Regimen)


def test_two_things_cannot_answer_to_one_name() -> None:
    other = replace(product("obinutuzumab"), aliases=("RTX",))
    with pytest.raises(LupercalError, match="rituximab and obinutuzumab"):
        directory([product("rituximab"), other], "product")


def test_another_dose_changes_only_the_product_named() -> None:
    changed = regimen("euro_lupus").with_dose("cyclophosphamide", 750, "mg/m2")
    assert [(line.product, line.amount, line.unit) for line in changed.doses] == [
        ("cyclophosphamide", 750, "mg/m2"),
        ("azathioprine", 2, "mg/kg/d"),
    ]
    with pytest.raises(InputError, match="belimumab"):
        changed.with_dose("belimumab", 10)
