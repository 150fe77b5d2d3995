"""How ill, how damaged, how toxic? Instruments over a patient's visits, or over a table of visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.api.patients import read_patient
from lupercal.api.result import Result
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Score
from lupercal.instruments.score_table import score_frame
from lupercal.patient.record import Patient
from lupercal.rules.record_notes import record_notes
from lupercal.visits.patient_scores import checked_attribution, patient_scores, score_record

if TYPE_CHECKING:
    import polars as pl


@final
@dataclass(frozen=True, slots=True)
class AssessmentResult(Result):
    """Instruments at every visit of a patient; each score has the shape (visits,)."""

    patient: Patient
    scores: tuple[Score, ...]

    @property
    def title(self) -> str:
        """Who was assessed, by how many instruments."""
        scores, visits = len(self.scores), len(self.patient.visits)
        many = f"{scores} instrument{'' if scores == 1 else 's'} at {visits} visit{'' if visits == 1 else 's'}"
        return f"{self.patient.id}: {many}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the record leaves in doubt or says twice in different ways."""
        return record_notes(self.patient)

    def frame(self) -> pl.DataFrame:
        """Return a row per visit and instrument: day, value or bounds, grade, status, unit, mark; unknown is null.

        ``mark`` says where a rule was confirmed in no public text, and is empty where it was.
        """
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        columns = ("instrument", "value", "low", "high", "label", "status", "unit")
        rows = [
            {"day": visit["day"]} | {name: one[name] for name in columns} | {"mark": instrument(one["instrument"]).mark}
            for visit in self.record()["visits"]
            for one in visit["scores"]
        ]
        return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64))

    def record(self) -> dict[str, Any]:
        """Return every result with its items and the data behind them."""
        visits = [
            {"day": visit.day, "scores": [score_record(score, n) for score in self.scores]}
            for n, visit in enumerate(self.patient.visits)
        ]
        return {
            "patient": self.patient.id,
            "version": __version__,
            "notice": RESEARCH_USE_ONLY,
            "notes": list(self.notes),
            "visits": visits,
        }


def assess(
    patient: str | Path | Patient,
    instruments: Iterable[str] = (),
    attribution: str = "lupus",
    window_days: int | None = None,
) -> AssessmentResult:
    """Score all visits of a patient by all instruments, with each item and the data behind it.

    Parameters
    ----------
    patient
        A patient, a patient file, or the name of a case.
    instruments
        Only these; all where none is named.
    attribution
        ``lupus`` leaves out what has another cause, ``recorded`` counts all.
    window_days
        10 or 30: what earlier visits so many days back found counts too, in the SLEDAI family and all that reads it.

    Raises
    ------
    InputError
        If the patient, an instrument or the attribution is not usable.

    Examples
    --------
    >>> import lupercal as lp
    >>> found = lp.assess("example-nephritis", ["sledai_2k"]).frame()
    >>> found["day"].to_list(), found["value"][-1]
    ([-90, 0], 14.0)
    """
    who = read_patient(patient)
    return AssessmentResult(who, patient_scores(who, instruments, attribution, window_days))


def score(
    visits: pl.DataFrame | str | Path,
    instruments: Iterable[str],
    *,
    columns: Mapping[str, Any] | None = None,
    attribution: str = "lupus",
    window_days: int | None = None,
    items: bool = False,
) -> pl.DataFrame:
    """Score a table of visits, one row per visit. ``lupercal score`` does the same for files larger than memory.

    Parameters
    ----------
    visits
        A frame, or a ``.csv`` or ``.parquet`` file; columns named as in the data dictionary, in its units.
    instruments
        Names, such as ``["sledai_2k", "doris_2021"]``.
    columns
        Data-dictionary name to the table's column, or to ``{"column": ..., "unit": ...}``.
    attribution
        ``lupus`` leaves out what has another cause, ``recorded`` counts all.
    window_days
        10 or 30: what a patient's rows so many days before found counts too; needs ``patient_id`` and ``day``.
    items
        Also return the points or state of each item.

    Returns
    -------
    polars.DataFrame
        Per instrument ``NAME``, ``NAME_low``, ``NAME_high``, ``NAME_status`` and ``NAME_reason``; unknown is null.
        Where a rule was confirmed in no public text ``NAME_mark`` says so.

    Raises
    ------
    InputError
        If a file, column, cell or name is not usable.
    """
    settings: dict[str, Any] = {"attribution": checked_attribution(attribution)}
    settings |= {} if window_days is None else {"window_days": window_days}
    return score_frame(visits, tuple(instruments), mapping=columns, settings=settings, items=items)
