"""Adapters of test cases: kidney and laboratory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lupercal.instruments import Status, instrument, score
from lupercal.instruments.b_cells import b_cell_return
from lupercal.instruments.upcr import to_mg_per_mmol
from tests.instruments.adapt import Answer, Inputs, error_of, number_of, state_of


def filtration_case(name: str) -> Callable[[Inputs], Answer]:
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
            return {"error": error_of(result)}
        return {"egfr": float(result.value), "egfr_rounded": round(float(result.value))}

    return handle


def upcr_case(given: Inputs) -> Answer:
    if "protein_mg_l" in given:
        grams = (given["protein_mg_l"] / 1000.0) / (given["creatinine_mmol_l"] * 0.11312)
        return {"upcr_mg_mmol": to_mg_per_mmol(grams)}
    columns: dict[str, float] = {"urine_creatinine": given["creatinine_mg_dl"]}
    if isinstance(given.get("protein"), str):
        columns |= {"urine_protein@low": 0.0, "urine_protein@high": float(given["protein"].strip("< mg/dL"))}
        result = score("upcr", columns)
        return {"upcr_g_g_upper": float(result.high), "censored": bool(result.low < result.high)}
    result = score("upcr", columns | {"urine_protein": given["protein_mg_dl"]})
    return {"error": error_of(result)} if result.status == Status.ERROR else {"upcr_g_g": float(result.value)}


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


def ctcae_case(given: Inputs, version: str = "5") -> Answer:
    name = _ctcae_name(given["term"], version)
    column = instrument(name).inputs[0]
    scale = 0.1 if column == "hemoglobin" else 1.0
    value = given.get("value", given.get("value_10e9_l", given.get("value_g_l", given.get("times_uln"))))
    lln = given.get("lln")
    columns = {column: value * scale, f"{column}_lln": np.nan if lln is None else lln * scale, f"{column}_uln": 1.0}
    return {"grade": number_of(score(name, columns))}


def ctcae_versions_case(given: Inputs) -> Answer:
    return {f"v{version}": ctcae_case(given, version)["grade"] for version in ("5", "6")}


def hscore_case(given: Inputs) -> Answer:
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
        "score": number_of(score("hscore", columns)),
        "probability": score("hscore_probability", columns).label(),
    }


def hematotox_case(given: Inputs) -> Answer:
    columns = {
        "platelets": given["platelets_10e9_l"],
        "neutrophils": given["anc_per_ul"] / 1000.0,
        "hemoglobin": given["hb_g_dl"],
        "crp": given["crp_mg_dl"] * 10.0,
        "ferritin": given["ferritin_ng_ml"],
    }
    return {"score": number_of(score("car_hematotox", columns)), "risk": score("car_hematotox_risk", columns).label()}


def aplasia_case(given: Inputs) -> Answer:
    cells = given["cd19_cells_per_ul"]
    columns = {"cd19": 0.0 if cells == "<LLOQ" else cells, "cd19_lloq": given["lloq"]}
    return {"aplasia": state_of(score("b_cell_aplasia", columns, aplasia_below=given["threshold"]))}


def reconstitution_case(given: Inputs) -> Answer:
    series = dict(zip(given["days"], given["cd19_per_ul"], strict=True))
    return {"first_day": b_cell_return(series, given["threshold"])}


def iec_hs_case(given: Inputs) -> Answer:
    columns = {
        "ferritin_x_uln": given["ferritin_x_uln"],
        "ferritin_rising": float(given["ferritin_rising"]),
        "transaminase_x_uln": given["ast_x_uln"],
        "fibrinogen": given["fibrinogen_mg_dl"] / 100.0,
        "new_cytopenia": float(given["new_cytopenias"]),
        "after_crs_peak": float(given["after_crs_peak"]),
        "other_cause": float(given["other_cause"]),
    }
    return {"meets": state_of(score("iec_hs", columns))}
