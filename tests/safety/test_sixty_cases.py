"""Sixty safety cases in all programmes, as kept in a table; ``python -m tests.safety.test_sixty_cases`` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.patient.read import patient_from
from lupercal.programmes.eligibility import eligibilities
from lupercal.programmes.registry import programmes
from lupercal.safety.judge import Safety, safety_of
from tests.safety.cases import DANGERS, HARMLESS, document, safety_cases

TABLE = Path(__file__).with_name("golden") / "sixty_cases.csv"


def word(safety: Safety) -> str:
    """Return the verdict with the ids of what stops, or the number of what is to be clarified."""
    if safety.stops:
        return f"stop: {' '.join(one.rule.id for one in safety.stops)}"
    dangers = " ".join(one.rule.id for one in safety.dangers)
    if safety.verdict == "clarify first":
        return f"clarify first: {dangers}{' + ' if dangers else ''}{len(safety.unsettled)} not known"
    return safety.verdict


def table() -> str:
    """Return one line per case and one column per programme."""
    names = list(programmes())
    lines = [",".join(["case", *names])]
    for case, patient in safety_cases().items():
        results = eligibilities(patient, programmes().values())
        lines.append(",".join([f'"{case}"', *(word(one.safety) for one in results)]))
    return "\n".join(lines) + "\n"


def test_there_are_sixty_cases_or_more() -> None:
    assert len(safety_cases()) >= 60


def test_the_table_is_the_one_that_was_read() -> None:
    assert table() == TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", programmes())
def test_a_pregnant_woman_with_an_infection_is_stopped_in_every_programme(name: str) -> None:
    found = safety_of(safety_cases()["pregnant and infected"], programmes()[name].therapy)
    assert {"pregnancy", "infection"} <= {one.rule.id for one in found.stops}


@pytest.mark.parametrize("name", programmes())
def test_nothing_known_is_never_clear_and_all_harmless_is_never_a_stop(name: str) -> None:
    cases, therapy = safety_cases(), programmes()[name].therapy
    assert safety_of(cases["nothing known"], therapy).verdict == "clarify first"
    assert safety_of(cases["all harmless"], therapy).verdict in {"none found", "note"}


@pytest.mark.parametrize("danger", sorted(set(DANGERS) - {"teratogenic_drug_current"}))
def test_every_danger_is_seen_for_some_therapy_of_the_platform(danger: str) -> None:
    therapies = (
        "cd19_car_t",
        "ahsct",
        "msc_umbilical",
        "euro_lupus",
        "voclosporin",
        "azathioprine_maintenance",
        "ivig",
    )
    found = [safety_of(safety_cases()[f"danger: {danger}"], therapy) for therapy in therapies]
    assert any(one.stops or one.dangers for one in found)


def test_a_harmful_drug_counts_in_pregnancy_whatever_the_therapy() -> None:
    values = {**HARMLESS, "pregnant": True, "teratogenic_drug_current": True}
    found = safety_of(patient_from(document(values), "pregnant"), "standard_care")
    assert "pregnant_on_harmful_drug" in {one.rule.id for one in found.stops}
    assert safety_of(safety_cases()["danger: teratogenic_drug_current"], "standard_care").verdict == "none found"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
