"""The rows of studies that speak of a part of a claim: shares, sums of shares, comparisons, changes, words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import final

from lupercal.claims.exhibit import Exhibit, Tier
from lupercal.claims.people import people_counted, whole_people
from lupercal.claims.say import (
    at_day,
    events_of_n,
    figure_words,
    measure_words,
    points_words,
    printed_unit,
    share_words,
    study_name,
)
from lupercal.claims.settings import settings
from lupercal.claims.stance import (
    Stance,
    fisher_p,
    newcombe,
    share_interval,
    stance_of_changes,
    stance_of_difference,
    stance_of_share,
)
from lupercal.evidence.intervals import Interval, as_days
from lupercal.evidence.ledger import Ledger
from lupercal.evidence.ledger_schema import Class, Topic
from lupercal.evidence.study_records import Finding, Row, Study

KINDS: dict[str, tuple[str, ...]] = {
    "car_t": ("car_t", "car_t_allogeneic"), "car_t_allogeneic": ("car_t_allogeneic",),
    "msc": ("msc", "msc_autologous"), "msc_autologous": ("msc_autologous",), "ahsct": ("stem_cell_transplantation",),
    "exosomes": ("exosomes",), "rituximab": ("drug",), "drugs": ("drug",),
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Asking:
    """How a claim asks: whether it states how much, speaks of what was seen only, and of which day.

    Where it states how much, a change without a share settles nothing. Where it says what was seen, the share of a
    randomised group counts like that of any series, and the comparison is not asked for.
    """

    stated: bool = False
    observed: bool = False
    day: float | None = None


CONTROLS = frozenset({"placebo", "control", "stop"})


def studies_of(therapy: Class, known: Ledger) -> Iterator[Study]:
    """Yield the studies of a class of therapy, in order of their ids."""
    for study in known.studies.values():
        of_kind = study.therapy.kind in KINDS[therapy]
        if of_kind and (therapy != "rituximab" or any(_is_of(therapy, study, name) for name in study.arms)):
            yield study


def _is_of(therapy: Class, study: Study, arm: str) -> bool:
    return therapy != "rituximab" or study.arms[arm].regimen == "rituximab"


def is_control(study: Study, arm: str) -> bool:
    """Return whether an arm is what the therapy is compared with; who goes on with a drug is not."""
    regimen = study.arms[arm].regimen or ""
    return arm in CONTROLS or regimen.endswith("_stop")


def tier_of(study: Study, known: Ledger) -> Tier:
    """Return the tier of a study's rows before it is known whether they compare groups."""
    appraisal = known.appraisals.get(study.id)
    if "species" in study.design.population:
        return "animal"
    return "pooled" if appraisal is not None and appraisal.tool == "AMSTAR 2" else "uncontrolled"


def matches(name: str, names: tuple[str, ...]) -> int | None:
    """Return the place of a measure among names (``*`` at the end matches the rest), None where it is not there."""
    for place, wanted in enumerate(names):
        if name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1])):
            return place
    return None


def exhibits_of(therapy: Class, topic: Topic, claimed: Interval, asked: Asking, known: Ledger) -> Iterator[Exhibit]:
    """Yield every row of the therapy's studies that speaks of a topic.

    Parameters
    ----------
    therapy, topic
        Of the part of the claim.
    claimed
        The range of shares (per cent) that would make the part true.
    asked
        How the claim asks.
    known
        The ledger.
    """
    for study in studies_of(therapy, known):
        rows = [row for row in _with_sums(study, topic) if row.arm in study.arms and _is_of(therapy, study, row.arm)]
        compares = study.design.randomised and not asked.observed
        compared = list(_compared(study, topic, known)) if compares else []
        yield from compared
        yield from _shares(study, rows, topic, claimed, known, beside=bool(compared))
        yield from _changes(study, topic, known, beside=bool(compared) or asked.stated)
        yield from _words(study, topic, known, asked.day, beside=asked.stated)


def _with_sums(study: Study, topic: Topic) -> list[Row]:
    """Return the share rows of a topic, those whose parts are printed apart added up first."""
    made = [row for names in topic.sums for row in _sums(study, names)]
    printed = [study.sized(row) for row in study.outcomes if matches(row.measure, topic.measures) is not None]
    return [*made, *printed]


