"""What a fit compares: scales, errors, guards, and nothing that is not marked for it."""

from __future__ import annotations

import math

import pytest

from lupercal.calibration.data import Data, FittedFigure, datum_of, study_data, target_data
from lupercal.calibration.members import space_of
from lupercal.calibration.settings import Step, StudyChoice, steps
from lupercal.calibration.step_data import data_of
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import RATIOS


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.name)
def test_every_step_has_a_space_and_data_and_fits_only_what_is_marked_for_it(step: Step) -> None:
    assert space_of(step).names == step.parameters
    rows = data_of(step).rows
    assert rows
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        assert row.error > 0
        name, _, index = row.key.partition("#")
        if index:
            assert study(name).outcomes[int(index)].usable_for_calibration


def test_no_datum_comes_from_a_figure_that_is_not_marked_calibrate() -> None:
    for one in studies().values():
        for index, row in enumerate(one.outcomes):
            if not row.usable_for_calibration:
                assert datum_of(one, index, row) is None


def test_ratios_are_compared_on_the_logarithm_and_nothing_negative_passes() -> None:
    ratio = next(d for d in study_data({"bliss52": StudyChoice()}) if d.logarithmic)
    assert ratio.seen(math.e) == pytest.approx(1.0)
    assert math.isnan(ratio.seen(0.0))
    left = FittedFigure("x#1", math.log(0.43), 0.3, True, True)
    assert left.seen(57.0) == pytest.approx(left.value)
    assert math.isnan(left.seen(100.0))


def test_a_share_of_nothing_or_everybody_stays_uncertain() -> None:
    few = [d for d in study_data({"mackensen_2022": StudyChoice()}) if d.value in (0.0, 100.0) and d.error > 2]
    assert few
    assert all(d.error > 5 for d in few)


def test_missing_predictions_are_nan_and_keys_are_unique() -> None:
    data = Data(tuple(target_data(["T04", "T05"])))
    assert len(set(data.keys)) == 6
    assert all(math.isnan(x) for x in data.predicted({}))


def test_arms_and_measures_choose_rows() -> None:
    rows = study_data({"bliss_pooled": StudyChoice(arms=("placebo",), measures=("sri_4",))})
    for row in rows:
        outcome = study("bliss_pooled").outcomes[int(row.key.partition("#")[2])]
        assert (outcome.arm, outcome.measure) == ("placebo", "sri_4")
        assert outcome.statistic not in RATIOS


def test_a_rate_is_compared_on_the_logarithm_and_a_change_near_nothing_keeps_an_error() -> None:
    (rate,) = [d for d in study_data({"gc_stop_padova": StudyChoice()}) if d.logarithmic]
    assert rate.error > 0.3
    changes = study_data({"bliss_pooled": StudyChoice(measures=("anti_dsdna",))})
    assert min(d.error for d in changes) > 8  # per cent, for one of them is -1.9 %


def test_a_change_without_spread_or_level_at_baseline_is_not_fitted() -> None:
    fitted = {d.key for d in study_data({"fenebrutinib_sle": StudyChoice()})}
    rows = enumerate(study("fenebrutinib_sle").outcomes)
    changes = {f"fenebrutinib_sle#{k}" for k, row in rows if row.statistic == "mean_change"}
    assert changes
    assert not changes & fitted
    assert fitted
