"""From the key names of the test cases to the library's columns, and back to the keys of the expected results.

A case lists what is present; whatever it does not list is absent. The adapter fills that in, the library never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from lupercal.instruments import Score, Status, instrument, score
from lupercal.instruments.acr_1997 import CRITERIA as ACR_CRITERIA
from lupercal.instruments.b_cells import b_cell_return
from lupercal.instruments.bilag_2004 import CLASSIC_COLUMNS, GRADE_COLUMNS, letters
from lupercal.instruments.bilag_grades import SYSTEMS
from lupercal.instruments.clasi import ACTIVITY
from lupercal.instruments.crs import count_vasopressors
from lupercal.instruments.eular_acr_2019 import POINTS as EULAR_ITEMS
from lupercal.instruments.icaht_series import spells
from lupercal.instruments.joints import counts
from lupercal.instruments.sdi import TABLE as SDI_ITEMS
from lupercal.instruments.selena_flare_index import MILD, SEVERE
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.slicc_2012 import CLINICAL, IMMUNOLOGIC
from lupercal.instruments.steroids import equivalent, mean_daily_dose
from lupercal.instruments.upcr import from_mg_per_mmol, guideline_mg_per_mmol, to_mg_per_mmol

Answer = dict[str, Any]
Inputs = Mapping[str, Any]


def answer(case: Mapping[str, Any]) -> Answer:
    """Return what the library says to a case, under the keys of its expected results."""
    return HANDLERS[case["instrument"]](case["inputs"])


def _flags(names: Iterable[str], present: Iterable[str], unknown: Iterable[str] = ()) -> dict[str, float]:
    named = {name: float(name in set(present)) for name in names}
    return named | dict.fromkeys(unknown, np.nan)


def _state(result: Score) -> Any:
    if result.status == Status.NOT_EVALUABLE:
        return "not_evaluable"
    return "indeterminate" if np.isnan(result.value) else bool(result.value)


def _number(result: Score) -> float | None:
    return None if np.isnan(result.value) else float(result.value)


def _error(result: Score) -> str:
    assert result.status == Status.ERROR
    return next(iter(result.warnings))


# --- classification ---

_EULAR_NAMES = {
    "class_ii_or_v": "nephritis_class_ii_or_v",
    "class_iii_or_iv": "nephritis_class_iii_or_iv",
    "apl": "antiphospholipid",
    "anti_dsdna": "dsdna_positive",
}
_EULAR_COLUMNS = {
    "fever": "fever_38_3",
    "leukopenia": "leukopenia_4_0",
    "nephritis_class_iii_or_iv": "nephritis_class_iii_iv",
}


def _eular(given: Inputs) -> Answer:
    present = [_EULAR_NAMES.get(name, name) for name in given["present"]]
    unknown = [_EULAR_NAMES.get(name, name) for name in given.get("unknown", ())]
    items = _flags(EULAR_ITEMS, present, unknown)
    columns = {_EULAR_COLUMNS.get(name, name): value for name, value in items.items()}
    ana = given["ana_ge_1_80"]
    columns["ana_positive"] = np.nan if ana is None else float(ana)
    points, classified = score("eular_acr_2019", columns), score("eular_acr_2019_classified", columns)
    evaluable = points.status != Status.NOT_EVALUABLE
    return {
        "entry": ana,
        "score": float(points.low) if evaluable else None,
        "score_max": float(points.high),
        "classified": _state(classified),
    }


def _eular_item(given: Inputs) -> Answer:
    names = {
        "temperature_c": "temperature",
        "wbc_10e9_l": "leukocytes",
        "platelets_10e9_l": "platelets",
        "proteinuria_g_24h": "protein_24h",
        "morning_stiffness_min": "morning_stiffness",
    }
    columns = {names.get(key, key): value for key, value in given.items() if key != "cause"}
    if given.get("cause") == "fludarabine_cyclophosphamide":
        columns["leukopenia@attributed_to"] = 2.0
    if "swollen_joints" in given:
        columns.setdefault("tender_joints", 0.0)
    items = score("eular_acr_2019", columns).items
    return {name: bool(items[name] > 0) for name in EULAR_ITEMS if not np.isnan(items[name])}


def _slicc(given: Inputs) -> Answer:
    names = {"ana": "ana_positive", "anti_dsdna": "dsdna_positive"}
    listed = [*given.get("clinical", ()), *given.get("immunologic", ())]
    listed += [name for name in ("ana", "anti_dsdna") if given.get(name)]
    columns = _flags([*CLINICAL, *IMMUNOLOGIC], [_SLICC_NAMES.get(n, names.get(n, n)) for n in listed])
    columns["biopsy_proven_nephritis"] = float(given.get("biopsy_nephritis", False))
    total, result = score("slicc_2012_count", columns), score("slicc_2012", columns)
    route = "nephritis" if result.items["nephritis"] == 1 else "criteria"
    return {"total": _number(total), "classified": _state(result), "route": route}


_SLICC_NAMES = {"oral_ulcers": "oral_or_nasal_ulcers"}


def _slicc_item(given: Inputs) -> Answer:
    elisa = float(given["assay"] == "ELISA")
    result = score("slicc_2012_count", {"dsdna_times_limit": given["anti_dsdna_ratio_to_uln"], "dsdna_by_elisa": elisa})
    return {"anti_dsdna": bool(result.items["dsdna_positive"])}


def _acr(given: Inputs) -> Answer:
    names = {"arthritis": "nonerosive_arthritis", "ana": "ana_positive", "immunologic": "immunologic_disorder"}
    columns = _flags(ACR_CRITERIA, [names.get(name, name) for name in given["present"]])
    if "immunologic_items" in given:
        del columns["immunologic_disorder"]
        columns |= {"dsdna_positive": 1.0, "anti_sm": 1.0, "antiphospholipid": 1.0}
    return {"count": _number(score("acr_1997_count", columns)), "classified": _state(score("acr_1997", columns))}


def _acr_item(given: Inputs) -> Answer:
    low = sum(value < 4.0 for value in given["wbc_10e9_l"])
    columns = {"hemolytic_anemia": 0, "platelets": 200, "lymphopenia_1_5_occasions": 0, "leukopenia_4_0_occasions": low}
    return {"hematologic": bool(score("acr_1997_count", columns).items["hematologic_disorder"])}


# --- SLEDAI family and flares ---


def _sledai(given: Inputs) -> Answer:
    columns = _flags(DESCRIPTORS, given["present"], given.get("unknown", ()))
    total, clinical = score("sledai_2k", columns), score("clinical_sledai", columns)
    return {
        "total": _number(total),
        "total_min": float(total.low),
        "total_max": float(total.high),
        "clinical": _number(clinical),
        "status": Status(int(total.status)).name.lower(),
    }


def _family_item(given: Inputs) -> Answer:
    if "present" in given:
        return _sledai(given)
    item, columns = _family_columns(given)
    two = score("sledai_2k", columns, attribution="lupus").items[item]
    first = score("sledai_1992", columns, attribution="lupus").items[item]
    selena = score("selena_sledai", columns, attribution="lupus").items[item]
    return {"sledai_2k": float(two), "sledai_1992": float(first), "selena_sledai": float(selena), item: float(two)}


def _family_columns(given: Inputs) -> tuple[str, dict[str, Any]]:  # noqa: PLR0911 - one line per kind of case
    if "proteinuria_g_24h" in given:
        before = given.get("previous_g_24h", np.nan)
        return "proteinuria", {"protein_24h": given["proteinuria_g_24h"], "protein_24h@previous": before}
    if "rash" in given:
        return "rash", {"rash": 1, "rash_new": 0}
    if "scleritis_due_to_sle" in given:
        return "visual_disturbance", {"visual_disturbance": 0, "scleritis": 1}
    if "vertigo_due_to_sle" in given:
        return "cranial_nerve", {"cranial_nerve": 0, "vertigo": 1}
    if "pleural_effusion_due_to_sle" in given:
        return "pleurisy", {"pleuritic_pain": 0, "pleural_sign": 1}
    if "joints_tender_and_swollen" in given:
        return "arthritis", {"active_joints": given["joints_tender_and_swollen"]}
    if "temperature_c" in given:
        return "fever", {"temperature": given["temperature_c"]}
    if "wbc_10e9_l" in given:
        return "leukopenia", {"leukocytes": given["wbc_10e9_l"], "leukopenia@attributed_to": 2.0}
    low = {f"{name}{end}": value for name in ("c3", "c4", "ch50") for end, value in (("", 0.1), ("_lln", 0.9))}
    return "low_complement", low


def _ri_50(given: Inputs) -> Answer:
    steps = given["followup"]
    still = [name for name, step in steps.items() if step != "resolved"] + list(given.get("new", ()))
    now = _flags(DESCRIPTORS, still)
    columns: dict[str, float] = now | {f"{k}@baseline": v for k, v in _flags(DESCRIPTORS, given["baseline"]).items()}
    columns |= {f"{name}_improved_50": float(steps.get(name) == "improved_50") for name in DESCRIPTORS}
    return {
        "baseline": _number(score("sledai_2k", _flags(DESCRIPTORS, given["baseline"]))),
        "ri50": _number(score("s2k_ri_50", columns)),
        "sledai_2k_followup": _number(score("sledai_2k", now)),
    }


_QUIET = {
    "sledai_2k": 0.0,
    "sledai_2k@previous": 0.0,
    "pga": 0.0,
    "pga@previous": 0.0,
    "prednisone": 0.0,
    "prednisone@previous": 0.0,
    "weight": 70.0,
    "hemoglobin": 13.0,
    "hemoglobin@previous": 13.0,
    "platelets": 200.0,
    "platelets@previous": 200.0,
    "hemolytic_anemia": 0.0,
    "treatment_for_activity": 0.0,
    "glucocorticoid_pulse": 0.0,
    "started_nsaid_or_antimalarial": 0.0,
    "started_immunosuppressant": 0.0,
    "hospitalised_for_sle": 0.0,
    **dict.fromkeys((*MILD, *SEVERE), 0.0),
}


def _flare(given: Inputs) -> Answer:
    columns: dict[str, float] = dict(_QUIET)
    direct = {
        "sledai_prev": "sledai_2k@previous",
        "sledai_now": "sledai_2k",
        "pga_prev": "pga@previous",
        "pga_now": "pga",
        "platelets_10e9_l": "platelets",
        "hospitalised_for_sle": "hospitalised_for_sle",
        "for_activity": "treatment_for_activity",
    }
    columns |= {direct[key]: float(value) for key, value in given.items() if key in direct}
    for key, column in (("prednisone_mg_kg_prev", "prednisone@previous"), ("prednisone_mg_kg_now", "prednisone")):
        columns[column] = 70.0 * given.get(key, 0.0)
    drugs = given.get("added", ())
    columns["started_nsaid_or_antimalarial"] = float("hydroxychloroquine" in drugs)
    columns["started_immunosuppressant"] = float("azathioprine" in drugs)
    if given.get("treatment_change") == "prednisone_doubled":
        columns |= {"prednisone": 10.0, "prednisone@previous": 5.0}
    if "manifestation" in given:  # patients of a trial that began in remission
        columns["new_arthritis"] = float("arthritis" in given["manifestation"])
        columns["new_photosensitive_rash"] = float("malar rash" in given["manifestation"])
        pulse = float("IV methylprednisolone" in given["treatment"])
        columns |= {"glucocorticoid_pulse": pulse, "treatment_for_activity": pulse}
    result = score("selena_flare_index", columns)
    return {"flare": result.label(), "flare_modified": score("selena_flare_index", columns, variant="modified").label()}


# --- states and responses ---


def _doris(given: Inputs) -> Answer:
    columns = {
        "clinical_sledai": given["clinical_sledai"],
        "pga": np.nan if given["pga"] is None else given["pga"],
        "prednisone": given["prednisone_mg"],
        "stable_maintenance": float(given["stable_is"]),
    }
    return {"remission": _state(score("doris_2021", columns))}


def _lldas(given: Inputs) -> Answer:
    columns = _flags(DESCRIPTORS, given.get("items", ())) | {
        "sledai_2k": given["sledai_2k"],
        "major_organ_activity": float(bool(given["major_organ_activity"])),
        "hemolytic_anemia": float(given["haemolytic_anaemia"]),
        "gastrointestinal_activity": float(given["gi_activity"]),
        "new_activity": float(bool(given["new_features"])),
        "pga": given["pga"],
        "prednisone": given["prednisolone_mg"],
        "stable_maintenance": float(given["standard_maintenance"]),
    }
    return {"lldas": _state(score("lldas", columns))}


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


def _sri(given: Inputs) -> Answer:
    columns = _against_baseline(given) | {name: given[name] for name in ("new_bilag_a", "new_bilag_b")}
    return {f"sri{n}": _state(score(f"sri_{n}", columns)) for n in range(4, 9)}


def _bicla(given: Inputs) -> Answer:
    columns = _against_baseline(given) | _bilag_columns(given["bilag_now"])
    columns |= _bilag_columns(given["bilag_base"], "@baseline")
    strict, loose = (_state(score("bicla", columns, pga_rule=rule)) for rule in ("<0.3", "<=10%"))
    return {"bicla": strict, "rule_lt_0_30": strict, "rule_le_10pct_of_scale": loose}


def _renal(name: str, key: str) -> Callable[[Inputs], Answer]:
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
        return {key: _state(score(name, columns))}

    return handle


def _kdigo_response(given: Inputs) -> Answer:
    columns = {
        "upcr": given["upcr_now"],
        "upcr@baseline": given["upcr_base"],
        "egfr": 100.0 + given["egfr_change_pct"],
        "egfr@baseline": 100.0,
        "treatment_failure": 0.0,
    }
    return {"response": score("kdigo_2024_response", columns).label()}


def _renal_flare(given: Inputs) -> Answer:
    columns = {"upcr": given["now_upcr_g_g"], "upcr@response": given["post_response_upcr_g_g"]}
    return {"flare": _state(score("renal_flare_aurora", columns))}


# --- BILAG, SLE-DAS, PGA, CLASI, joints, damage ---

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


def _bilag(system: str) -> Callable[[Inputs], Answer]:
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


def _numeric(name: str, columns: tuple[str, ...]) -> Callable[[Inputs], Answer]:
    return lambda given: {"total": _number(score(name, dict(zip(columns, letters(given["grades"]), strict=True))))}


def _sle_das(given: Inputs) -> Answer:
    if "delta" in given:
        change = score("sle_das_change", {"sle_das": 5.0 + given["delta"], "sle_das@previous": 5.0})
        return {"clinically_meaningful": _state(change)}
    return {"category": score("sle_das_category", given).label()}


def _pga(given: Inputs) -> Answer:
    result = score("pga_band", {"pga": given["pga_0_3"]})
    return {"error": _error(result)} if result.status == Status.ERROR else {"category": result.label()}


def _sdi(given: Inputs) -> Answer:
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
    return {"total": _number(result), "warning": "SDI cannot fall" if "damage_cannot_fall" in result.warnings else ""}


_SDI_COLUMNS = {
    "cva_events": "sdi_stroke",
    "months_between": "sdi_stroke_months_apart",
    "avascular_necrosis_sites": "sdi_avascular_necrosis",
    "cataract_eyes": "sdi_cataract",
    "cataract": "sdi_cataract",
    "muscle_atrophy_months": "sdi_muscle_atrophy_months",
}


def _clasi(given: Inputs) -> Answer:
    if given.get("all") == "maximum":
        return {"total": _number(score("clasi_activity", ACTIVITY))}
    columns: dict[str, float] = dict.fromkeys(ACTIVITY, 0.0)
    for key, value in given.items():
        named = value.items() if isinstance(value, dict) else [("", value)]
        columns |= {f"clasi_{key}{'_' if zone else ''}{zone}": rating for zone, rating in named}
    return {"total": _number(score("clasi_activity", columns))}


def _joint(name: str) -> str:
    side, joint = name.split("_", 1)
    return f"{ {'R': 'right', 'L': 'left'}[side] }_{joint.lower()}"


def _joints(given: Inputs) -> Answer:
    return dict(counts(*([_joint(name) for name in given[sign]] for sign in ("tender", "swollen"))))


# --- kidney and laboratory ---


def _filtration(name: str) -> Callable[[Inputs], Answer]:
    def handle(given: Inputs) -> Answer:
        creatinine = given.get("creatinine", given.get("creatinine_mg_dl", np.nan))
        columns = {
            "creatinine": creatinine / 88.4 if given.get("unit") == "umol/L" else creatinine,
            "age": given.get("age", np.nan),
            "sex_female": {"F": 1.0, "M": 0.0}.get(given.get("sex", ""), np.nan),
            "height": given.get("height_cm", np.nan),
            "cystatin_c": given.get("cystatin_mg_l", np.nan),
        }
        result = score(name, columns)
        if result.status == Status.ERROR:
            return {"error": _error(result)}
        return {"egfr": float(result.value), "egfr_rounded": round(float(result.value))}

    return handle


def _upcr(given: Inputs) -> Answer:
    if "protein_mg_l" in given:
        grams = (given["protein_mg_l"] / 1000.0) / (given["creatinine_mmol_l"] * 0.11312)
        return {"upcr_mg_mmol": to_mg_per_mmol(grams)}
    columns: dict[str, float] = {"urine_creatinine": given["creatinine_mg_dl"]}
    if isinstance(given.get("protein"), str):
        columns |= {"urine_protein@low": 0.0, "urine_protein@high": float(given["protein"].strip("< mg/dL"))}
        result = score("upcr", columns)
        return {"upcr_g_g_upper": float(result.high), "censored": bool(result.low < result.high)}
    result = score("upcr", columns | {"urine_protein": given["protein_mg_dl"]})
    return {"error": _error(result)} if result.status == Status.ERROR else {"upcr_g_g": float(result.value)}


def _ctcae_name(term: str, version: str) -> str:
    words = {
        "Lymphocyte": "lymphocytes",
        "Neutrophil": "neutrophils",
        "Anemia": "hemoglobin",
        "Platelet": "platelets",
        "Fibrinogen": "fibrinogen",
        "ALT": "alt",
        "CD4": "cd4",
        "White": "leukocytes",
    }
    return f"ctcae_v{version}_{words[term.split(maxsplit=1)[0]]}"


def _ctcae(given: Inputs, version: str = "5") -> Answer:
    name = _ctcae_name(given["term"], version)
    column = instrument(name).inputs[0]
    scale = 0.1 if column == "hemoglobin" else 1.0
    value = given.get("value", given.get("value_10e9_l", given.get("value_g_l", given.get("times_uln"))))
    lln = given.get("lln")
    columns = {column: value * scale, f"{column}_lln": np.nan if lln is None else lln * scale, f"{column}_uln": 1.0}
    return {"grade": _number(score(name, columns))}


def _ctcae_versions(given: Inputs) -> Answer:
    return {f"v{version}": _ctcae(given, version)["grade"] for version in ("5", "6")}


def _hscore(given: Inputs) -> Answer:
    organs = {"none": 0.0, "one": 1.0, "both": 2.0}[given["organomegaly"]]
    columns = {
        "temperature": given["temp_c"],
        "hepatomegaly": float(organs >= 1),
        "splenomegaly": float(organs >= 2),
        "cytopenia_lineages": given["cytopenia_lineages"],
        "ferritin": given["ferritin_ng_ml"],
        "triglycerides_mmol": given["triglycerides_mmol_l"],
        "fibrinogen": given["fibrinogen_g_l"],
        "ast": given["ast_u_l"],
        "hemophagocytosis": float(given["hemophagocytosis"]),
        "known_immunosuppression": float(given["immunosuppression"]),
    }
    return {
        "score": _number(score("hscore", columns)),
        "probability": score("hscore_probability", columns).label(),
    }


def _hematotox(given: Inputs) -> Answer:
    columns = {
        "platelets": given["platelets_10e9_l"],
        "neutrophils": given["anc_per_ul"] / 1000.0,
        "hemoglobin": given["hb_g_dl"],
        "crp": given["crp_mg_dl"] * 10.0,
        "ferritin": given["ferritin_ng_ml"],
    }
    return {"score": _number(score("car_hematotox", columns)), "risk": score("car_hematotox_risk", columns).label()}


def _aplasia(given: Inputs) -> Answer:
    cells = given["cd19_cells_per_ul"]
    columns = {"cd19": 0.0 if cells == "<LLOQ" else cells, "cd19_lloq": given["lloq"]}
    return {"aplasia": _state(score("b_cell_aplasia", columns, aplasia_below=given["threshold"]))}


def _reconstitution(given: Inputs) -> Answer:
    series = dict(zip(given["days"], given["cd19_per_ul"], strict=True))
    return {"first_day": b_cell_return(series, given["threshold"])}


def _iec_hs(given: Inputs) -> Answer:
    columns = {
        "ferritin_x_uln": given["ferritin_x_uln"],
        "ferritin_rising": float(given["ferritin_rising"]),
        "transaminase_x_uln": given["ast_x_uln"],
        "fibrinogen": given["fibrinogen_mg_dl"] / 100.0,
        "new_cytopenia": float(given["new_cytopenias"]),
        "after_crs_peak": float(given["after_crs_peak"]),
        "other_cause": float(given["other_cause"]),
    }
    return {"meets": _state(score("iec_hs", columns))}


# --- glucocorticoids, questionnaires, cell-therapy toxicity ---


def _equivalent(given: Inputs) -> Answer:
    if "schedule" in given:
        return {"prednisone_mg_per_day": mean_daily_dose([10.0], 2)}
    return {"prednisone_mg": equivalent(given["drug"], given["mg"])}


def _facit(given: Inputs) -> Answer:
    if "answered" in given:
        columns: dict[str, float] = {"facit_answered": given["answered"], "facit_sum": given["sum_after_reversal"]}
    else:
        columns = {f"facit_negative_{n}": a for n, a in enumerate(given["negative_items"], start=1)}
        columns |= {f"facit_positive_{n}": a for n, a in enumerate(given["positive_items"], start=1)}
    result = score("facit_fatigue", columns)
    return {"score": _number(result), "status": Status(int(result.status)).name.lower()}


def _lupusqol(given: Inputs) -> Answer:
    answers = [np.nan if a in (None, "NA") else float(a) for a in given["items"]]
    columns = {f"lupusqol_{given['domain']}_{n}": a for n, a in enumerate(answers, start=1)}
    result = score(f"lupusqol_{given['domain']}", columns)
    return {"score": _number(result), "status": Status(int(result.status)).name.lower()}


def _lupusqol_total(given: Inputs) -> Answer:
    result = score("lupusqol_total", {})
    assert result.status == Status.NOT_EVALUABLE
    assert "no official total score" in instrument("lupusqol_total").definition
    return {"error": "no official total score"}


def _crs(given: Inputs) -> Answer:
    pressure, oxygen = given["hypotension"], given["hypoxia"]
    agents = {"none": [], "fluids_only": [], "one_vasopressor": ["norepinephrine"]}.get(pressure, pressure.split("+"))
    support = {"none": 0, "low_flow_nasal_cannula": 1, "CPAP": 3}
    columns = {
        "temperature": given["temp_c"],
        "fever_masked": float(given.get("after", "none") != "none"),
        "hypotension": float(pressure != "none"),
        "vasopressors": count_vasopressors(agents),
        "vasopressin": float("vasopressin" in agents),
        "oxygen_support": support.get(oxygen, 1),
        "oxygen_flow": float(oxygen.split()[1]) if "L/min" in oxygen else 0.0,
    }
    return {"grade": _number(score("astct_crs", columns))}


_ICANS = {
    "consciousness": {"awakens_to_voice": 2, "to_touch": 3, "unarousable": 4, "awake": 0},
    "seizure": {"generalised, resolves rapidly": 3, ">5 min": 4},
    "motor": {"hemiparesis": 4},
    "cerebral_oedema": {"focal on imaging": 3, "diffuse": 4},
}


def _icans(given: Inputs) -> Answer:
    columns = {
        f"icans_{'oedema' if key == 'cerebral_oedema' else key}": float(words.get(given.get(key, ""), 0))
        for key, words in _ICANS.items()
    }
    columns |= {"ice": given["ice"], "icans_arousable": float(given.get("awake", True))}
    columns["sedated"] = float(given.get("sedated", False))
    result = score("astct_icans", columns)
    return {"grade": "not_evaluable" if result.status == Status.NOT_EVALUABLE else _number(result)}


def _ice(given: Inputs) -> Answer:
    return {"ice": _number(score("ice", {f"ice_{key}": value for key, value in given.items()}))}


def _icaht(given: Inputs) -> Answer:
    columns = {
        "days_anc_le_500": given["longest_days_anc_le_500"],
        "days_anc_le_100": given["longest_days_anc_le_100"],
        "never_recovered": float(given["never_recovered_before_death_or_d30"]),
        "late_lowest_anc": _nan(given["late_nadir_anc"]),
        "late_second_lowest_anc": _nan(given["late_second_lowest_anc"]),
    }
    return {"early": _number(score("icaht_early", columns)), "late": _number(score("icaht_late", columns))}


def _icaht_series(given: Inputs) -> Answer:
    found = spells({int(day): value for day, value in given["anc_by_day"].items()})
    return {
        "days_le_500": found.days_anc_le_500,
        "days_le_100": found.days_anc_le_100,
        "early": _number(score("icaht_early", found.columns())),
    }


def _nan(value: float | None) -> float:
    return np.nan if value is None else value


HANDLERS: dict[str, Callable[[Inputs], Answer]] = {
    "eular_acr_2019": _eular,
    "eular_acr_2019.item": _eular_item,
    "slicc_2012": _slicc,
    "slicc_2012.item": _slicc_item,
    "acr_1997": _acr,
    "acr_1997.item": _acr_item,
    "sledai_2k": _sledai,
    "sledai_family.item": _family_item,
    "s2k_ri_50": _ri_50,
    "selena_flare_index": _flare,
    "doris_2021": _doris,
    "lldas": _lldas,
    "sri": _sri,
    "bicla": _bicla,
    **{f"bilag_2004.{system}": _bilag(system) for system in SYSTEMS},
    "bilag_2004.numeric": _numeric("bilag_2004", GRADE_COLUMNS),
    "bilag_classic.numeric": _numeric("bilag_classic", CLASSIC_COLUMNS),
    "sle_das.category": _sle_das,
    "pga": _pga,
    "sdi_1996": _sdi,
    "clasi_activity": _clasi,
    "active_joint_count_28": _joints,
    "ln.perr": _renal("perr", "perr"),
    "ln.crr_bliss": _renal("crr_bliss", "crr"),
    "ln.crr_aurora": _renal("crr_aurora", "crr"),
    "ln.kdigo": _kdigo_response,
    "ln.renal_flare_aurora2": _renal_flare,
    "ln.upcr": _upcr,
    "ln.unit": lambda given: {
        "mg_mmol_exact": to_mg_per_mmol(given["upcr_g_g"]),
        "mg_mmol_guideline": guideline_mg_per_mmol(given["upcr_g_g"]),
    },
    "kdigo_gfr_category": lambda given: {"category": score("kdigo_gfr", {"egfr": given["egfr"]}).label()},
    "kdigo_albuminuria_category": lambda given: {
        "category": score("kdigo_albuminuria", {"uacr": given["uacr_mg_g"] / 1000.0}).label()
    },
    "ckd_epi_2021_creatinine": _filtration("ckd_epi_2021"),
    "bedside_schwartz": _filtration("bedside_schwartz"),
    "ckid_u25_creatinine": _filtration("ckid_u25"),
    "ckid_u25_cystatin": _filtration("ckid_u25_cystatin"),
    "ctcae_v5": _ctcae,
    "ctcae_version": _ctcae_versions,
    "hscore": _hscore,
    "hscore.probability": lambda given: {"band": score("hscore_probability", {"hscore": given["score"]}).label()},
    "car_hematotox": _hematotox,
    "b_cell_aplasia": _aplasia,
    "b_cell_reconstitution": _reconstitution,
    "iec_hs": _iec_hs,
    "gc_equivalent": _equivalent,
    "facit_fatigue": _facit,
    "lupusqol.domain": _lupusqol,
    "lupusqol.total": _lupusqol_total,
    "astct_crs": _crs,
    "astct_icans": _icans,
    "ice_score": _ice,
    "icaht": _icaht,
    "icaht.series": _icaht_series,
    "t_icaht_early": lambda given: {
        "grade": _number(
            score(
                "t_icaht_early",
                {"days_platelets_lt_50": given["days_plt_lt_50"], "days_platelets_lt_20": given["days_plt_lt_20"]},
            )
        )
    },
}
