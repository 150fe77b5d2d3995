"""What is unexplained is found again from simulated figures, outliers and a study's own figures aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lupercal.calibration.members import joint_space
from lupercal.calibration.settings import steps
from lupercal.calibration.unexplained import MisfitFigure, estimate, new_figures, parameters_spent, write_estimated
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import ParameterSets
from lupercal.evidence.studies import study
from lupercal.evidence.unexplained import KINDS, Estimated, Unexplained, read_estimated

NO_ERROR = np.array([np.nan])


def simulated(scale: float, count: int, seed: int = 1) -> list[MisfitFigure]:
    """Return shares of studies of 300 patients around predictions that are right but for the scale."""
    rng = np.random.default_rng(seed)
    truth = Unexplained(share=scale, log_ratio=0, level=0, time=0, change=0, tails=4)
    template, found = study("bliss52").outcomes[0], []
    for number in range(count):
        predicted = rng.uniform(20, 80)
        p = float(truth.share_shifted(np.array([predicted / 100]), truth.quantiles(rng.random(1)))[0])
        row = replace(template, n=300, value=float(rng.binomial(300, p) / 3))
        found.append(MisfitFigure(f"s{number % 10}", row, np.array([predicted]), NO_ERROR))
    return found


def test_new_figures_lie_further_off_the_more_parameters_were_paid_for() -> None:
    assert new_figures(100, 0) == 1
    assert new_figures(100, 75) == 2
    with pytest.raises(LupercalError, match="nothing to judge by"):
        new_figures(10, 10)


def test_a_parameter_is_paid_for_as_far_as_the_sets_are_narrower_than_before_any_data() -> None:
    within = joint_space(steps())
    drawn = within.prior(400, 1)
    wide = ParameterSets(within.names, within.values(drawn))
    narrow = ParameterSets(within.names, within.values((drawn + within.centre) / 2))
    assert parameters_spent(wide, steps()) < 0.1 * len(within.names)
    assert parameters_spent(narrow, steps()) == pytest.approx(0.75 * len(within.names), rel=0.05)


def test_figures_that_no_fit_has_used_get_wider_intervals() -> None:
    own, others = Unexplained(**(dict.fromkeys(KINDS, 0.1) | {"tails": 4})), Unexplained(**dict.fromkeys(KINDS, 0.2))
    found = Estimated(ensemble="", figures={}, scales=own, without={"seen": others}, studies_alike=own, new_figures=1.5)
    assert found.of("seen", fitted=True) == others
    assert found.of("unseen", fitted=True) == own
    assert found.of("seen", fitted=False) == found.of("unseen", fitted=False) == found.of_new()
    assert found.of_new().time == pytest.approx(0.15)
    assert found.of_new().tails == 4


@pytest.mark.parametrize("scale", [0.03, 0.1, 0.3])
def test_a_known_scale_is_found(scale: float, tmp_path: Path) -> None:
    found = estimate(simulated(scale, 200), tmp_path / "none.csv")
    assert found.scales.share == pytest.approx(scale, rel=0.25)
    assert found.figures == {"share": 200, "log_ratio": 0, "level": 0, "time": 0, "change": 0}


def test_one_figure_that_is_missed_altogether_rules_nothing(tmp_path: Path) -> None:
    figures = simulated(0.05, 100)
    lost = replace(figures[0].row, value=100.0)
    with_it = estimate([*figures, MisfitFigure("lost", lost, np.array([2.0]), NO_ERROR)], tmp_path / "none.csv")
    without = estimate(figures, tmp_path / "none.csv")
    assert without.scales.share <= with_it.scales.share < 1.3 * without.scales.share


def test_a_study_has_no_say_in_its_own_intervals(tmp_path: Path) -> None:
    good = simulated(0.03, 60)
    bad = [MisfitFigure("bad", replace(one.row, value=99.0), np.array([10.0]), NO_ERROR) for one in good[:20]]
    found = estimate([*good, *bad], tmp_path / "none.csv")
    assert found.of("bad", fitted=True).share == estimate(good, tmp_path / "none.csv").scales.share
    assert found.of("s1", fitted=True).share > 2 * found.of("bad", fitted=True).share


def test_a_study_with_many_figures_is_one_study_to_those_no_fit_has_used(tmp_path: Path) -> None:
    large = [replace(one, study="large") for one in simulated(0.02, 90)]
    small = [replace(one, study=f"small{k}") for k, one in enumerate(simulated(0.25, 10))]
    found = estimate([*large, *small], tmp_path / "none.csv")
    assert found.scales.share < 0.06
    assert found.of_new().share == pytest.approx(estimate(small, tmp_path / "none.csv").scales.share, rel=0.2)
    alone = estimate(large, tmp_path / "none.csv")
    assert alone.studies_alike == alone.scales


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "ensemble.csv").write_text("k_up\n0.02\n")
    found = estimate(simulated(0.1, 30), tmp_path / "ensemble.csv")
    assert read_estimated(write_estimated(found, tmp_path)) == found
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["ensemble.csv", "unexplained.yaml"]
