"""The observation: states become what a clinician would record, with thresholds, look-back, noise and attribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.evidence.parameters import values
from lupercal.instruments.registry import score
from lupercal.model.observation import CNS_ITEMS, NOISE_STREAMS, RECORDED, Observed, Traits, observe

DAYS = np.arange(0, 61, 5)
HEALTHY = {"BT": 11.0, "BN": 91.0, "BM": 25.0, "C3": 1.26, "C4": 0.26, "IG": 11.4, "I6": 2.5, "UP": 0.1, "NF": 0.9,
           "MP": 1.0, "NU": 4.7, "PL": 258.0, "HB": 13.0, "T4": 644.0, "T8": 448.0, "PV": 1.0}  # fmt: skip


def visit(noise: Any = 0.0, cns: Any = 0, prone: Any = 0.0, **states: Any) -> dict[str, np.ndarray]:
    """Observe one patient at day 60; a state is one number or a series over `DAYS`."""
    given = {name: np.broadcast_to(states.get(name, HEALTHY.get(name, 0.0)), DAYS.shape)[:, None] for name in RECORDED}
    streams = {name: np.full((1, 1), noise) for name in NOISE_STREAMS}
    traits = Traits(np.array([cns]), np.array([prone]), np.array([prone]))
    return observe(Observed(DAYS, given, np.array([60]), streams), values(), traits)


def sledai(columns: dict[str, np.ndarray]) -> float:
    return float(score("sledai_2k", columns).value[0, 0])


def test_health_scores_zero() -> None:
    columns = visit()
    assert sledai(columns) == 0
    assert columns["pga"][0, 0] == 0
    assert score("doris_2021", columns | {"prednisone": np.zeros((1, 1))}).value[0, 0] == 1


@pytest.mark.parametrize(
    ("state", "item"),
    [("JO", "arthritis"), ("SK", "rash"), ("SE", "pleurisy"), ("KI", "hematuria")],
)
def test_an_inflamed_organ_shows_its_item(state: str, item: str) -> None:
    assert visit(**{state: 1.2})[item][0, 0] == 1
    assert visit(**{state: 0.05})[item][0, 0] == 0


def test_counts_vary_from_visit_to_visit_and_leukocytes_are_the_sum_of_what_is_read() -> None:
    low, usual, high = (visit(noise) for noise in (-1.0, 0.0, 1.0))
    for name, spread in (
        ("neutrophils", "noise_nu"),
        ("lymphocytes", "noise_ly"),
        ("platelets", "noise_pl"),
        ("hemoglobin", "noise_hb"),
    ):
        assert high[name][0, 0] / usual[name][0, 0] == pytest.approx(np.exp(values()[spread]))
        assert low[name][0, 0] < usual[name][0, 0]
    parts = low["neutrophils"] + low["lymphocytes"] + values()["wbc_other"]
    assert low["leukocytes"][0, 0] == pytest.approx(parts[0, 0])
    assert low["cd4"] == usual["cd4"]


def test_worse_inflammation_shows_more_items() -> None:
    totals = [sledai(visit(SK=level)) for level in (0.0, 0.35, 0.6, 0.9)]
    assert totals == sorted(totals)
    assert totals[0] < totals[-1]


def test_look_back_counts_the_worst_of_the_last_month_only() -> None:
    recent = np.where(DAYS == 40, 1.0, 0.0)
    long_ago = np.where(DAYS == 20, 1.0, 0.0)
    assert visit(JO=recent)["arthritis"][0, 0] == 1
    assert visit(JO=long_ago)["arthritis"][0, 0] == 0


@pytest.mark.parametrize("item", range(len(CNS_ITEMS)))
def test_only_the_item_drawn_for_the_patient_can_show(item: int) -> None:
    columns = visit(NP=1.0, cns=item)
    assert [columns[name][0, 0] for name in CNS_ITEMS] == [float(k == item) for k in range(len(CNS_ITEMS))]
    assert sledai(columns) == 8


def test_vasculitis_and_myositis_need_the_predisposition() -> None:
    assert visit(SK=1.0, JO=1.0)["vasculitis"][0, 0] == 0
    columns = visit(SK=1.0, JO=1.0, prone=1.0)
    assert columns["vasculitis"][0, 0] == columns["myositis"][0, 0] == 1


def test_fever_of_cytokine_release_is_not_lupus() -> None:
    columns = visit(I6=800.0)
    assert columns["fever"][0, 0] == 0
    assert columns["il6"][0, 0] == 800


def test_low_counts_under_marrow_suppression_are_put_down_to_treatment() -> None:
    suppressed, own = visit(MP=0.3, PL=60.0, NU=0.4), visit(MP=1.0, PL=60.0)
    assert score("sledai_2k", suppressed).items["thrombocytopenia"][0, 0] == 0
    assert score("sledai_2k", own).items["thrombocytopenia"][0, 0] == 1


def test_laboratory_items_follow_the_assay_limits() -> None:
    columns = visit(C3=0.7, DN=140.0, UP=0.8)
    points = score("sledai_2k", columns).items
    found = [float(points[name][0, 0]) for name in ("low_complement", "increased_dna_binding", "proteinuria")]
    assert found == [2, 2, 4]


def test_noise_moves_what_is_read_not_what_is() -> None:
    quiet, noisy = visit(DN=100.0, JO=0.34), visit(noise=2.0, DN=100.0, JO=0.34)
    assert noisy["anti_dsdna"][0, 0] == pytest.approx(100 * np.exp(2 * values()["noise_dn"]))
    assert (quiet["arthritis"][0, 0], noisy["arthritis"][0, 0]) == (0, 1)
    assert noisy["cd19"][0, 0] == quiet["cd19"][0, 0]


def test_egfr_falls_with_nephrons_and_with_inflammation() -> None:
    full, lost, inflamed = visit(NF=1.0), visit(NF=0.5), visit(NF=1.0, KI=1.0)
    assert full["egfr"][0, 0] == pytest.approx(values()["GFR0"])
    assert lost["egfr"][0, 0] == pytest.approx(0.5 * full["egfr"][0, 0])
    assert inflamed["egfr"][0, 0] < full["egfr"][0, 0]
