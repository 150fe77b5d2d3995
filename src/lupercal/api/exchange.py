"""Patients in and out: what hospitals' systems write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal.api.patients import read_patient
from lupercal.api.result import Result, silent
from lupercal.errors import InputError
from lupercal.patient.calendar import calendar_date
from lupercal.patient.record import Patient

if TYPE_CHECKING:
    import polars as pl

    from lupercal.exchange.fhir.bulk import BulkImport
    from lupercal.exchange.fhir.read import Settings
    from lupercal.exchange.import_report import ImportReport


@final
@dataclass(frozen=True, slots=True)
class FhirImportResult(Result):
    """A patient read from FHIR, and what became of every item of the file."""

    patient: Patient
    report: ImportReport
    nothing: InputError | None = None

    @property
    def title(self) -> str:
        """Whose file, and how many items were used, warned of, left out and refused."""
        return f"{self.patient.id}: " + ", ".join(f"{count} {word}" for word, count in self.report.counts().items())

    def frame(self) -> pl.DataFrame:
        """Return one row per item of the file: verdict, place, what was found, the reason, what it became."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        names = ("verdict", "place", "found", "reason", "became")
        return pl.DataFrame({name: [getattr(one, name) for one in self.report.items] for name in names})

    def record(self) -> dict[str, Any]:
        """Return the patient file's document and the report, as plain values."""
        import json  # noqa: PLC0415

        from lupercal.exchange.import_report import report_text  # noqa: PLC0415
        from lupercal.patient.document import patient_document  # noqa: PLC0415

        return {"patient": patient_document(self.patient), "report": json.loads(report_text(self.report))}


def import_fhir(file: str | Path, day_0: str | None = None, site_map: str | Path | None = None) -> FhirImportResult:
    """Read one person's FHIR R4 file.

    Parameters
    ----------
    file
        A Bundle (collection, searchset, transaction, document) or a single resource, as JSON.
    day_0
        The date of day 0 as YYYY-MM-DD; the last infusion of cells, else the last visit, where not given.
    site_map
        A file with a site's own codes, FHIRPath for values that stand elsewhere, and answers about orders.

    Returns
    -------
    FhirImportResult
        ``patient``, and ``report``: what became of every item of the file. ``nothing`` is the refusal where no item
        could be used.

    Raises
    ------
    InputError
        If the file cannot be read, is no FHIR, or is about two people or nobody.
    """
    from lupercal.exchange.fhir.read import read_fhir  # noqa: PLC0415 - loaded when used

    done = read_fhir(Path(file), _settings(day_0, site_map))
    return FhirImportResult(done.patient, done.report, done.nothing_used(file) if done.empty else None)


def import_fhir_bulk(
    source: str | Path,
    folder: str | Path,
    day_0: str | None = None,
    site_map: str | Path | None = None,
    tell: Callable[[int], None] | None = None,
) -> BulkImport:
    """Read a bulk export of many people into a folder of patient files, whole or not at all, in bounded memory.

    Parameters
    ----------
    source
        A file of FHIR R4 resources, one per line (``.ndjson``), or a folder of such files.
    folder
        A folder that is not there yet; it gets ``ID.yaml`` for each person, and ``report/`` with what became of every
        item.
    day_0, site_map
        As for `import_fhir`.
    tell
        Called with the number of people done.

    Returns
    -------
    BulkImport
        How many patients, resources and items there were.

    Raises
    ------
    InputError
        If there is no such export, or the folder cannot be written.
    """
    from lupercal.exchange.fhir.bulk import import_bulk  # noqa: PLC0415 - loaded when used
    from lupercal.files.replace import refuse_existing  # noqa: PLC0415

    refuse_existing(Path(folder), force=False)
    return import_bulk(Path(source), Path(folder), _settings(day_0, site_map), tell or silent)


def _settings(day_0: str | None, site_map: str | Path | None) -> Settings:
    from lupercal.exchange.fhir.read import Settings, site_settings  # noqa: PLC0415 - loaded when used

    zero = None if day_0 is None else calendar_date(day_0, "--day-0", "")
    return Settings(zero) if site_map is None else site_settings(Path(site_map), zero)


def export_fhir(
    patient: str | Path | Patient,
    path: str | Path | None = None,
    *,
    scores: bool = True,
    programmes: Iterable[str] = (),
    start: str | None = None,
    forecasts: Iterable[str | Path] = (),
) -> dict[str, Any]:
    """Return a patient as a FHIR R4 Bundle, and write it where a path is given.

    Parameters
    ----------
    patient
        A patient, a patient file, or the name of a case.
    path
        A file ending in ``.json``, written whole or not at all.
    scores
        Whether the scores of all instruments that can be settled are written, each with its version.
    programmes
        Programmes whose plans are written as drafts, such as ``erlangen``.
    start
        Date of day 0 of the plans, YYYY-MM-DD.
    forecasts
        Run folders whose forecasts are written, each marked as research.

    Raises
    ------
    InputError
        If the patient, a programme, a run folder or the path is not usable.
    """
    from lupercal.exchange.fhir.write_bundle import fhir_bundle, write_fhir_bundle  # noqa: PLC0415 - loaded when used
    from lupercal.forecast.store import stored_forecast  # noqa: PLC0415
    from lupercal.programmes.plan import plan  # noqa: PLC0415
    from lupercal.visits.patient_scores import patient_scores  # noqa: PLC0415

    who = read_patient(patient)
    scored = patient_scores(who) if scores and who.visits else ()
    plans = [plan(who, name, start) for name in programmes]
    bundle = fhir_bundle(who, scored, plans, [stored_forecast(Path(folder)) for folder in forecasts])
    if path is not None:
        write_fhir_bundle(Path(path), bundle)
    return bundle
