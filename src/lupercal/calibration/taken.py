"""Which figures of studies a step takes, by rule: kind of arm, family of end points, kind of harm.

A rule says it for studies that are added later too; no list of studies has to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lupercal.calibration.settings import FigureRule, Step, settings
from lupercal.evidence.places import Place, cluster_of
from lupercal.evidence.published_toxicity import harm_kinds
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import Study
from lupercal.validation.episodes import asks_of_episode
from lupercal.validation.places import place_of_figure
from lupercal.validation.predict import impossible


def figures_taken(step: Step) -> dict[str, tuple[int, ...]]:
    """Return the outcome rows that the rules of a step take, by study; only such as a virtual trial can answer."""
    taken = {one.id: rows for one in studies().values() if (rows := _of_study(one, step.takes))}
    return {name: rows for name, rows in taken.items() if cluster(name) not in step.without}


def cluster(name: str) -> str:
    """Return which studies share patients with a study of the package."""
    return cluster_of(name, study(name).overlap_cluster)


def _of_study(one: Study, rules: tuple[FigureRule, ...]) -> tuple[int, ...]:
    rows = {index for rule in rules for index in _by_rule(one, rule)}
    return tuple(sorted(rows))


def _by_rule(one: Study, rule: FigureRule) -> Iterator[int]:
    found = [index for index in answerable(one.id) if _meant(one, index, rule)]
    yield from answerable_but_harm(one.id) if rule.whole and found else found


@cache
def answerable(name: str) -> tuple[int, ...]:
    """Return the outcome rows of a study that a fit may use and a virtual trial can answer.

    The pools of a fit do not know what kidneys did before: it has no number for new and relapsed nephritis.
    """
    aside = settings().set_aside
    return tuple(
        index
        for index, row in enumerate(study(name).outcomes)
        if row.usable_for_calibration and row.measure not in aside and not asks_of_episode(row)
        and not impossible(study(name), row)
    )  # fmt: skip


def answerable_but_harm(name: str) -> tuple[int, ...]:
    """Return the same rows without those of harm."""
    return tuple(index for index in answerable(name) if study(name).outcomes[index].measure not in harm_kinds())


def _meant(one: Study, index: int, rule: FigureRule) -> bool:
    row, place = one.outcomes[index], _place(one.id, index)
    if rule.arms and place.kind not in rule.arms:
        return False
    harm = harm_kinds().get(row.measure)
    if harm or rule.harms:
        return harm in rule.harms
    by_name = rule.families or rule.measures
    return not by_name or place.family in rule.families or row.measure in rule.measures


@cache
def _place(name: str, index: int) -> Place:
    return place_of_figure(study(name), study(name).outcomes[index])
