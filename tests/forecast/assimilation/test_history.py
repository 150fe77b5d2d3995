"""A patient's visits and the model: what must change nothing, what must move which way, what was really given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lupercal.forecast.assimilation.evidence import visit_evidence
from lupercal.forecast.assimilation.given import given_to
from lupercal.forecast.assimilation.history import Assimilation, assimilate
from lupercal.forecast.assimilation.judgement import past_values
from lupercal.forecast.assimilation.learn import Ask, lesson
from lupercal.forecast.assimilation.likely import as_likely
from lupercal.forecast.assimilation.next_test import narrowing
from lupercal.forecast.assimilation.outlook import Outlook
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.targets import targets_of
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.therapy.registry import regimen

SIZE, AHEAD = 256, (120, 240)


@pytest.fixture(autouse=True, scope="module")
def a_short_search() -> Iterator[None]:
    """Look among the first batch only: what is tested here holds for whoever is found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(assimilation_settings().__dict__, "start_most", 1)
        yield


def visit(day: int, **values: float | Measurement) -> Visit:
    return Visit(day, values={k: v if isinstance(v, Measurement) else Measurement(v) for k, v in values.items()})


FIRST = visit(0, upcr=2.0, c3=0.8, egfr=90.0)
SECOND = visit(30, upcr=1.4, c3=0.85)
PATIENT = Patient("one", organs_involved=("kidney",), visits=(FIRST, SECOND))


@cache
def _learnt(key: int, until: int) -> Assimilation:
    found = assimilate(_PATIENTS[key], until, AHEAD, 1, lambda *_: None, particles=SIZE)
    assert found is not None
    return found


_PATIENTS: dict[int, Patient] = {}


def learnt(patient: Patient, until: int = 90) -> Assimilation:
    _PATIENTS[id(patient)] = patient
    return _learnt(id(patient), until)


def test_a_visit_without_values_changes_nothing() -> None:
    silent = replace(PATIENT, visits=(FIRST, visit(14), SECOND, visit(60)))
    one, other = learnt(PATIENT), learnt(silent)
    assert [step.evidence.day for step in other.steps] == [0, 30]
    assert np.array_equal(one.particles.cohort.states, other.particles.cohort.states)


def test_order_of_entry_does_not_matter() -> None:
    backwards = replace(PATIENT, visits=(SECOND, FIRST))
    one, other = learnt(PATIENT), learnt(backwards)
    assert np.array_equal(one.particles.cohort.states, other.particles.cohort.states)
    assert np.array_equal(_after(one).sample("upcr", 240), _after(other).sample("upcr", 240))


def test_a_later_visit_changes_nothing_before_it() -> None:
    more = replace(PATIENT, visits=(FIRST, SECOND, visit(80, upcr=0.5)))
    one, other = learnt(PATIENT), learnt(more)
    assert [step.weighing for step in one.steps] == [step.weighing for step in other.steps][:2]
    after = [found.steps[1].after for found in (one, other)]
    assert after[0] is not None
    assert after[1] is not None
    assert np.array_equal(after[0].sample("upcr", 240), after[1].sample("upcr", 240))


def test_a_visit_moves_the_forecast_towards_it() -> None:
    higher = replace(PATIENT, visits=(FIRST, visit(30, upcr=4.0, c3=0.85)))
    low, high = (np.median(_after(learnt(one)).sample("upcr", 120)) for one in (PATIENT, higher))
    assert low < high


@pytest.mark.slow
def test_above_a_bound_lies_higher_than_at_it() -> None:
    at = replace(PATIENT, visits=(FIRST, visit(30, anti_dsdna=200.0)))
    above = replace(PATIENT, visits=(FIRST, visit(30, anti_dsdna=Measurement(200.0, ">"))))
    found = [float(_after(learnt(one)).at("anti_dsdna", 120)[0].mean()) for one in (at, above)]
    assert found[1] > found[0]


