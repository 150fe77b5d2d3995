"""The page ``docs/reference/claims.md``: every shipped claim with verdict, deciding rule, rows and the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lupercal.claims.claim import ClaimFile
from lupercal.claims.desk import claim_files, judged_files
from lupercal.claims.rules import VERDICTS, rule_table
from lupercal.claims.verdict import JudgedClaim
from lupercal.evidence.ledger import ledger
from lupercal.report.markdown import markdown_table

_HEAD = """# Claims of five pages, beside what is known

Written from code and data by `python -m lupercal.report.pages docs`; a test compares. Research use only.

Each claim is in our words, with the verdict that follows by rule from the ledger, the rule that decided (one per part;
the table of rules is below), and the rows of the ledger that counted. "No evidence found" means none in this ledger, of
{dated}. Claims are sentences of pages, not people. How it works: [The claims desk](../explanation/claims.md).
"""


def page() -> str:
    """Return the text of the page."""
    judged = judged_files(claim_files())
    return "\n".join([_HEAD.format(dated=ledger().dated.isoformat()), *_totals(judged), *_pages(judged), *_rules()])


def _totals(judged: Sequence[JudgedClaim]) -> Iterator[str]:
    counts = Counter(one.verdict for one in judged)
    yield from ("## In all", "", markdown_table(("verdict", "claims"), [(v, str(counts[v])) for v in VERDICTS]), "")


def _pages(judged: Sequence[JudgedClaim]) -> Iterator[str]:
    files = sorted(claim_files(), key=lambda one: one.claims[0].id)
    for file in files:
        yield from _page(file, [one for one in judged if one.page.id == file.page.id])


def _page(file: ClaimFile, judged: Sequence[JudgedClaim]) -> Iterator[str]:
    yield from (f"## {file.page.title}", "", f"Read on {file.page.read.isoformat()}; {file.page.where}.", "")
    rows = [
        (one.claim.id, one.claim.words, f"**{one.verdict}**", one.rule, _explained(one), ", ".join(one.rows) or "none")
        for one in judged
    ]
    yield from (markdown_table(("claim", "in our words", "verdict", "rule", "why", "rows that counted"), rows), "")


def _explained(one: JudgedClaim) -> str:
    """Return why, and what the weightiest rows of each part say."""
    rows_in_words = [f"{row.name + ': ' if row.name else ''}{row.text}" for part in one.parts for row in part.used[:2]]
    return " ".join([one.why, *(f"{text.rstrip('.')}." for text in rows_in_words)])


def _rules() -> Iterator[str]:
    yield from ("## The rules", "", "Tried in order; the first whose conditions all hold decides a part.", "")
    rows = [(rule.id, rule.verdict, _conditions(rule.when), rule.why) for rule in rule_table().parts]
    yield from (markdown_table(("rule", "verdict", "when", "why"), rows), "")
    yield from ("Parts make a claim:", "")
    whole = [
        (rule.id, rule.verdict, ", ".join(rule.only), ", ".join(rule.some) or "any", rule.why)
        for rule in rule_table().claims
    ]
    yield from (markdown_table(("rule", "verdict", "every part is one of", "at least one is", "why"), whole), "")


def _conditions(when: object) -> str:
    assert hasattr(when, "items")
    parts = [f"{name} {' or '.join(value) if isinstance(value, tuple) else value}" for name, value in when.items()]
    return "; ".join(parts) or "always"
