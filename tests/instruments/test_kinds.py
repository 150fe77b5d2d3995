"""The kinds of fault that matter beside a cell-therapy patient, each over all instruments that it concerns.

The tables give, for at least five inputs of each kind, what was said before these rules and what is said now; that of
series stands in `test_kinds_of_series`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

import lupercal as lp
from lupercal.errors import InputError
from lupercal.instruments import Instrument, Score, Status, instrument, instruments, score
from lupercal.instruments.checked import attributable
from lupercal.instruments.contradictions import COMPUTED as WORKED_OUT_BY_RULE
from lupercal.instruments.contradictions import stated
from lupercal.instruments.inputs import describe
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.taken import with_drugs
from lupercal.patient.record import Treatment
from tests.instruments.complete import complete

ABSENT = dict.fromkeys(DESCRIPTORS, 0.0)
ROWS = 60
CONFLICT, ERROR, OPEN = Status.CONFLICT, Status.ERROR, Status.PARTIAL
LUPUS = [one for one in instruments() if one.settings.get("attribution") == "lupus"]
COMPUTED = [one for one in instruments() if one.standing != "not available"]


def without(*names: str) -> dict[str, float]:
    return {name: value for name, value in ABSENT.items() if name not in names}


@dataclass(frozen=True)
class Row:
    """An input with the answer before (as documentation: what 0.5.0 said) and now: a value, or a status."""

    instrument: str
    columns: dict[str, Any]
    before: float
    now: float | Status


ATTRIBUTION = [
    Row("sledai_2k", without("fever") | {"temperature": 39.5, "temperature@attributed_to": 2.0}, 1.0, 0.0),
    Row("sledai_2k", without("thrombocytopenia") | {"platelets": 20.0, "platelets@attributed_to": 2.0}, 1.0, 0.0),
    Row("sledai_2k", ABSENT | {"rash": 1.0, "rash@attributed_to": 0.0}, 2.0, 2.0),
    Row("eular_acr_2019", {"ana_positive": 1.0, "temperature": 39.0, "temperature@attributed_to": 3.0}, np.nan, OPEN),
    Row(
        "bilag_2004_haematological",
        {
            "platelets": 20.0,
            "platelets@attributed_to": 2.0,
            "hemoglobin": 13.0,
            "leukocytes": 6.0,
            "neutrophils": 4.0,
            "lymphocytes": 2.0,
            "hemolytic_anemia": 0.0,
            "direct_coombs": 0.0,
            "bilag_ttp": 0.0,
            "bilag_haematological_ever": 0.0,
        },
        4.0,
        0.0,
    ),
    Row(
        "doris_2021",
        ABSENT
        | {
            "fever": 1.0,
            "fever@attributed_to": 3.0,
            "pga": 0.2,
            "prednisone": 0.0,
            "stable_maintenance": 1.0,
        },
        0.0,
        1.0,
    ),
    Row(
        "acr_1997_count",
        dict.fromkeys(
            (
                "malar_rash",
                "discoid_rash",
                "photosensitivity",
                "oral_ulcers",
                "nonerosive_arthritis",
                "serositis",
                "renal_disorder",
                "neurologic_disorder",
                "immunologic_disorder",
                "ana_positive",
            ),
            0.0,
        )
        | {
            "platelets": 40.0,
            "platelets@attributed_to": 2.0,
            "leukocytes": 6.0,
            "lymphocytes": 2.0,
            "hemolytic_anemia": 0.0,
        },
        1.0,
        0.0,
    ),
]
IMPOSSIBLE = [
    Row("sledai_2k", without("thrombocytopenia") | {"platelets": 220000.0}, 0.0, ERROR),
    Row("egfr", {"creatinine": 88.4, "age": 30.0, "sex_female": 1.0}, 0.36, ERROR),
    Row("doris_2021", {"clinical_sledai": 0.0, "pga": 0.2, "prednisone": 5000.0}, 0.0, ERROR),
    Row("ctcae_v5_hemoglobin", {"hemoglobin": 120.0, "hemoglobin_lln": 12.0}, 0.0, ERROR),
    Row("sledai_2k", ABSENT | {"rash": 7.0}, np.nan, ERROR),
    Row("b_cell_aplasia", {"cd19": 200000.0}, 0.0, ERROR),
    Row("astct_crs", {"temperature": 101.3, "hypotension": 0.0, "oxygen_support": 0.0}, 1.0, ERROR),
]
CONTRADICTION = [
    Row("sledai_2k", ABSENT | {"temperature": 39.5}, 0.0, CONFLICT),
    Row("sledai_2k", ABSENT | {"platelets": 40.0}, 0.0, CONFLICT),
    Row("doris_2021", ABSENT | {"rash": 1.0, "clinical_sledai": 0.0, "pga": 0.2, "prednisone": 0.0}, 1.0, CONFLICT),
    Row("sri_4", {"treatment_failure": 0.0, "rescue_medication": 1.0}, np.nan, CONFLICT),
    Row(
        "doris_2021", {"clinical_sledai": 0.0, "pga": 0.2, "prednisone": 0.0, "dexamethasone_dose": 6.0}, 1.0, CONFLICT
    ),
    Row(
        "drug_free",
        {
            "prednisone": 0.0,
            "on_immunosuppressant": 0.0,
            "on_biologic": 0.0,
            "on_antimalarial": 0.0,
            "mycophenolate_mofetil": 2.0,
        },
        1.0,
        CONFLICT,
    ),
    Row(
        "astct_crs",
        {"temperature": 39.0, "hypotension": 0.0, "vasopressors": 2.0, "oxygen_support": 0.0},
        4.0,
        CONFLICT,
    ),
]
RULES = [
    Row(
        "crr_regency",
        {
            "upcr": 0.4,
            "egfr": 90.0,
            "egfr@baseline": 95.0,
            "prednisone": 10.0,
            "treatment_failure": 0.0,
        },
        0.0,
        1.0,
    ),
    Row(
        "slicc_2012_count",
        dict.fromkeys(
            (
                "acute_cutaneous",
                "chronic_cutaneous",
                "oral_or_nasal_ulcers",
                "nonscarring_alopecia",
                "synovitis",
                "serositis",
                "renal",
                "neurologic",
                "hemolytic_anemia",
                "leukopenia_or_lymphopenia",
                "thrombocytopenia",
                "ana_positive",
                "dsdna_positive",
                "anti_sm",
                "antiphospholipid",
                "low_complement",
                "direct_coombs",
            ),
            0.0,
        )
        | {"subacute_cutaneous": 1.0},
        0.0,
        1.0,
    ),
    Row("ctcae_v5_bilirubin", {"bilirubin": 2.0, "bilirubin_uln": 1.2, "bilirubin@baseline": 2.0}, 1.0, 0.0),
    Row("ctcae_v5_fibrinogen", {"fibrinogen": 1.4, "fibrinogen_lln": 2.0, "fibrinogen@baseline": 1.5}, 2.0, 1.0),
    Row(
        "ctcae_v6_creatinine",
        {
            "creatinine": 0.9,
            "creatinine_uln": 1.1,
            "creatinine_lln": 0.5,
            "creatinine@baseline": 0.4,
        },
        0.0,
        2.0,
    ),
    Row("renal_flare_aurora", {"upcr": 2.5, "upcr@response": 1.1}, 0.0, Status.NOT_EVALUABLE),
    Row(
        "kdigo_aki",
        {
            "creatinine": 1.6,
            "creatinine@7d": 1.0,
            "creatinine@48h": 1.0,
            "dialysis": 0.0,
            "age": 6.0,
            "egfr": 30.0,
        },
        1.0,
        3.0,
    ),
    Row("icaht_late", {"late_lowest_anc": 90.0, "late_second_lowest_anc": 1400.0}, 1.0, 4.0),
]


@pytest.mark.parametrize("row", [*ATTRIBUTION, *IMPOSSIBLE, *CONTRADICTION, *RULES], ids=lambda row: row.instrument)
def test_the_kinds_as_in_the_tables(row: Row) -> None:
    found = score(row.instrument, row.columns)
    if isinstance(row.now, Status):
        assert Status(int(found.status)) == row.now
        assert np.isnan(found.value)
    else:
        assert found.value == row.now


def test_an_unknown_cause_is_flagged_and_an_unknown_word_refused() -> None:
    assert score("sledai_2k", ABSENT | {"rash": 1.0, "rash@attributed_to": "unknown"}).warnings["cause_unknown"]
    assert score("sledai_2k", ABSENT | {"rash": 1.0, "rash@attributed_to": np.array("infection")}).value == 0
    for cause in ("lupus?", 7.0, "drug"):
        with pytest.raises(InputError, match=r"expected a cause: unknown, sle, .*codes 0 to 4"):
            score("sledai_2k", ABSENT | {"rash": 1.0, "rash@attributed_to": cause})
        with pytest.raises(InputError, match=r"row 1, column rash@attributed_to.* expected a cause: unknown, sle, "):
            lp.score(pl.DataFrame({"rash": [1], "rash@attributed_to": [cause]}), ["sledai_2k"])
    with pytest.raises(InputError, match="lupus or recorded"):
        score("sledai_2k", ABSENT, attribution="sle")


@pytest.mark.parametrize("one", [one for one in LUPUS if one.kind in {"score", "grade"}], ids=str)
def test_a_cause_never_raises_a_score(one: Instrument) -> None:
    columns = _random(one, seed=3)
    here = one.unchecked(columns)
    names = [name for name in one.inputs if attributable(name) and "@" not in name and describe(name).kind != "cause"]
    causes = {f"{name}@attributed_to": np.full(ROWS, 2.0) for name in names}
    assert (one.unchecked(columns | causes).high < here.high).any()
    for place, name in enumerate(names):
        cause = np.full(ROWS, 2.0 + place % 3)
        elsewhere = one.unchecked(columns | {f"{name}@attributed_to": cause})
        assert (elsewhere.low <= here.low).all(), name
        assert (elsewhere.high <= here.high).all(), name


@pytest.mark.parametrize("one", LUPUS, ids=str)
def test_a_stated_lupus_cause_changes_nothing_and_recorded_counts_all(one: Instrument) -> None:
    columns = complete(one)
    causes = {f"{name}@attributed_to": 1.0 for name in one.inputs if "@" not in name and attributable(name)}
    plain = one.score(columns)
    assert _same(plain, one.score(columns | causes))
    other = dict.fromkeys(causes, 2.0)
    assert _same(plain, one.score(columns | other, attribution="recorded"))


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_a_value_a_thousand_times_too_large_is_never_complete(one: Instrument) -> None:
    quiet = complete(one)
    wrong = {name: value * 1000.0 for name, value in quiet.items() if value and _too_large(name, value)}
    if not wrong:  # an instrument of flags and of ratings that are 0
        assert all(describe(name).kind == "flag" or not value for name, value in quiet.items())
        return
    found = one.score(_one_a_row(quiet, wrong))
    for row, name in enumerate(wrong):
        assert found.status[row] != Status.COMPLETE, name
        assert np.isnan(found.value[row])
        assert found.impossible[name][row]


def _too_large(name: str, value: float) -> bool:
    return describe(name).kind != "flag" and value * 1000.0 > describe(name).high


def _one_a_row(quiet: dict[str, float], changed: dict[str, float]) -> dict[str, Any]:
    """Return as many rows as there are changes, each with one of them."""
    columns = {name: np.full(len(changed), value) for name, value in quiet.items()}
    for row, (name, value) in enumerate(changed.items()):
        columns[name][row] = value
    return columns


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_adding_a_contradiction_never_gives_an_answer(one: Instrument) -> None:
    columns = complete(one)
    for row in stated():
        names = {n for c in row.conditions for n in (*c.columns, *((c.limit,) if isinstance(c.limit, str) else ()))}
        if names <= set(one.inputs) and one.name not in row.allowed_by:
            worse = columns | _making(row)
            found = one.score(worse)
            assert found.status == Status.CONFLICT, row.id
            assert np.isnan(found.value)
            assert (float(found.low), float(found.high)) == one.range


WORKED_OUT: dict[str, dict[str, float]] = {
    "a recorded sledai_2k that its items do not allow": {"sledai_2k": 0.0, "rash": 1.0},
    "a recorded clinical_sledai that its items do not allow": {"clinical_sledai": 0.0, "rash": 1.0},
    "facit_sum that its answers do not allow": {"facit_sum": 52.0, "facit_negative_1": 4.0},
    "a recorded clasi_activity that its items do not allow": {"clasi_activity": 0.0, "clasi_erythema_arms": 3.0},
    "a recorded ice that its items do not allow": {"ice": 10.0, "ice_year": 0.0},
    "a recorded hscore that its items do not allow": {"hscore": 0.0, "temperature": 40.0},
    "pga with another pga_10": {"pga": 0.2, "pga_10": 9.0},
    "prednisone below the doses of single glucocorticoids": {"prednisone": 0.0, "dexamethasone_dose": 6.0},
    "cytopenia_lineages below what the blood counts show": {"cytopenia_lineages": 0.0, "platelets": 20.0},
    "infection is 0 but a finding of one is 1": {"infection": 0.0, "bmt_ctn_bacteremia": 1.0},
    "new_bilag_a below what the grades show": {"new_bilag_a": 0.0, "bilag_renal": 4.0, "bilag_renal@baseline": 1.0},
    "new_bilag_b below what the grades show": {"new_bilag_b": 0.0, "bilag_renal": 3.0, "bilag_renal@baseline": 1.0},
}
"""Values that make each contradiction that needs arithmetic."""


@pytest.mark.parametrize("text", WORKED_OUT)
def test_a_contradiction_that_is_worked_out_never_gives_an_answer(text: str) -> None:
    values = WORKED_OUT[text]
    concerned = [one for one in COMPUTED if set(values) <= set(one.inputs)]
    assert concerned
    for one in concerned:
        found = one.score(complete(one) | values)
        assert found.status == Status.CONFLICT, one.name
        assert text in found.conflicts
        assert (float(found.low), float(found.high)) == one.range


def test_every_contradiction_that_is_worked_out_is_tried() -> None:
    assert set(WORKED_OUT) == set(WORKED_OUT_BY_RULE)


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_a_complete_and_quiet_patient_contradicts_nothing(one: Instrument) -> None:
    found = one.score(complete(one))
    assert (found.conflicts, found.impossible) == ({}, {})


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_columns_of_other_instruments_touch_nothing(one: Instrument) -> None:
    columns = complete(one)
    others: dict[str, Any] = {}
    for other in instruments():
        others |= complete(other) | {f"{name}@attributed_to": 2.0 for name in other.inputs if name not in one.inputs}
    mine = {name: value for name, value in others.items() if name.partition("@")[0] not in _plain(one)}
    assert _same(one.score(columns), one.score(mine | columns))


def test_steroids_begun_by_a_patient_free_of_them_count_as_escalation() -> None:
    columns = {"new_nephritis": 1.0, "prednisone": 10.0, "weight": 60.0, "hospitalised_for_sle": 0.0}
    clinical = [
        score("selena_flare_index", columns | {"prednisone@previous": before}).items["clinical"]
        for before in (0.0, 8.0)
    ]
    assert clinical[0] == 2
    assert clinical[1] != 2


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        (Treatment("prednisone", 10.0, "mg/d", -30, None, "current"), [10.0, 10.0]),
        (Treatment("prednisone", 10.0, "mg/d", -30, -5, "stopped"), [0.0, 0.0]),
        (Treatment("prednisone", 10.0, "mg/d", 5, 60), [0.0, 10.0]),
        (Treatment("prednisone", 10.0, "mg/d", -30, None, "stopped"), [np.nan, np.nan]),
        (Treatment("prednisone", None, None, -30, None, "current"), [np.nan, np.nan]),
    ],
)
def test_drugs_are_taken_from_the_treatments(treatment: Treatment, expected: list[float]) -> None:
    found = with_drugs({"day": np.array([0.0, 28.0])}, (treatment,))
    assert found.get("prednisone", np.full(2, np.nan)).tolist() == pytest.approx(expected, nan_ok=True)


def test_any_glucocorticoid_counts_in_remission() -> None:
    columns = {"clinical_sledai": 0.0, "pga": 0.2, "stable_maintenance": 1.0}
    assert score("doris_2021", columns | {"methylprednisolone_dose": 4.0}).value == 1
    assert score("doris_2021", columns | {"dexamethasone_dose": 1.5}).value == 0


def test_two_versions_of_a_bilag_flare_differ_at_one_new_b() -> None:
    names = instrument("bilag_flare").inputs
    columns = dict.fromkeys(names, 0.0) | {"bilag_renal": 3.0}
    assert score("bilag_flare", columns).label() == "mild"
    assert score("bilag_flare_any_b", columns).label() == "moderate"


def test_sri_stands_beside_itself_by_selena_sledai() -> None:
    now, then = dict.fromkeys(DESCRIPTORS, 0.0), {f"{name}@baseline": 0.0 for name in DESCRIPTORS}
    rest = {"pga": 1.0, "pga@baseline": 1.0, "treatment_failure": 0.0, "new_bilag_a": 0.0, "new_bilag_b": 0.0}
    arthritis = {"arthritis@baseline": 1.0, "active_joints@baseline": 2.0}
    assert score("sri_4", now | then | rest | arthritis).value == 1
    assert score("sri_4_selena", now | then | rest | arthritis).status == Status.NOT_EVALUABLE


def _random(one: Instrument, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    columns = {}
    for name in one.inputs:
        what = describe(name)
        if what.kind == "number":
            columns[name] = what.low + (what.high - what.low) * rng.random(ROWS) ** 4
        else:
            columns[name] = rng.integers(int(what.low), int(what.high) + 1, ROWS).astype(float)
    return columns


def _making(row: Any) -> dict[str, float]:
    """Return values that make a contradiction."""
    made: dict[str, float] = {}
    for condition in row.conditions:
        limit = condition.limit
        if isinstance(limit, str):
            low = describe(limit)
            made[limit] = limit_value = (low.low + low.high) / 2 if low.kind != "flag" else 0.0
        else:
            limit_value = limit
        step = 1.0 if describe(condition.columns[0]).kind != "number" else 0.4
        made[condition.columns[0]] = (
            limit_value + {"==": 0.0, ">": step, ">=": 0.0, "<": -step, "<=": 0.0}[condition.comparator]
        )
    return made


def _plain(one: Instrument) -> set[str]:
    return {name.partition("@")[0] for name in (*one.inputs, *(item.name for item in one.items))}


def _same(a: Score, b: Score) -> bool:
    return all(
        np.array_equal(np.asarray(x, float), np.asarray(y, float), equal_nan=True)
        for x, y in ((a.value, b.value), (a.low, b.low), (a.high, b.high), (a.status, b.status))
    )


def test_many_rows_answer_as_few_do_where_some_cells_are_impossible() -> None:
    rng = np.random.default_rng(0)
    rows = 12_000
    columns = {name: (rng.random(rows) < 0.1).astype(float) for name in DESCRIPTORS[:-3]}
    columns |= {"temperature": rng.normal(37, 3, rows), "platelets": rng.normal(220, 90, rows)}
    columns |= {"leukocytes": rng.normal(5.5, 2.5, rows), "pga": rng.random(rows) * 3, "prednisone": rng.random(rows)}
    for name in ("sledai_2k", "doris_2021"):
        whole = score(name, columns)
        first, second = (
            score(name, {key: values[part] for key, values in columns.items()})
            for part in (slice(0, 6_000), slice(6_000, rows))
        )
        for field in ("value", "low", "high", "status"):
            halves = np.concatenate([np.asarray(getattr(half, field), float) for half in (first, second)])
            assert np.array_equal(np.asarray(getattr(whole, field), float), halves, equal_nan=True)
        assert (whole.status == Status.ERROR).any()


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_points_that_are_not_whole_are_never_an_answer(one: Instrument) -> None:
    quiet = complete(one)
    split = {name: describe(name).low + 0.25 for name in quiet if describe(name).kind == "count"}
    if split:
        assert (one.score(_one_a_row(quiet, split)).status == Status.ERROR).all()


@pytest.mark.parametrize(
    ("name", "against"),
    [
        ("clasi_severity", {"clasi_activity": 0.0, "clasi_erythema_arms": 3.0}),
        ("clasi_50", {"clasi_activity": 0.0, "clasi_activity@baseline": 10.0, "clasi_erythema_arms": 3.0}),
        ("astct_icans", {"ice": 10.0, "ice_year": 0.0, "ice_month": 0.0}),
        ("hscore_probability", {"hscore": 0.0, "temperature": 40.0, "hemophagocytosis": 1.0}),
        ("facit_fatigue", {"facit_sum": 52.0, "facit_negative_1": 4.0}),
        ("perr", {"egfr": 95.0, "creatinine": 6.0}),
        ("crr_bliss", {"egfr": 95.0, "creatinine": 2.0}),
    ],
)
def test_a_total_against_its_items_is_a_conflict_and_never_the_better_answer(
    name: str, against: dict[str, float]
) -> None:
    one = instrument(name)
    found = one.score({**complete(one), **against})
    assert found.status == CONFLICT
    assert np.isnan(found.value)
    assert (float(found.low), float(found.high)) == one.range


def test_a_total_beside_items_that_leave_it_room_counts() -> None:
    assert score("clasi_severity", {"clasi_activity": 12.0, "clasi_erythema_arms": 3.0}).value == 1
    assert score("facit_fatigue", {"facit_sum": 30.0, "facit_answered": 13.0}).value == 30
