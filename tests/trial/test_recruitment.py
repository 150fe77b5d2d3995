"""Those who enter a virtual trial look like the baseline table of the study, as far as the pool allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.course.features.entry import entry_features
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import Row, Study
from lupercal.population.weights import ess
from lupercal.trial.baseline_table import baseline_table, goals_of
from lupercal.trial.pool import Pool
from lupercal.trial.recruitment import recruit
from lupercal.validation.as_trial import design


def only(one: Study, *measures: str) -> Study:
    return replace(one, baseline=tuple(row for row in one.baseline if row.measure in measures))


def figure(one: Study, measure: str) -> Row:
    return next(row for row in one.baseline if row.measure == measure)


def test_a_mean_and_shares_of_the_table_are_met(people: Pool) -> None:
    one = only(study("bliss52"), "selena_sledai", "low_c3")
    found = recruit(design(one), people)
    visit = {name: column[found.members] for name, column in people.screening.items()}
    low = (visit["c3"] < visit["c3_lln"]) @ found.weights
    assert found.weights @ visit["selena_sledai"] == pytest.approx(figure(one, "selena_sledai").value, abs=0.6)
    assert 100 * low == pytest.approx(figure(one, "low_c3").value, abs=5)
    assert found.weights.sum() == pytest.approx(1)


def test_without_a_table_everybody_counts_as_in_the_pool(people: Pool) -> None:
    found = recruit(design(replace(study("bliss52"), baseline=())), people)
    own = people.weights[found.members]
    assert found.weights == pytest.approx(own / own.sum())
    assert found.told == ()


def test_a_table_out_of_reach_is_told_and_leaves_enough_patients(people: Pool) -> None:
    one = study("bliss52")
    rows = tuple(replace(row, value=60.0) if row.measure == "selena_sledai" else row for row in one.baseline)
    found = recruit(design(only(replace(one, baseline=rows), "selena_sledai")), people)
    own = people.weights[found.members]
    assert any("not reached" in words and "for 60" in words for words in found.told)
    assert ess(found.weights) >= 0.98 * baseline_table().choices.kept * ess(own / own.sum())


def test_units_of_the_table_are_those_of_the_column(people: Pool) -> None:
    """2,505 mg of protein a day are about 2.5 g/g, see baseline_table.yaml."""
    columns = dict(people.screening) | entry_features(people.screening)
    goals, _ = goals_of(only(study("liang_2010_msc"), "proteinuria_24h").baseline, columns)
    assert [goal.target for goal in goals] == pytest.approx([2.505])


def test_figures_by_arm_count_as_their_mean(people: Pool) -> None:
    columns = dict(people.screening) | entry_features(people.screening)
    goals, _ = goals_of(only(study("bliss_ln"), "upcr").baseline, columns)
    assert [goal.target for goal in goals] == pytest.approx([3.35])


def test_every_reading_belongs_to_a_published_figure_and_a_column(people: Pool) -> None:
    columns = set(people.screening) | set(entry_features(people.screening))
    printed = {row.measure for one in studies().values() for row in one.baseline}
    for measure, reading in baseline_table().measures.items():
        assert measure in printed
        assert reading.column.replace("{item}", "renal") in columns
        assert {reading.above_column, reading.below_column} - {None} <= columns


@pytest.mark.parametrize(
    ("name", "role"),
    [("bliss52", "entering"), ("hcq_withdrawal_1991", "stable"), ("corticolup", "stable"), ("nobility", "nephritis"),
     ("aurora1", "nephritis"), ("mueller_2024", "nephritis"), ("cta313_allogeneic", "entering")],
)  # fmt: skip
def test_whom_a_study_recruits(name: str, role: str, people: Pool) -> None:
    trial = design(study(name))
    assert trial.recruits == role
    members = recruit(trial, people).members
    assert (people.role[members] == role).all()


def test_nobody_is_recruited_where_nobody_fits(people: Pool) -> None:
    trial = design(study("bliss52"))
    nobody = replace(people, screening=dict(people.screening) | {"selena_sledai": np.zeros(people.size)})
    assert len(recruit(trial, nobody).members) == 0
