"""Shipped cases in all programmes: as a reader of the pages decides, and exactly as kept in the golden files."""

from __future__ import annotations

import json

import pytest

from tests.programmes.write_golden import FOLDER, golden, results

RESULTS = results()


@pytest.mark.parametrize("name", RESULTS)
def test_a_case_is_judged_as_kept(name: str) -> None:
    assert golden(RESULTS[name]) == json.loads((FOLDER / name).read_text(encoding="utf-8"))


def test_there_is_a_file_for_every_case_and_programme_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(RESULTS)


# What a person reads out of page and case: status, and what the page asks for that the case does not tell.
# Compared by hand, criterion by criterion, with the pages and the case files.
READERS: list[tuple[str, str, str, set[str]]] = [
    ("erlangen-first-car-t", "erlangen.car_t", "criteria met", set()),
    ("erlangen-first-car-t", "sheba.car_t", "cannot tell yet", {"stable_for_treatment", "stay_possible"}),
    ("erlangen-first-car-t", "celltex.adipose_msc", "criteria met", set()),
    ("ozek-case-1", "ozek.msc", "cannot tell yet", {"infection_active", "organ_function_sufficient", "sledai_2k"}),
    ("ozek-case-2", "ozek.msc", "cannot tell yet", {"infection_active", "organ_function_sufficient", "sledai_2k"}),
    (
        "ozek-case-1",
        "sheba.car_t",
        "cannot tell yet",
        {"failed_immunosuppressants", "sledai_2k", "stable_for_treatment", "stay_possible"},
    ),
    ("ozek-case-1", "gencell.msc_45_days", "cannot tell yet", {"diagnosis_by_specialist", "own_cells_unaffected"}),
    ("krickau-15f", "published_car_t_trial", "criteria not met", set()),
    ("krickau-15f", "sheba.car_t", "cannot tell yet", {"sledai_2k", "stable_for_treatment", "stay_possible"}),
    ("example-nephritis", "erlangen.car_t", "criteria met", set()),
    ("example-nephritis", "sheba.car_t", "cannot tell yet", {"stable_for_treatment", "stay_possible"}),
    ("example-nephritis", "ozek.msc", "cannot tell yet", {"organ_function_sufficient"}),
    ("ccar-1", "erlangen.car_t", "cannot tell yet", {"failed_immunosuppressants"}),
    ("lsm-140689-2", "celltex.adipose_msc", "criteria met", set()),
]


@pytest.mark.parametrize(("case", "programme", "status", "lacking"), READERS)
def test_a_reader_of_the_page_decides_the_same(case: str, programme: str, status: str, lacking: set[str]) -> None:
    found = RESULTS[f"{case}.{programme}.json"]
    assert found.status == status
    assert {test.name for test in found.next_tests} == lacking


def test_the_adolescent_on_dialysis_is_outside_the_usual_trial_for_two_reasons() -> None:
    found = RESULTS["krickau-15f.published_car_t_trial.json"]
    assert {one.criterion.id for one in found.findings if one.answer == "not met"} == {"adult", "no_dialysis"}
    assert found.finding("adult").reason == "Age: 15 years, day 0"
    assert found.finding("no_dialysis").reason == "On dialysis: yes, day 0"


def test_the_product_given_on_the_day_is_not_a_previous_one() -> None:
    found = RESULTS["erlangen-first-car-t.published_car_t_trial.json"]
    assert found.finding("no_prior_gene_modified_cells").answer == "unknown"
    assert found.finding("active_disease").reason == "SLEDAI-2K: 16, day 0"
