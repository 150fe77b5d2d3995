"""What can go wrong: the harms that the ledger holds for a class of therapy, each cluster of people once."""

from __future__ import annotations

from lupercal.claims.claim import Part
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.facts import claimed_range, told_apart
from lupercal.claims.of_study import Asking, exhibits_of, studies_of
from lupercal.evidence.ledger import Ledger
from lupercal.evidence.ledger_schema import Class
from lupercal.evidence.study_records import Study

HARMS = ("death", "serious_adverse_events", "serious_infection", "cytokine_release", "nerve_toxicity")


def harms_of(therapy: Class, known: Ledger) -> tuple[tuple[str, tuple[Exhibit, ...]], ...]:
    """Return harms in words with the rows on each; harms without any row are left out."""
    harms, shown = [], set[str]()
    for name in HARMS:
        topic, part = known.topics[name], Part(topic=name)
        rows = told_apart(
            tuple(exhibits_of(therapy, topic, claimed_range(part, topic), Asking(observed=True), known)), part
        )
        used = tuple(one for one in rows if one.counted and one.interval is not None and one.ref not in shown)
        shown |= {one.ref for one in used}
        if used:
            harms.append((topic.words, used))
    return tuple(harms)


def reviews_of(therapy: Class, known: Ledger) -> tuple[Study, ...]:
    """Return the reviews of a class of therapy: shown side by side, never averaged."""
    return tuple(
        study
        for study in studies_of(therapy, known)
        if study.id in known.appraisals and known.appraisals[study.id].tool == "AMSTAR 2"
    )
