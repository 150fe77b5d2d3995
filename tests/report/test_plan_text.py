"""A plan describes what a programme consists of; it gives nobody advice."""

import json
import re
from pathlib import Path

import pytest

from lupercal.patient.cases import read_case
from lupercal.programmes.plan import plan
from lupercal.programmes.plan_data import FOLDER, plan_names
from lupercal.report.plan_text import plan_json, plan_markdown

ADVICE = re.compile(
    r"\b(you|your|should|must|ought|please|we recommend|is recommended|are recommended|advise[ds]?|"
    r"ask your doctor|safe and effective|guarantee\w*|cures?|best (treatment|option|choice))\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_file_of_plans_gives_advice(path: Path) -> None:
    assert not ADVICE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", plan_names())
def test_no_plan_gives_advice(name: str) -> None:
    made = plan(read_case("example-nephritis"), name, "2025-03-25")
    cited = " ".join(made.sources.values())  # titles of publications are their authors' words
    text = plan_markdown(made).replace(cited, "") + json.dumps(plan_json(made))
    for citation in made.sources.values():
        text = text.replace(citation, "").replace(json.dumps(citation), "")
    assert not ADVICE.findall(text)
