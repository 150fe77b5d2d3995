"""What will happen to this one? One patient in, what each therapy would probably do out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

from lupercal import __version__
from lupercal.api.result import Result, html_of, silent
from lupercal.engine.choose import EngineName
from lupercal.evidence.parameters import parameter_hash
from lupercal.files.plain import content_hash, plain
from lupercal.forecast.result import QUANTILES, Chance, Forecast
from lupercal.forecast.run import Computed, Request, compute
from lupercal.forecast.settings import settings
from lupercal.forecast.store import COURSES, RECORD, courses_table, run_folder, write_courses
from lupercal.patient.cases import find_case
from lupercal.patient.record import Patient
from lupercal.report.html import forecast_html
from lupercal.report.selection import reported_bands, reported_efficacy, reported_toxicity
from lupercal.report.tables import overview_table

if TYPE_CHECKING:
    import polars as pl

    from lupercal.report.programme_tables import Offered

DEFAULT_THERAPIES = ("standard_care", "cd19_car_t", "rituximab", "msc_umbilical", "ahsct")
FrameOf = Literal["chances", "bands", "courses"]


@final
@dataclass(frozen=True, slots=True)
class ForecastResult(Result):
    """A forecast with the courses it was made from; ``source`` is the patient's file, None where there is none."""

    computed: Computed
    source: Path | None = None

    @property
    def forecast(self) -> Forecast:
        """The forecast itself: match, arms, assumptions, sources."""
        return self.computed.forecast

    @property
    def title(self) -> str:
        """Whose forecast, over how many months and virtual patients."""
        one = self.forecast
        return f"{one.patient.id}: {one.months} months, {one.match.virtual_patients} virtual patients"

    def frame(self, of: FrameOf = "chances") -> pl.DataFrame:
        """Return a table of the forecast; a therapy whose efficacy is withheld has no efficacy rows.

        Parameters
        ----------
        of
            ``"chances"``: one row per therapy, outcome and month with probability and 90 % interval. ``"bands"``: one
            row per therapy, variable and day with quantiles over the virtual patients. ``"courses"``: one row per
            therapy, virtual patient and visit with all variables.
        """
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        if of == "courses":
            return courses_table(self.computed)
        return pl.DataFrame(
            list(_chances(self.forecast) if of == "chances" else _bands(self.forecast)), infer_schema_length=None
        )

    def record(self) -> dict[str, Any]:
        """Return the whole forecast, as ``forecast.json`` holds it."""
        return dict(plain(self.forecast))

    def html(self) -> str:
        """Return the report: one HTML document that needs nothing else."""
        return forecast_html(self.forecast, offered_beside(self.forecast))

    def _repr_html_(self) -> str:
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        shown = overview_table(self.forecast)
        return html_of(self.title, pl.DataFrame(list(shown.rows), schema=list(shown.columns), orient="row"))

    def write(self, folder: str | Path) -> Path:
        """Write the run folder (input, record, courses, report), whole or not at all; an earlier forecast is replaced.

        Raises
        ------
        InputError
            If the folder holds something else or cannot be written.
        """
        with run_folder(Path(folder)) as new:
            if self.source is not None:
                (new / f"input{self.source.suffix}").write_bytes(self.source.read_bytes())
            write_courses(self.computed, new / COURSES)
            (new / RECORD).write_text(self.json(), encoding="utf-8")
            (new / "report.html").write_text(self.html(), encoding="utf-8")
        return Path(folder)


