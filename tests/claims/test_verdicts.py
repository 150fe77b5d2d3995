"""Verdicts follow from claim and ledger: take the evidence away, add a trial, change an order, and see what moves."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.claims.claim import Claim, ClaimFile, Page, Part
from lupercal.claims.desk import claim_files, clinic_claims, judged_files, shipped_claim
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.of_study import KINDS, counts_directly
from lupercal.claims.rules import VERDICTS, part_rule, rule_table
from lupercal.claims.verdict import JudgedClaim, verdict_on
from lupercal.errors import InputError
from lupercal.evidence.appraisal import DOMAINS, Appraisal, DomainJudgement, Funding
from lupercal.evidence.ledger import Ledger, ledger
from lupercal.evidence.ledger_schema import FactSource, RegulatoryStatus
from lupercal.evidence.studies import read_study
from lupercal.evidence.study_records import Study

ALL = judged_files(claim_files())
BY_ID = {one.claim.id: one for one in ALL}
PAGE = claim_files()[0].page


def names_of(rows: tuple[Exhibit, ...]) -> set[str]:
    """What must go for rows to go: studies, figures by topic and id, facts by name."""
    made = set()
    for row in rows:
        head, _, rest = row.ref.partition(".")
        made |= {head, f"{head}.{rest.partition('.')[0]}", rest if head == "facts" else head}
    return made


def without_evidence(one: JudgedClaim, known: Ledger) -> Ledger:
    rows = tuple(row for part in one.parts for row in part.exhibits)
    return replace(known.without(names_of(rows)), statuses=())


def trial(
    measure: str, kind: str, treated: int, control: int, n: int = 200, *, randomised: bool = True, name: str = "made_up"
) -> Study:
    """A made-up study of a share at a year, read as any file would be."""

    def row(arm: str, events: int) -> dict[str, Any]:
        return {
            "measure": measure, "arm": arm, "statistic": "share", "unit": "%", "mark": "seen", "source": ["s"], "n": n,
            "value": 100 * events / n, "events": events, "time": "12 mo",
        }  # fmt: skip

    arm = {"n": n, "mark": "seen", "regimen": "rituximab"}
    data = {
        "id": name, "use": "context", "citation": {"text": "Nobody A 2030 Made Up", "mark": "seen"},
        "therapy": {"kind": kind, "what": "something"}, "arms": {"new": dict(arm), "placebo": dict(arm)},
        "design": {"text": "made up", "randomised": randomised, "blinding": "double", "follow_up": "12 mo"},
        "sources": {"s": {"what": "made up", "where": "nowhere"}},
        "outcomes": [row("new", treated), row("placebo", control)],
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        return read_study(path)


def appraised(cluster: str) -> Appraisal:
    domains = {name: DomainJudgement(judgement="low", reason="made up") for name in DOMAINS["RoB 2"]}
    nobody = Funding(who="nobody", mark="seen")
    return Appraisal(tool="RoB 2", cluster=cluster, funding=nobody, domains=domains, start="high")


def seen_by(known: Ledger, part: Part, claim: Claim) -> JudgedClaim:
    return verdict_on(PAGE, claim.model_copy(update={"parts": (part,)}), known)


def test_there_are_88_claims_each_with_one_of_six_verdicts_and_a_rule() -> None:
    assert len(ALL) == 88
    rules = {rule.id for rule in rule_table().parts}
    for one in ALL:
        assert one.verdict in VERDICTS
        assert all(part.rule in rules for part in one.parts)
        assert one.rows or one.verdict in {"no evidence found", "not checkable"}, one.claim.id


def test_no_claim_file_holds_a_verdict() -> None:
    assert not {"verdict", "grade", "rule"} & {*Claim.model_fields, *Part.model_fields, *Page.model_fields}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.claim.id)
def test_without_its_evidence_a_claim_has_none(one: JudgedClaim) -> None:
    bare = verdict_on(one.page, one.claim, without_evidence(one, ledger()))
    assert bare.verdict == ("no evidence found" if one.claim.content == "measurable" else "not checkable")
    assert not bare.rows


def movable() -> list[tuple[str, int]]:
    """Claims of effects and their parts that a trial within a year could speak of, settled by no fact."""
    found = []
    for one in ALL:
        for index, part in enumerate(one.parts):
            topic = ledger().topics.get(part.part.topic)
            settled = part.verdict == "contradicted" or any(row.tier in {"fact", "figure"} for row in part.used)
            possible = topic is not None and topic.measures and topic.good and not part.part.lasting
            late = part.part.within is not None and part.part.within.endswith("5 a")
            therapy = part.part.therapy or one.claim.therapy
            if possible and therapy and not settled and not late and one.claim.asserts == "effect":
                found.append((one.claim.id, index))
    return found


@pytest.mark.parametrize(("name", "index"), movable())
def test_a_contradicting_randomised_study_moves_the_verdict(name: str, index: int) -> None:
    one = BY_ID[name]
    before = one.parts[index]
    therapy = before.part.therapy or one.claim.therapy
    assert therapy is not None
    topic = ledger().topics[before.part.topic]
    measure = next(m for m in topic.measures if not m.endswith("*"))
    better = topic.good == "up" or measure in topic.reached
    made = trial(measure, KINDS[therapy][0], *((20, 160) if better else (160, 20)))
    after = seen_by(ledger().having(made, appraised("made_up")), before.part, one.claim).parts[0]
    assert after.verdict != before.verdict
    assert after.verdict in {"contradicted", "partly supported"}
    assert f"made_up.{measure}@12_mo[new]" in {row.ref for row in after.used}


def test_randomised_evidence_outranks_series() -> None:
    """Sun 2009 and Barbado 2018 saw remission in 6 of 7; the trial decides."""
    protects = BY_ID["C03"]
    assert protects.verdict == "contradicted"
    assert any(row.tier == "randomised" and row.study == "deng_2017_rct" for row in protects.parts[0].used)
    alone = verdict_on(protects.page, protects.claim, ledger().without({"deng_2017_rct"}))
    assert alone.verdict == "no evidence found"


@given(st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_the_order_of_files_claims_and_studies_changes_nothing(chance: random.Random) -> None:
    files, studies = list(claim_files()), list(ledger().studies.items())
    chance.shuffle(files)
    chance.shuffle(studies)
    mixed = [one.model_copy(update={"claims": tuple(chance.sample(one.claims, len(one.claims)))}) for one in files]
    told = judged_files(
        [ClaimFile(page=one.page, claims=one.claims) for one in mixed], replace(ledger(), studies=dict(studies))
    )
    for one in told:
        before = BY_ID[one.claim.id]
        assert (one.verdict, one.rule, one.rows) == (before.verdict, before.rule, before.rows)


def test_overlapping_cohorts_count_once() -> None:
    part = BY_ID["D07"].parts[0]
    counted = [row.cluster for row in part.used if row.tier == "uncontrolled"]
    assert len(counted) == len(set(counted))
    nanjing = [row for row in part.exhibits if row.cluster == "nanjing" and row.tier == "uncontrolled"]
    assert len(nanjing) > 3
    assert sum(row.counted for row in nanjing) == 1


@given(st.integers(1, 6))
@settings(max_examples=6, deadline=None)
def test_the_same_people_again_change_no_verdict(copies: int) -> None:
    known = ledger()
    for place in range(copies):
        again = replace(known.studies["wang_2014_multicentre"], id=f"again_{place}")
        known = known.having(again, known.appraisals["wang_2014_multicentre"])
    for name in ("D07", "D08", "E04", "C31", "C16"):
        one = BY_ID[name]
        assert verdict_on(one.page, one.claim, known).verdict == one.verdict


@given(
    st.sampled_from(["yes", "no", "not found"]),
    st.sampled_from(["not found", "approved elsewhere only", "not approved for lupus"]),
)
@settings(deadline=None)
def test_registered_is_never_approved(registered: str, status: str) -> None:
    made = RegulatoryStatus(
        product="msc", country="Nowhere", status=status, registered=registered, text="made up",  # type: ignore[arg-type]
        checked=PAGE.read, source=FactSource(what="made up", where="nowhere"),
    )  # fmt: skip
    claim = Claim(
        id="X", place="footer", words="The laboratory is registered, the therapy approved", kind="approval",
        support="approval wording", therapy="msc", parts=(Part(topic="approval", country="Nowhere"),),
    )  # fmt: skip
    verdict = verdict_on(PAGE, claim, replace(ledger(), statuses=(made,))).verdict
    assert verdict == ("no evidence found" if status == "not found" else "contradicted")


def test_only_an_approval_is_an_approval() -> None:
    made = RegulatoryStatus(
        product="msc", country="Nowhere", status="approved for lupus", text="made up", checked=PAGE.read
    )
    claim = BY_ID["D05"].claim.model_copy(update={"parts": (Part(topic="approval", country="Nowhere"),)})
    assert verdict_on(PAGE, claim, replace(ledger(), statuses=(made,))).verdict == "supported"
    elsewhere = Part(topic="approval", country="Somewhere")
    assert seen_by(replace(ledger(), statuses=(made,)), elsewhere, claim).verdict == "no evidence found"


@given(st.integers(0, 40), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_more_people_never_turn_a_claim_of_all_into_a_supported_one_by_themselves(events: int, more: int) -> None:
    """Of n people all but some better: "all improved" is not supported, however many there are."""
    n = events + more
    made = replace(
        trial("sledai_response", "msc", events, 0, n=n),
        design=replace(trial("x", "msc", 0, 0).design, randomised=False),
    )
    known = replace(ledger(), studies={made.id: made}, appraisals={})
    claim = BY_ID["D01"].claim
    found = seen_by(known, Part(topic="response", low=100, high=100), claim)
    assert found.verdict != "supported"


def test_no_difference_in_few_people_is_not_proof_that_it_does_no_good() -> None:
    claim = BY_ID["D01"].claim
    useless = Part(topic="remission", change="same")

    def verdict(known: Ledger) -> str:
        return seen_by(known, useless, claim).verdict

    assert verdict(ledger()) == "partly supported"
    helped, alike = (trial("renal_remission", "msc", *events) for events in ((160, 20), (100, 101)))
    assert verdict(ledger().having(helped, appraised("made_up"))) == "contradicted"
    assert verdict(ledger().having(alike, appraised("made_up"))) != "contradicted"


def test_mice_make_no_claim_about_people_true() -> None:
    exosomes = BY_ID["C12"]
    assert exosomes.verdict == "no evidence found"
    assert {row.tier for row in exosomes.parts[0].exhibits} == {"animal"}


def test_what_the_founding_pages_claim_loudest() -> None:
    """A figure above all intervals, a figure without comparator, a horizon that nobody was followed for."""
    assert BY_ID["D07"].verdict == "contradicted"
    assert BY_ID["D07"].claim.against == ("D08",)
    assert BY_ID["E06"].verdict == "less than it sounds"
    assert (BY_ID["A05"].verdict, BY_ID["A06"].verdict) == ("partly supported", "no evidence found")


def test_the_last_rule_always_holds_and_every_rule_is_reachable_by_name() -> None:
    assert rule_table().parts[-1].when == {}
    ids = [rule.id for rule in rule_table().parts]
    assert len(ids) == len(set(ids))
    assert part_rule(BY_ID["E06"].parts[0].facts).id == BY_ID["E06"].parts[0].rule


def test_unknown_names_are_told_the_nearest() -> None:
    with pytest.raises(InputError, match="D07"):
        shipped_claim("D7")
    with pytest.raises(InputError, match="gencell"):
        clinic_claims("gen")


def test_a_share_counts_only_where_it_is_a_share_of_what_is_claimed() -> None:
    topics = ledger().topics
    assert counts_directly(topics["remission"], "doris_remission")
    assert not counts_directly(topics["anti_dsdna"], "anti_dsdna_raised")
    assert counts_directly(topics["anti_dsdna"], "autoantibodies_negative")
    assert counts_directly(topics["relapse"], "relapse")
