"""Inputs as a clinician would type them at the edge of what instruments were made for, expected by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.instruments import Status, score
from lupercal.instruments.sledai_items import DESCRIPTORS
from tests.instruments.cases import COMPLETE, CONFLICT, ERROR, NAN, NOT_EVALUABLE, PARTIAL, Case, Visit, check, same

ABSENT = dict.fromkeys(DESCRIPTORS, 0.0)
WELL = ABSENT | {"pga": 0.2, "stable_maintenance": 1.0}
LOW = {"hemolytic_anemia": 0.0, "gastrointestinal_activity": 0.0, "new_activity": 0.0, "on_investigational": 0.0}
LOW |= ABSENT | {"pga": 0.5, "prednisone": 5.0, "stable_maintenance": 1.0}
S2K, DORIS, SRI, CRS, ICANS = "sledai_2k", "doris_2021", "sri_4", "astct_crs", "astct_icans"


def but(**given: float | str) -> Visit:
    """Return nothing present, with these values in place of the flags that they speak of (``flag__cause`` a cause)."""
    speak = {"leukocytes": "leukopenia", "platelets": "thrombocytopenia", "temperature": "fever", "upcr": "proteinuria"}
    speak |= {"urine_wbc": "pyuria", "active_joints": "arthritis"}
    values = {name.replace("__cause", "@attributed_to"): value for name, value in given.items()}
    return {name: value for name, value in ABSENT.items() if name not in {speak.get(n) for n in given}} | values


CAUSES: list[Case] = [
    (S2K, but(pleurisy=1.0, pleurisy__cause="infection"), 0, COMPLETE),
    (S2K, but(leukocytes=0.4, leukocytes__cause="treatment"), 0, COMPLETE),
    (S2K, but(upcr=2.0, upcr__cause="infection"), 0, COMPLETE),
    (S2K, but(upcr=2.0, upcr__cause="infection", protein_24h=1.5), 4, COMPLETE),  # the other value speaks for lupus
    (S2K, but(urine_wbc=40.0, urine_wbc__cause="infection"), 0, COMPLETE),
    (S2K, but(temperature=39.0, temperature__cause="treatment") | {"fever": 1.0}, 0, COMPLETE),
    (S2K, but(temperature=39.0, temperature__cause="treatment", fever=1.0, fever__cause="sle"), 1, COMPLETE),
    (S2K, but(rash=1.0, rash__cause="Infection"), 0, COMPLETE),
    (DORIS, WELL | but(leukocytes=1.0, leukocytes__cause="treatment") | {"prednisone": 0.0}, 1, COMPLETE),
    ("lldas", LOW | {"fever": 1.0, "fever@attributed_to": "infection"}, 1, COMPLETE),
    ("eular_acr_2019_classified", {"ana_positive": 1.0, "temperature": 39.0}, NAN, PARTIAL),
]
UNITS: list[Case] = [
    ("egfr", {"creatinine": 75.0, "age": 30.0, "sex_female": 1.0}, NAN, ERROR),  # umol/L
    ("ctcae_v5_hemoglobin", {"hemoglobin": 85.0, "hemoglobin_lln": 12.0}, NAN, ERROR),  # g/L
    ("ctcae_v5_platelets", {"platelets": 45000.0, "platelets_lln": 150.0}, NAN, ERROR),
    ("ctcae_v5_neutrophils", {"neutrophils": 800.0, "neutrophils_lln": 1.8}, NAN, ERROR),
    ("ctcae_v5_fibrinogen", {"fibrinogen": 120.0, "fibrinogen_lln": 2.0}, NAN, ERROR),
    (S2K, but(temperature=101.0), NAN, ERROR),
    (S2K, but(platelets=-5.0), NAN, ERROR),
    (S2K, but(platelets=np.inf), NAN, ERROR),
    (S2K, ABSENT | {"rash": 0.5}, NAN, ERROR),
    (DORIS, WELL | {"pga": 20.0, "prednisone": 0.0}, NAN, ERROR),  # of 100
    ("lldas", LOW | {"prednisone": 7500.0}, NAN, ERROR),  # micrograms
]
CONTRADICTIONS: list[Case] = [
    (S2K, ABSENT | {"upcr": 3.0}, NAN, CONFLICT),
    (S2K, ABSENT | {"c3": 0.3, "c3_lln": 0.9}, NAN, CONFLICT),
    (S2K, ABSENT | {"active_joints": 6.0}, NAN, CONFLICT),
    (S2K, ABSENT | {"arthritis": 1.0, "active_joints": 0.0}, 4, COMPLETE),  # the look-back reaches further than the day
    ("lldas", LOW | {"rash": 1.0, "sledai_2k": 0.0}, NAN, CONFLICT),
    ("lldas", LOW | {"dexamethasone_dose": 6.0}, NAN, CONFLICT),
    ("bicla", {"treatment_failure": 0.0, "rescue_medication": 1.0}, NAN, CONFLICT),
    (ICANS, {"ice": 10.0, "icans_arousable": 0.0}, NAN, CONFLICT),
]
STEROIDS: list[Case] = [
    (DORIS, WELL | {"methylprednisolone_dose": 4.0}, 1, COMPLETE),
    (DORIS, WELL | {"methylprednisolone_dose": 4.1}, 0, COMPLETE),
    (DORIS, WELL | {"hydrocortisone_dose": 20.0}, 1, COMPLETE),
    (DORIS, WELL | {"hydrocortisone_dose": 25.0}, 0, COMPLETE),
    (DORIS, WELL | {"dexamethasone_dose": 0.75}, 1, COMPLETE),
    (DORIS, WELL | {"deflazacort_dose": 6.0}, 1, COMPLETE),
    (DORIS, WELL | {"deflazacort_dose": 7.0}, 0, COMPLETE),
    (DORIS, WELL | {"prednisolone_dose": 2.5, "hydrocortisone_dose": 12.0}, 0, COMPLETE),  # 5.5 together
]
CALM = {"hypotension": 0.0, "vasopressors": 0.0, "oxygen_support": 0.0, "fever_masked": 0.0, "anticytokine_given": 0.0}
AWAKE = {"icans_arousable": 1.0, "icans_consciousness": 0.0, "icans_seizure": 0.0, "icans_motor": 0.0}
AWAKE |= {"icans_oedema": 0.0}
CELLS: list[Case] = [
    (CRS, CALM | {"temperature": 38.0, "oxygen_support": 1.0}, 2, COMPLETE),
    (CRS, CALM | {"temperature": 37.9, "hypotension": 1.0, "vasopressors": 1.0}, 0, COMPLETE),  # nothing masks a fever
    (CRS, CALM | {"temperature": 39.0, "hypotension": 1.0, "vasopressin": 1.0}, 3, COMPLETE),
    (CRS, CALM | {"temperature": 36.8, "crs_death": 1.0}, 5, COMPLETE),
    (ICANS, AWAKE | {"age": 8.0, "capd": 9.0}, 3, COMPLETE),
    (ICANS, AWAKE | {"age": 8.0, "capd": 8.0}, 1, COMPLETE),
    (ICANS, AWAKE | {"age": 12.0, "capd": 20.0, "ice": 10.0}, 0, COMPLETE),
]
INJURY = {"creatinine": 1.6, "creatinine@7d": 1.0, "creatinine@48h": 1.0, "dialysis": 0.0, "egfr": 34.9}
KIDNEYS: list[Case] = [
    ("kdigo_aki", INJURY | {"age": 17.9}, 3, COMPLETE),
    ("kdigo_aki", INJURY | {"age": 18.0}, 1, COMPLETE),
    ("kdigo_aki", INJURY | {"age": 10.0, "egfr": 35.0}, 1, COMPLETE),
    ("egfr", {"creatinine": 0.7, "age": 10.0, "sex_female": 1.0, "height": 140.0}, 82.6, COMPLETE),
    (S2K, but(active_joints=2.0), 4, COMPLETE),
]
FELL = {"sledai_2k": 6.0, "sledai_2k@baseline": 10.0, "pga": 1.0, "pga@baseline": 1.0, "treatment_failure": 0.0}
FELL |= {"new_bilag_a": 0.0, "new_bilag_b": 0.0}
RESPONSES: list[Case] = [
    (SRI, FELL, 1, COMPLETE),
    ("sri_5", FELL, 0, COMPLETE),
    ("sri_8", FELL | {"sledai_2k": 0.0, "sledai_2k@baseline": 6.0}, NAN, NOT_EVALUABLE),
    (SRI, FELL | {"pga": 1.3}, 0, COMPLETE),
    (SRI, FELL | {"pga": 1.29}, 1, COMPLETE),
    (SRI, FELL | {"new_bilag_b": 1.0}, 1, COMPLETE),
    (SRI, FELL | {"new_bilag_b": 2.0}, 0, COMPLETE),
    (SRI, FELL | {"pga": NAN}, NAN, PARTIAL),
    (SRI, FELL | {"pga": NAN, "sledai_2k": 10.0}, 0, COMPLETE),
    (SRI, FELL | {"treatment_failure": 1.0}, 0, COMPLETE),
]


@check([*CAUSES, *UNITS, *CONTRADICTIONS, *STEROIDS, *CELLS, *KIDNEYS, *RESPONSES])
def test_at_the_edge(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


DAYS = np.arange(31.0)


def spell(first: int, last: int, count: float, otherwise: float) -> dict[str, np.ndarray]:
    """Return daily counts: one from the first day to before the last, another on all others."""
    return {"days_since_infusion": DAYS, "n": np.where((first <= DAYS) & (last > DAYS), count, otherwise)}


@pytest.mark.parametrize(
    ("name", "series", "grade"),
    [
        ("icaht_early", spell(5, 19, 0.4, 2.0), 3),
        ("icaht_early", spell(5, 12, 0.05, 2.0), 3),
        ("icaht_early", spell(5, 19, 0.1, 2.0), 4),
        ("icaht_early", spell(5, 11, 0.4, 2.0), 1),
        ("t_icaht_early", spell(5, 12, 45.0, 200.0), 2),
        ("t_icaht_early", spell(5, 12, 15.0, 200.0), 3),
        ("icaht_late", {"days_since_infusion": np.array([31.0, 50, 60, 100]), "n": np.array([2, 0.45, 0.9, 2])}, 3),
        ("icaht_late", {"days_since_infusion": np.array([31.0, 50, 60, 100]), "n": np.array([2, 0.45, 1.6, 2])}, 0),
    ],
)
def test_series_at_the_edge(name: str, series: dict[str, np.ndarray], grade: float) -> None:
    count = "platelets" if name.startswith("t_") else "neutrophils"
    columns = {count if key == "n" else key: values for key, values in series.items()}
    assert score(name, columns, over_visits=True).value[-1] == grade
