"""One guard for every error that other tools were seen to make: we do not make it."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.instruments import Status, instrument, instruments, score
from lupercal.instruments.acr_1997 import CRITERIA
from lupercal.instruments.bilag_grades import SYSTEMS
from lupercal.instruments.eular_acr_2019 import POINTS
from lupercal.instruments.hscore import BANDS
from lupercal.instruments.selena_flare_index import MILD, SEVERE
from lupercal.instruments.sledai_items import DESCRIPTORS, WEIGHTS
from lupercal.instruments.slicc_2012 import CLINICAL, IMMUNOLOGIC

WELL = {"temperature": 36.8, "fever_masked": 0.0, "hypotension": 0.0, "vasopressors": 0.0, "vasopressin": 0.0}
WELL |= {"oxygen_support": 0.0}


def crs(**changes: float) -> float:
    return float(score("astct_crs", WELL | changes).value)


def test_a_well_patient_has_no_cytokine_release() -> None:
    assert crs() == 0


def test_organ_toxicity_does_not_enter_cytokine_release() -> None:
    assert crs(temperature=38.6, alt=400.0, alt_uln=40.0) == 1


def test_two_vasopressors_are_grade_4_and_one_in_any_dose_grade_3() -> None:
    assert crs(temperature=39.0, hypotension=1.0, vasopressors=2.0) == 4
    assert crs(temperature=39.0, hypotension=1.0, vasopressors=1.0) == 3
    assert crs(temperature=39.0, hypotension=1.0, vasopressors=1.0, vasopressin=1.0) == 3


def test_hypotension_without_fever_is_not_cytokine_release() -> None:
    assert crs(hypotension=1.0, vasopressors=1.0) == 0
    assert crs(hypotension=1.0, vasopressors=1.0, fever_masked=1.0) == 3


def test_ctcae_neutrophils_have_their_own_limits() -> None:
    values = np.array([0.8, 0.3, 0.15])
    assert list(score("ctcae_v5_neutrophils", {"neutrophils": values, "neutrophils_lln": 2.0}).value) == [3, 4, 4]
    assert list(score("ctcae_v6_neutrophils", {"neutrophils": values, "neutrophils_lln": 2.0}).value) == [2, 3, 3]


def test_ctcae_haemoglobin_has_no_invented_grades() -> None:
    found = score("ctcae_v5_hemoglobin", {"hemoglobin": np.array([7.0, 6.4]), "hemoglobin_lln": 12.0})
    assert list(found.value) == [3, 3]
    assert not any("leucocytosis" in one.name or "leukocytosis" in one.name for one in instruments())


def test_hscore_gives_the_printed_band_and_never_interpolates() -> None:
    assert score("hscore_probability", {"hscore": 169.0}).label() == "40-54%"
    labels = [score("hscore_probability", {"hscore": float(s)}).label() for s in range(338)]
    assert set(labels) == {band for _, band in BANDS}
    assert "93%" not in labels


def test_cystatin_constants_are_those_of_the_paper() -> None:
    found = score("ckid_u25_cystatin", {"cystatin_c": 1.0, "age": 20.0, "sex_female": np.array([0.0, 1.0])})
    assert list(found.value) == pytest.approx([77.1, 68.3])


def test_pyuria_weighs_four() -> None:
    assert WEIGHTS["pyuria"] == 4
    assert sorted(WEIGHTS.values()) == [1] * 3 + [2] * 7 + [4] * 6 + [8] * 8


def test_isolated_haematuria_counts_in_sledai() -> None:
    visit = dict.fromkeys(DESCRIPTORS, 0.0) | {"hematuria": 1.0}
    assert score("sledai_2k", visit).value == 4


def test_coombs_does_not_count_beside_haemolytic_anaemia() -> None:
    everything = dict.fromkeys((*CLINICAL, *IMMUNOLOGIC), 1.0)
    assert score("slicc_2012_count", everything).value == 16


def test_the_2009_equation_and_race_are_not_used() -> None:
    found = score("ckd_epi_2021", {"creatinine": 100 / 88.4, "age": 28.0, "sex_female": 0.0})
    assert float(found.value) == pytest.approx(90.7, abs=0.05)
    assert not any("race" in name for one in instruments() for name in one.inputs)


@pytest.mark.parametrize(("joints", "two_k", "first", "selena"), [(1, 0, 0, 0), (2, 4, 0, 0), (3, 4, 4, 4)])
def test_arthritis_needs_two_joints_in_2k_and_three_elsewhere(
    joints: int, two_k: float, first: float, selena: float
) -> None:
    for name, expected in (("sledai_2k", two_k), ("sledai_1992", first), ("selena_sledai", selena)):
        assert score(name, {"active_joints": joints}).items["arthritis"] == expected


def test_one_of_three_answers_gives_no_lupusqol_domain() -> None:
    columns = {"lupusqol_pain_1": 4.0, "lupusqol_pain_2": np.nan, "lupusqol_pain_3": np.nan}
    assert score("lupusqol_pain", columns).status == Status.MISSING


def test_lupusqol_reaches_one_hundred() -> None:
    assert score("lupusqol_pain", {f"lupusqol_pain_{n}": 4.0 for n in (1, 2, 3)}).value == 100


def test_lldas_asks_for_haemolysis_and_gut() -> None:
    good = dict.fromkeys(DESCRIPTORS, 0.0) | {
        "new_activity": 0.0,
        "pga": 0.2,
        "prednisone": 0.0,
        "on_investigational": 0.0,
    }
    asked = {"hemolytic_anemia": 0.0, "gastrointestinal_activity": 0.0}
    assert np.isnan(score("lldas", good).value)
    assert score("lldas", good | asked).value == 1
    for name in asked:
        assert score("lldas", good | asked | {name: 1.0}).value == 0


def test_twelve_immunological_points_do_not_classify() -> None:
    columns = dict.fromkeys((*POINTS, "fever_38_3", "leukopenia_4_0", "nephritis_class_iii_iv"), 0.0)
    columns |= {"antiphospholipid": 1.0, "low_c3_and_c4": 1.0, "dsdna_positive": 1.0, "ana_positive": 1.0}
    assert score("eular_acr_2019", columns).value == 12
    assert score("eular_acr_2019_classified", columns).value == 0


def test_eular_fever_is_above_38_3_and_the_total_has_no_tiers() -> None:
    items = score("eular_acr_2019", {"temperature": np.array([38.1, 38.3, 38.4])}).items
    assert list(items["fever"]) == [0, 0, 2]
    assert instrument("eular_acr_2019").labels == ()


def test_eular_proteinuria_is_above_a_half() -> None:
    assert list(score("eular_acr_2019", {"protein_24h": np.array([0.5, 0.51])}).items["proteinuria"]) == [0, 4]


def test_criteria_count_ever_not_only_now() -> None:
    visits = {"ana_positive": np.array([1.0, 0.0]), "nephritis_class_iii_iv": np.array([1.0, 0.0])}
    assert list(score("eular_acr_2019_classified", visits, over_visits=True).value) == [1, 1]


def test_slicc_synovitis_is_two_joints() -> None:
    columns = {"swollen_joints": np.array([1.0, 2.0]), "tender_joints": 0.0, "morning_stiffness": 0.0}
    assert list(score("slicc_2012_count", columns).items["synovitis"]) == [0, 1]


def test_acr_has_eleven_criteria_and_needs_four() -> None:
    assert len(CRITERIA) == 11
    assert score("acr_1997", {name: float(n < 4) for n, name in enumerate(CRITERIA)}).value == 1


def test_a_sledai_score_carries_no_bands() -> None:
    assert instrument("sledai_2k").labels == ()
    assert instrument("selena_sledai").labels == ()


def test_bilag_2004_has_its_nine_systems() -> None:
    assert len(SYSTEMS) == 9
    assert {"ophthalmic", "gastrointestinal"} <= set(SYSTEMS)
    assert not {"vasculitis", "other", "general"} & set(SYSTEMS)


def test_hematotox_ends_at_seven_and_is_high_from_two() -> None:
    worst = {"platelets": 60.0, "neutrophils": 0.5, "hemoglobin": 7.0, "crp": 100.0, "ferritin": 5000.0}
    assert score("car_hematotox", worst).value == 7
    two = {"platelets": 60.0, "neutrophils": 3.0, "hemoglobin": 11.0, "crp": 5.0, "ferritin": 600.0}
    assert score("car_hematotox_risk", two).label() == "high"


def flare(**changes: float) -> str:
    quiet = dict.fromkeys((*MILD, *SEVERE), 0.0) | {
        "sledai_2k": 4.0,
        "pga": 1.0,
        "prednisone": 10.0,
        "weight": 60.0,
        "hemoglobin": 9.0,
        "hemoglobin@previous": 12.0,
        "platelets": 200.0,
        "hemolytic_anemia": 1.0,
        "treatment_for_activity": 1.0,
        "glucocorticoid_pulse": 0.0,
        "started_nsaid_or_antimalarial": 0.0,
        "started_immunosuppressant": 0.0,
        "hospitalised_for_sle": 0.0,
    }
    same = {f"{name}@previous": quiet[name] for name in ("sledai_2k", "pga", "platelets")}
    return score("selena_flare_index", quiet | same | {"prednisone@previous": 5.0} | changes).label()


def test_the_haemoglobin_arm_is_a_fall_of_more_than_three() -> None:
    assert flare(hemoglobin=9.0) == "mild_moderate"  # prednisone doubled, fall of exactly 3
    assert flare(hemoglobin=8.9) == "severe"


def test_conditioning_chemotherapy_is_never_a_flare() -> None:
    still = {"prednisone": 5.0, "prednisone@previous": 5.0, "hemolytic_anemia": 0.0, "started_immunosuppressant": 1.0}
    assert flare(**still) == "severe"
    assert flare(**still, conditioning=1.0) == "none"


def test_a_flare_within_three_weeks_of_cells_carries_the_licats_flag() -> None:
    columns = {"sledai_2k": 8.0, "sledai_2k@previous": 2.0, "days_since_infusion": np.array([10.0, 40.0])}
    assert list(score("selena_flare_index", columns).warnings["licats_window"]) == [True, False]


def test_facit_is_zero_at_worst_and_fifty_two_at_best() -> None:
    best = {f"facit_negative_{n}": 0.0 for n in range(1, 12)} | {"facit_positive_1": 4.0, "facit_positive_2": 4.0}
    assert score("facit_fatigue", best).value == 52
    assert score("facit_fatigue", {name: 4.0 - answer for name, answer in best.items()}).value == 0


def test_pga_is_zero_to_three_and_never_rescaled_in_silence() -> None:
    found = score("pga", {"pga": np.array([3.0, 3.2, 8.0])})
    assert list(found.status) == [Status.COMPLETE, Status.ERROR, Status.ERROR]


def test_doris_2021_is_strictly_below_half_a_point() -> None:
    columns = {"clinical_sledai": 0.0, "pga": np.array([0.49, 0.5]), "prednisone": 0.0}
    assert list(score("doris_2021", columns).value) == [1, 0]


def test_the_doris_prednisone_conflict_is_a_setting() -> None:
    columns = {"clinical_sledai": 0.0, "pga": 0.0, "prednisone": 5.0}
    assert score("doris_2021", columns).value == 1
    assert score("doris_2021", columns, prednisone_comparator="<").value == 0


def test_perr_is_not_a_kdigo_complete_response() -> None:
    columns = {"upcr": 0.7, "upcr@baseline": 3.0, "egfr": 90.0, "egfr@baseline": 90.0, "egfr@preflare": 90.0}
    columns |= {"treatment_failure": 0.0}
    assert score("perr", columns).value == 1
    assert score("kdigo_2024_response", columns).label() == "partial"


def test_sle_das_says_why_it_is_not_there() -> None:
    found = score("sle_das", {"platelets": np.array([100.0, 200.0])})
    assert (found.status == Status.NOT_EVALUABLE).all()
    assert "coefficients" in instrument("sle_das").definition


def test_absent_input_is_not_zero() -> None:
    for name in ("sledai_2k", "eular_acr_2019", "hscore", "sdi", "astct_crs"):
        assert score(name, {}).status == Status.MISSING
