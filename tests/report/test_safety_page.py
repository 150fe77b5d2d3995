"""The page on safety is the one its data give."""

from pathlib import Path

from lupercal.report.pages.safety import page
from lupercal.safety.registry import safety_rules

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "safety.md"


def test_the_page_is_up_to_date() -> None:
    wanted = "python -m lupercal.report.pages docs"
    assert DOCS.read_text(encoding="utf-8") == page(), wanted


def test_every_rule_stands_on_the_page_with_its_danger() -> None:
    text = page()
    assert all(f"**{rule.danger}**" in text for rule in safety_rules().values())
