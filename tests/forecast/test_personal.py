"""What a forecast takes from the patient: the date of day 0 and the body decide as they do in life."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.course.background import Background, own_drugs
from lupercal.course.burn_in import live
from lupercal.course.luck import OwnLuck, SlotLuck
from lupercal.evidence.parameters import values
from lupercal.forecast.personal import day_of_year, personal
from lupercal.patient.cases import read_case
from lupercal.population.draw import draw
from lupercal.therapy.body import Person


@pytest.mark.parametrize(("day", "of_year"), [("2024-01-01", 0), ("2023-12-31", 364), ("2025-03-01", 59), (None, 0)])
def test_the_season_is_that_of_the_date_of_day_0(day: str | None, of_year: int) -> None:
    patient = replace(read_case("example-nephritis"), reference_date=day)
    assert day_of_year(patient) == personal(patient).of_year == of_year


def test_triggers_before_and_after_the_decision_come_in_the_same_season() -> None:
    season = values() | {"z_season": 1.0, "z_rate": 12.0, "z_peak": 15.0}
    who = np.arange(800)
    people = replace(live(draw(1, 0, 2), 1, {}).everybody(), patients=who, parameters=season)
    at_peak, away = 15, 198
    shares = {
        of_year: [
            (OwnLuck(1, people, of_year).triggers(np.arange(-45, 0)) > 0).mean(),
            (SlotLuck(1, people, who, 0, of_year).triggers(np.arange(45)) > 0).mean(),
        ]
        for of_year in (at_peak, away)
    }
    assert min(shares[at_peak]) > 1.5 * max(shares[away])


def test_drugs_that_go_on_are_reckoned_for_the_patient_s_own_body() -> None:
    known = Background({"prednisone": 10.0}, ("antiproliferative",))
    drawn = {"ap": np.array([0.0, 2.0])}
    light, heavy = (own_drugs(known, drawn, 2, Person(weight, 170.0, 30.0)) for weight in (45.0, 110.0))
    assert light["gc"].tolist() == heavy["gc"].tolist() == [10.0, 10.0]
    assert light["ap"][0] == 0 < light["ap"][1]
