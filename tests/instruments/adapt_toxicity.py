"""Adapters of test cases: glucocorticoids, questionnaires, cell-therapy toxicity."""

from __future__ import annotations

import numpy as np

from lupercal.instruments import Status, instrument, score
from lupercal.instruments.crs import count_vasopressors
from lupercal.instruments.icaht_series import low_spells
from lupercal.instruments.steroids import equivalent, mean_daily_dose
from tests.instruments.adapt import Answer, Inputs, number_of, or_nan


def equivalent_case(given: Inputs) -> Answer:
    if "schedule" in given:
        return {"prednisone_mg_per_day": mean_daily_dose([10.0], 2)}
    return {"prednisone_mg": equivalent(given["drug"], given["mg"])}


def facit_case(given: Inputs) -> Answer:
    if "answered" in given:
        columns: dict[str, float] = {"facit_answered": given["answered"], "facit_sum": given["sum_after_reversal"]}
    else:
        columns = {f"facit_negative_{n}": a for n, a in enumerate(given["negative_items"], start=1)}
        columns |= {f"facit_positive_{n}": a for n, a in enumerate(given["positive_items"], start=1)}
    result = score("facit_fatigue", columns)
    return {"score": number_of(result), "status": Status(int(result.status)).name.lower()}


def lupusqol_case(given: Inputs) -> Answer:
    answers = [np.nan if a in (None, "NA") else float(a) for a in given["items"]]
    columns = {f"lupusqol_{given['domain']}_{n}": a for n, a in enumerate(answers, start=1)}
    result = score(f"lupusqol_{given['domain']}", columns)
    return {"score": number_of(result), "status": Status(int(result.status)).name.lower()}


def lupusqol_total_case(given: Inputs) -> Answer:
    result = score("lupusqol_total", {})
    assert result.status == Status.NOT_EVALUABLE
    assert "no official total score" in instrument("lupusqol_total").definition
    return {"error": "no official total score"}


def crs_case(given: Inputs) -> Answer:
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
    return {"grade": number_of(score("astct_crs", columns))}


_ICANS = {
    "consciousness": {"awakens_to_voice": 2, "to_touch": 3, "unarousable": 4, "awake": 0},
    "seizure": {"generalised, resolves rapidly": 3, ">5 min": 4},
    "motor": {"hemiparesis": 4},
    "cerebral_oedema": {"focal on imaging": 3, "diffuse": 4},
}


def icans_case(given: Inputs) -> Answer:
    columns = {
        f"icans_{'oedema' if key == 'cerebral_oedema' else key}": float(words.get(given.get(key, ""), 0))
        for key, words in _ICANS.items()
    }
    columns |= {"ice": given["ice"], "icans_arousable": float(given.get("awake", True))}
    columns["sedated"] = float(given.get("sedated", False))
    result = score("astct_icans", columns)
    return {"grade": "not_evaluable" if result.status == Status.NOT_EVALUABLE else number_of(result)}


def ice_score_case(given: Inputs) -> Answer:
    return {"ice": number_of(score("ice", {f"ice_{key}": value for key, value in given.items()}))}


def icaht_case(given: Inputs) -> Answer:
    columns = {
        "days_anc_le_500": given["longest_days_anc_le_500"],
        "days_anc_le_100": given["longest_days_anc_le_100"],
        "never_recovered": float(given["never_recovered_before_death_or_d30"]),
        "late_lowest_anc": or_nan(given["late_nadir_anc"]),
        "late_second_lowest_anc": or_nan(given["late_second_lowest_anc"]),
    }
    return {"early": number_of(score("icaht_early", columns)), "late": number_of(score("icaht_late", columns))}


def icaht_series_case(given: Inputs) -> Answer:
    found = low_spells({int(day): value for day, value in given["anc_by_day"].items()})
    return {
        "days_le_500": found.days_anc_le_500,
        "days_le_100": found.days_anc_le_100,
        "early": number_of(score("icaht_early", found.columns())),
    }
