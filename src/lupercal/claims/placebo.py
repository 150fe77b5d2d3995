"""What people on placebo and usual care did in the trials of the ledger, beside a topic."""

from __future__ import annotations

from lupercal.claims.exhibit import Exhibit
from lupercal.claims.people import people_counted
from lupercal.claims.say import at_day, measure_words, share_words, study_name
from lupercal.claims.stance import share_interval
from lupercal.evidence.ledger import Ledger

REVIEW = "placebo_pooled"


def placebo_of(topic: str, known: Ledger) -> tuple[Exhibit, ...]:
    """Return figures of the placebo arms of trials for a topic; none where it names none or the review is not there."""
    study, names = known.studies.get(REVIEW), known.topics[topic].placebo if topic in known.topics else ()
    if study is None:
        return ()
    made = []
    for row in (study.sized(row) for row in study.outcomes if row.measure in names):
        people = people_counted(row)
        if people is None or row.value is None:
            continue
        interval, measure = share_interval(*people), measure_words(row.measure)
        of = f"on placebo and usual care, of {people[1]}"
        text = f"{measure} {at_day(row.day)} {of}: {share_words(row.value, interval)}"
        appraisal = known.appraisals[study.id]
        made.append(
            Exhibit(
                f"{study.id}.{row.measure}", "pooled", known.cluster(study), "beside", text,
                appraisal.certainty, appraisal.overall, row.value, interval, people[1],
                day=row.day, counted=False, why="what happens without the therapy",
                name=f"{study_name(study)}, review of placebo arms", measure=measure,
            )
        )  # fmt: skip
    return tuple(made)
