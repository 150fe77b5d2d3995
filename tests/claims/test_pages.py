"""Pages, exports and terminal text of claims: literal text, no number where there are no people, simulation beside."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.claims import simulated
from lupercal.claims.beside import beside, model_words, seen_words
from lupercal.claims.claim import Claim, ClaimFile, Part, Reply
from lupercal.claims.desk import claim_files, clinic_claims, judged_files, shipped_claim
from lupercal.claims.harms import HARMS, harms_of
from lupercal.claims.placebo import placebo_of
from lupercal.claims.questions import questions_of
from lupercal.claims.settings import settings as desk_settings
from lupercal.claims.simulated import COLUMNS, MEASURES, CohortSizes, computed, shipped_table, specification
from lupercal.evidence.ledger import ledger
from lupercal.exchange.claims_export import claims_bundle, claims_csv, claims_document
from lupercal.report.claims_axis import axis_of
from lupercal.report.claims_page import claim_page, claim_pages
from lupercal.report.claims_text import claim_lines, listing_lines
from lupercal.report.pages.claims import page as reference

ALL = judged_files(claim_files())
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
]


class Tags(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(text: str) -> Tags:
    found = Tags()
    found.feed(text)
    return found


@pytest.mark.parametrize("words", HOSTILE)
def test_a_claim_with_html_is_shown_as_text(words: str) -> None:
    file = claim_files()[0]
    claim = file.claims[0].model_copy(
        update={"words": words, "quote": words, "place": words, "number": words, "id": "X1",
                "replies": (Reply(received=date(2026, 11, 1), words=words, by=words),)}
    )  # fmt: skip
    page = file.page.model_copy(update={"clinic": words, "title": words, "where": words})
    found = parsed(claim_page(judged_files([ClaimFile(page=page, claims=(claim,))])))
    assert not {"script", "img", "svg"} & set(found.tags)
    assert not [name for name in found.attributes if name.startswith("on")]
    assert found.text.count(words) >= 5


def test_a_page_fetches_nothing_and_says_what_it_is_not() -> None:
    for file in claim_files():
        text = claim_page(clinic_claims(file.page.id))
        assert not re.findall(r"(?:src|href)=\"(?!#)", text), file.page.id
        assert "Research use only" in text
        assert all(f'id="claim-{claim.id}"' in text for claim in file.claims)
        assert file.page.read.isoformat() in text


def test_the_index_leads_to_every_page() -> None:
    made = claim_pages()
    links = re.findall(r'href="([^"#]+)"', made["index.html"])
    assert sorted(links) == sorted(name for name in made if name != "index.html")
    assert len(links) == len(claim_files())


def test_a_page_of_one_claim_holds_one_claim_and_what_it_clashes_with() -> None:
    text = claim_page(clinic_claims("gencell"), only=("D07",))
    assert text.count('class="claim"') == 1
    assert "On the same page stands D08" in text


def test_the_figure_has_claim_published_placebo_and_simulation_on_one_axis() -> None:
    one = shipped_claim("E06")
    made = axis_of(one.claim, one.parts[0], beside(one.claim, one.parts[0], ledger()), ledger())
    assert made is not None
    groups = dict(made.marks)
    assert len(groups) == 4
    bounds = [(mark.low, mark.high) for marks in groups.values() for mark in marks]
    assert all(low is not None and high is not None and 0 <= low <= high <= 100 for low, high in bounds)
    claimed = groups["Claimed"][0]
    assert (claimed.low, claimed.high) == (80, 80)
    (model,) = (title for title in groups if title.startswith("Model"))
    assert "SLEDAI-2K lower by 4 points or more at 12 months" in model
    assert len(groups[model]) == 4


def test_exosomes_show_no_number_and_no_simulated_effect() -> None:
    one = shipped_claim("C12")
    nothing = beside(one.claim, one.parts[0], ledger())
    assert not nothing.shares
    assert "no human data" in nothing.reason
    assert axis_of(one.claim, one.parts[0], nothing, ledger()) is None
    told = "\n".join(claim_lines(one))
    assert "%" not in told
    assert "simulation, picked" not in told


def test_people_picked_at_a_flare_get_better_without_anything() -> None:
    """Regression to the mean: usual care looks better in those who were sought out at their worst."""
    one = shipped_claim("E06")
    told = beside(one.claim, one.parts[0], ledger())
    assert told.usual is not None
    assert told.not_picked is not None
    assert told.placebo is not None
    assert told.usual.share > told.not_picked.share
    assert told.usual.share > told.placebo.share
    assert all(row.low <= row.share <= row.high for row in told.shares)
    assert "of 1,000 people" in model_words(told)


def test_the_page_says_whether_the_model_has_seen_the_study() -> None:
    one = shipped_claim("D07")
    told = beside(one.claim, one.parts[0], ledger())
    assert "Deng 2017" in told.seen
    assert "Barbado 2018" in told.unseen
    assert "no evidence" in seen_words(told)
    assert "fitted to none" in seen_words(replace(told, seen=()))


def test_no_verdict_looks_at_the_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(arm: str) -> None:
        raise AssertionError(arm)

    monkeypatch.setattr("lupercal.claims.beside.simulated_rows", refuse)
    assert [one.verdict for one in judged_files(claim_files())] == [one.verdict for one in ALL]


def test_a_table_of_another_model_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def instead(sizes: CohortSizes, arms: tuple[str, ...]) -> tuple[()]:
        asked.append(arms)
        return ()

    monkeypatch.setattr(simulated, "current_key", lambda: "another")
    monkeypatch.setattr(simulated, "computed", instead)
    simulated.simulated_rows.cache_clear()
    rows, made = simulated.simulated_rows("msc")
    simulated.simulated_rows.cache_clear()
    assert rows == ()
    assert asked == [("msc",)]
    assert "computed anew" in made


def test_the_table_of_simulations_is_whole() -> None:
    key, rows = shipped_table()
    assert re.fullmatch(r"[0-9a-f]{16}", key)
    assert {row.arm for row in rows} == {"usual", *specification().arms}
    assert {row.month for row in rows} == set(specification().months)
    assert all(0 <= row.low <= row.share <= row.high <= 100 for row in rows)
    assert len(COLUMNS) == 8


@pytest.mark.slow
def test_the_same_cohort_gives_the_same_table() -> None:
    sizes = CohortSizes(sets=1, pool=200, patients=64)
    assert computed(sizes, ("msc",)) == computed(sizes, ("msc",))


def test_harms_stand_beside_and_none_is_not_never() -> None:
    told = dict(harms_of("msc", ledger()))
    assert any("0 of 40" in row.text or "0 of 87" in row.text for rows in told.values() for row in rows)
    assert all(row.interval is not None and row.interval[1] > 0 for rows in told.values() for row in rows)
    assert not harms_of("exosomes", ledger())
    assert set(HARMS) <= set(ledger().topics)


def test_placebo_stands_beside_improvement() -> None:
    rows = placebo_of("response", ledger())
    assert any("SRI-4" in row.text and row.value is not None and 35 < row.value < 45 for row in rows)
    assert not any(row.counted for row in rows)
    assert not placebo_of("response", ledger().without({"placebo_pooled"}))


def test_reviews_stand_side_by_side_with_the_time_they_picked() -> None:
    text = parsed(claim_page(clinic_claims("sheba"), only=("A05",))).text
    assert "Reviews of CAR T cells, side by side" in text
    assert "not averaged" in text
    assert "follow-up" in text


def test_questions_are_filled_from_the_claim() -> None:
    asked = [question for _, question in questions_of(shipped_claim("D07"))]
    assert any("“99 %”" in question for question in asked)
    assert any("Being registered as a laboratory is neither" in question for question in asked)
    assert not [q for one in ALL for _, q in questions_of(one) if "{" in q]


def test_the_document_lists_id_verdict_rule_and_rows() -> None:
    made = json.loads(json.dumps(claims_document(ALL)))
    assert len(made["claims"]) == 88
    assert all({"id", "verdict", "rule", "rows"} <= set(one) for one in made["claims"])
    assert made == claims_document(judged_files(claim_files()))


@given(st.sampled_from(["=1+1", "+x", "-x", "@x", "plain", 'a,b"c\nd']))
@settings(deadline=None)
def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(words: str) -> None:
    one = replace(ALL[0], claim=ALL[0].claim.model_copy(update={"words": words}))
    row = next(csv.DictReader(io.StringIO(claims_csv([one]))))
    assert not row["claim"].startswith(("=", "+", "-", "@"))
    assert row["claim"].removeprefix("'") == words


def test_the_bundle_has_the_shape_of_evidence_resources() -> None:
    bundle = claims_bundle(ALL)
    resources = [entry["resource"] for entry in bundle["entry"]]
    evidence = {one["id"]: one for one in resources if one["resourceType"] == "Evidence"}
    assert {one["resourceType"] for one in resources} == {"Evidence", "ArtifactAssessment"}
    for one in evidence.values():
        assert one["status"] == "active"
        assert one["variableDefinition"][0]["variableRole"]["coding"]
        for statistic in one.get("statistic", []):
            assert isinstance(statistic["quantity"]["value"], float | int)
    pointed = {
        artifact["resourceReference"]["reference"].removeprefix("Evidence/")
        for one in resources
        if one["resourceType"] == "ArtifactAssessment"
        for artifact in one["content"][0]["relatedArtifact"]
    }
    assert pointed == set(evidence)


def test_the_bundle_is_valid_fhir_r5() -> None:
    evidence = pytest.importorskip("fhir.resources.evidence")
    for entry in claims_bundle(ALL)["entry"]:
        if entry["resource"]["resourceType"] == "Evidence":
            evidence.Evidence.model_validate(entry["resource"])


def test_every_claim_can_be_told_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in (*listing_lines(ALL), *(line for one in ALL for line in claim_lines(one))):
        assert len(line) <= 80 or " " not in line.strip(), "only a name that cannot be parted may be longer"


def test_the_reference_page_is_up_to_date() -> None:
    from tests.docs.pages import ROOT

    assert (ROOT / "docs/reference/claims.md").read_text(encoding="utf-8") == reference(), "run: make pages"


def test_a_reply_is_printed_with_its_date_and_moves_nothing() -> None:
    file = next(one for one in claim_files() if one.page.id == "celltex")
    reply = Reply(received=date(2026, 11, 20), words="We count any improvement.", by="the clinic")
    answered = tuple(
        claim.model_copy(update={"replies": (reply,)}) if claim.id == "E06" else claim for claim in file.claims
    )
    told = judged_files([ClaimFile(page=file.page, claims=answered)])
    assert [one.verdict for one in told] == [one.verdict for one in clinic_claims("celltex")]
    text = parsed(claim_page(told, only=("E06",))).text
    assert "Reply received on 2026-11-20 from the clinic." in text
    assert "We count any improvement." in text


def test_a_part_without_share_needs_no_figure() -> None:
    claim = Claim(
        id="X", place="p", words="w", kind="disease", support="none", parts=(Part(topic="damage_is_irreversible"),)
    )
    one = judged_files([ClaimFile(page=claim_files()[0].page, claims=(claim,))])[0]
    assert axis_of(claim, one.parts[0], beside(claim, one.parts[0], ledger()), ledger()) is None


def test_every_simulated_topic_has_an_end_point_and_words_for_it() -> None:
    named = {topic.simulated for topic in ledger().topics.values() if topic.simulated}
    assert named <= set(MEASURES)
    assert named <= set(desk_settings().counted)
