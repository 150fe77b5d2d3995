"""Figures of new and of relapsed nephritis get a number where a study of nephritis asks, and say what is assumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lupercal.calibration.taken import answerable
from lupercal.evidence.parameter_sets import accepted, fitted_figures
from lupercal.evidence.studies import read_studies, study
from lupercal.evidence.study_records import Study
from lupercal.validation.by_set import predictions_by_set
from lupercal.validation.compare import compare
from lupercal.validation.episodes import kidneys_before
from lupercal.validation.predict import Prediction
from lupercal.validation.sizes import Sizes
from lupercal.validation.unexplained import assumed
from tests.trial.conftest import SEED

SETS = shipped.spread(1) if (shipped := accepted()) is not None else [{}]
"""The typical values of the parameter data leave too few with a relapse."""

SIZES = Sizes(seed=SEED, pool=600, patients=40)
BY_EPISODE = (4, 5, 6, 7)
"""The figures of BLISS-LN that are of newly diagnosed or of relapsed nephritis."""

FILE = """\
id: made_up_nephritis
use: validation
citation: {{text: Made up, mark: derived}}
therapy: {{kind: drug, what: mycophenolate, background: prednisone}}
design: {{text: randomised, randomised: true, follow_up: 26 wk, entry: [{entry}]}}
arms: {{mmf: {{n: 60, mark: derived, regimen: mmf_induction}}}}
sources: {{page: {{what: Made up, where: this page}}}}
outcomes:
  - {{measure: crr, arm: mmf, time: 26 wk, statistic: share, value: 20, unit: '%', mark: derived, source: [page]}}
  - {{measure: sledai_2k, subgroup: first episode of nephritis, arm: mmf, time: 26 wk, statistic: mean, value: 5,
      unit: '{{score}}', mark: derived, source: [page]}}
  - {{measure: sledai_2k, subgroup: refractory nephritis, arm: mmf, time: 26 wk, statistic: mean, value: 5,
      unit: '{{score}}', mark: derived, source: [page]}}
"""


def made_up(folder: Path, entry: str) -> Study:
    (folder / "made_up_nephritis.yaml").write_text(FILE.format(entry=entry), encoding="utf-8")
    return read_studies(folder)["made_up_nephritis"]


@pytest.fixture(scope="module")
def told() -> dict[str, Prediction]:
    found = predictions_by_set([study("bliss_ln"), study("nobility")], SETS, SIZES, runner="threads")
    return {name: one for name, (one,) in found.items()}


def test_published_subgroups_get_a_number_and_an_assumption(told: dict[str, Prediction]) -> None:
    assert set(BY_EPISODE) <= set(told["bliss_ln"].values)
    words = " ".join(told["bliss_ln"].told)
    assert "Episodes before these visits are not known: new means the first in 2 years" in words
    assert "have relapsed nephritis" in words


def test_other_figures_are_what_they_are_without_the_question(told: dict[str, Prediction]) -> None:
    one = study("bliss_ln")
    rows = tuple(row for index, row in enumerate(one.outcomes) if index not in BY_EPISODE)
    assert not kidneys_before([replace(one, outcomes=rows), study("nobility")])
    unasked = predictions_by_set([replace(one, outcomes=rows), study("nobility")], SETS, SIZES, runner="threads")
    assert unasked["nobility"] == [told["nobility"]]
    assert unasked["bliss_ln"][0].values == {k: v for k, v in told["bliss_ln"].values.items() if k not in BY_EPISODE}
    assert not any("relapsed" in words for words in unasked["bliss_ln"][0].told)


def test_a_file_of_nephritis_gets_a_number_for_a_first_episode(tmp_path: Path) -> None:
    one = made_up(tmp_path, "'upcr >= 1 \"g/g\"'")
    assert kidneys_before([one])
    (found,) = predictions_by_set([one], SETS, SIZES, runner="threads")[one.id]
    assert set(found.values) == {0, 1}
    assert "what earlier treatment of an episode achieved is not simulated" in found.reasons[2]
    assert any(words.startswith("assumed: relapsed nephritis") for words in found.told)


def test_a_file_of_a_mixed_cohort_is_told_why_not(tmp_path: Path) -> None:
    one = made_up(tmp_path, "sledai_2k >= 6")
    assert not kidneys_before([one])
    (found,) = predictions_by_set([one], SETS, SIZES, runner="threads")[one.id]
    assert "only where nephritis is the entry" in found.reasons[1]
    assert not any("relapsed" in words for words in found.told)


def test_no_fit_takes_them_or_is_said_to_have_used_them(told: dict[str, Prediction]) -> None:
    one = study("bliss_ln")
    assert not set(BY_EPISODE) & set(answerable("bliss_ln"))
    assert not {f"bliss_ln#{index}" for index in BY_EPISODE} & fitted_figures()
    fitted = {row.index: row.fitted for row in compare([one], {one.id: [told["bliss_ln"]]}, SEED, 40, assumed()).rows}
    assert {index for index, used in fitted.items() if used} == {0, 1, 2, 3}
    assert set(BY_EPISODE) <= set(fitted)
