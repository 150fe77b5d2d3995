"""New and relapsed nephritis: which studies ask for them, and what is assumed where they do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from lupercal.evidence.limits import clinical_limit
from lupercal.evidence.study_records import Row, Study
from lupercal.trial.conduct import TrialRun
from lupercal.trial.endpoints.subgroup_words import NEW_NEPHRITIS, RELAPSED_NEPHRITIS, asks_for_episode
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.nephritis_before import STANDING
from lupercal.trial.pool import HISTORY
from lupercal.trial.seen import SeenArm
from lupercal.validation.populations import recruits
from lupercal.visits.renal_flares import renal_flare_rule


def asks_of_episode(row: Row) -> bool:
    """Return whether a figure is of new or relapsed nephritis, of which the pools of a calibration know nothing."""
    return asks_for_episode(row.subgroup)


def kidneys_before(studies: Iterable[Study]) -> bool:
    """Return whether a study of nephritis asks what kidneys did before it."""
    return any(any(map(asks_of_episode, one.outcomes)) and recruits(one) == "nephritis" for one in studies)


def told_of_episodes(rows: Collection[Row], done: TrialRun) -> tuple[str, ...]:
    """Return what new and relapsed mean where figures ask for them, and how many virtual patients are so, in words."""
    asked = [row for row in rows if asks_of_episode(row) and row.arm in done.arms]
    return tuple(_words(done.arms[asked[0].arm])) if asked else ()


def _words(seen: SeenArm) -> Iterator[str]:
    new, relapsed = (members(words, seen, "upcr", 0.0) for words in (NEW_NEPHRITIS, RELAPSED_NEPHRITIS))
    if new is None or relapsed is None:
        return
    rule, years = renal_flare_rule("trials"), f"{-HISTORY[0] / 365.25:.0f} years"
    quiet = f"{rule.response_upcr:g} g/g or less for {clinical_limit('kidney_quiet_days'):g} days"
    yield (
        f"assumed: relapsed nephritis had an earlier episode at the visits of the {years} before screening (UPCR of "
        f"{rule.flare_upcr:g} g/g or more at {rule.visits} visits in a row) that had ended (UPCR of {quiet}); new "
        f"nephritis had none. Episodes before these visits are not known: new means the first in {years}"
    )
    standing = new & (seen.nephritis_before == STANDING)
    every, again, first, always = (int(np.sum(who & seen.usable)) for who in (True, relapsed, new, standing))
    yield (
        f"of {every} virtual patients of one parameter set {again} have relapsed nephritis and {first} new nephritis; "
        f"{always} of these had proteinuria at the first of these visits already, so that nobody saw it begin"
    )