def forecast(
    patient: str | Path | Patient,
    therapies: Iterable[str] = DEFAULT_THERAPIES,
    *,
    virtual_patients: int = 500,
    months: int = 24,
    seed: int = 1,
    engine: EngineName = "compiled",
    chunk_size: int = 1024,
    tell: Callable[[str, float], None] | None = None,
) -> ForecastResult:
    """Forecast what each therapy would probably do to a patient, with uncertainty.

    Parameters
    ----------
    patient
        A patient, a patient file, or the name of a case.
    therapies
        Names of regimens, see `therapies`.
    virtual_patients
        How many virtual patients stand for this one.
    months
        Horizon after day 0.
    seed
        Of all random numbers.
    engine
        ``"compiled"``, or ``"reference"`` for checks.
    chunk_size
        Virtual patients integrated at a time; changes memory, never results.
    tell
        Called with what is being done and the share done.

    Raises
    ------
    InputError
        If the patient, a therapy or a number is not usable.
    ForecastRefusedError
        If too few virtual patients resemble this one.
    """
    path, who = (None, patient) if isinstance(patient, Patient) else find_case(patient)
    request = Request(tuple(therapies), virtual_patients, months, seed, engine, chunk_size)
    began = time.perf_counter()
    computed = compute(who, request, tell or silent)
    made = replace(computed.forecast, provenance=_provenance(request, who, path, time.perf_counter() - began))
    return ForecastResult(replace(computed, forecast=made), path)


def offered_beside(one: Forecast) -> Offered:
    """Return what all programmes say of the patient, and one plan for each therapy that a programme offers."""
    from lupercal.programmes.eligibility import eligibilities  # noqa: PLC0415 - only reports need the programmes
    from lupercal.programmes.plan import plan  # noqa: PLC0415
    from lupercal.programmes.registry import programmes  # noqa: PLC0415
    from lupercal.report.programme_tables import Offered  # noqa: PLC0415

    found = eligibilities(one.patient, programmes().values(), one.baseline_day)
    by_therapy = {each.therapy: each for each in reversed(list(programmes().values()))}
    offering = [by_therapy[arm.therapy] for arm in one.arms if arm.therapy in by_therapy]
    return Offered(found, tuple(plan(one.patient, each) for each in offering))


def _chances(one: Forecast) -> Iterator[dict[str, Any]]:
    for arm in one.arms:
        for kind, chances in (("efficacy", reported_efficacy(arm)), ("toxicity", reported_toxicity(arm))):
            yield from ({"therapy": arm.therapy, "kind": kind} | _chance(each) for each in chances)


def _chance(one: Chance) -> dict[str, Any]:
    names = ("outcome", "month", "probability", "low", "high", "standard_error", "denominator")
    return {name: plain(getattr(one, name)) for name in names}


def _bands(one: Forecast) -> Iterator[dict[str, Any]]:
    names = [f"q{round(100 * level):02d}" for level in QUANTILES]
    for arm in one.arms:
        for band in reported_bands(arm):
            for day, values in zip(band.days, band.quantiles.T, strict=True):
                row = {"therapy": arm.therapy, "variable": band.variable, "day": float(day)}
                yield row | dict(zip(names, map(plain, values), strict=True))


def _provenance(request: Request, who: Patient, path: Path | None, seconds: float) -> Mapping[str, Any]:
    import platform  # noqa: PLC0415
    import shlex  # noqa: PLC0415
    from importlib.metadata import version  # noqa: PLC0415

    therapies = " ".join(f"--therapy {name}" for name in request.therapies)
    case = path.stem if path else who.id
    return {
        "command": f"lupercal forecast {shlex.quote(case)} {therapies} --patients {request.virtual_patients} "
        f"--months {request.months} --seed {request.seed}",
        "lupercal": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "polars")},
        "engine": request.engine,
        "seed": request.seed,
        "content hash": _key(request, who, path),
        "wall time of the computation": f"{seconds:.1f} s",
    }


def _key(request: Request, who: Patient, path: Path | None) -> str:
    """Return the hash of all that a forecast follows from."""
    from lupercal.files.documents import read_text  # noqa: PLC0415

    given = read_text(path) if path else plain(who)
    choices = settings().model_dump()
    return content_hash(given, plain(replace(request, chunk_size=1)), parameter_hash(), choices, __version__)