@pytest.mark.slow
def test_b_cells_at_zero_come_back_later_never_earlier() -> None:
    given = tuple(Treatment("rituximab", 1000.0, "mg", day, day, "stopped") for day in (1, 15))
    treated = replace(PATIENT, treatments=given)
    seen = replace(treated, visits=(FIRST, SECOND, visit(90, cd19=0.0)))
    unseen, zero = (_after(learnt(one)) for one in (treated, seen))
    for day in AHEAD:
        assert np.median(zero.sample("cd19", day)) <= np.median(unseen.sample("cd19", day)) + 0.05


def test_past_values_lie_where_they_came() -> None:
    (upcr, c3) = sorted(past_values(learnt(PATIENT)), key=lambda one: one.variable, reverse=True)
    assert (upcr.variable, c3.variable) == ("upcr", "c3")
    assert upcr.low < upcr.median < upcr.high
    assert upcr.value == pytest.approx(1.4)
    assert (upcr.place < 0.5) == (upcr.value < upcr.median)
    assert upcr.log_density == upcr.population_log_density  # nothing was learnt before it


def test_measuring_the_outcome_itself_narrows_it_most() -> None:
    expected = _after(learnt(PATIENT))
    own, other = (narrowing(expected, (name, 120), ("upcr", 240)) for name in ("upcr", "egfr"))
    assert 0 < own <= 1
    assert 0 <= other < own


def test_what_was_given_is_what_the_record_lists() -> None:
    drugs = (
        Treatment("prednisone", 40.0, "mg/d", 0, 28, "stopped"),
        Treatment("prednisone", 10.0, "mg/d", 28, None, "current"),
        Treatment("cyclophosphamide", 500.0, "mg", 0, 0, "stopped"),
        Treatment("cyclophosphamide", 500.0, "mg", 14, 14, "stopped"),
    )
    found = given_to(replace(PATIENT, treatments=drugs), 0, 90)
    plan = found.plan(learnt(PATIENT).particles.cohort)
    level = plan.level("gc", np.array([0, 27, 28, 60]), SIZE)
    assert level[:, 0].tolist() == [40.0, 40.0, 10.0, 10.0]
    assert [event.day for event in plan.timeline.boluses if event.state == "LD"] == [0, 14]
    assert any("silent on antimalarial" in note for note in found.notes)


def test_what_is_begun_on_the_day_of_the_last_visit_is_given_from_then_on() -> None:
    drugs = (
        Treatment("prednisone", 40.0, "mg/d", 0, 30, "stopped"),
        Treatment("prednisone", 5.0, "mg/d", 30, None, "current"),
        Treatment("mycophenolate_mofetil", 2.0, "g/d", 30, None, "current"),
        Treatment("azathioprine", 100.0, "mg/d", 31, None, "current"),
    )
    plan = given_to(replace(PATIENT, treatments=drugs), 0, 200, known_to=30).plan(learnt(PATIENT).particles.cohort)
    level = plan.level("gc", np.array([29, 30, 150]), SIZE)
    assert level[:, 0].tolist() == [40.0, 5.0, 5.0]
    begun = plan.level("ap", np.array([29, 30, 150]), SIZE)[:, 0]
    assert begun.tolist() == [0.0, 2.0, 2.0]  # not yet the drug that nobody could know of on that day


def test_values_of_the_first_visit_choose_by_their_likelihood() -> None:
    (first, _) = visit_evidence(PATIENT, 90)
    kernels = {one.variable: one.kernel for one in as_likely(targets_of(PATIENT), first).used}
    for name in ("upcr", "c3", "egfr"):
        channel = assimilation_settings().channels[name]
        assert kernels[name].scale == "log"
        assert kernels[name].tolerance > np.hypot(channel.offset, channel.error)
    assert as_likely(targets_of(PATIENT), first).alike == targets_of(PATIENT).alike


