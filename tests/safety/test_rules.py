"""The rules as data: every one has a reason, a source that exists, a day of check; what does not fit is refused."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.errors import InputError
from lupercal.evidence.sources import sources as sources_of_evidence
from lupercal.files.documents import read_document
from lupercal.programmes.plan_data import plan_sources
from lupercal.safety import registry
from lupercal.safety.override import read_override
from lupercal.safety.registry import danger_rule, rules_for, safety_rules, safety_sources
from lupercal.therapy.records import Evidence
from lupercal.therapy.registry import products, regimens
from lupercal.therapy.sources import therapy_sources

REGULATOR = re.compile(r"\b(FDA|EMA|US label|US approval|REMS)\b")


def test_every_therapy_is_under_safety_rules() -> None:
    for name in regimens():
        assert {"pregnancy", "infection"} <= {one.id for one in rules_for(name)}


def test_every_rule_has_reason_source_basis_and_a_day_of_check_that_is_not_ahead() -> None:
    used = {cited.key for rule in safety_rules().values() for cited in rule.sources}
    assert used <= set(safety_sources())
    for rule in safety_rules().values():
        assert rule.reason.endswith(".")
        assert dt.date(2026, 1, 1) <= rule.checked <= dt.date(2026, 12, 31)
        assert danger_rule(rule.id) is not None or set(rule.applies) == {"note"}


def test_every_regulatory_fact_has_a_day_of_check() -> None:
    for source in safety_sources().values():
        assert not REGULATOR.search(source.text) or (source.regulator and source.checked)
    for other in {**sources_of_evidence(), **therapy_sources(), **plan_sources()}.values():
        assert not REGULATOR.search(other.text) or dt.date.fromisoformat(other.checked)
    levels = [one.evidence for one in products().values()] + [one.evidence for one in regimens().values()]
    assert not [one for one in levels if one.level == "approved" and one.checked is None]


def test_an_approval_without_a_day_of_check_is_refused() -> None:
    with pytest.raises(ValueError, match="looked up"):
        Evidence(level="approved", finding="benefit", text="Approved for lupus.", sources=())


def test_the_stay_near_a_centre_after_car_t_cells_is_two_weeks() -> None:
    items = read_document(Path(registry.FOLDER).parents[1] / "programmes" / "data" / "plans" / "sets" / "car_t.yaml")
    row = {one["id"]: one for one in items["items"]}
    for name in ("stay_near", "no_driving"):
        assert row[name]["when"] == {"day": 0, "last_day": 14}
        assert row[name]["source"] == "fda_rems_2025"
    assert "26 June 2025" in safety_sources()["fda_rems_2025"].text


BROKEN: list[tuple[str, Any, str]] = [
    ("applies", {"stop": ["car_x"]}, "a group, a family, a product or a regimen"),
    ("applies", {"halt": ["car_t"]}, "applies"),
    ("sources", [{"key": "nobody", "where": "nowhere"}], "sources.yaml"),
    ("rule", "pregnant >= 1", "flag"),
    ("rule", "unicorn", "data dictionary"),
    ("checked", "soon", "checked"),
    ("reason", "", "reason"),
]


@pytest.mark.parametrize(("field", "value", "told"), BROKEN)
def test_a_rule_that_does_not_fit_is_refused(
    field: str, value: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = read_document(registry.RULES)
    document["rules"]["pregnancy"][field] = value
    broken = tmp_path / "rules.yaml"
    broken.write_text(yaml.safe_dump(document), encoding="utf-8")
    monkeypatch.setattr(registry, "RULES", broken)
    with pytest.raises(InputError, match=told):
        registry.safety_rules.__wrapped__()


@pytest.mark.parametrize(
    "text", ["", "no colon", "Dr A:", ": because it is so", "Dr A: no", "Dr A: a\nlong reason here"]
)
def test_an_override_needs_a_name_and_a_reason(text: str) -> None:
    with pytest.raises(InputError, match=r"NAME: reason|one line"):
        read_override(text)


def test_an_override_keeps_name_and_reason() -> None:
    found = read_override(" Dr A. Example :  the test  was repeated: negative ")
    assert (found.name, found.reason) == ("Dr A. Example", "the test was repeated: negative")
