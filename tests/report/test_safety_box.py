"""Safety stands before every number: stops in the box and in the row, dangers once, unknown named."""

from __future__ import annotations

from dataclasses import replace

from lupercal.patient.record import Measurement
from lupercal.report.html import forecast_html
from lupercal.report.safety_box import safety_box, safety_box_lines
from lupercal.report.shown import as_shown
from lupercal.safety.judge import safeties
from tests.report.build import forecast, small
from tests.report.page import Page

THERAPIES = ("standard_care", "cd19_car_t", "rituximab")


def test_a_stop_names_whom_it_concerns_and_is_not_repeated() -> None:
    patient = forecast().patient
    ill = replace(patient.visits[0], values={**patient.visits[0].values, "infection_active": Measurement(1.0)})
    box = safety_box(safeties(replace(patient, visits=(ill,)), THERAPIES, -3))
    assert box is not None
    (stop,) = (line for line in box.stops if line.startswith("Active infection"))
    assert "Standard care" in stop.partition("every therapy but ")[2]
    lines = safety_box_lines(safeties(replace(patient, visits=(ill,)), THERAPIES, -3))
    assert any(line.startswith("STOP: Active infection [Active infection: yes") for line in lines)


def test_what_is_not_known_is_named_and_never_clear() -> None:
    box = safety_box(safeties(forecast().patient, THERAPIES, -3))
    assert box is not None
    assert "HIV infection" in box.unknown
    assert box.clear == ""


def test_a_stop_stands_before_every_number_and_in_the_row_of_its_therapy() -> None:
    whole = small()
    ill = replace(
        whole.patient.visits[0], values={"infection_active": Measurement(1.0), "sledai_2k": Measurement(16.0)}
    )
    patient = replace(whole.patient, visits=(ill, *whole.patient.visits[1:]))
    text = Page(forecast_html(replace(whole, patient=patient, safety=safeties(patient, ("cd19_car_t",), -3)))).text()
    assert text.index("STOP Active infection") < text.index("of 10")
    assert "CD19 CAR-T STOP" in text
    assert "STOP" not in Page(forecast_html(replace(whole, safety=safeties(whole.patient, ("cd19_car_t",), -3)))).text()


def test_failed_therapies_are_marked_in_safety_too() -> None:
    names = [one.name for one in as_shown(forecast()).safety]
    assert any("failed before" in name for name in names)
