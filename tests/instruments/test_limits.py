"""The limit itself and its neighbours, for every comparison that the published cases do not touch."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.instruments import Status, score
from lupercal.instruments.lupus_type import lupus_type
from lupercal.instruments.sdi import TABLE
from tests.instruments.test_guards import WELL, flare

LICATS = {"local_reaction": 1.0, "days_since_infusion": 8.0, "organ_involved_before": 1.0, "fever_explains": 0.0}
LICATS |= {"cd19": 0.0, "serology_rising": 0.0, "reaction_days": 12.0}
HLH = {
    "ferritin_rising": 0.0,
    "transaminase_x_uln": 1.0,
    "fibrinogen": 3.0,
    "new_cytopenia": 1.0,
    "hemophagocytosis": 0.0,
}
HLH |= {"after_crs_peak": 1.0, "other_cause": 0.0, "ferritin_x_uln": 3.0}
HSCORE = {"temperature": 37.0, "hepatomegaly": 0.0, "splenomegaly": 0.0, "hemoglobin": 13.0, "leukocytes": 8.0}
HSCORE |= {"platelets": 250.0, "ferritin": 100.0, "triglycerides_mmol": 1.0, "fibrinogen": 4.0, "ast": 10.0}
HSCORE |= {"hemophagocytosis": 0.0, "known_immunosuppression": 0.0}
TOX = {"platelets": 250.0, "neutrophils": 3.0, "hemoglobin": 12.0, "crp": 5.0, "ferritin": 100.0}
EARLY = {"days_anc_le_500": 0.0, "days_anc_le_100": 0.0, "never_recovered": 0.0}
T_EARLY = {"days_platelets_lt_50": 0.0, "days_platelets_lt_20": 0.0}
T_LATE = {"late_lowest_platelets": 200.0, "late_days_platelets_lt_20": 0.0}
KIDNEY = {"upcr": 0.05, "upcr@previous": 0.05, "creatinine": 0.8, "creatinine@previous": 0.8, "egfr": 100.0}
KIDNEY |= {"egfr@previous": 100.0, "systolic_pressure": 120.0, "systolic_pressure@previous": 120.0}
KIDNEY |= {"diastolic_pressure": 75.0, "diastolic_pressure@previous": 75.0, "active_urinary_sediment": 0.0}
KIDNEY |= {"active_nephritis_biopsy": 0.0, "accelerated_hypertension": 0.0, "nephrotic_syndrome": 0.0}
KIDNEY |= {"bilag_renal_ever": 0.0}
FLARE = {"upcr@response": 0.1}
DRUGS = {"prednisone": 0.0, "on_immunosuppressant": 0.0, "on_biologic": 0.0, "on_antimalarial": 0.0}

Case = tuple[str, dict[str, float], str, dict[float, float]]
CASES: list[Case] = [
    ("astct_crs", WELL, "temperature", {37.9: 0, 38.0: 1}),
    ("astct_crs", WELL | {"temperature": 39.0}, "oxygen_support", {0: 1, 1: 2, 2: 3, 3: 4}),
    ("astct_crs", WELL | {"temperature": 39.0, "oxygen_support": 1.0}, "oxygen_flow", {6.0: 2, 6.5: 3}),
    ("licats", LICATS, "days_since_infusion", {2: 0, 3: 1, 60: 1, 61: 0}),
    ("licats", LICATS, "cd19", {0.9: 1, 1.0: 0}),
    ("licats", LICATS, "reaction_days", {30: 1, 31: 0}),
    ("iec_hs", HLH, "ferritin_x_uln", {2.0: 0, 2.1: 1}),
    ("iec_hs", HLH | {"new_cytopenia": 0.0, "fibrinogen_lln": 1.5}, "transaminase_x_uln", {5.0: 0, 5.1: 1}),
    ("iec_hs", HLH | {"new_cytopenia": 0.0, "fibrinogen_lln": 1.4}, "fibrinogen", {1.5: 0, 1.4: 1}),
    ("iec_hs", HLH | {"new_cytopenia": 0.0, "fibrinogen_lln": 2.0}, "fibrinogen", {2.0: 0, 1.9: 1}),
    ("hscore", HSCORE, "temperature", {38.3: 0, 38.4: 33, 39.4: 33, 39.5: 49}),
    ("hscore", HSCORE, "ferritin", {1999: 0, 2000: 35, 6000: 35, 6001: 50}),
    ("hscore", HSCORE, "triglycerides_mmol", {1.4: 0, 1.5: 44, 4.0: 44, 4.1: 64}),
    ("hscore", HSCORE, "fibrinogen", {2.6: 0, 2.5: 30}),
    ("hscore", HSCORE, "ast", {29: 0, 30: 19}),
    ("hscore", HSCORE | {"hemoglobin": 9.2}, "platelets", {111: 0, 110: 24}),
    ("hscore", HSCORE | {"platelets": 110.0}, "hemoglobin", {9.3: 0, 9.2: 24}),
    ("hscore", HSCORE | {"platelets": 110.0}, "leukocytes", {5.1: 0, 5.0: 24}),
    ("car_hematotox", TOX, "platelets", {176: 0, 175: 1, 75: 1, 74: 2}),
    ("car_hematotox", TOX, "neutrophils", {1.3: 0, 1.2: 1}),
    ("car_hematotox", TOX, "hemoglobin", {9.1: 0, 9.0: 1}),
    ("car_hematotox", TOX, "crp", {29: 0, 30: 1}),
    ("car_hematotox", TOX, "ferritin", {649: 0, 650: 1, 2000: 1, 2001: 2}),
    ("icaht_early", EARLY, "days_anc_le_500", {0: 0, 1: 1, 6: 1, 7: 2, 13: 2, 14: 3}),
    ("icaht_early", EARLY | {"days_anc_le_500": 14.0}, "days_anc_le_100", {6: 3, 7: 3, 13: 3, 14: 4}),
    ("icaht_early", EARLY | {"days_anc_le_500": 7.0}, "days_anc_le_100", {6: 2, 7: 3}),
    ("icaht_late", {"late_lowest_anc": 0.0}, "late_second_lowest_anc", {1501: 0, 1500: 4, 1000: 4, 100: 4}),
    ("icaht_late", {"late_second_lowest_anc": 1500.0}, "late_lowest_anc", {1500: 1, 1001: 1, 1000: 2, 500: 3, 100: 4}),
    ("t_icaht_early", T_EARLY, "days_platelets_lt_50", {0: 0, 1: 1, 6: 1, 7: 2}),
    ("t_icaht_early", T_EARLY | {"days_platelets_lt_50": 20.0}, "days_platelets_lt_20", {0: 2, 1: 3, 13: 3, 14: 4}),
    ("t_icaht_late", T_LATE, "late_lowest_platelets", {100: 0, 200: 0}),
    (
        "t_icaht_late",
        T_LATE | {"late_second_lowest_platelets": 99.5},
        "late_lowest_platelets",
        {99: 1, 50: 1, 49: 2, 20: 2, 19: 3},
    ),
    (
        "t_icaht_late",
        T_LATE | {"late_lowest_platelets": 15.0, "late_second_lowest_platelets": 15.0},
        "late_days_platelets_lt_20",
        {1: 3, 13: 3, 14: 4},
    ),
    ("renal_flare_aurora", FLARE, "upcr", {1.0: 0, 1.1: 1}),
    ("renal_flare_aurora", {"upcr": 1.5}, "upcr@response", {0.19: 1, 0.2: 0}),
    ("renal_flare_aurora", {"upcr@response": 1.0}, "upcr", {2.0: 0, 2.1: 1}),
    ("renal_flare_aurora", {"upcr": 2.5}, "upcr@response", {0.2: 1, 1.0: 1}),
    ("febrile_neutropenia", {"temperature": 39.0, "fever_over_1h": 0.0}, "neutrophils", {1.0: 0, 0.9: 1}),
    ("febrile_neutropenia", {"neutrophils": 0.5, "fever_over_1h": 0.0}, "temperature", {38.3: 0, 38.4: 1}),
    ("b_cell_aplasia", {}, "cd19", {1.0: 0, 0.9: 1}),
    ("bilag_2004_renal", KIDNEY | {"upcr@previous": 2.0}, "upcr", {0.22: 0, 0.23: 2}),
    ("bilag_2004_renal", KIDNEY | {"upcr@previous": 0.3}, "upcr", {0.441: 2, 0.443: 3}),
    (
        "bilag_2004_renal",
        KIDNEY | {"systolic_pressure@previous": 110.0, "diastolic_pressure": 90.0},
        "systolic_pressure",
        {140: 0, 141: 2},
    ),
    (
        "bilag_2004_renal",
        KIDNEY | {"systolic_pressure": 130.0, "systolic_pressure@previous": 100.0},
        "diastolic_pressure",
        {90: 0, 91: 2},
    ),
    ("bilag_2004_renal", KIDNEY | {"egfr@previous": 200.0}, "egfr", {80: 0, 79: 3}),
    ("bilag_2004_renal", KIDNEY | {"egfr": 67.0}, "egfr@previous", {100: 0, 101: 3}),
    ("bilag_2004_renal", KIDNEY | {"egfr@previous": 51.0}, "egfr", {50: 0, 49: 3}),
    ("bilag_2004_renal", KIDNEY | {"egfr": 49.0}, "egfr@previous", {50: 0, 51: 3}),
    ("bilag_2004_renal", KIDNEY | {"creatinine@previous": 0.5}, "creatinine", {130 / 88.4: 0, 131 / 88.4: 3}),
    ("drug_free", DRUGS, "prednisone", {0: 1, 1: 0}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[2]}")
def test_limit(case: Case) -> None:
    name, base, column, expected = case
    for value, result in expected.items():
        assert score(name, base | {column: float(value)}).value == result, value


@pytest.mark.parametrize(("titre", "present"), [(79.0, 0.0), (80.0, 1.0), (160.0, 1.0)])
def test_antinuclear_antibodies_count_from_one_in_eighty(titre: float, present: float) -> None:
    for name in ("slicc_2012_count", "acr_1997_count"):
        assert score(name, {"ana_titer": titre}).items["ana_positive"] == present
    assert score("eular_acr_2019_classified", {"ana_titer": titre}).items["entry"] == present


def test_lasting_change_and_second_events_count_from_six_months() -> None:
    none = {f"sdi_{name}": 0.0 for name in TABLE}
    lasting = score("sdi", none | {"sdi_muscle_atrophy": 1.0, "sdi_muscle_atrophy_months": np.array([5.9, 6.0])})
    again = score("sdi", none | {"sdi_stroke": 2.0, "sdi_stroke_months_apart": np.array([5.9, 6.0])})
    assert list(lasting.value) == [0, 1]
    assert list(again.value) == [1, 2]


def test_responses_by_half_need_their_least_baseline() -> None:
    joints = score("active_joints_50", {"active_joints": 3.0, "active_joints@baseline": np.array([5.0, 6.0, 7.0])})
    assert list(joints.status) == [Status.NOT_EVALUABLE, Status.COMPLETE, Status.COMPLETE]
    skin = score(
        "clasi_50", {"clasi_activity": np.array([5.0, 6.0, 4.0]), "clasi_activity@baseline": np.array([10, 10, 9])}
    )
    assert list(skin.status) == [Status.COMPLETE, Status.COMPLETE, Status.NOT_EVALUABLE]
    assert list(skin.value[:2]) == [1, 0]


def test_the_arms_of_the_flare_index_at_their_limits() -> None:
    still = {"hemolytic_anemia": 0.0, "prednisone@previous": 10.0}
    assert flare(**still) == "none"
    assert flare(**still, prednisone=30.0) == "mild_moderate"  # 0.5 mg/kg exactly
    assert flare(**still, prednisone=30.6) == "severe"
    assert flare(**still, pga=1.9) == "none"
    assert flare(**still, pga=2.0) == "mild_moderate"
    assert flare(**still, pga=2.5) == "mild_moderate"
    assert flare(**still, pga=2.6) == "severe"
    assert flare(**still, sledai_2k=6.0) == "none"
    assert flare(**still, sledai_2k=7.0) == "mild_moderate"
    assert flare(**still, sledai_2k=12.0) == "mild_moderate"
    assert flare(**still, sledai_2k=13.0) == "severe"
    nephritis = {"hemolytic_anemia": 0.0, "new_nephritis": 1.0}
    assert flare(**nephritis, prednisone=9.9) == "mild_moderate"
    assert flare(**nephritis, prednisone=10.0) == "severe"  # doubled
    platelets = {"hemolytic_anemia": 0.0, "hospitalised_for_sle": 0.0}
    assert flare(**platelets, platelets=60.0) == "mild_moderate"
    assert flare(**platelets, platelets=59.0) == "severe"


def test_windows_after_cells() -> None:
    days = np.array([-1.0, 0.0, 21.0, 22.0])
    columns = {"sledai_2k": 8.0, "sledai_2k@previous": 2.0, "days_since_infusion": days}
    assert list(score("selena_flare_index", columns).warnings["licats_window"]) == [False, True, True, False]
    found = score("lldas", {"sledai_2k": 8.0, "days_since_infusion": days})
    assert list(found.warnings["after_cell_therapy"]) == [False, True, True, True]
    igg = score("hypogammaglobulinemia", {"igg": 6.0, "days_since_ivig": np.array([56.0, 57.0])})
    assert list(igg.warnings["after_immunoglobulin"]) == [True, False]


def test_a_baseline_b_must_fall_to_c() -> None:
    base = {f"bilag_{name}{end}": 0.0 for name in SYSTEMS for end in ("", "@baseline")}
    base |= {"sledai_2k": 4.0, "sledai_2k@baseline": 4.0, "pga": 1.0, "pga@baseline": 1.0, "treatment_failure": 0.0}
    for before, after, response in ((4.0, 3.0, 1), (4.0, 4.0, 0), (3.0, 3.0, 0), (3.0, 2.0, 1)):
        assert score("bicla", base | {"bilag_renal@baseline": before, "bilag_renal": after}).value == response
    assert score("bicla", base | {"bilag_renal@baseline": 2.0}).status == Status.NOT_EVALUABLE


SYSTEMS = (
    *("constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory"),
    *("gastrointestinal", "ophthalmic", "renal", "haematological"),
)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("discoid", "chronic_cutaneous"),
        ("drug_induced", "drug_related"),
        ("overlap", "overlap"),
        ("Neonatal", "neonatal"),
    ],
)
def test_words_of_patient_files_name_the_same_types(word: str, kind: str) -> None:
    assert lupus_type(word).type.value == kind
