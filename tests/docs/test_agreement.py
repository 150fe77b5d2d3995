"""What the pages say agrees with the code and the data they speak of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import lupercal
from lupercal.cli.main import app
from lupercal.cli.reference_page import page as commands_page
from lupercal.model.system import system
from lupercal.report.pages.model_card import page as model_card
from tests.contract.test_architecture import LAYERS, SKELETONS, SOURCE
from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOUSE = (ROOT / "docs" / "explanation" / "house.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
PYTHON = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table whose first heading is given."""
    lines = iter(text.splitlines())
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(f"| {heading} "):
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    return found
                found.append([cell.strip() for cell in row.strip("|").split("|")])
    return found


def test_the_readme_is_one_screen_with_three_doors() -> None:
    assert len(README.split()) <= 400
    doors = ("make demo", "make test", "**I have a patient.**", "**I run a clinic.**", "**I want the model.**")
    assert [name for name in doors if name not in README] == []
    assert "What it is not" in README
    assert (ROOT / "docs/figures/report.png").stat().st_size < 400_000


def test_the_readme_counts_states_as_they_are() -> None:
    assert f"{len(system().states)} states" in README


def test_contributing_is_one_screen() -> None:
    assert len(CONTRIBUTING.split()) <= 500


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))])
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    inside = [one for one in targets if not re.match(r"[a-z]+:", one) and not one.startswith("../built/")]
    assert not [one for one in inside if not (page.parent / one).exists()]


def test_generated_pages_are_up_to_date() -> None:
    for path, text in (
        ("docs/explanation/model-card.md", model_card()),
        ("docs/reference/commands.md", commands_page(app)),
    ):
        assert (ROOT / path).read_text(encoding="utf-8") == text, "run: make pages"


def test_the_house_names_every_package_in_order() -> None:
    told = [row[0].strip("`") for row in rows(HOUSE, "package")]
    there = {
        path.name.removesuffix(".py") for path in SOURCE.iterdir() if path.name != "data" and path.suffix in ("", ".py")
    }
    assert told == [name for name in LAYERS if name in there]
    listed = re.findall(r"`(\w+)`", CONTRIBUTING.partition("**Where things live**")[2].partition("[The house]")[0])
    assert listed == list(LAYERS)


def test_twenty_questions_are_answered_by_files_that_hold_the_answer() -> None:
    asked = rows(HOUSE, "where is …")
    assert len(asked) == 20
    for question, file, word in asked:
        text = (SOURCE / file.strip("`")).read_text(encoding="utf-8")
        assert word.strip("`") in text, question
    missed = re.findall(r"`([\w/]+\.(?:py|yaml))`", HOUSE.partition("**Missed")[2])
    assert missed
    assert all((SOURCE / path).exists() for path in missed)


def test_the_glossary_has_each_noun_once() -> None:
    nouns = [row[0] for row in rows(GLOSSARY, "noun")]
    assert nouns == sorted(set(nouns), key=str.casefold)
    assert all(row[1] for row in rows(GLOSSARY, "noun"))


def test_the_glossary_names_the_skeletons() -> None:
    """The list of names that may stand in many files is short, written down, and may only shrink."""
    told = set(re.findall(r"`(\w+)`", GLOSSARY.partition("Names that a skeleton prescribes")[2])) - {"import"}
    assert told == set(SKELETONS)
    assert len(SKELETONS - {"upgrade"}) <= 11, "upgrade is Alembic's name"


def test_the_page_of_python_names_every_public_name() -> None:
    told = set(re.findall(r"autofunction:: (\w+)|autoclass:: (\w+)|autoexception:: (\w+)", PYTHON))
    named = {one for group in told for one in group if one}
    assert named == {name for name in lupercal.__all__ if name not in ("RESEARCH_USE_ONLY", "__version__")}


def test_the_citation_is_that_of_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == lupercal.__version__
    assert cited["license"] == project["license"]
    assert [one["name"] for one in cited["authors"]] == [one["name"] for one in project["authors"]]
    assert cited["cff-version"] == "1.2.0"


def test_the_r_recipe_names_what_a_run_holds(tmp_path: Path) -> None:
    recipe = (ROOT / "docs" / "how-to" / "read-a-run-in-r.md").read_text(encoding="utf-8")
    made = lupercal.simulate(
        {"therapy": "rituximab", "patients": 2, "months": 1, "states": ["BN"]}, tmp_path / "run", runner="serial"
    )
    assert (tmp_path / re.findall(r'open_dataset\("([^"]+)"\)', recipe)[0]).is_dir()
    (left, right) = re.findall(r"aggregate\((\w+) ~ (\w+)", recipe)[0]
    assert {left, right} <= set(made.frame().columns)