def _sums(study: Study, names: tuple[str, ...]) -> Iterator[Row]:
    parts = [study.sized(row) for row in study.outcomes if row.measure in names and row.events is not None]
    parts.sort(key=lambda row: (row.arm, row.time or "", row.measure))
    for _, group in groupby(parts, key=lambda row: (row.arm, row.time, row.n)):
        rows = list(group)
        events, n = sum(row.events or 0 for row in rows), rows[0].n
        if {row.measure for row in rows} == set(names) and n and events <= n:
            yield replace(
                rows[0], measure="+".join(names), events=events, value=100 * events / n, mark="derived", ci95=None
            )


def counts_directly(topic: Topic, measure: str) -> bool:
    """Return whether a share of a measure is a share of people in whom the topic's statement holds."""
    return topic.event or topic.good != "down" or measure in topic.reached


def _rank(topic: Topic, measure: str) -> int:
    place = matches(measure, topic.measures)
    return -1 if place is None else place


def _shares(
    study: Study, rows: list[Row], topic: Topic, claimed: Interval, evidence: Ledger, *, beside: bool
) -> Iterator[Exhibit]:
    for row in rows:
        people = people_counted(row)
        if row.subgroup or row.item or not counts_directly(topic, row.measure):
            continue
        if people is None:
            yield from _share_without_number(study, row, topic, claimed, evidence)
            continue
        interval = share_interval(*people)
        value = 100 * people[0] / people[1]
        stance = "beside" if beside or is_control(study, row.arm) else stance_of_share(value, interval, claimed)
        whole = whole_people(row, people[0])
        said = f"{events_of_n(whole, people[1])}: " if whole is not None else f"of {people[1]}: "
        yield _exhibit(
            study, row, evidence, tier_of(study, evidence), stance,
            f"{_titled(study, row)}: {said}{share_words(value, interval)}",
            rank=_rank(topic, row.measure), value=value, interval=interval, n=people[1], events=whole,
            why="shown beside the comparison" if stance == "beside" else "",
        )  # fmt: skip


def _share_without_number(
    study: Study, row: Row, topic: Topic, claimed: Interval, evidence: Ledger
) -> Iterator[Exhibit]:
    if row.statistic != "share" or row.value is None:
        return
    interval = row.ci95
    stance: Stance = stance_of_share(row.value, interval, claimed) if interval else "beside"
    yield _exhibit(
        study, row, evidence, tier_of(study, evidence), stance,
        f"{_titled(study, row)}: {share_words(row.value, interval)}",
        rank=_rank(topic, row.measure), value=row.value, interval=interval,
        why="" if interval else "of how many is not known, so no interval can be given",
    )  # fmt: skip


def _compared(study: Study, topic: Topic, evidence: Ledger) -> Iterator[Exhibit]:
    """Yield the comparisons of randomised groups: shares by their difference, mean changes by what both had."""
    rows = [study.sized(row) for row in study.outcomes if matches(row.measure, topic.measures) is not None]
    rows = [row for row in rows if not row.subgroup and not row.item]
    for control in (row for row in rows if is_control(study, row.arm)):
        for row in rows:
            same = (row.measure, row.time, row.statistic) == (control.measure, control.time, control.statistic)
            if same and not is_control(study, row.arm):
                yield from _comparison(study, row, control, topic, evidence)


def _comparison(study: Study, row: Row, control: Row, topic: Topic, evidence: Ledger) -> Iterator[Exhibit]:
    treated, other = people_counted(row), people_counted(control)
    up = topic.good == "up" or row.measure in topic.reached
    head = f"{measure_words(row.measure)} {at_day(row.day)}: "
    if treated and other:
        gap, interval = (
            100 * (treated[0] / treated[1] - other[0] / other[1]),
            newcombe((treated[0], other[0]), (treated[1], other[1])),
        )
        p = fisher_p((treated[0], other[0]), (treated[1], other[1]))
        stance = stance_of_difference(gap if up else -gap, p)
        values = [100 * events / n for events, n in (treated, other)]
        shares = [share_words(v, share_interval(*people)) for v, people in zip(values, (treated, other), strict=True)]
        points = f"{points_words(gap, interval)}, exact p {p:.2g}"
        yield _exhibit(
            study, row, evidence, "randomised", stance,
            f"{head}{shares[0]} against {shares[1]} on {control.arm}; {points}",
            rank=_rank(topic, row.measure), value=values[0], interval=share_interval(*treated), n=treated[1],
            events=round(treated[0]), control=(values[1], share_interval(*other), other[1]),
        )  # fmt: skip
    elif row.statistic == "mean_change" and row.value is not None and control.value is not None and topic.good:
        stance = stance_of_changes(row.value, control.value, topic.good)
        changes = f"{figure_words(row.value)} against {figure_words(control.value)} {printed_unit(row)}"
        text = f"{head}change {changes} on {control.arm}"
        yield _exhibit(
            study, row, evidence, "randomised", stance, text, rank=_rank(topic, row.measure), n=row.n
        )  # fmt: skip


