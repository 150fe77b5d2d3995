"""Causes other than lupus, local reactions after cells, spells of low counts, windows, sustained states, B cells."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.instruments import Status, score
from lupercal.instruments.b_cells import aplasia_days, b_cell_return
from lupercal.instruments.icaht_series import low_spells
from lupercal.instruments.joints import counts
from lupercal.instruments.licats import attribute
from lupercal.instruments.lupus_type import LupusType, lupus_type, lupus_types
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.steroids import equivalent, mean_daily_dose
from lupercal.instruments.windows import concurrent, days_in_state, sustained

VISIT = dict.fromkeys(DESCRIPTORS, 0.0)


def test_a_score_stands_as_recorded_and_without_other_causes() -> None:
    visit = VISIT | {"leukopenia": 1.0, "rash": 1.0, "leukopenia@attributed_to": 2.0, "rash@attributed_to": 1.0}
    assert score("sledai_2k", visit).value == 2
    assert score("sledai_2k", visit, attribution="recorded").value == 3


def test_an_unknown_cause_counts_with_a_flag_and_no_statement_counts_without() -> None:
    found = score("sledai_2k", VISIT | {"rash": 1.0, "rash@attributed_to": 0.0})
    assert found.value == 2
    assert found.warnings["cause_unknown"]
    silent = score("sledai_2k", VISIT | {"rash": 1.0})
    assert silent.value == 2
    assert "cause_unknown" not in silent.warnings


def test_an_open_local_reaction_is_put_down_to_treatment() -> None:
    visits = {name: np.zeros(2) for name in DESCRIPTORS} | {"proteinuria": np.ones(2), "rash": np.ones(2)}
    visits["licats_kidney"] = np.array([1.0, 0.0])
    both = attribute(visits)
    assert list(score("sledai_2k", both, attribution="recorded").value) == [6, 6]
    assert list(score("sledai_2k", both).value) == [2, 6]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"days_since_infusion": 120.0, "cd19": 40.0, "serology_rising": 1.0}, 0.0),
        ({"days_since_infusion": 2.0, "fever_explains": 1.0}, 0.0),
        ({"reaction_days": np.nan}, np.nan),
    ],
)
def test_licats_is_a_flag_with_an_onset_window(changes: dict[str, float], expected: float) -> None:
    columns = {"local_reaction": 1.0, "days_since_infusion": 8.0, "organ_involved_before": 1.0, "fever_explains": 0.0}
    columns |= {"cd19": 0.0, "serology_rising": 0.0, "reaction_days": 12.0} | changes
    assert score("licats", columns).value == pytest.approx(expected, nan_ok=True)


def test_spells_join_over_short_recoveries_and_end_after_three_days() -> None:
    low, high = 200.0, 900.0
    joined = low_spells(dict(enumerate([low, low, high, high, low, low, high, high, high, low])))
    assert joined.days_anc_le_500 == 6
    assert low_spells({0: 100.0, 8: 100.0}).days_anc_le_100 == 9  # seven missing days are filled
    assert low_spells({0: 300.0, 16: 100.0}).never_recovered == 0  # 15 missing days: open, see early_anc
    late = low_spells({40: 1700.0, 50: 400.0, 60: 900.0})
    assert np.isnan(late.days_anc_le_500)
    assert score("icaht_late", late.columns()).value == 3


def test_a_single_late_low_value_is_not_a_grade() -> None:
    found = score("icaht_late", {"late_lowest_anc": 90.0, "late_second_lowest_anc": 3000.0})
    assert found.value == 0
    assert score("icaht_late", {"late_lowest_anc": 90.0}).value == 4


def test_components_must_be_close_in_time() -> None:
    assert concurrent(np.array([0.0, 7.0])) == 1
    assert concurrent(np.array([0.0, 8.0])) == 0
    assert np.isnan(concurrent(np.array([0.0, np.nan])))


def test_a_sustained_state_needs_every_visit() -> None:
    states = np.array([[1, 1, 1], [1, np.nan, 1], [1, np.nan, 0]], float)
    assert list(sustained(states)) == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert sustained(np.array([0.0, 1.0, 1.0]), np.array([False, True, True])) == 1
    held = days_in_state(np.array([0.0, 30, 60, 90]), np.array([0.0, 1, 1, np.nan]))
    assert list(held) == pytest.approx([np.nan, 0, 30, np.nan], nan_ok=True)


def test_b_cells_return_when_the_next_sample_agrees() -> None:
    series = {0.0: 200.0, 28.0: 0.0, 60.0: 2.0, 90.0: 0.4, 120.0: 3.0, 150.0: 9.0}
    assert b_cell_return(series) == 120
    assert b_cell_return(series, confirmed=False) == 60
    assert aplasia_days(series) == 92
    assert np.isnan(b_cell_return({0.0: 5.0}))


def test_drug_free_and_drug_free_but_for_an_antimalarial_are_kept_apart() -> None:
    columns = {"prednisone": 0.0, "on_immunosuppressant": 0.0, "on_biologic": 0.0, "on_antimalarial": 1.0}
    assert score("drug_free", columns).value == 0
    assert score("drug_free_except_antimalarial", columns).value == 1


def test_a_pulse_is_marked_and_a_local_drug_is_refused() -> None:
    assert score("prednisone_equivalent", {"methylprednisolone_dose": 1000.0}).warnings["pulse"]
    assert equivalent("betamethasone", 3.0, betamethasone=0.6) == pytest.approx(25.0)
    assert mean_daily_dose([10.0, 0.0], 2) == 5
    with pytest.raises(ValueError, match="no systemic equivalent"):
        equivalent("budesonide", 3.0)


def test_a_drop_out_is_a_non_responder_although_nothing_else_is_known() -> None:
    for name in ("sri_4", "bicla", "perr", "steroid_reduction_tulip"):
        columns = {
            "dropped_out": 1.0,
            "rescue_medication": 0.0,
            "sledai_2k@baseline": 10.0,
            "bilag_renal@baseline": 4.0,
        }
        assert score(name, columns | {"prednisone@baseline": 20.0}).value == 0


def test_sri_cannot_be_reached_from_below() -> None:
    columns = {"sledai_2k": 0.0, "sledai_2k@baseline": 4.0}
    assert score("sri_5", columns).status == Status.NOT_EVALUABLE
    assert score("sri_4", columns).status != Status.NOT_EVALUABLE


def test_joints_that_cannot_be_assessed_leave_the_denominator() -> None:
    found = score("active_joint_count_28", {"not_assessable_left_knee": 1.0, "tender_left_knee": 1.0})
    assert found.warnings["not_assessable_joints"]
    assert np.isnan(found.items["left_knee"])
    assert found.items["assessed_joints"] == 27
    assert counts(["left_knee"], ["left_knee"]) == {"tender": 1, "swollen": 1, "active": 1}


def test_the_six_types_of_lupus_say_what_follows() -> None:
    assert [info.type for info in lupus_types()] == list(LupusType)
    assert {info.type for info in lupus_types() if info.systemic} == {LupusType.SYSTEMIC, LupusType.OVERLAP}
    assert lupus_type("Drug related").consequence
    with pytest.raises(InputError, match="neonatal"):
        lupus_type("viral")


def test_damage_cannot_fall() -> None:
    from lupercal.instruments.sdi import TABLE

    none = {f"sdi_{name}": 0.0 for name in TABLE}
    found = score("sdi", none | {"sdi@previous": np.array([0.0, 2.0])})
    assert list(found.value) == [0, 2]
    assert list(found.warnings["damage_cannot_fall"]) == [False, True]
