"""The list of ASVS 5.0, level 2, is whole, and every test that it names is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PAGE = Path("docs/reference/workbench-asvs.md")
LAST: dict[str, tuple[int, ...]] = {
    "1": (2, 9, 11, 3, 2), "2": (3, 3, 4, 1), "3": (0, 2, 4, 6, 5, 0, 2), "4": (3, 1, 2, 4), "5": (1, 3, 2, 3),
    "6": (3, 12, 4, 4, 5, 3, 0, 4), "7": (3, 4, 2, 5, 2, 2), "8": (2, 3, 1, 1), "9": (3, 4),
    "10": (2, 2, 4, 11, 5, 2, 3), "11": (2, 3, 3, 4, 1, 1, 0), "12": (3, 2, 4), "13": (1, 5, 2, 5), "14": (2, 4, 3),
    "15": (3, 3, 7, 0), "16": (1, 5, 4, 3, 3), "17": (1, 4, 2),
}  # fmt: skip
"""Last number of levels 1 and 2 in each section of a chapter: those of level 3 follow them in ASVS 5.0.0."""


def test_every_number_of_levels_1_and_2_has_its_line() -> None:
    wanted = {
        f"{chapter}.{section}.{number}"
        for chapter, sections in LAST.items()
        for section, last in enumerate(sections, 1)
        for number in range(1, last + 1)
    }
    assert len(wanted) == 253
    rows = re.findall(r"^\| ([\d., ]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = Counter(one for row in rows for one in row.split(", "))
    assert set(named) == wanted
    assert [one for one, count in named.items() if count > 1] == []


def test_every_test_that_is_named_is_there() -> None:
    there = {
        name
        for path in Path("tests").glob("*/test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for page in (PAGE, PAGE.with_name("workbench-security.md")):
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"`(test_\w+)`", text))
        assert named - there == set(), page
        assert [one for one in re.findall(r"`(tests/[\w/]+\.py)`", text) if not Path(one).is_file()] == []
