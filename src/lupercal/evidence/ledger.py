"""The ledger: every study with its appraisal, natural history, facts and regulatory status, as one frozen record.

What is claimed of a therapy is judged against this record and nothing else: "no evidence found" means none in it, as of
its date. Take a study out and what rests on it goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import final

from lupercal.evidence.appraisal import Appraisal, read_appraisals
from lupercal.evidence.ledger_schema import (
    Fact,
    FactFile,
    Readings,
    RegulatoryStatus,
    StatusFile,
    Topic,
    Topics,
    WordReading,
)
from lupercal.evidence.natural_history import Figure, figures
from lupercal.evidence.sources import DATA
from lupercal.evidence.studies import read_studies, studies
from lupercal.evidence.study_records import Study
from lupercal.files.checked import read_as

LEDGER = DATA / "ledger"
FURTHER = LEDGER / "studies"
"""Studies that the ledger holds and no fit or validation uses; those of the package count first."""


@final
@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known.

    ``studies`` and ``appraisals`` are by study id, ``figures`` by ``topic.id``, ``readings`` by ``study.measure``,
    ``facts`` and ``topics`` by name.
    """

    studies: Mapping[str, Study]
    appraisals: Mapping[str, Appraisal]
    figures: Mapping[str, Figure]
    topics: Mapping[str, Topic]
    readings: Mapping[str, WordReading]
    facts: Mapping[str, Fact]
    statuses: tuple[RegulatoryStatus, ...]

    @property
    def dated(self) -> date:
        """The day on which the newest of its dated entries was looked up."""
        return max([*(fact.checked for fact in self.facts.values()), *(one.checked for one in self.statuses)])

    def without(self, names: Collection[str]) -> Ledger:
        """Return the ledger without some studies, figures (``topic.id``) or facts."""
        return replace(
            self,
            studies={key: value for key, value in self.studies.items() if key not in names},
            figures={key: value for key, value in self.figures.items() if key not in names},
            facts={key: value for key, value in self.facts.items() if key not in names},
        )

    def having(self, study: Study, appraisal: Appraisal) -> Ledger:
        """Return the ledger with one more study."""
        return replace(
            self,
            studies={**self.studies, study.id: study},
            appraisals={**self.appraisals, study.id: appraisal},
        )

    def cluster(self, study: Study) -> str:
        """Return the name of the patients of a study: studies of one name count once."""
        appraisal = self.appraisals.get(study.id)
        return appraisal.cluster if appraisal else study.overlap_cluster or study.id


@cache
def ledger() -> Ledger:
    """Return the ledger of the package."""
    further = read_studies(FURTHER) if FURTHER.is_dir() else {}
    return Ledger(
        dict(sorted((further | dict(studies())).items())),
        read_appraisals(),
        figures(),
        read_as(LEDGER / "topics.yaml", Topics).topics,
        read_as(LEDGER / "readings.yaml", Readings).readings,
        read_as(LEDGER / "facts.yaml", FactFile).facts,
        read_as(LEDGER / "statuses.yaml", StatusFile).statuses,
    )
