"""States and responses of lupus trials by hand: typical, boundary, missing, contradictory, over visits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.instruments import Status, score
from lupercal.instruments.revised_flare_index import RATINGS
from lupercal.instruments.sledai_items import DESCRIPTORS
from tests.instruments.cases import (
    COMPLETE,
    CONFLICT,
    ERROR,
    MISSING,
    NAN,
    NOT_EVALUABLE,
    PARTIAL,
    Case,
    Visit,
    check,
    same,
)

WELL_CONTROLLED = dict.fromkeys(DESCRIPTORS, 0.0) | {"pga": 0.2, "prednisone": 0.0, "on_immunosuppressant": 0.0}
WELL_CONTROLLED |= {"on_biologic": 0.0, "on_antimalarial": 1.0, "on_investigational": 0.0, "new_activity": 0.0}
WELL_CONTROLLED |= {"hemolytic_anemia": 0.0, "gastrointestinal_activity": 0.0}
TREATED = WELL_CONTROLLED | {"prednisone": 5.0, "on_immunosuppressant": 1.0}
SEROLOGIC = WELL_CONTROLLED | {"low_complement": 1.0}
DORIS_CASES: list[Case] = [
    ("doris_2017_clinical_on", TREATED, 1, COMPLETE),
    ("doris_2017_clinical_off", TREATED, 0, COMPLETE),
    ("doris_2017_clinical_off", SEROLOGIC, 1, COMPLETE),
    ("doris_2017_complete_off", SEROLOGIC, 0, COMPLETE),
    ("doris_2017_complete_off", WELL_CONTROLLED, 1, COMPLETE),
    ("doris_2017_complete_on", TREATED, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"prednisone": 5.1}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": 0.4}, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": 0.5}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": 0.6}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"stable_maintenance": 0.0}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"leukopenia": 1.0, "leukopenia@attributed_to": 2.0}, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": NAN}, NAN, PARTIAL),
    ("doris_2017_clinical_off", WELL_CONTROLLED | {"on_biologic": NAN}, NAN, PARTIAL),
    ("doris_2017_clinical_off", WELL_CONTROLLED | {"azathioprine": 100.0}, NAN, CONFLICT),
    ("doris_2017_complete_on", TREATED | {"c3": 0.4, "c3_lln": 0.9}, NAN, CONFLICT),
    ("doris_2017_complete_on", TREATED | {"prednisone": 5000.0}, NAN, ERROR),
    ("lldas_5", TREATED, 1, COMPLETE),
    ("lldas_5", TREATED | {"prednisone": 7.5}, 0, COMPLETE),
    ("lldas", TREATED | {"prednisone": 7.5}, 1, COMPLETE),
    ("lldas_5", TREATED | {"arthritis": 1.0}, 1, COMPLETE),
    ("lldas_5", TREATED | {"arthritis": 1.0, "new_activity": NAN}, NAN, PARTIAL),
    ("lldas_5", TREATED | {"active_joints": 5.0}, NAN, CONFLICT),
    ("doris_drug_free", TREATED, 0, COMPLETE),
    ("doris_drug_free", WELL_CONTROLLED, 0, COMPLETE),  # hydroxychloroquine is a drug
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0}, 1, COMPLETE),
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": NAN}, NAN, PARTIAL),
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "hydroxychloroquine": 200.0}, NAN, CONFLICT),
    ("lldas_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "arthritis": 1.0}, 1, COMPLETE),
    ("lldas_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "pga": 1.1}, 0, COMPLETE),
    ("doris_sustained", TREATED, NAN, PARTIAL),  # one visit cannot show it
    ("doris_sustained", TREATED | {"rash": 1.0}, 0, COMPLETE),
]


@check(DORIS_CASES)
def test_states_by_name(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_a_pga_of_exactly_one_half_is_flagged_and_a_setting() -> None:
    at_limit = TREATED | {"pga": 0.5}
    assert score("doris_2017_clinical_on", at_limit).warnings["pga_at_limit"].all()
    assert score("doris_2017_clinical_on", at_limit, pga_comparator="<=").value == 1


SERIES: list[tuple[list[float], list[float], list[float]]] = [
    # days, rash at each visit, whether remission is sustained
    ([-10, 30, 90, 180, 212], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]),
    ([-10, 30, 90, 180, 211], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
    ([-10, 30, 90, 180, 212], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0]),
    ([-10, 30, 90, 180, 212], [1, 0, NAN, 0, 0], [0, 0, 0, 0, NAN]),
    ([-10, 30, 160, 212, 300], [1, 0, 0, 0, 0], [0, 0, 0, NAN, NAN]),  # 130 days without a visit
    ([30, 90, 180, 212], [0, 0, 0, 0], [NAN, NAN, NAN, 1]),  # it may have begun before the first visit
]


@pytest.mark.parametrize("name", ["doris_sustained", "doris_drug_free_sustained", "lldas_sustained"])
@pytest.mark.parametrize(("days", "rash", "held"), SERIES)
def test_a_state_is_sustained_over_visits(name: str, days: list[float], rash: list[float], held: list[float]) -> None:
    number = len(days)
    columns: dict[str, Any] = {c: np.full(number, v) for c, v in (WELL_CONTROLLED | {"on_antimalarial": 0.0}).items()}
    columns |= {"day": np.array(days), "rash": np.array(rash)}
    if name.startswith("lldas"):
        columns["pga"] = np.where(columns["rash"] == 1, 2.0, np.where(columns["rash"] == 0, 0.2, np.nan))
    found = score(name, columns, over_visits=True)
    assert found.value.tolist() == pytest.approx(held, nan_ok=True)


def test_a_forgotten_visit_never_makes_a_state_sustained() -> None:
    rng = np.random.default_rng(11)
    days = np.cumsum(rng.integers(20, 110, (200, 9)), axis=-1).astype(float)
    rash = (rng.random((200, 9)) < 0.2).astype(float)
    columns: dict[str, Any] = {c: np.full(rash.shape, v) for c, v in WELL_CONTROLLED.items()} | {"rash": rash}
    full = score("doris_sustained", columns | {"day": days}, over_visits=True)
    forgotten = columns | {"rash": np.where(rng.random(rash.shape) < 0.3, np.nan, rash), "day": days}
    partly = score("doris_sustained", forgotten, over_visits=True)
    assert (partly.low <= full.low).all()
    assert (partly.high >= full.high).all()
    assert (full.value == 1).any()


def test_a_state_is_held_for_more_than_no_time() -> None:
    with pytest.raises(InputError, match="held_days"):
        score("doris_sustained", TREATED, held_days=0.0)


SKIN = {"clasi_activity": 6.0, "clasi_activity@baseline": 20.0}
SKIN_CASES: list[Case] = [
    ("clasi_70", SKIN, 1, COMPLETE),
    ("clasi_70", SKIN | {"clasi_activity": 7.0}, 0, COMPLETE),
    ("clasi_50", SKIN | {"clasi_activity": 10.0}, 1, COMPLETE),
    ("clasi_70", SKIN | {"clasi_activity@baseline": 9.0}, NAN, NOT_EVALUABLE),
    ("clasi_70", SKIN | {"clasi_activity": NAN}, NAN, PARTIAL),
    ("clasi_70", SKIN | {"clasi_activity": 71.0}, NAN, ERROR),
    ("clasi_70", {}, NAN, MISSING),
]


@check(SKIN_CASES)
def test_clasi_responses(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


BEFORE = {f"{name}@baseline": 0.0 for name in DESCRIPTORS}
ACTIVE = BEFORE | {"arthritis@baseline": 1.0, "rash@baseline": 1.0, "proteinuria@baseline": 1.0}  # 4 + 2 + 4
STILL = dict.fromkeys(DESCRIPTORS, 0.0) | {"arthritis": 1.0, "rash": 1.0, "proteinuria": 1.0}
HALVED = {"arthritis_improved_50": 1.0, "rash_improved_50": 0.0, "proteinuria_improved_50": 1.0}
STEADY = {"pga": 1.0, "pga@baseline": 1.5, "new_bilag_a": 0.0, "new_bilag_b": 0.0, "treatment_failure": 0.0}
RESPONDER_CASES: list[Case] = [
    ("s2k_ri_50", ACTIVE | STILL | HALVED, 6, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"rash": 0.0}, 4, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"fever": 1.0}, 7, COMPLETE),  # new: all of its points
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"arthritis_improved_50": NAN}, NAN, PARTIAL),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"proteinuria@attributed_to": 3.0}, 4, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"fever": 0.0, "temperature": 39.0}, NAN, CONFLICT),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY, 1, COMPLETE),  # 10 to 6, while SLEDAI-2K stays 10
    ("sri_4", ACTIVE | STILL | STEADY, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"arthritis_improved_50": 0.0}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"pga": 1.8}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"new_bilag_b": 2.0}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"pga": NAN}, NAN, PARTIAL),
    ("sri_50", BEFORE | {"rash@baseline": 1.0} | STILL | HALVED | STEADY, NAN, NOT_EVALUABLE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"rescue_medication": 1.0}, NAN, CONFLICT),
]


@check(RESPONDER_CASES)
def test_responder_indices(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


ORGANS = dict.fromkeys(RATINGS, 0.0)
FLARES: list[Case] = [
    ("revised_flare_index", ORGANS, 0, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": 1.0, "sfi_r_hematologic": 2.0}, 2, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_neurologic": 3.0, "sfi_r_renal": NAN}, 3, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": NAN}, NAN, PARTIAL),
    ("revised_flare_index", ORGANS | {"sfi_r_hematologic": 3.0, "sfi_r_hematologic@attributed_to": 2.0}, 0, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": 4.0}, NAN, ERROR),
    ("revised_flare_index", {}, NAN, MISSING),
]


@check(FLARES)
def test_revised_flare_index(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)
