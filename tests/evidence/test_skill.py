"""What ships about the model's skill is of the model that ships; a stale record is never quoted."""

from __future__ import annotations

from lupercal.evidence.skill import shipped_skill
from lupercal.forecast.knowledge import misses
from lupercal.forecast.settings import settings


def test_the_shipped_record_is_of_the_shipped_ensemble_and_parameters() -> None:
    """It fails after a new calibration or a changed parameter: run `lupercal validate --ship`."""
    skill = shipped_skill()
    assert skill is not None
    assert skill.is_current()
    assert skill.targets > len(skill.targets_missed)


def test_a_forecast_quotes_the_record_and_nothing_else() -> None:
    skill = shipped_skill()
    assert skill is not None
    text = misses(skill)
    for missed in skill.misses[: settings().misses_named]:
        assert f"{missed.predicted:.3g}" in text
        assert f"published {missed.observed:.3g}" in text
    other = skill.misses[0].model_copy(update={"predicted": 12.34, "study": "another"})
    assert "another" in misses(skill.model_copy(update={"misses": (other,)}))


def test_a_stale_record_is_not_quoted() -> None:
    skill = shipped_skill()
    assert skill is not None
    for change in ({"ensemble": "0"}, {"parameters": "0"}):
        text = misses(skill.model_copy(update=change))
        assert "not been measured" in text
        assert skill.misses[0].study.replace("_", " ") not in text
    assert "not been measured" in misses(None)


def test_a_miss_is_told_without_code_names_and_in_the_right_number() -> None:
    skill = shipped_skill()
    assert skill is not None
    assert not [missed.words() for missed in skill.misses if "_" in missed.words()]
    counted = skill.misses[0].model_copy(update={"unit": "{patients}", "predicted": 1.0, "observed": 6.0})
    assert counted.words().endswith(": 1 patient, published 6 patients")
