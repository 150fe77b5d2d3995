"""The page on plans is the one its data give."""

from pathlib import Path

from lupercal.report.pages.plans import page

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "plans.md"


def test_the_page_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "python -m lupercal.report.pages docs"


def test_every_statement_in_the_table_stands_with_its_place_on_the_page() -> None:
    rows = [line for line in page().splitlines() if line.startswith(("| ozek", "| gencell", "| sheba", "| celltex"))]
    assert len(rows) > 40
    assert all(line.count(" | ") == 4 and line.split(" | ")[4].removesuffix(" |") for line in rows)
