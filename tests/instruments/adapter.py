"""From the key names of the test cases to the library's columns, and back to the keys of the expected results.

A case lists what is present; whatever it does not list is absent. The adapters fill that in, the library never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lupercal.instruments import score
from lupercal.instruments.bilag_2004 import CLASSIC_COLUMNS, GRADE_COLUMNS
from lupercal.instruments.bilag_grades import SYSTEMS
from lupercal.instruments.upcr import guideline_mg_per_mmol, to_mg_per_mmol
from tests.instruments.adapt import Answer, Inputs, number_of
from tests.instruments.adapt_classification import (
    acr_case,
    acr_item_case,
    eular_case,
    eular_item_case,
    family_item_case,
    flare_case,
    ri_50_case,
    sledai_case,
    slicc_case,
    slicc_item_case,
)
from tests.instruments.adapt_laboratory import (
    aplasia_case,
    ctcae_case,
    ctcae_versions_case,
    filtration_case,
    hematotox_case,
    hscore_case,
    iec_hs_case,
    reconstitution_case,
    upcr_case,
)
from tests.instruments.adapt_responses import (
    bicla_case,
    bilag_case,
    clasi_case,
    doris_case,
    joints_case,
    kdigo_response_case,
    lldas_case,
    numeric_case,
    pga_case,
    renal_case,
    renal_flare_case,
    sdi_case,
    sle_das_case,
    sri_case,
)
from tests.instruments.adapt_toxicity import (
    crs_case,
    equivalent_case,
    facit_case,
    icaht_case,
    icaht_series_case,
    icans_case,
    ice_score_case,
    lupusqol_case,
    lupusqol_total_case,
)


def answer(case: Mapping[str, Any]) -> Answer:
    """Return what the library says to a case, under the keys of its expected results."""
    return HANDLERS[case["instrument"]](case["inputs"])


HANDLERS: dict[str, Callable[[Inputs], Answer]] = {
    "eular_acr_2019": eular_case,
    "eular_acr_2019.item": eular_item_case,
    "slicc_2012": slicc_case,
    "slicc_2012.item": slicc_item_case,
    "acr_1997": acr_case,
    "acr_1997.item": acr_item_case,
    "sledai_2k": sledai_case,
    "sledai_family.item": family_item_case,
    "s2k_ri_50": ri_50_case,
    "selena_flare_index": flare_case,
    "doris_2021": doris_case,
    "lldas": lldas_case,
    "sri": sri_case,
    "bicla": bicla_case,
    **{f"bilag_2004.{system}": bilag_case(system) for system in SYSTEMS},
    "bilag_2004.numeric": numeric_case("bilag_2004", GRADE_COLUMNS),
    "bilag_classic.numeric": numeric_case("bilag_classic", CLASSIC_COLUMNS),
    "sle_das.category": sle_das_case,
    "pga": pga_case,
    "sdi_1996": sdi_case,
    "clasi_activity": clasi_case,
    "active_joint_count_28": joints_case,
    "ln.perr": renal_case("perr", "perr"),
    "ln.crr_bliss": renal_case("crr_bliss", "crr"),
    "ln.crr_aurora": renal_case("crr_aurora", "crr"),
    "ln.kdigo": kdigo_response_case,
    "ln.renal_flare_aurora2": renal_flare_case,
    "ln.upcr": upcr_case,
    "ln.unit": lambda given: {
        "mg_mmol_exact": to_mg_per_mmol(given["upcr_g_g"]),
        "mg_mmol_guideline": guideline_mg_per_mmol(given["upcr_g_g"]),
    },
    "kdigo_gfr_category": lambda given: {"category": score("kdigo_gfr", {"egfr": given["egfr"]}).label()},
    "kdigo_albuminuria_category": lambda given: {
        "category": score("kdigo_albuminuria", {"uacr": given["uacr_mg_g"] / 1000.0}).label()
    },
    "ckd_epi_2021_creatinine": filtration_case("ckd_epi_2021"),
    "bedside_schwartz": filtration_case("bedside_schwartz"),
    "ckid_u25_creatinine": filtration_case("ckid_u25"),
    "ckid_u25_cystatin": filtration_case("ckid_u25_cystatin"),
    "ctcae_v5": ctcae_case,
    "ctcae_version": ctcae_versions_case,
    "hscore": hscore_case,
    "hscore.probability": lambda given: {"band": score("hscore_probability", {"hscore": given["score"]}).label()},
    "car_hematotox": hematotox_case,
    "b_cell_aplasia": aplasia_case,
    "b_cell_reconstitution": reconstitution_case,
    "iec_hs": iec_hs_case,
    "gc_equivalent": equivalent_case,
    "facit_fatigue": facit_case,
    "lupusqol.domain": lupusqol_case,
    "lupusqol.total": lupusqol_total_case,
    "astct_crs": crs_case,
    "astct_icans": icans_case,
    "ice_score": ice_score_case,
    "icaht": icaht_case,
    "icaht.series": icaht_series_case,
    "t_icaht_early": lambda given: {
        "grade": number_of(
            score(
                "t_icaht_early",
                {"days_platelets_lt_50": given["days_plt_lt_50"], "days_platelets_lt_20": given["days_plt_lt_20"]},
            )
        )
    },
}
