"""Adapters of test cases: states, responses, BILAG, skin, joints, damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lupercal.instruments import Status, instrument, score
from lupercal.instruments.bilag_2004 import letters
from lupercal.instruments.bilag_grades import SYSTEMS
from lupercal.instruments.clasi import ACTIVITY
from lupercal.instruments.joints import counts
from lupercal.instruments.sdi import TABLE as SDI_ITEMS
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.upcr import from_mg_per_mmol
from tests.instruments.adapt import Answer, Inputs, error_of, flags_of, number_of, state_of


def doris_case(given: Inputs) -> Answer:
    columns = {
        "clinical_sledai": given["clinical_sledai"],
        "pga": np.nan if given["pga"] is None else given["pga"],
        "prednisone": given["prednisone_mg"],
        "stable_maintenance": float(given["stable_is"]),
    }
    return {"remission": state_of(score("doris_2021", columns))}


def lldas_case(given: Inputs) -> Answer:
    columns = flags_of(DESCRIPTORS, given.get("items", ())) | {
        "sledai_2k": given["sledai_2k"],
        "major_organ_activity": float(bool(given["major_organ_activity"])),
        "hemolytic_anemia": float(given["haemolytic_anaemia"]),
        "gastrointestinal_activity": float(given["gi_activity"]),
        "new_activity": float(bool(given["new_features"])),
        "pga": given["pga"],
        "prednisone": given["prednisolone_mg"],
        "stable_maintenance": float(given["standard_maintenance"]),
    }
    return {"lldas": state_of(score("lldas", columns))}


def _bilag_columns(grades: Mapping[str, str], end: str = "") -> dict[str, float]:
    return {f"bilag_{name}{end}": float(letters(grades.get(name, "E"))[0]) for name in SYSTEMS}


def _against_baseline(given: Inputs) -> dict[str, float]:
    return {
        "sledai_2k": given["sledai_now"],
        "sledai_2k@baseline": given["sledai_base"],
        "pga": given["pga_now"],
        "pga@baseline": given["pga_base"],
        "treatment_failure": float(given["treatment_failure"]),
    }


def sri_case(given: Inputs) -> Answer:
    columns = _against_baseline(given) | {name: given[name] for name in ("new_bilag_a", "new_bilag_b")}
    return {f"sri{n}": state_of(score(f"sri_{n}", columns)) for n in range(4, 9)}


def bicla_case(given: Inputs) -> Answer:
    columns = _against_baseline(given) | _bilag_columns(given["bilag_now"])
    columns |= _bilag_columns(given["bilag_base"], "@baseline")
    strict, loose = (state_of(score("bicla", columns, pga_rule=rule)) for rule in ("<0.3", "<=10%"))
    return {"bicla": strict, "rule_lt_0_30": strict, "rule_le_10pct_of_scale": loose}


def renal_case(name: str, key: str) -> Callable[[Inputs], Answer]:
    def handle(given: Inputs) -> Answer:
        columns = {
            "upcr": given.get("upcr_g_g", given.get("upcr_mg_mg")),
            "egfr": given["egfr"],
            "egfr@preflare": given.get("egfr_preflare", np.nan),
            "egfr@baseline": given.get("egfr_baseline", np.nan),
            "treatment_failure": float(given.get("treatment_failure", given.get("rescue", False))),
            "days_above_10mg": given.get("prednisone_days_gt_10_wk44_52", 0),
            "consecutive_days_above_10mg": given.get("prednisone_days_gt_10_wk44_52", 0) * given.get("consecutive", 0),
        }
        return {key: state_of(score(name, columns))}

    return handle


def kdigo_response_case(given: Inputs) -> Answer:
    columns = {
        "upcr": given["upcr_now"],
        "upcr@baseline": given["upcr_base"],
        "egfr": 100.0 + given["egfr_change_pct"],
        "egfr@baseline": 100.0,
        "treatment_failure": 0.0,
    }
    return {"response": score("kdigo_2024_response", columns).label()}


def renal_flare_case(given: Inputs) -> Answer:
    columns = {"upcr": given["now_upcr_g_g"], "upcr@response": given["post_response_upcr_g_g"]}
    return {"flare": state_of(score("renal_flare_aurora", columns))}


_HEALTHY_KIDNEY = {
    "upcr": from_mg_per_mmol(10.0),
    "upcr@previous": np.nan,
    "creatinine": 0.8,
    "creatinine@previous": 0.8,
    "egfr": 100.0,
    "egfr@previous": 100.0,
    "systolic_pressure": 120.0,
    "diastolic_pressure": 75.0,
    "active_urinary_sediment": 0.0,
    "active_nephritis_biopsy": 0.0,
    "accelerated_hypertension": 0.0,
    "nephrotic_syndrome": 0.0,
}
_HEALTHY_BLOOD = {
    "hemoglobin": 13.0,
    "platelets": 250.0,
    "leukocytes": 6.0,
    "neutrophils": 4.0,
    "lymphocytes": 1.5,
    "hemolytic_anemia": 0.0,
    "direct_coombs": 0.0,
    "bilag_ttp": 0.0,
}


def bilag_case(system: str) -> Callable[[Inputs], Answer]:
    def handle(given: Inputs) -> Answer:
        name = f"bilag_2004_{system}"
        columns: dict[str, float] = {f"bilag_{system}_ever": float(given.get("previous_involvement", False))}
        if system == "renal":
            columns |= _HEALTHY_KIDNEY | _kidney(given)
        elif system == "haematological":
            own = {"plt": "platelets", "hb": "hemoglobin", "wcc": "leukocytes", "neut": "neutrophils"}
            own |= {"haemolysis": "hemolytic_anemia"}
            columns |= _HEALTHY_BLOOD | {own[key]: float(value) for key, value in given.items()}
        else:
            columns |= dict.fromkeys(instrument(name).inputs[:-1], 0.0)
            columns |= {f"bilag_{key}": float(value) for key, value in given.items()}
        return {"grade": score(name, columns).label()}

    return handle


def _kidney(given: Inputs) -> dict[str, float]:
    scales = {
        "upcr_mg_mmol": ("upcr", from_mg_per_mmol(1.0)),
        "previous_upcr_mg_mmol": ("upcr@previous", from_mg_per_mmol(1.0)),
        "creatinine_umol_l": ("creatinine", 1 / 88.4),
        "previous_creatinine_umol_l": ("creatinine@previous", 1 / 88.4),
        "active_sediment": ("active_urinary_sediment", 1.0),
    }
    return {scales[key][0]: scales[key][1] * value for key, value in given.items() if key in scales}


def numeric_case(name: str, columns: tuple[str, ...]) -> Callable[[Inputs], Answer]:
    return lambda given: {"total": number_of(score(name, dict(zip(columns, letters(given["grades"]), strict=True))))}


def sle_das_case(given: Inputs) -> Answer:
    if "delta" in given:
        change = score("sle_das_change", {"sle_das": 5.0 + given["delta"], "sle_das@previous": 5.0})
        return {"clinically_meaningful": state_of(change)}
    return {"category": score("sle_das_category", given).label()}


def pga_case(given: Inputs) -> Answer:
    result = score("pga_band", {"pga": given["pga_0_3"]})
    return {"error": error_of(result)} if result.status == Status.ERROR else {"category": result.label()}


def sdi_case(given: Inputs) -> Answer:
    columns: dict[str, float] = {f"sdi_{name}": 0.0 for name in SDI_ITEMS}
    items = given.get("items", {})
    if items == "all 41 at maximum":
        columns = {f"sdi_{name}": float(row["most"]) if row["repeat"] else 1.0 for name, row in SDI_ITEMS.items()}
        items = {}
    columns |= {_SDI_COLUMNS[key]: float(value) for key, value in items.items() if key in _SDI_COLUMNS}
    if "muscle_atrophy_months" in items:
        columns["sdi_muscle_atrophy"] = 1.0
    if items.get("onset") == "before SLE diagnosis":
        columns["sdi_cataract_before_sle"] = 1.0
    if "previous" in given:
        columns |= {"sdi@previous": given["previous"]} | {
            f"sdi_{n}": 1.0 for n in list(SDI_ITEMS)[: given["computed_now"]]
        }
    result = score("sdi", columns)
    return {"total": number_of(result), "warning": "SDI cannot fall" if "damage_cannot_fall" in result.warnings else ""}


_SDI_COLUMNS = {
    "cva_events": "sdi_stroke",
    "months_between": "sdi_stroke_months_apart",
    "avascular_necrosis_sites": "sdi_avascular_necrosis",
    "cataract_eyes": "sdi_cataract",
    "cataract": "sdi_cataract",
    "muscle_atrophy_months": "sdi_muscle_atrophy_months",
}


def clasi_case(given: Inputs) -> Answer:
    if given.get("all") == "maximum":
        return {"total": number_of(score("clasi_activity", ACTIVITY))}
    columns: dict[str, float] = dict.fromkeys(ACTIVITY, 0.0)
    for key, value in given.items():
        named = value.items() if isinstance(value, dict) else [("", value)]
        columns |= {f"clasi_{key}{'_' if zone else ''}{zone}": rating for zone, rating in named}
    return {"total": number_of(score("clasi_activity", columns))}


def _joint(name: str) -> str:
    side, joint = name.split("_", 1)
    return f"{ {'R': 'right', 'L': 'left'}[side] }_{joint.lower()}"


def joints_case(given: Inputs) -> Answer:
    return dict(counts(*([_joint(name) for name in given[sign]] for sign in ("tender", "swollen"))))
