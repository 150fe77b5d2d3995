"""Doses in words, the explanation of a therapy, and the page of the documentation."""

from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from lupercal.cli.therapies import command as therapies
from lupercal.errors import InputError
from lupercal.report.pages.therapies import explain_therapy, page
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.registry import products, regimens
from lupercal.therapy.words import number_words

ADULT = Person(weight_kg=65, height_cm=165)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "therapies.md"


def words(name: str, current: dict[str, float], months: float = 24) -> tuple[str, ...]:
    return expand(name, ADULT, current, months).doses_in_words()


def test_rituximab_in_words() -> None:
    assert words("rituximab", {"prednisone": 7.5}) == (
        "Rituximab 1000 mg i.v., days 0, 14",
        "Prednisone p.o. 7.5 mg/d from day 0 onwards",
    )


def test_a_taper_is_one_line() -> None:
    assert (
        "Prednisone p.o. 40 mg/d from day 0, 20 mg/d from day 28, 10 mg/d from day 56, 7.5 mg/d from day 90, "
        "5 mg/d from day 180 onwards"
    ) in words("mmf_induction", {})


def test_a_long_rhythm_is_told_as_one() -> None:
    assert words("belimumab", {})[0] == (
        "Belimumab 10 mg/kg (650 mg) i.v., days 0, 14, then every 28 days from day 28 to day 728 (26 times)"
    )


def test_cells_and_what_stops_before_them() -> None:
    told = words("cd19_car_t", {"prednisone": 7.5, "hydroxychloroquine": 400})
    assert "CD19 CAR T cells (autologous) 1 × 10^6/kg (6.5 × 10^7 cells) i.v., day 0" in told
    assert "Prednisone p.o. 7.5 mg/d from day −20, stopped on day −14" in told
    assert "Hydroxychloroquine (400 mg/d) stopped on day −20" in told
    assert any(line.startswith("Leukapheresis") for line in told)


@pytest.mark.parametrize(
    ("value", "text"), [(0.35, "0.35"), (7.5, "7.5"), (1294.5, "1294.5"), (1e6, "1 × 10^6"), (100, "100")]
)
def test_numbers_as_written_in_a_prescription(value: float, text: str) -> None:
    assert number_words(value) == text


@pytest.mark.parametrize("name", [*regimens(), *products()])
def test_everything_can_be_explained(name: str) -> None:
    told = explain_therapy(name)
    assert any(line.startswith("Evidence: ") for line in told)
    assert "Sources:" in told


def test_explaining_the_unknown_names_the_nearest() -> None:
    with pytest.raises(InputError, match="belimumab"):
        explain_therapy("belimumap")


def test_the_page_is_what_the_registries_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m lupercal.report.pages docs"


def _run(*arguments: str) -> str:
    app = Typer()
    app.command()(therapies)
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "240"})
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_lists_all() -> None:
    output = _run()
    assert all(name in output for name in [*regimens(), *products()])
    assert "no efficacy" in output  # the row of exosomes, wherever its lines break


def test_the_command_explains_one_with_its_place_in_the_model() -> None:
    output = _run("exosomes")
    assert "No efficacy forecast: No data from people with SLE" in output
    assert "me_max ×= 0 for the whole arm" in output
    assert "ap = 3 g/d per 25 mg/wk" in _run("methotrexate")
    assert "not represented" in _run("cenerimod")
