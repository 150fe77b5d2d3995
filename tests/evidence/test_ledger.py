"""The ledger: every study appraised, certainty computed from stored steps, unknown said to be unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from lupercal.errors import InputError
from lupercal.evidence.appraisal import DOMAINS, LEVELS, Appraisal, Funding, GradeStep, read_appraisals
from lupercal.evidence.ledger import ledger
from lupercal.evidence.studies import studies


def test_every_study_is_appraised_with_a_reason_for_each_domain() -> None:
    known = ledger()
    assert set(studies()) <= set(known.studies)
    assert set(known.studies) <= set(known.appraisals)
    for name, one in known.appraisals.items():
        assert tuple(one.domains) == DOMAINS[one.tool], name
        assert all(len(domain.reason) > 10 for domain in one.domains.values()), name
        assert one.funding.who, name


def test_the_tool_follows_the_design() -> None:
    for name, study in ledger().studies.items():
        tool = ledger().appraisals[name].tool
        if study.design.randomised and tool != "AMSTAR 2":
            assert tool == "RoB 2", name
        if "species" in study.design.population:
            assert tool == "not graded", name
        if tool in {"RoB 2", "ROBINS-I"}:
            assert ledger().appraisals[name].start == ("high" if tool == "RoB 2" else "low"), name


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("bliss52", "high"),  # phase 3, double blind, 865 people: no step down
        ("euro_lupus", "low"),  # randomised, open, 90 people: risk of bias and imprecision, a level each
        ("deng_2017_rct", "very low"),  # 18 people, hidden order not read: risk of bias one, imprecision two
        ("mueller_2024", "very low"),  # series starts low, no comparison group, 15 people
        ("placebo_pooled", "moderate"),  # arms of randomised trials, of other drugs: indirectness
    ],
)
def test_certainty_graded_by_hand(name: str, by_hand: str) -> None:
    assert ledger().appraisals[name].certainty == by_hand


def test_a_small_trial_with_unclear_blinding_goes_down_twice_with_both_steps_kept() -> None:
    steps = {step.domain: step.change for step in ledger().appraisals["deng_2017_rct"].steps}
    assert steps["imprecision"] <= -1
    assert steps["risk of bias"] <= -1


def test_certainty_never_leaves_its_scale() -> None:
    one = ledger().appraisals["bliss52"]
    down = GradeStep(domain="imprecision", change=-3, reason="made up")
    up = GradeStep(domain="large effect", change=2, reason="made up")
    assert one.model_copy(update={"steps": (down, down)}).certainty == LEVELS[0]
    assert one.model_copy(update={"steps": (up, up)}).certainty == LEVELS[-1]


def test_overall_risk_is_that_of_the_worst_domain() -> None:
    one = ledger().appraisals["mueller_2024"]
    assert one.overall == "critical"
    assert ledger().appraisals["bliss52"].overall == "low"


def test_a_domain_left_out_or_a_made_up_judgement_is_refused() -> None:
    nobody = Funding(who="not found", mark="not found")
    with pytest.raises(ValidationError):
        Appraisal(tool="RoB 2", cluster="x1", funding=nobody, domains={}, start="high")
    whole = ledger().appraisals["bliss52"].model_dump()
    whole["domains"]["randomisation process"]["judgement"] = "excellent"
    with pytest.raises(ValidationError):
        Appraisal.model_validate(whole)


def test_a_study_is_appraised_once(tmp_path: Path) -> None:
    text = "{a1: {tool: not graded, cluster: a1, funding: {who: not found, mark: not found}, domains: {}, start: none}}"
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="once"):
        read_appraisals(tmp_path)


def test_readings_are_of_results_that_are_there() -> None:
    known = ledger()
    for name in known.readings:
        study, _, measure = name.partition(".")
        assert measure in {finding.measure for finding in known.studies[study].findings}, name


def test_topics_name_figures_that_are_there() -> None:
    for name, topic in ledger().topics.items():
        for figure in (*topic.figures, *topic.near):
            head, key = figure.split(".")[:2], ".".join(figure.split(".")[2:])
            found = ledger().figures[".".join(head)]
            assert key in found.values or key in found.range, (name, figure)


def test_facts_and_statuses_are_dated_and_not_found_has_no_source_to_lean_on() -> None:
    known = ledger()
    assert {fact.topic for fact in known.facts.values()} <= set(known.topics)
    assert known.dated == max(fact.checked for fact in known.facts.values())
    assert {"Turkey", "Ukraine", "United States", "Israel"} <= {one.country for one in known.statuses}
    for one in known.statuses:
        assert one.source is not None or one.status == "not found", (one.product, one.country)
