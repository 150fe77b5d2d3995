"""BILAG-2004 grades: three limits per system, one grade less while improving, kidney and blood by the index's rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.evidence.parameters import values
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS
from lupercal.instruments.registry import score
from lupercal.model.bilag import NO_STATE, SYSTEMS, constitutional_grade, organ_grade
from tests.model.test_observation import DAYS, visit

LETTERS = "EDCBA"


def grade(system: str, columns: dict[str, np.ndarray]) -> str:
    return LETTERS[int(columns[f"bilag_{system}"][0, 0])]


def falling(high: float, low: float) -> np.ndarray:
    """High up to day 30, low from the last visit on: the worst of the window is the low."""
    return np.where(DAYS <= 30, high, low)


def test_health_has_no_active_system_and_every_grade_is_known() -> None:
    columns = visit()
    assert set(GRADE_COLUMNS) <= columns.keys()
    assert {grade(name.removeprefix("bilag_"), columns) for name in GRADE_COLUMNS} <= {"E", "D", "C"}
    assert score("bilag_2004", columns).value[0, 0] <= 1  # lymphocytes just below 1.0 would be C


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_grade_rises_with_inflammation_up_to_a(system: str) -> None:
    by = SYSTEMS[system]
    found = [int(visit(**{by.state: level})[f"bilag_{system}"][0, 0]) for level in np.linspace(0, 4, 30)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (1, 4)


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_improving_items_count_one_grade_less(system: str) -> None:
    by, p = SYSTEMS[system], values()
    severe = 1.05 * p[f"bl_{by.key}_severe"] * p[by.threshold]
    moderate = 1.05 * p[f"bl_{by.key}_moderate"] * p[by.threshold]
    assert grade(system, visit(**{by.state: severe})) == "A"
    assert grade(system, visit(**{by.state: falling(2 * severe, severe)})) == "B"
    assert grade(system, visit(**{by.state: falling(2 * moderate, moderate)})) == "C"


def test_a_fall_within_measurement_does_not_count_as_improving() -> None:
    assert grade("musculoskeletal", visit(JO=falling(0.42, 0.4))) == "B"


def test_a_system_that_cannot_be_involved_is_e_and_one_that_can_is_d() -> None:
    by, one = SYSTEMS["neuropsychiatric"], np.ones((1, 2))
    found = organ_grade(0 * one, one, values() | {"pi_np": np.array([0.0, 0.4])}, by)
    np.testing.assert_array_equal(found, [[0.0, 1.0]])


def test_gut_and_eyes_are_never_involved() -> None:
    ill = visit(JO=3.0, SK=3.0, SE=3.0, NP=3.0, KI=3.0, HE=3.0)
    assert {grade(system, ill) for system in NO_STATE} == {"E"}


@pytest.mark.parametrize(("relative", "letter"), [(0.2, "D"), (0.8, "C"), (1.2, "B"), (4.0, "A")])
def test_constitutional_grade_follows_fever(relative: float, letter: str) -> None:
    found = constitutional_grade(np.full((1, 1), relative), np.ones((1, 1)), values())
    assert LETTERS[int(found[0, 0])] == letter


@pytest.mark.parametrize(
    ("states", "letter"),
    [
        ({"UP": 0.1}, "D"),
        ({"UP": 0.35}, "C"),
        ({"UP": 0.6}, "B"),
        ({"UP": 2.0, "KI": 0.1}, "B"),  # proteinuria alone
        ({"UP": 2.0, "KI": 1.4}, "A"),  # with an active sediment
        ({"UP": falling(2.0, 0.6)}, "C"),  # fallen by a quarter and more
    ],
)
def test_renal_grade_follows_protein_and_sediment(states: dict[str, Any], letter: str) -> None:
    assert grade("renal", visit(**states)) == letter


def test_filtration_lost_by_a_third_counts() -> None:
    assert grade("renal", visit(NF=0.6)) == "D"
    assert grade("renal", visit(NF=falling(0.6, 0.3))) == "B"


@pytest.mark.parametrize(("platelets", "letter"), [(20.0, "A"), (40.0, "B"), (120.0, "C")])
def test_blood_counts_decide_the_haematological_grade(platelets: float, letter: str) -> None:
    assert grade("haematological", visit(PL=platelets)) == letter


def test_counts_under_marrow_suppression_are_not_lupus() -> None:
    assert grade("haematological", visit(MP=0.3, PL=20.0, NU=0.3)) == "D"


def test_a_flare_is_seen_by_the_index() -> None:
    quiet, flare = visit(JO=0.1), visit(JO=2.0)
    columns = flare | {f"{name}@previous": quiet[name] for name in GRADE_COLUMNS}
    assert score("bilag_flare", columns).value[0, 0] == 3


def test_a_response_is_seen_by_bicla() -> None:
    before, after = visit(JO=0.6, SK=0.5), visit(JO=0.05, SK=0.05)
    columns = after | {f"{name}@baseline": column for name, column in before.items()}
    columns["treatment_failure"] = np.zeros((1, 1))
    assert score("bicla", columns).value[0, 0] == 1
