"""Page one of a report: who, how active, what is unknown, what each therapy would probably do, what not to conclude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, final

from markupsafe import Markup

from lupercal.forecast.result import AssessedScore, Chance, Forecast, ForecastArm
from lupercal.patient.record import Measurement
from lupercal.report.icons import icon_array, of_ten
from lupercal.report.patient_tables import score_words
from lupercal.report.selection import (
    baseline_value,
    baseline_visit,
    chance_at,
    last_month,
    latest,
    main_month,
    reported_efficacy,
    reported_toxicity,
    was_given,
)
from lupercal.report.shown import ArmGroup, arm_groups, failed_mark, page_one_data
from lupercal.report.wording import (
    DASH,
    count_words,
    defined,
    interval,
    label,
    listed,
    measured,
    month_words,
    number,
    outcome_title,
    percent,
    simulated,
    unit,
)
from lupercal.therapy.registry import regimens

PublishedHarms = Mapping[str, tuple[str, ...]]
"""Published deaths and toxicity by therapy, each a line with its source."""
_SCORES = {"sledai_2k": "SLEDAI-2K", "doris_2021": "DORIS", "lldas": "LLDAS"}
_LABS = ("upcr", "egfr", "anti_dsdna", "c3", "prednisone")


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome in a row: people drawn, the interval in words, the numbers; or why there is none."""

    icons: Markup
    words: str
    numbers: str
    more: str = ""


@final
@dataclass(frozen=True, slots=True)
class Named:
    """One therapy of a row: its name, its mark, how well it is known, and what is published of its harms."""

    name: str
    mark: str
    given: bool
    evidence: str
    harms: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class TherapyRow:
    """One row of page one: the therapies it stands for and what would probably happen under them."""

    hue: int
    therapies: tuple[Named, ...]
    withheld: str
    remission: Outcome
    low_activity: Outcome
    relapse: Outcome
    infection: Outcome


@final
@dataclass(frozen=True, slots=True)
class PageOne:
    """Everything on page one, in words."""

    month: str
    end: str
    active: tuple[tuple[str, str], ...]
    unknown: str
    care: str
    rows: tuple[TherapyRow, ...]
    counted: str
    excluded: str
    not_to_conclude: tuple[str, ...]


def page_one(forecast: Forecast, harms: PublishedHarms) -> PageOne:
    """Return page one of a forecast whose arms stand in the order shown (`lupercal.report.shown.as_shown`)."""
    return PageOne(
        month=month_words(main_month(forecast)),
        end=month_words(last_month(forecast)),
        active=tuple(_active(forecast)),
        unknown=_unknown(forecast),
        care=_care(forecast),
        rows=tuple(_row(forecast, group, harms) for group in arm_groups(forecast)),
        counted=_counted(forecast),
        excluded=_why_excluded(forecast),
        not_to_conclude=tuple(page_one_data()["not_to_conclude"]),
    )


def _active(forecast: Forecast) -> list[tuple[str, str]]:
    """Return scores and the most telling laboratory values at baseline as (name, value)."""
    scores = [
        (_SCORES[one.instrument], _score(forecast, one)) for one in forecast.assessment if one.instrument in _SCORES
    ]
    known = [(name, baseline_value(forecast, name)) for name in _LABS]
    labs = [(label(name), f"{_rounded(name, value)} {unit(name)}".strip()) for name, value in known if value]
    return [*scores, *labs[: _most("labs")]]


def _rounded(name: str, value: Measurement) -> str:
    """Return a stated value as it was given, a computed one in the precision laboratories report."""
    return measured(value) if value.given or value.censored else simulated(name, value.value)


def _score(forecast: Forecast, score: AssessedScore) -> str:
    """Return a score from its items where all are known, else the recorded total, else what is left of it."""
    visit = baseline_visit(forecast)
    recorded = visit.values.get(score.instrument) if visit else None
    if score.value is None and recorded is not None:
        return f"{measured(recorded)} as recorded"
    text = score_words(score)
    return "not known" if text == DASH else text


def _most(what: Literal["missing", "labs"]) -> int:
    return page_one_data()["listed"][what]


