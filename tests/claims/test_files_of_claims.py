"""Files of claims: what is wrong in one is one sentence, replies move nothing, and rows can be left out or added."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.claims.desk import changed_ledger, checked_file, clinic_claims, page_claims, shipped_claim
from lupercal.claims.replies import with_reply
from lupercal.errors import InputError
from lupercal.evidence.ledger import ledger

PAGE: dict[str, Any] = {
    "page": {"id": "riverside", "title": "A page", "clinic": "Made up", "where": "shelf", "read": "2026-11-20"},
    "claims": [
        {
            "id": "R1", "place": "top", "words": "Nine of ten improve", "kind": "effect", "support": "none",
            "therapy": "msc", "parts": [{"topic": "response", "low": 90, "high": 90, "within": "6 mo"}],
        },
        {"id": "R2", "place": "end", "words": "We care", "kind": "logistics", "support": "none", "content": "vague"},
    ],
}  # fmt: skip


def written(folder: Path, data: Any = PAGE) -> Path:
    """Return the path of a file with this content."""
    path = folder / "page.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def changed(place: str, value: Any) -> dict[str, Any]:
    """Return the page with one value changed."""
    data = deepcopy(PAGE)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inner: Any = data
    for step in way:
        inner = inner[step]
    inner[last] = value
    return data


@pytest.mark.parametrize(
    ("place", "value", "field", "words"),
    [
        ("claims.1.id", "R1", "claims[1].id", "each id once"),
        ("claims.1.against", ["R9"], "claims[1].against", "a claim of the same file"),
        ("claims.1.content", "measurable", "claims[1].parts", "at least one part"),
        (
            "claims.0.replies",
            [{"received": "2999-01-01", "words": "no"}],
            "claims[0].replies[0].received",
            "not in the future",
        ),
        ("claims.0.parts.0.topic", "happiness", "claims[0].parts[0].topic", "a topic: "),
        ("claims.0.parts.0.strength", "most", "claims[0].parts[0].strength", "either strength or low and high"),
        ("claims.0.parts.0.low", 95, "claims[0].parts[0].low", "at most high, 90"),
        ("claims.0.parts.0.high", 101, "claims[0].parts[0].low", "0 to 100 %"),
        ("claims.0.parts.0.lasting", True, "claims[0].parts[0].within", "either within or lasting"),
        ("claims.0.therapy", None, "claims[0].parts[0].therapy", "the therapy that is claimed"),
        ("page.read", "2999-01-01", "page.read", "not in the future"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(place: str, value: Any, field: str, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, changed(place, value))
    with pytest.raises(InputError) as refused:
        checked_file(path)
    assert field in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("claims.0.parts.0.low", 0),
        ("claims.0.parts.0.high", 100),
        ("claims.0.parts.0.within", None),
        ("claims.1.against", ["R1"]),
    ],
)
def test_what_lies_on_the_border_is_read(place: str, value: Any, tmp_path: Path) -> None:
    assert [one.claim.id for one in checked_file(written(tmp_path, changed(place, value)))] == ["R1", "R2"]


def test_a_reply_is_kept_after_those_before_and_moves_no_verdict(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = [one.verdict for one in checked_file(path)]
    for words, by in (("We disagree", ""), ("Ä second one", "Dr. A")):
        path.write_text(with_reply(path, "R1", "2026-11-21", words, by), encoding="utf-8")
    after = checked_file(path)
    assert [one.verdict for one in after] == before
    assert [(reply.words, reply.by) for reply in after[0].claim.replies] == [
        ("We disagree", ""),
        ("Ä second one", "Dr. A"),
    ]
    assert after[1].claim.replies == ()


@pytest.mark.parametrize(("name", "received", "words"), [("R9", "2026-11-21", "R1, R2"), ("R1", "soon", "received")])
def test_a_reply_to_nothing_or_of_no_day_is_refused(name: str, received: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        with_reply(written(tmp_path), name, received, "We disagree")
    assert words in str(refused.value)


def test_rows_are_left_out_by_name_and_a_wrong_name_is_answered_with_the_nearest() -> None:
    gone = changed_ledger(["abetimus_2008"])
    assert set(ledger().studies) - set(gone.studies) == {"abetimus_2008"}
    with pytest.raises(InputError) as refused:
        changed_ledger(["abetimus_2009"])
    assert "perhaps abetimus_2008" in str(refused.value)


def test_a_page_is_asked_for_by_clinic_claim_or_file(tmp_path: Path) -> None:
    assert page_claims("sheba") == (clinic_claims("sheba"), ())
    claims, only = page_claims("A02")
    assert (only, {one.page.id for one in claims}) == (("A02",), {"sheba"})
    own, only = page_claims(str(written(tmp_path)), ("R2",))
    assert (only, [one.claim.id for one in own]) == (("R2",), ["R1", "R2"])


@pytest.mark.parametrize(
    ("name", "only", "words"),
    [
        ("sheba", ("B01",), "a claim of this page: A01"),
        ("shebah", (), "a clinic: celltex, erlangen"),
        ("A99", (), "the id of a claim, perhaps A"),
        ("Zzzzzzzz", (), "such as A01"),
    ],
)
def test_a_page_that_is_not_there_is_answered_with_those_that_are(name: str, only: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError) as refused:
        page_claims(name, only)
    assert words in str(refused.value)


def test_a_shipped_claim_is_found_by_its_id() -> None:
    assert (shipped_claim("B01").page.id, shipped_claim("B01").claim.id) == ("erlangen", "B01")
