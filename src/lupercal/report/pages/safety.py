"""The page ``docs/reference/safety.md``: every safety rule with what it concerns and why, and harm as published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lupercal.evidence.published_toxicity import published_harm
from lupercal.report.markdown import markdown_table
from lupercal.safety.records import SafetyRule, SafetySign
from lupercal.safety.registry import safety_rules, safety_sources
from lupercal.therapy.registry import regimens

TEXT = Path(__file__).with_name("safety.md")


def page() -> str:
    """Return the text of ``docs/reference/safety.md``."""
    harm = ("regimen", "what", "reported", "until", "study", "differs from the regimen")
    return TEXT.read_text(encoding="utf-8").format(
        rules=markdown_table(("danger", "rule", "verdict", "why", "known how"), map(_rule, safety_rules().values())),
        harm=markdown_table(harm, _harm()),
        sources="\n".join(f"- `{key}`: {one.citation}" for key, one in safety_sources().items()),
    )


def _rule(rule: SafetyRule) -> tuple[str, ...]:
    asked = f"`{' '.join(rule.rule.split())}`" if rule.rule else "always"
    unless = f", unless `{rule.unless}`" if rule.unless else ""
    verdicts = "; ".join(f"*{verdict}*: {', '.join(names)}" for verdict, names in rule.applies.items())
    cited = "; ".join(f"`{one.key}` {one.where}" for one in rule.sources)
    signs = "; ".join(map(_sign, rule.signs))
    asked = f"{asked}{unless}" + (f"; signs: {signs}" if signs else "")
    return f"**{rule.danger}**", asked, verdicts, rule.reason, f"{rule.basis}, {rule.checked}: {cited}"


def _sign(sign: SafetySign) -> str:
    finding = f"`{sign.rule}` {sign.unit}".strip() if sign.rule else f"a finding put down to {sign.attributed}"
    when = f" within {sign.days:g} d" if sign.days is not None else " later" if sign.later else ""
    return finding + when + (f" ({sign.why})" if sign.why else "")


def _harm() -> Iterator[tuple[str, ...]]:
    for name in regimens():
        for one in published_harm(name):
            yield name, one.words, one.text, one.when, f"{one.study} ({one.source})", one.differs
