"""What an arm of a study is given, and how many tablets a dose means."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.therapy.registry import regimen
from lupercal.therapy.tablets import tablet_table, tablets, tablets_per_day
from lupercal.therapy.treatment import StudyTreatment, combined


def test_a_regimen_alone_is_itself() -> None:
    assert combined(StudyTreatment("belimumab")) == regimen("belimumab")


def test_on_top_of_another_gives_the_doses_of_both_and_the_longer_lead() -> None:
    upper, lower = regimen("cd19_car_t"), regimen("rituximab")
    both = combined(StudyTreatment("cd19_car_t", "rituximab"))
    assert both.doses == (*lower.doses, *upper.doses)
    assert both.lead_days == max(upper.lead_days, lower.lead_days)
    assert both.name == f"{upper.name} on top of {lower.name}"
    for family in ("glucocorticoid", "antimalarial"):
        fate = both.current_drugs.fate(family)
        assert fate in (upper.current_drugs.fate(family), lower.current_drugs.fate(family))


def test_own_doses_replace_those_of_one_product() -> None:
    usual = regimen("belimumab")
    less = combined(StudyTreatment("belimumab", product="belimumab", amount=1.0))
    assert {line.amount for line in less.doses if line.product == "belimumab"} == {1.0}
    other_days = combined(StudyTreatment("belimumab", product="belimumab", days=(0, 28)))
    own = [line for line in other_days.doses if line.product == "belimumab"]
    assert [line.days for line in own] == [(0, 28)]
    assert [line for line in other_days.doses if line.product != "belimumab"] == [
        line for line in usual.doses if line.product != "belimumab"
    ]


def test_a_product_that_is_not_given_has_no_other_amount() -> None:
    with pytest.raises(InputError):
        combined(StudyTreatment("belimumab", product="rituximab", amount=1.0))


def test_tablets_are_counted_from_the_largest_strength_down() -> None:
    strengths = tablet_table()["prednisone"]["strengths"]
    assert strengths == sorted(strengths, reverse=True)
    assert tablets("prednisone", np.array([0.0])).tolist() == [0.0]
    for strength in strengths:
        assert tablets("prednisone", np.array([strength])).tolist() == [1.0]
    largest, smallest = strengths[0], strengths[-1]
    assert tablets("prednisone", np.array([2 * largest + smallest])).tolist() == [3.0]
    assert tablets("prednisone", np.array([smallest / 2])).tolist() == [1.0], "a part of a tablet is a tablet"


def test_tablets_of_all_drugs_are_added_and_others_do_not_count() -> None:
    one = tablet_table()["prednisone"]["strengths"][0]
    doses = {"prednisone": np.array([one, 0.0]), "rituximab": np.array([1000.0, 1000.0])}
    assert tablets_per_day(doses).tolist() == [1.0, 0.0]
