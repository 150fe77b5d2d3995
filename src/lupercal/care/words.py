"""A protocol of care in words, as a plan prints it and a decision names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lupercal.care.records import LONGEST_DAYS, CareProtocol, CareRule, Deed, Grounds, VisitPhase
from lupercal.evidence.parameters import values
from lupercal.patient.unit_words import unit_in_words
from lupercal.therapy.registry import product, products, regimen

_FAMILIES = {
    "glucocorticoid": "the glucocorticoid", "antimalarial": "the antimalarial",
    "antiproliferative": "the antiproliferative drug", "calcineurin_inhibitor": "the calcineurin inhibitor",
}  # fmt: skip


def deed_words(deed: Deed) -> str:
    """Return what is done, in a few words."""
    return _DEEDS[deed.do](deed)


def _given(deed: Deed) -> str:
    return regimen(deed.regimen).name if deed.regimen else f"{_drug(deed)} {_dose(deed)} once"


def _held(deed: Deed) -> str:
    how_long = "until it is resumed" if deed.over is None else f"for {_number(deed.over)} days"
    return f"{_drug(deed)} left out {how_long}"


def _falling(deed: Deed) -> str:
    return f"within {_number(deed.over)} days in {_number(deed.steps)} steps"


_DEEDS: Mapping[str, Callable[[Deed], str]] = {
    "start": lambda deed: f"{_drug(deed)} {_dose(deed)}, if less is taken",
    "change": lambda deed: f"{_drug(deed)} set to {_dose(deed)}",
    "lower": lambda deed: f"{_drug(deed)} reduced to {_dose(deed)}, if more is taken",
    "stop": lambda deed: f"{_drug(deed)} stopped",
    "taper": lambda deed: f"{_drug(deed)} tapered to {_dose(deed) if deed.dose else 'none'} {_falling(deed)}",
    "course": lambda deed: (
        f"a course of {_drug(deed)} from {_dose(deed)}, falling {_falling(deed)} to what is taken besides"
        if not deed.added
        else f"{_dose(deed)} of {_drug(deed)} on top of what is taken, falling to none {_falling(deed)}"
    ),
    "give": _given,
    "repeat": lambda deed: "the therapy is given once more",
    "hold": _held,
    "resume": lambda deed: f"{_drug(deed)} resumed",
    "refer": lambda deed: f"referral: {deed.to}",
    "leave": lambda deed: f"leaves ({deed.reason})",
}


def rule_words(rule: CareRule) -> str:
    """Return a rule as one sentence: when, what, how often."""
    what = "; ".join(deed_words(deed) for deed in rule.do)
    limits = "; ".join(_limits(rule))
    return f"{rule.words}: {what}{f' ({limits})' if limits else ''}."


def protocol_words(given: CareProtocol) -> tuple[str, ...]:
    """Return a protocol line by line: how often people are seen, its rules, what it leaves out."""
    seen = [f"Seen {' and '.join(map(_phase_words, given.visits))}."] if given.visits else []
    return (*seen, *map(rule_words, given.rules), *given.limits)


def protocol_lines(given: CareProtocol) -> tuple[str, ...]:
    """Return a protocol under its name and summary, line by line, as a plan prints it."""
    return (f"{given.name}: {given.summary}", *protocol_words(given))


def grounds_words(grounds: Grounds) -> str:
    """Return what a number rests on, in words."""
    where = f", {grounds.where}" if grounds.where else ""
    return f"{grounds.says} ({grounds.basis}; {grounds.source}{where})"


def _phase_words(phase: VisitPhase) -> str:
    until = "" if phase.until is None else f" until day {phase.until}"
    return f"every {_number(phase.every)} days{until}"


def _limits(rule: CareRule) -> Iterator[str]:
    if rule.chance != 1:
        yield f"in {_percent(rule.chance)} of such visits"
    if rule.times is not None:
        yield "once" if rule.times == 1 else f"at most {rule.times} times"
    if rule.apart:
        yield f"not within {_number(rule.apart)} days of the last time"
    if rule.not_before:
        yield f"not before day {rule.not_before}"
    if rule.not_after is not None:
        yield f"not after day {rule.not_after}"
    if rule.after is not None:
        yield f"{_span(rule.after.least, rule.after.most)} after “{rule.after.rule.replace('_', ' ')}”"
    if rule.unless is not None:
        yield f"not {_span(rule.unless.least, rule.unless.most)} after “{rule.unless.rule.replace('_', ' ')}”"
    if rule.delay:
        yield f"from {rule.delay} days later"


def _span(least: int, most: int) -> str:
    if most >= LONGEST_DAYS:
        return f"{least} days or more" if least else "at any time"
    return f"within {most} days" if not least else f"{least} to {most} days"


def _dose(deed: Deed) -> str:
    return f"{_number(deed.dose)} {unit_in_words(str(deed.unit))}"


def _drug(deed: Deed) -> str:
    name = str(deed.drug)
    return product(name).name.lower() if name in products() else _FAMILIES[name]


def _number(amount: float | str | None) -> str:
    if amount is None:
        return ""
    return f"{values()[amount]:g}" if isinstance(amount, str) else f"{amount:g}"


def _percent(chance: float | str) -> str:
    return f"{100 * (values()[chance] if isinstance(chance, str) else chance):g} %"