def _unknown(forecast: Forecast) -> str:
    """Return the values that are not known and would help most, then how many more there are."""
    asked = dict.fromkeys(forecast.match.missing)
    for score in forecast.assessment:
        asked |= dict.fromkeys(score.missing if score.value is None else ())
    names, most = [label(name) for name in asked], _most("missing")
    if not names:
        return "Nothing that the forecast or the scores ask for."
    more = f", and {count_words(len(names) - most)} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _care(forecast: Forecast) -> str:
    """Return the drugs that go on in every arm, what is drawn for want of knowledge, and what never happens."""
    ending = ": not known, drawn from the population"
    drawn = [line.removesuffix(ending) for line in forecast.background if line.endswith(ending)]
    taken = [line for line in forecast.background if not line.endswith(ending)]
    parts = [f"{'; '.join(taken)}."] if taken else []
    parts += [f"Not known, so drawn from the population: {listed(tuple(drawn))}."] if drawn else []
    return " ".join([*parts, "It goes on as it is, except where a therapy’s own plan stops or changes it."])


def _counted(forecast: Forecast) -> str:
    match = forecast.match
    return (
        f"{count_words(match.virtual_patients)} virtual patients, {count_words(match.distinct_patients)} of them "
        f"distinct, worth {number(match.effective_sample_size, 2)} independent ones"
    )


def _row(forecast: Forecast, group: ArmGroup, harms: PublishedHarms) -> TherapyRow:
    middle, end = main_month(forecast), last_month(forecast)
    first = group.first
    chances = reported_efficacy(first)
    infection = latest(reported_toxicity(first), "serious_infection")
    return TherapyRow(
        hue=group.place,
        therapies=tuple(_named(forecast, arm, harms) for arm in group.arms),
        withheld=first.efficacy_withheld or "",
        remission=_state(chances, "doris", middle),
        low_activity=_state(chances, "lldas", middle),
        relapse=_relapse(chance_at(chances, "relapse", end)),
        infection=_narrow(outcome(infection)),
    )


def _named(forecast: Forecast, arm: ForecastArm, harms: PublishedHarms) -> Named:
    mark = failed_mark(forecast, arm.therapy)
    regimen = regimens().get(arm.therapy)
    level = regimen.evidence.summary if regimen else arm.evidence
    name = arm.name.removesuffix(f" ({mark})") if mark else arm.name
    return Named(name, mark, was_given(forecast, arm), level, harms.get(arm.therapy, ()))


def _state(chances: tuple[Chance, ...], name: str, month: float) -> Outcome:
    """Return a remission end point; where the care excludes it, the same without its steroid clause beside the reason."""
    strict, loose = (chance_at(chances, key, month) for key in (name, f"{name}_any_steroid"))
    if strict is None or not strict.excluded:
        beside = f"{percent(loose.probability)} whatever the steroid dose" if loose and defined(loose) else ""
        differs = loose is not None and strict is not None and loose.probability != strict.probability
        return outcome(strict, beside if differs else "")
    found = outcome(loose)
    return Outcome(
        found.icons, "Excluded by this care", f"steroid dose left out: {_narrow(found).words}, {found.numbers}"
    )


def _why_excluded(forecast: Forecast) -> str:
    """Return what the care excludes on page one, each with its reason."""
    month = main_month(forecast)
    chances = [chance_at(reported_efficacy(arm), name, month) for arm in forecast.arms for name in ("doris", "lldas")]
    reasons = dict.fromkeys(f"{outcome_title(c.outcome)}, as {c.excluded}" for c in chances if c and c.excluded)
    return f"Excluded by this care: {'; '.join(reasons)}." if reasons else ""


def _relapse(chance: Chance | None) -> Outcome:
    if chance is not None and not defined(chance):
        return Outcome(Markup(""), "Not defined", "", "nobody reached remission")
    found = _narrow(outcome(chance))
    return replace(found, numbers=f"{found.numbers} of {count_words(chance.denominator)}") if chance else found


def _narrow(found: Outcome) -> Outcome:
    """Return an outcome whose words fit a narrow column: ``0 to 6 of 10``."""
    words = found.words.removeprefix("Between ").replace(" and ", " to ")
    return replace(found, words=words)


def outcome(chance: Chance | None, more: str = "") -> Outcome:
    """Return a chance as people, words and numbers."""
    if chance is None or not defined(chance):
        return Outcome(Markup(""), "Not forecast", "")
    words = of_ten(chance)
    return Outcome(
        icon_array(chance), words[:1].upper() + words[1:], f"{percent(chance.probability)} ({interval(chance)})", more
    )


def therapy_words(row: TherapyRow) -> str:
    """Return the names of a row's therapies, failed ones marked."""
    return listed(tuple(f"{one.name} ({one.mark})" if one.mark else one.name for one in row.therapies))