def _changes(study: Study, topic: Topic, evidence: Ledger, *, beside: bool) -> Iterator[Exhibit]:
    """Yield what changed from before to after in one group: a mean, a median, one person's value."""
    rows = [row for row in study.rows if matches(row.measure, topic.measures) is not None and row.value is not None]
    rows = [row for row in rows if row.statistic in {"mean", "median", "single"} and topic.good and not row.item]
    for row in (row for row in rows if not is_control(study, row.arm) and (row.day is None or row.day > 0)):
        start = next((b for b in rows if b.measure == row.measure and b.arm == row.arm and b.day == 0), None)
        if start is None or start.value is None or row.value is None:
            continue
        better = (row.value > start.value) == (topic.good == "up") and row.value != start.value
        stance: Stance = "beside" if beside else "for" if better else "against"
        numbers = f"{figure_words(row.value)} after {figure_words(start.value)} before"
        yield _exhibit(
            study, row, evidence, tier_of(study, evidence), stance,
            f"{_titled(study, row)}: {numbers}",
            rank=_rank(topic, row.measure), n=row.n or start.n,
            why="a change without a comparison group" if beside else "",
        )  # fmt: skip


def _words(study: Study, topic: Topic, evidence: Ledger, day: float | None, *, beside: bool) -> Iterator[Exhibit]:
    for finding in study.findings:
        place = matches(finding.measure, topic.findings)
        reading = evidence.readings.get(f"{study.id}.{finding.measure}")
        if place is None or reading is None:
            continue
        stance = "beside" if beside else _stance_of_words(reading.says, topic)
        if stance == "for" and reading.until and day is not None and day > settings().horizon * as_days(reading.until):
            stance = "open"
        yield _exhibit(
            study, finding, evidence, tier_of(study, evidence), stance,
            f"{measure_words(finding.measure)} {at_day(finding.day)}: “{finding.text}”",
            rank=100 + place, n=finding.n, why="a result in words has no number" if beside else "",
        )  # fmt: skip


def _stance_of_words(says: str, topic: Topic) -> Stance:
    if says in {"better", "happens"}:
        return "against" if topic.event and says == "happens" else "for"
    if says == "absent":
        return "for" if topic.event else "against"
    return "open" if says == "mixed" else "against"


def _titled(study: Study, row: Row) -> str:
    """Return what a figure is of and when it was taken, with the group where a study has several."""
    several = len(study.arms) > 1 and row.arm != "all" and not study.design.randomised
    group = f" ({row.arm.replace('_', ' ')})" if several else ""
    return f"{measure_words(row.measure)}{group} {at_day(row.day)}".strip()


def _exhibit(
    study: Study, row: Row | Finding, evidence: Ledger, tier: Tier, stance: Stance, text: str, *, rank: int,
    n: int | None = None, value: float | None = None, interval: Interval | None = None, events: int | None = None,
    control: tuple[float, Interval, int] | None = None, why: str = "",
) -> Exhibit:  # fmt: skip
    appraisal = evidence.appraisals.get(study.id)
    when = (row.time or row.when or "").replace(" ", "_")
    ref = f"{study.id}.{row.measure}" + (f"@{when}" if when else "") + (f"[{row.arm}]" if row.arm != "all" else "")
    day = row.day if row.day is not None else as_days(study.design.follow_up) if study.design.follow_up else None
    if row.mark == "memory":
        stance, why = "beside", "known from memory only, not read again"
    return Exhibit(
        ref, tier, evidence.cluster(study), stance, " ".join(text.replace(" :", ":").split()),
        appraisal.certainty if appraisal else "not graded", appraisal.overall if appraisal else "not judged",
        value, interval, n, events, control, day, rank, stance != "beside", why, row.mark,
        study_name(study), measure_words(row.measure),
    )  # fmt: skip
