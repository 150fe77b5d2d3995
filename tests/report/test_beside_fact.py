"""Forecast beside fact: later values counted inside and outside the bands of the therapy that was given."""

from __future__ import annotations

from dataclasses import replace

from lupercal.patient.record import Measurement, Visit
from lupercal.report.beside_fact import BesideFact, beside_fact, fact_table
from lupercal.report.shown import as_shown
from tests.report.build import forecast


def of(*later: Visit, therapy: str = "cd19_car_t") -> BesideFact | None:
    """Return the comparison of the made-up patient with these later visits."""
    whole = as_shown(forecast())
    treatments = tuple(replace(t, drug=therapy) if t.start_day == 0 else t for t in whole.patient.treatments)
    baseline = whole.patient.visits[0]
    return beside_fact(replace(whole, patient=replace(whole.patient, visits=(baseline, *later), treatments=treatments)))


def at(day: int, **values: Measurement) -> Visit:
    return Visit(day, values=values)


def test_values_are_counted_inside_and_what_was_off_is_named() -> None:
    bands = next(arm for arm in forecast().arms if arm.therapy == "cd19_car_t").bands
    middle = float(bands["c3"].quantiles[2][-1])
    found = of(at(700, c3=Measurement(middle), sledai_2k=Measurement(90.0)))
    assert found is not None
    assert found.given
    assert found.headline == "1 of 2 later values lay inside the 90 % bands of CD19 CAR-T."
    assert len(found.off) == 1
    assert "SLEDAI-2K" in found.off[0]
    assert "above the band" in found.off[0]
    table = fact_table(found)
    assert table is not None
    assert [row[-1] for row in table.rows] == ["inside", "above the band"]


def test_a_bound_that_leaves_it_open_does_not_count() -> None:
    found = of(at(28, upcr=Measurement(90.0, "<")))
    assert found is not None
    assert found.headline.startswith("No later value can be told")
    assert "Cannot be told" in found.left_open[0]


def test_what_has_no_band_is_named() -> None:
    found = of(at(28, leukocytes=Measurement(5.0), c3=Measurement(1.0)))
    assert found is not None
    assert found.left_open == ("No band is forecast for Leukocytes.",)


def test_another_therapy_given_is_said_and_compared_with_standard_care() -> None:
    found = of(at(28, c3=Measurement(1.0)), therapy="euro_lupus")
    assert found is not None
    assert not found.given
    assert "Standard care" in found.arm
    assert "is not among the therapies forecast here" in found.caution


def test_without_later_visits_there_is_no_box() -> None:
    assert of() is None
