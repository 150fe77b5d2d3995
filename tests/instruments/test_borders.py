"""Both sides of every printed border, written out from the definitions, not from the rule tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lupercal.instruments
from lupercal.instruments import Status, instrument, score
from lupercal.instruments.result import WARNINGS
from lupercal.instruments.sdi import TABLE

RESPONSE = {"treatment_failure": 0.0, "upcr@baseline": 4.0, "egfr@baseline": 100.0, "egfr@preflare": 100.0}
RESPONSE |= {"days_above_10mg": 0.0, "consecutive_days_above_10mg": 0.0, "prednisone": 5.0}

GRADES = [
    (
        "kdigo_gfr",
        "egfr",
        {90: "G1", 89.9: "G2", 60: "G2", 59.9: "G3a", 45: "G3a", 44: "G3b", 30: "G3b", 29: "G4", 14: "G5"},
    ),
    ("kdigo_albuminuria", "uacr", {0.029: "A1", 0.03: "A2", 0.3: "A2", 0.301: "A3"}),
    ("pga_band", "pga", {0.4: "none", 0.5: "mild", 1.0: "mild", 1.1: "moderate", 2.0: "moderate", 2.1: "severe"}),
    ("sle_das_category", "sle_das", {2.08: "remission", 2.09: "mild", 7.64: "mild", 7.65: "moderate_severe"}),
    ("clasi_severity", "clasi_activity", {9: "mild", 10: "moderate", 20: "moderate", 21: "severe"}),
    ("hypogammaglobulinemia", "igg", {7.0: "none", 6.9: "below 7 g/L", 3.9: "below 4 g/L", 1.9: "below 2 g/L"}),
    (
        "ctcae_v6_neutrophils",
        "neutrophils",
        {1.5: "0", 1.4: "1", 1.0: "1", 0.9: "2", 0.5: "2", 0.4: "3", 0.1: "3", 0.05: "4"},
    ),
    ("ctcae_v5_triglycerides", "triglycerides", {150: "0", 151: "1", 301: "2", 501: "3", 1001: "4"}),
]


@pytest.mark.parametrize(("name", "column", "expected"), GRADES)
def test_grades_change_at_the_printed_border(name: str, column: str, expected: dict[float, str]) -> None:
    for value, label in expected.items():
        assert score(name, {column: float(value)}).label() == label, value


@pytest.mark.parametrize(
    ("term", "limits"),
    [
        ("platelets", {150: 0, 149: 1, 75: 1, 74: 2, 50: 2, 49: 3, 25: 3, 24: 4}),
        ("lymphocytes", {150: 0, 149: 1, 0.8: 1, 0.79: 2, 0.5: 2, 0.49: 3, 0.2: 3, 0.19: 4}),
        ("leukocytes", {150: 0, 149: 1, 3: 1, 2.9: 2, 2: 2, 1.9: 3, 1: 3, 0.9: 4}),
        ("cd4", {500: 1, 499: 2, 200: 2, 199: 3, 50: 3, 49: 4}),
        ("hemoglobin", {12: 0, 10: 1, 9.9: 2, 8.0: 2, 7.9: 3}),
        ("albumin", {35: 0, 30: 1, 29: 2, 20: 2, 19: 3}),
    ],
)
def test_ctcae_5_falls_step_by_step(term: str, limits: dict[float, float]) -> None:
    lln = {"cd4": 600.0, "hemoglobin": 12.0, "albumin": 35.0}.get(term, 150.0)
    for value, grade in limits.items():
        assert score(f"ctcae_v5_{term}", {term: float(value), f"{term}_lln": lln}).value == grade, value


def test_ctcae_multiples_of_the_limit_and_of_an_abnormal_baseline() -> None:
    alt = np.array([1.0, 1.1, 3.1, 5.1, 20.1]) * 40
    assert list(score("ctcae_v5_alt", {"alt": alt, "alt_uln": 40.0}).value) == [0, 1, 2, 3, 4]
    baseline = {"alt": np.array([110.0, 160.0, 210.0, 410.0]), "alt_uln": 40.0, "alt@baseline": 100.0}
    assert list(score("ctcae_v5_alt", baseline).value) == [0, 1, 1, 2]
    assert list(score("ctcae_v6_alt", baseline).value) == [1, 2, 3, 4]
    fibrinogen = {"fibrinogen": np.array([2.0, 1.6, 1.4, 0.9, 0.49]), "fibrinogen_lln": 2.0}
    assert list(score("ctcae_v5_fibrinogen", fibrinogen).value) == [0, 1, 2, 3, 4]
    creatinine = {"creatinine": np.array([1.5, 2.1]), "creatinine_uln": 1.2, "creatinine@baseline": 0.6}
    assert list(score("ctcae_v5_creatinine", creatinine).value) == [2, 3]


@pytest.mark.parametrize(
    ("name", "upcr", "egfr", "expected"),
    [
        ("perr", 0.7, 60.0, 1),
        ("perr", 0.7, 59.0, 0),
        ("perr", 0.71, 90.0, 0),
        ("crr_bliss", 0.5, 95.0, 0),
        ("crr_bliss", 0.49, 90.0, 1),
        ("crr_bliss", 0.49, 89.0, 0),
        ("crr_aurora", 0.5, 60.0, 1),
        ("crr_aurora", 0.51, 90.0, 0),
        ("crr_aurora", 0.5, 59.0, 0),
        ("prr_aurora", 2.0, 30.0, 1),
        ("prr_aurora", 2.1, 30.0, 0),
        ("eular_2019_month_3", 3.0, 90.0, 1),
        ("eular_2019_month_3", 3.1, 90.0, 0),
        ("eular_2019_month_6", 2.0, 89.0, 0),
        ("eular_2019_month_12", 0.69, 90.0, 1),
        ("eular_2019_month_12", 0.7, 90.0, 0),
        ("acr_2024_complete", 0.49, 80.0, 1),
        ("acr_2024_complete", 0.49, 79.0, 0),
        ("crr_regency", 0.49, 85.0, 1),
        ("crr_regency", 0.49, 84.0, 0),
        ("kdigo_2024_complete", 0.49, 85.0, 1),
        ("kdigo_2024_partial", 2.0, 85.0, 1),
        ("kdigo_2024_partial", 2.0, 84.0, 0),
    ],
)
def test_renal_responses(name: str, upcr: float, egfr: float, expected: float) -> None:
    columns = RESPONSE | {"upcr": upcr, "egfr": egfr}
    assert score(name, columns).value == expected
    assert score(name, columns | {"treatment_failure": 1.0}).value == 0
    assert score(name, columns | {"dialysis": 1.0}).value == 0


def test_the_steroid_rules_of_aurora_and_regency() -> None:
    columns = RESPONSE | {"upcr": 0.4, "egfr": 95.0}
    assert score("crr_aurora", columns | {"days_above_10mg": 6.0, "consecutive_days_above_10mg": 2.0}).value == 1
    assert score("crr_aurora", columns | {"days_above_10mg": 7.0, "consecutive_days_above_10mg": 2.0}).value == 0
    assert score("crr_regency_prednisone", columns | {"prednisone": 7.6}).value == 0
    assert score("crr_regency", columns | {"prednisone": 7.6}).value == 1


def test_between_the_rounded_and_the_exact_equivalent_a_ratio_is_flagged() -> None:
    found = score("crr_aurora", RESPONSE | {"upcr": np.array([0.43, 0.45, 0.5, 0.51]), "egfr": 95.0})
    assert list(found.warnings["grey_zone"]) == [False, True, True, False]


@pytest.mark.parametrize(
    ("changes", "letter"),
    [
        ({"platelets": 24.0}, "A"),
        ({"platelets": 25.0}, "B"),
        ({"platelets": 50.0}, "C"),
        ({"platelets": 150.0}, "E"),
        ({"hemoglobin": 7.9, "hemolytic_anemia": 1.0}, "A"),
        ({"hemoglobin": 8.0, "hemolytic_anemia": 1.0}, "B"),
        ({"hemoglobin": 10.0, "hemolytic_anemia": 1.0}, "C"),
        ({"hemoglobin": 7.9}, "B"),
        ({"hemoglobin": 8.0}, "C"),
        ({"hemoglobin": 11.0}, "E"),
        ({"leukocytes": 0.9}, "B"),
        ({"leukocytes": 3.9}, "C"),
        ({"neutrophils": 0.4}, "B"),
        ({"neutrophils": 1.9}, "C"),
        ({"lymphocytes": 0.9}, "C"),
        ({"bilag_ttp": 2.0}, "A"),
        ({"bilag_ttp": 1.0}, "B"),
        ({"direct_coombs": 1.0}, "C"),
        ({"bilag_haematological_ever": 1.0}, "D"),
    ],
)
def test_bilag_blood(changes: dict[str, float], letter: str) -> None:
    well = {"hemoglobin": 13.0, "platelets": 250.0, "leukocytes": 6.0, "neutrophils": 4.0, "lymphocytes": 1.5}
    well |= {"hemolytic_anemia": 0.0, "direct_coombs": 0.0, "bilag_ttp": 0.0, "bilag_haematological_ever": 0.0}
    assert score("bilag_2004_haematological", well | changes).label() == letter


def test_bilag_flares() -> None:
    before = {f"{name}@previous": 1.0 for name in instrument("bilag_2004").inputs}
    now = dict.fromkeys(instrument("bilag_2004").inputs, 1.0)
    steps: list[tuple[dict[str, float], str]] = [
        ({}, "none"),
        ({"bilag_renal": 3.0}, "mild"),
        ({"bilag_renal": 3.0, "bilag_mucocutaneous": 3.0}, "moderate"),
        ({"bilag_renal": 4.0}, "severe"),
        ({"bilag_renal": 3.0, "bilag_renal@previous": 4.0}, "none"),
    ]
    for changes, label in steps:
        assert score("bilag_flare", before | now | changes).label() == label


@pytest.mark.parametrize(("fall", "response"), [(4, True), (3, False)])
def test_sri_needs_the_whole_fall(fall: int, response: bool) -> None:
    columns = {"sledai_2k": 10.0 - fall, "sledai_2k@baseline": 10.0, "pga": 1.0, "pga@baseline": 1.0}
    columns |= {"new_bilag_a": 0.0, "new_bilag_b": 0.0, "treatment_failure": 0.0}
    assert bool(score("sri_4", columns).value) is response


def test_steroid_reduction_and_its_baseline() -> None:
    columns = {"treatment_failure": 0.0, "prednisone@baseline": np.array([10.0, 10.0, 9.9]), "prednisone": 7.5}
    found = score("steroid_reduction_tulip", columns | {"prednisone": np.array([7.5, 7.6, 5.0])})
    assert list(found.status) == [Status.COMPLETE, Status.COMPLETE, Status.NOT_EVALUABLE]
    assert list(found.value[:2]) == [1, 0]
    bliss = score("steroid_reduction_bliss", columns | {"prednisone@baseline": np.array([8.0, 10.0, 7.5])})
    assert list(bliss.value) == pytest.approx([0, 1, np.nan], nan_ok=True)


def test_acute_kidney_injury() -> None:
    columns = {"creatinine@7d": 0.8, "creatinine@48h": 0.8, "dialysis": 0.0}
    found = score("kdigo_aki", columns | {"creatinine": np.array([1.0, 1.1, 1.2, 1.6, 2.4, 4.0])})
    assert list(found.value) == [0, 1, 1, 2, 3, 3]


def test_nih_indices_count_necrosis_and_crescents_twice() -> None:
    none = dict.fromkeys(instrument("nih_activity_index").inputs, 0.0)
    assert score("nih_activity_index", none | {"nih_cellular_crescents": 2.0, "nih_fibrinoid_necrosis": 1.0}).value == 6
    assert score("nih_activity_index", dict.fromkeys(none, 3.0)).value == 24
    assert score("nih_chronicity_index", dict.fromkeys(instrument("nih_chronicity_index").inputs, 3.0)).value == 12


def test_clasi_damage_doubles_lasting_colour_and_ends_at_56() -> None:
    most = {name: describe_most(name) for name in instrument("clasi_damage").inputs}
    assert score("clasi_damage", most).value == 56
    assert score("clasi_damage", most | {"clasi_dyspigmentation_lasting": 0.0}).value == 43


def describe_most(name: str) -> float:
    from lupercal.instruments.inputs import describe

    return describe(name).high


def test_damage_has_41_items_12_systems_and_the_published_maxima() -> None:
    assert len(TABLE) == 41
    assert len({row["system"] for row in TABLE.values()}) == 12
    none = {f"sdi_{name}": 0.0 for name in TABLE}
    kidney = {"sdi_end_stage_kidney_disease": 1.0, "sdi_gfr_below_50": 1.0, "sdi_proteinuria_3_5": 1.0}
    assert score("sdi", none | kidney).value == 3
    assert score("sdi", none | {"sdi_gfr_below_50": 1.0, "sdi_proteinuria_3_5": 1.0}).value == 2


def test_an_assessment_out_of_ten_is_scaled_and_says_so() -> None:
    found = score("pga", {"pga_10": np.array([5.0, 11.0])})
    assert float(found.value[0]) == pytest.approx(1.5)
    assert list(found.warnings["rescaled"]) == [True, False]
    assert found.status[1] == Status.ERROR
    assert score("doris_2021", {"clinical_sledai": 0.0, "pga_10": 1.0, "prednisone": 0.0}).value == 1


def test_every_warning_is_given_somewhere() -> None:
    folder = Path(next(iter(lupercal.instruments.__path__)))
    files = [*folder.glob("*.py"), *folder.with_name("visits").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.name != "result.py")
    assert [code for code in WARNINGS if f'"{code}"' not in text] == []
