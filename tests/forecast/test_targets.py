"""What of a patient is compared: values, bounds, positivity; missing stays missing."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.forecast.settings import ResemblanceKernel, settings
from lupercal.forecast.targets import MatchTarget, Targets, targets_of
from lupercal.patient.cases import read_case
from lupercal.patient.record import Measurement, Patient, Visit


def patient(**values: float | Measurement) -> Patient:
    measured = {name: v if isinstance(v, Measurement) else Measurement(float(v)) for name, v in values.items()}
    return Patient(id="p", sex="female", age_years=30.0, visits=(Visit(0, values=measured),))


def found(**values: float | Measurement) -> dict[str, MatchTarget]:
    return {target.variable: target for target in targets_of(patient(**values)).used}


def test_a_complete_case_uses_every_variable() -> None:
    targets = targets_of(read_case("example-nephritis"))
    assert {target.variable for target in targets.used} == set(settings().matching)
    assert targets.missing == ()


def test_nothing_known_nothing_used() -> None:
    targets = targets_of(patient())
    assert targets.used == ()
    assert set(targets.missing) == set(settings().matching)


def test_a_recorded_total_stands_in_for_unknown_items() -> None:
    assert found(sledai_2k=16)["sledai_2k"].observed == 16
    assert found(sledai_2k=16)["sledai_2k"].how == "value"


def test_some_items_give_bounds() -> None:
    target = found(arthritis=1, rash=1)["sledai_2k"]
    assert target.how == "between"
    assert target.low == 6


def test_a_censored_value_is_a_bound() -> None:
    target = found(upcr=Measurement(2.0, ">"))["upcr"]
    assert (target.how, target.observed) == ("at least", 2.0)
    assert found(upcr=Measurement(0.25, "<"))["upcr"].how == "at most"


def test_another_assay_tells_only_whether_it_is_raised() -> None:
    raised = found(anti_dsdna_arbitrary=200, anti_dsdna_arbitrary_uln=20)["anti_dsdna"]
    normal = found(anti_dsdna_arbitrary=10, anti_dsdna_arbitrary_uln=20)["anti_dsdna"]
    assert (raised.how, normal.how) == ("at least", "at most")
    assert "anti_dsdna" not in found(anti_dsdna_arbitrary=200)


def test_what_is_known_and_not_used_is_said_with_a_reason() -> None:
    unused = targets_of(patient(anti_dsdna_arbitrary=200)).unused
    assert "never converted" in unused["anti_dsdna_arbitrary"]


def test_creatinine_gives_egfr() -> None:
    assert found(creatinine=0.7)["egfr"].observed == pytest.approx(119.2, abs=0.1)


def test_the_kernel_is_flat_inside_bounds_and_falls_outside() -> None:
    target = MatchTarget("upcr", 1.0, np.inf, ResemblanceKernel(scale="log", tolerance=0.5))
    weights = target.log_weight(np.array([0.1, 0.5, 1.0, 9.0]))
    assert weights[2] == weights[3] == 0
    assert weights[0] < weights[1] < 0


def test_the_order_of_what_is_missing_is_that_of_the_settings() -> None:
    targets: Targets = targets_of(patient(c3=0.7))
    assert list(targets.missing) == [name for name in settings().matching if name != "c3"]
