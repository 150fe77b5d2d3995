"""Adapters of test cases: classification and the SLEDAI family."""

from __future__ import annotations

from typing import Any

import numpy as np

from lupercal.instruments import Status, score
from lupercal.instruments.acr_1997 import CRITERIA as ACR_CRITERIA
from lupercal.instruments.eular_acr_2019 import POINTS as EULAR_ITEMS
from lupercal.instruments.selena_flare_index import MILD, SEVERE
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.slicc_2012 import CLINICAL, IMMUNOLOGIC
from tests.instruments.adapt import Answer, Inputs, flags_of, number_of, state_of

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


def eular_case(given: Inputs) -> Answer:
    present = [_EULAR_NAMES.get(name, name) for name in given["present"]]
    unknown = [_EULAR_NAMES.get(name, name) for name in given.get("unknown", ())]
    items = flags_of(EULAR_ITEMS, present, unknown)
    columns = {_EULAR_COLUMNS.get(name, name): value for name, value in items.items()}
    ana = given["ana_ge_1_80"]
    columns["ana_positive"] = np.nan if ana is None else float(ana)
    points, classified = score("eular_acr_2019", columns), score("eular_acr_2019_classified", columns)
    evaluable = points.status != Status.NOT_EVALUABLE
    return {
        "entry": ana,
        "score": float(points.low) if evaluable else None,
        "score_max": float(points.high),
        "classified": state_of(classified),
    }


def eular_item_case(given: Inputs) -> Answer:
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


def slicc_case(given: Inputs) -> Answer:
    names = {"ana": "ana_positive", "anti_dsdna": "dsdna_positive"}
    listed = [*given.get("clinical", ()), *given.get("immunologic", ())]
    listed += [name for name in ("ana", "anti_dsdna") if given.get(name)]
    columns = flags_of([*CLINICAL, *IMMUNOLOGIC], [_SLICC_NAMES.get(n, names.get(n, n)) for n in listed])
    columns["biopsy_proven_nephritis"] = float(given.get("biopsy_nephritis", False))
    total, result = score("slicc_2012_count", columns), score("slicc_2012", columns)
    route = "nephritis" if result.items["nephritis"] == 1 else "criteria"
    return {"total": number_of(total), "classified": state_of(result), "route": route}


_SLICC_NAMES = {"oral_ulcers": "oral_or_nasal_ulcers"}


def slicc_item_case(given: Inputs) -> Answer:
    elisa = float(given["assay"] == "ELISA")
    result = score("slicc_2012_count", {"dsdna_times_limit": given["anti_dsdna_ratio_to_uln"], "dsdna_by_elisa": elisa})
    return {"anti_dsdna": bool(result.items["dsdna_positive"])}


def acr_case(given: Inputs) -> Answer:
    names = {"arthritis": "nonerosive_arthritis", "ana": "ana_positive", "immunologic": "immunologic_disorder"}
    columns = flags_of(ACR_CRITERIA, [names.get(name, name) for name in given["present"]])
    if "immunologic_items" in given:
        del columns["immunologic_disorder"]
        columns |= {"dsdna_positive": 1.0, "anti_sm": 1.0, "antiphospholipid": 1.0}
    return {"count": number_of(score("acr_1997_count", columns)), "classified": state_of(score("acr_1997", columns))}


def acr_item_case(given: Inputs) -> Answer:
    low = sum(value < 4.0 for value in given["wbc_10e9_l"])
    columns = {"hemolytic_anemia": 0, "platelets": 200, "lymphopenia_1_5_occasions": 0, "leukopenia_4_0_occasions": low}
    return {"hematologic": bool(score("acr_1997_count", columns).items["hematologic_disorder"])}


def sledai_case(given: Inputs) -> Answer:
    columns = flags_of(DESCRIPTORS, given["present"], given.get("unknown", ()))
    total, clinical = score("sledai_2k", columns), score("clinical_sledai", columns)
    return {
        "total": number_of(total),
        "total_min": float(total.low),
        "total_max": float(total.high),
        "clinical": number_of(clinical),
        "status": Status(int(total.status)).name.lower(),
    }


def family_item_case(given: Inputs) -> Answer:
    if "present" in given:
        return sledai_case(given)
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


def ri_50_case(given: Inputs) -> Answer:
    steps = given["followup"]
    still = [name for name, step in steps.items() if step != "resolved"] + list(given.get("new", ()))
    now = flags_of(DESCRIPTORS, still)
    columns: dict[str, float] = now | {f"{k}@baseline": v for k, v in flags_of(DESCRIPTORS, given["baseline"]).items()}
    columns |= {f"{name}_improved_50": float(steps.get(name) == "improved_50") for name in DESCRIPTORS}
    return {
        "baseline": number_of(score("sledai_2k", flags_of(DESCRIPTORS, given["baseline"]))),
        "ri50": number_of(score("s2k_ri_50", columns)),
        "sledai_2k_followup": number_of(score("sledai_2k", now)),
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


def flare_case(given: Inputs) -> Answer:
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
