"""Results of a patient's visits: the look-back over earlier ones, other causes, and settings that do not exist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.instruments.result import Status
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.visits.patient_scores import AS_RECORDED, patient_scores, score_record


def seen(*visits: tuple[int, dict[str, Any]]) -> Patient:
    """Return a patient with these values on these days."""
    return patient_from({"id": "a", "visits": [{"day": day, "values": values} for day, values in visits]}, "memory")


@pytest.mark.parametrize(
    ("day", "window_days", "points"), [(-8, None, 4), (-8, 10, 6), (-12, 10, 4), (-12, 30, 6), (-40, 30, 4)]
)
def test_a_rash_within_the_window_is_added_to_the_total_that_was_recorded_without_it(
    day: int, window_days: int | None, points: float
) -> None:
    patient = seen((day, {"rash": True}), (0, {"sledai_2k": 4, "rash": False}))
    (score,) = patient_scores(patient, ["sledai_2k"], window_days=window_days)
    assert (score.value[1], score.status[1]) == (points, Status.COMPLETE)
    assert bool(score.warnings["recorded_total"][1])
    assert np.isnan(score.value[0])  # nobody gave a total there


def test_what_has_another_cause_stands_beside_in_scores_that_know_causes_and_in_no_other() -> None:
    values = {"sledai_2k": 6, "rash": True, "egfr": 80}
    visit = {"day": 0, "values": values, "attribution": {"rash": "other"}}
    patient = patient_from({"id": "a", "visits": [visit]}, "memory")
    score, kidney = patient_scores(patient, ["sledai_2k", "egfr"])
    beside = score_record(score, 0)["as_recorded"]
    assert (score.low[0], score.high[0]) == (4, 6)
    assert (beside["value"], beside["low"], beside["high"]) == (6, 6, 6)
    assert AS_RECORDED not in kidney.parts
    (recorded,) = patient_scores(patient, ["sledai_2k"], attribution="recorded")
    assert recorded.value[0] == 6
    assert "as_recorded" not in score_record(recorded, 0)


def test_every_finding_counts_where_that_is_asked_for_though_nobody_gave_a_total() -> None:
    values = {name: name in ("rash", "leukopenia") for name in DESCRIPTORS}
    patient = patient_from(
        {"id": "a", "visits": [{"day": 0, "values": values, "attribution": {"leukopenia": "treatment"}}]}, "memory"
    )
    points = {kind: patient_scores(patient, ["sledai_2k"], kind)[0].value[0] for kind in ("lupus", "recorded")}
    assert points == {"lupus": 2, "recorded": 3}


@pytest.mark.parametrize(
    ("given", "words"), [({"attribution": "drugs"}, "lupus or recorded"), ({"window_days": 7}, "10 or 30")]
)
def test_an_attribution_or_a_window_that_does_not_exist_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        patient_scores(seen((0, {"rash": True})), ["sledai_2k"], **given)
    assert words in str(refused.value)
