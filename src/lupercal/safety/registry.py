"""All safety rules, read once from ``data/``: every target, source and rule is checked when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from typing_extensions import TypedDict

from lupercal.errors import InputError
from lupercal.files.checked import closed, read_as, validated
from lupercal.rules.parser import parse_rule
from lupercal.rules.syntax import Rule
from lupercal.safety.records import EVERY, SafetyRule, SafetySource
from lupercal.therapy.records import Family
from lupercal.therapy.registry import product, products, regimen, regimens

FOLDER = Path(__file__).with_name("data")
RULES = FOLDER / "rules.yaml"
SOURCES = FOLDER / "sources.yaml"


@closed
class _Document(TypedDict):
    groups: dict[str, list[str]]
    rules: dict[str, dict[str, Any]]


@cache
def safety_rules() -> Mapping[str, SafetyRule]:
    """Return all safety rules by id, in the order in which they are shown.

    Raises
    ------
    InputError
        If a rule cannot be read, cites no known source, or concerns something that is no family, product or regimen.
    """
    document = read_as(RULES, _Document)
    groups = document["groups"]
    rows = {name: {"id": name, **row, "applies": _resolved(row, groups)} for name, row in document["rules"].items()}
    rules = validated(rows, dict[str, SafetyRule], RULES)
    for rule in rules.values():
        _check(rule)
    return MappingProxyType(rules)


@cache
def safety_sources() -> Mapping[str, SafetySource]:
    """Return all sources of safety rules by key."""
    return MappingProxyType(read_as(SOURCES, dict[str, SafetySource]))


@cache
def danger_rule(name: str) -> Rule | None:
    """Return the parsed rule of a danger; None for one that holds whoever the patient is."""
    rule = safety_rules()[name]
    return parse_rule(rule.rule, rule.unit, RULES, f"rules.{name}.rule") if rule.rule else None


@cache
def exempting_rule(name: str) -> Rule | None:
    """Return the parsed rule under which a danger is not asked for; None where it is asked of everybody."""
    rule = safety_rules()[name]
    return parse_rule(rule.unless, "", RULES, f"rules.{name}.unless") if rule.unless else None


@cache
def rules_for(therapy: str) -> tuple[SafetyRule, ...]:
    """Return the rules that concern a regimen, by its id or one of its names."""
    targets = names_of_therapy(therapy)
    return tuple(rule for rule in safety_rules().values() if rule.verdict_for(targets))


def names_of_therapy(therapy: str) -> frozenset[str]:
    """Return the names by which rules may concern a regimen: its id, its products, their families, and ``every``."""
    chosen = regimen(therapy)
    given = {line.product for line in chosen.doses}
    return frozenset({EVERY, chosen.id, *given, *(product(name).family for name in given)})


def _resolved(row: Mapping[str, Any], groups: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return what a rule concerns with its groups written out."""
    applies: Mapping[str, Iterable[str]] = row.get("applies", {})
    return {verdict: list(_members(names, groups)) for verdict, names in applies.items()}


def _members(names: Iterable[str], groups: Mapping[str, list[str]]) -> Iterator[str]:
    for name in names:
        if name in groups:
            yield from _members(groups[name], groups)
        else:
            yield name


def _check(rule: SafetyRule) -> None:
    names_allowed = {EVERY, *get_args(Family), *products(), *regimens()}
    for name in (name for names in rule.applies.values() for name in names):
        if name not in names_allowed:
            raise InputError(RULES, f"rules.{rule.id}.applies", name, "a group, a family, a product or a regimen")
    for cited in rule.sources:
        if cited.key not in safety_sources():
            raise InputError(RULES, f"rules.{rule.id}.sources", cited.key, "a key of sources.yaml")
    signs = [("signs", one.rule, one.unit) for one in rule.signs]
    for field, text, unit in (("rule", rule.rule, rule.unit), ("unless", rule.unless, ""), *signs):
        if text:
            parse_rule(text, unit, RULES, f"rules.{rule.id}.{field}")
