"""The kind "series" in the table of kinds: what was said of a patient's last visit before these rules, and now.

``before`` is what version 0.5.0 said of the same visits (without the inputs it did not know); NaN is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import lupercal as lp
from lupercal.patient.read import patient_from
from tests.instruments.test_kinds import ATTRIBUTION, CONTRADICTION, IMPOSSIBLE, RULES
from tests.instruments.test_look_back import QUIET

AWAKE = {"icans_arousable": True, "icans_consciousness": 0, "icans_seizure": 0, "icans_motor": 0, "icans_oedema": 0}
STABLE = {"vasopressors": 0, "vasopressin": False, "oxygen_support": 0, "fever_masked": False, "hypotension": False}
STABLE |= {"anticytokine_given": False}
SHOCK = STABLE | {"hypotension": True, "vasopressors": 1}
CALM = QUIET | {"weight": 60.0}
FLARE = CALM | {"new_nephritis": True, "prednisone": 10.0, "hospitalised_for_sle": False}


@dataclass(frozen=True)
class Course:
    """Visits of one patient, and the answer at the last of them before and now."""

    instrument: str
    visits: list[tuple[int, dict[str, Any]]]
    before: float
    now: float
    window: int | None = None
    age: float = 30.0


SERIES = [
    Course("sledai_2k", [(0, QUIET | {"seizure": True}), (8, QUIET)], 0.0, 8.0, window=10),
    Course("doris_2021", [(0, QUIET | {"seizure": True}), (8, QUIET)], 1.0, 0.0, window=10),
    Course("lldas", [(0, QUIET | {"seizure": True}), (8, QUIET)], 1.0, 0.0, window=30),
    Course(  # no fever, but shock goes on after tocilizumab
        "astct_crs",
        [
            (1, STABLE | {"temperature": 39.0}),
            (2, SHOCK | {"temperature": 39.5, "anticytokine_given": True}),
            (3, SHOCK | {"temperature": 37.0}),
        ],
        0.0,
        3.0,
    ),
    Course("astct_icans", [(3, AWAKE | {"capd": 0}), (4, AWAKE | {"capd": 12, "ice": 10})], 0.0, 3.0, age=7.0),
    Course(  # low leukocytes on two occasions
        "acr_1997",
        [
            (-400, {"malar_rash": True, "discoid_rash": True, "ana_positive": True}),
            (-200, {"leukocytes": 3.5}),
            (0, {"leukocytes": 3.8}),
        ],
        np.nan,
        1.0,
    ),
    Course("icaht_early", [(day, {"neutrophils": 0.3 if day < 9 else 2.0}) for day in range(35)], np.nan, 2.0),
    Course("icaht_late", [(40, {"neutrophils": 0.09}), (101, {"neutrophils": 2.0})], np.nan, 4.0),
    Course(
        "t_icaht_late", [(40, {"platelets": 40.0}), (60, {"platelets": 45.0}), (101, {"platelets": 200.0})], np.nan, 2
    ),
    Course("selena_flare_index", [(0, CALM), (30, FLARE)], np.nan, 2.0),  # onset from a state free of steroids
]


@pytest.mark.parametrize("course", SERIES, ids=lambda course: course.instrument)
def test_the_series_as_in_the_table(course: Course) -> None:
    document = {
        "id": "a",
        "sex": "female",
        "age_years": course.age,
        "visits": [{"day": day, "values": values} for day, values in course.visits],
        "treatments": [{"drug": "cd19_car_t", "start_day": 0, "status": "current"}]
        if "icaht" in course.instrument
        else [],
    }
    (found,) = lp.assess(patient_from(document, "memory"), [course.instrument], window_days=course.window).scores
    assert found.value[-1] == course.now
    assert found.value[-1] != course.before


def test_each_kind_has_its_rows() -> None:
    for kind in (ATTRIBUTION, IMPOSSIBLE, CONTRADICTION, RULES, SERIES):
        changed = [row for row in kind if row.now != row.before]
        assert len(changed) >= 5
