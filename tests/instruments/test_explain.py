"""A result in sentences, each item with its points and datum; a patient's visits with baseline; the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lupercal.instruments import Status, instruments, score
from lupercal.instruments.explain import explain, explain_briefly, result_text
from lupercal.instruments.inputs import describe
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.patient.cases import read_case
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.report.pages.instruments import page
from lupercal.visits.of_patient import instrument_columns, not_at_baseline, with_baseline, with_previous

ROOT = Path(__file__).parents[2]


def patient() -> Patient:
    def visit(day: int, upcr: Measurement, rash: float, pga: float) -> Visit:
        flags = dict.fromkeys(DESCRIPTORS, 0.0) | {"rash": rash}
        del flags["proteinuria"]
        values = {name: Measurement(value) for name, value in flags.items()}
        return Visit(day, values=values | {"upcr": upcr, "pga": Measurement(pga)}, attribution={"rash": "treatment"})

    return Patient(
        "p",
        sex="female",
        age_years=30.0,
        treatments=(Treatment("cd19_car_t", start_day=0),),
        visits=(visit(-7, Measurement(2.0), 0.0, 1.5), visit(30, Measurement(0.25, "<"), 1.0, 0.4)),
    )


def test_every_item_is_named_with_points_and_datum() -> None:
    columns = dict.fromkeys(DESCRIPTORS, np.zeros(2)) | {
        "proteinuria": np.full(2, np.nan),
        "upcr": np.array([0.8, 0.2]),
    }
    found = score("sledai_2k", columns)
    said = explain(found, 0)
    assert said[0].startswith("SLE Disease Activity Index 2000 (SLEDAI-2K): 4 of 105. Version 2002; source")
    assert "proteinuria: 4 of 4 points [more than 0.5 g in 24 h] (upcr 0.8 g/g)" in said
    assert "fever: 0 of 1 point [above 38.0 degrees Celsius; no infection] (fever absent)" in said
    assert len(said) == 1 + len(DESCRIPTORS)


def test_what_is_open_says_between_what_and_for_want_of_what() -> None:
    columns = dict.fromkeys(DESCRIPTORS, 0.0) | {"low_complement": np.nan, "arthritis": 1.0}
    brief = explain_briefly(score("sledai_2k", columns))
    assert "open, 4 to 6" in brief[0]
    assert "Not known: low complement." in brief
    assert "arthritis: 4 of 4 points [at least 2 joints with pain and inflammation] (arthritis present)" in brief


def test_notes_are_sentences() -> None:
    said = explain(score("car_hematotox", {"platelets": 60.0}))
    assert "Note: derived in another disease; exploratory in lupus." in said


@pytest.mark.parametrize("one", instruments(), ids=str)
def test_any_result_can_be_explained(one: object) -> None:
    from lupercal.instruments import Instrument

    assert isinstance(one, Instrument)
    columns = {name: np.array([describe(name).low, np.nan, 1.0]) for name in one.inputs}
    found = one.score(columns) if one.inputs else one.score({"day": np.zeros(3)})
    for n in range(3):
        assert all(explain(found, n))
        assert all(explain_briefly(found, n))
        assert "nan" not in result_text(found.at(n))


def test_censored_data_are_written_with_their_sign() -> None:
    columns = instrument_columns(patient())
    said = explain(score("crr_bliss", columns), 1)
    assert "proteinuria: met [UPCR < 0.5 g/g] (upcr <0.25 g/g)" in said


def test_a_patient_brings_baseline_previous_attribution_and_days_since_the_cells() -> None:
    columns = instrument_columns(patient())
    assert list(columns["days_since_infusion"]) == pytest.approx([np.nan, 30], nan_ok=True)
    assert list(columns["upcr@baseline"]) == pytest.approx([np.nan, 2.0], nan_ok=True)
    assert list(columns["pga@previous"]) == pytest.approx([np.nan, 1.5], nan_ok=True)
    assert np.isnan(columns["new_activity"]).all()  # the rash has another cause, haemolysis was not looked for
    assert list(columns["rash@attributed_to"]) == [2, 2]
    assert score("sledai_2k", columns, attribution="recorded").value[1] == 2
    assert score("sledai_2k", columns).value[1] == 0


def test_what_is_short_gathers_what_is_absent_by_flag_and_keeps_what_was_measured() -> None:
    columns = instrument_columns(patient())
    short = explain_briefly(score("sledai_2k", columns), 0)
    (absent,) = (line for line in short if line.startswith("Absent: "))
    assert "seizure" in absent.lower()
    assert "proteinuria" not in absent.lower()
    assert any("2 g/g" in line for line in short)


def test_a_response_is_not_evaluable_at_its_own_baseline() -> None:
    columns = instrument_columns(patient())
    found = not_at_baseline(score("prr_aurora", columns), columns)
    assert found.status[0] == Status.NOT_EVALUABLE
    unchanged = score("sledai_2k", columns)
    assert not_at_baseline(unchanged, columns) is unchanged


def test_baseline_and_previous_are_the_right_rows() -> None:
    columns = {"pga": np.array([1.0, 2.0, 3.0]), "upcr@high": np.array([1.0, 2.0, 3.0])}
    assert list(with_previous(columns)["pga@previous"]) == pytest.approx([np.nan, 1, 2], nan_ok=True)
    assert list(with_baseline(columns, 1)["pga@baseline"]) == pytest.approx([np.nan, np.nan, 2], nan_ok=True)
    assert "upcr@baseline@high" in with_baseline(columns)


def test_published_cases_can_be_assessed() -> None:
    columns = instrument_columns(read_case("example-nephritis"))
    assert score("sledai_2k", columns).value[-1] == 14
    assert score("egfr", columns).status[-1] == Status.COMPLETE


def test_the_page_of_instruments_is_up_to_date() -> None:
    shipped = (ROOT / "docs" / "reference" / "instruments.md").read_text(encoding="utf-8")
    assert shipped == page()
    assert all(f"| `{one.name}` |" in shipped for one in instruments())


def test_no_item_text_of_licensed_questionnaires_is_shipped() -> None:
    """Answers are numbered; names and rules of the items say nothing of the questions."""
    for one in instruments():
        if one.name.startswith(("facit", "lupusqol")):
            assert all(item.name.rsplit("_", 1)[-1].isdigit() for item in one.items)
            assert all(item.rule in {"0 to 4", "0 to 4, reversed", "0 to 4, 4 best"} for item in one.items)
    assert not any(word in one.name for one in instruments() for word in ("gti", "sf_36", "sf36", "eq_5d", "eq5d"))