def test_particles_remember_who_they_were_before_the_last_visits() -> None:
    particles = learnt(PATIENT).particles
    assert [day for day, _ in particles.lines] == [30]
    assert 0.15 * SIZE < len(np.unique(particles.kin)) <= SIZE
    assert len(np.unique(particles.ancestors)) <= len(np.unique(particles.kin))


def test_both_opinions_are_handed_on_by_turns() -> None:
    asked = Ask(PATIENT, 30, 6, 1, particles=SIZE)
    taught = lesson(asked, lambda *_: None)
    assert taught is not None
    many, few = taught.handed(40, 1), taught.handed(11, 1)
    assert np.array_equal(few[2], many[2][:11])
    assert np.array_equal(few[0].states, many[0].states[:, :11])
    assert ((many[2] < 0) == (np.arange(40) % 2 == 1)).all()
    assert len(taught.handed(1, 1)[2]) == 1


def test_a_plan_is_given_where_the_record_lists_nothing() -> None:
    found = given_to(PATIENT, 0, 400, regimen("rituximab"))
    assert found.single is not None
    assert any("as" in note and "plans" in note for note in found.notes)
    listed = replace(PATIENT, treatments=(Treatment("rituximab", 500.0, "mg", 3, 3, "stopped"),))
    single = given_to(listed, 0, 400, regimen("rituximab")).single
    assert single is not None
    assert [(dose.day, dose.amount) for dose in single.doses] == [(3, 500.0)]


def test_a_total_hides_its_descriptors_and_zero_is_a_bound() -> None:
    (both,) = visit_evidence(replace(PATIENT, visits=(visit(0, sledai_2k=8.0, arthritis=1.0, cd19=0.0),)), 0)
    assert set(both.findings) == set()
    assert both.values["cd19"].low == -np.inf
    (items,) = visit_evidence(replace(PATIENT, visits=(visit(0, arthritis=1.0, upcr=1.0),)), 0)
    assert items.findings["arthritis"] == 1.0


def test_nothing_known_is_no_history() -> None:
    assert assimilate(replace(PATIENT, visits=(visit(0),)), 0, AHEAD, 1, lambda *_: None) is None


def _after(found: Assimilation) -> Outlook:
    after = found.steps[-1].after
    assert after is not None
    return after


def test_a_score_of_zero_says_that_it_lies_at_the_floor() -> None:
    (told,) = visit_evidence(replace(PATIENT, visits=(visit(0, sledai_2k=0.0, pga=0.0, upcr=0.02, c3=0.8),)), 0)
    assert (told.values["sledai_2k"].low, told.values["sledai_2k"].high) == (-np.inf, 0.5)
    assert {name for name, one in told.values.items() if one.lowest} == {"sledai_2k", "pga", "upcr"}
    assert told.columns["upcr"] == 0.02  # items of a score are judged by what was recorded
    (bound,) = visit_evidence(replace(PATIENT, visits=(visit(0, upcr=Measurement(0.02, "<")),)), 0)
    assert not bound.values["upcr"].lowest


def test_a_score_is_expected_as_it_is_recorded() -> None:
    expected = _after(learnt(PATIENT))
    shown, drawn = (one("sledai_2k", 240) for one in (expected.sample, expected.drawn))
    assert (shown == np.maximum(np.round(drawn), 0)).all()
    assert drawn.min() < 0 <= shown.min()
    assert expected.sample("upcr", 240).min() >= np.log(0.03)


def test_filtration_at_the_first_visit_is_measured_as_everything_else() -> None:
    usual, far = (learnt(replace(PATIENT, visits=(visit(0, upcr=2.0, egfr=value),)), 0) for value in (90.0, 200.0))
    expected = usual.steps[0].after
    assert expected is not None
    assert expected.at("egfr", 120)[0].std() > 0.05  # they differ in what they filter, as nobody knows it exactly
    allowed = [np.mean(one.particles.beliefs["egfr"].offset_sd) for one in (usual, far)]
    assert allowed[1] > 1.1 * allowed[0]  # no model filters so much: those who may lie far from it outweigh the others
