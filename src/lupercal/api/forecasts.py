"""What will happen to this one? One patient in, what each therapy would probably do out."""

from __future__ import annotations

import os
import platform
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

from lupercal import __version__
from lupercal.api.forecast_rows import band_rows, chance_rows, learnt_rows
from lupercal.api.patients import read_from
from lupercal.api.result import Result, html_of, silent
from lupercal.engine.choose import EngineName
from lupercal.errors import InputError
from lupercal.evidence.parameters import parameter_hash
from lupercal.files.documents import read_text
from lupercal.files.hashing import content_hash, file_hash
from lupercal.files.plain import plain
from lupercal.files.run_record import RunRecord
from lupercal.files.whole_run import whole_run
from lupercal.files.writing import write_bytes, write_text
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.result import Forecast, forecast_record
from lupercal.forecast.run import DEFAULT_CARE, Computed, Request, compute, decided_in
from lupercal.forecast.settings import settings
from lupercal.forecast.store import COURSES, RECORD, courses_table, write_courses
from lupercal.forecast.twins import History
from lupercal.patient.record import Patient
from lupercal.report.html import forecast_html
from lupercal.report.summary import pages, write_pages
from lupercal.report.tables import overview_table
from lupercal.therapy.registry import DEFAULT_THERAPIES

if TYPE_CHECKING:
    import polars as pl

    from lupercal.report.programme_tables import Offered

FrameOf = Literal["chances", "bands", "courses", "past", "next"]


@final
@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """Whose forecast, from which file (None where there is none), and what is asked."""

    patient: Patient
    path: Path | None
    asked: Request

    @property
    def case(self) -> str:
        """The file's name without its ending, bytes that are no text written out; the patient's id without a file."""
        return os.fsencode(self.path.stem).decode("utf-8", "backslashreplace") if self.path else self.patient.id

    @property
    def key(self) -> str:
        """The hash of all that the forecast follows from."""
        given = read_text(self.path) if self.path else plain(self.patient)
        asked = plain(replace(self.asked, chunk_size=1))
        chosen = settings().model_dump(), assimilation_settings().model_dump()
        return content_hash(given, asked, parameter_hash(), *chosen, __version__)

    def folder(self) -> Path:
        """Return the folder where a run is kept unless another is named."""
        return Path("runs") / f"{self.path.stem if self.path else self.patient.id}-{self.key[:8]}"

    def run_record(self) -> RunRecord:
        """Return what the run folder says was asked."""
        given = file_hash(self.path) if self.path else content_hash(plain(self.patient), size=16)
        return RunRecord("forecast", plain(self.asked) | {"case": self.case, "case_hash": given}, self.asked.seed)

    def provenance(self, seconds: float) -> Mapping[str, Any]:
        """Return command, versions, seed and hash; ``seconds`` is the wall time of the computation."""
        asked = self.asked
        therapies = " ".join(f"--therapy {name}" for name in asked.therapies)
        care = " ".join(f"--care {shlex.quote(name)}" for name in asked.care)
        return {
            "command": f"lupercal forecast {shlex.quote(self.case)} {therapies} {care} "
            f"--patients {asked.virtual_patients} --months {asked.months} --seed {asked.seed}"
            + (f" --history {asked.history}" if asked.history != "all" else "")
            + (" --model-only" if asked.model_only else ""),
            "lupercal": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "polars")},
            "engine": asked.engine,
            "seed": asked.seed,
            "content hash": self.key,
            "wall time of the computation": f"{seconds:.1f} s",
        }


@final
@dataclass(frozen=True, slots=True)
class ForecastResult(Result):
    """A forecast with the courses it was made from, what was asked, and the folder where the run is kept, if any."""

    computed: Computed
    request: ForecastRequest
    folder: Path | None = None

    @property
    def forecast(self) -> Forecast:
        """The forecast itself: match, arms, assumptions, sources."""
        return self.computed.forecast

    @property
    def title(self) -> str:
        """Whose forecast, over how many months and virtual patients."""
        result = self.forecast
        return f"{result.patient.id}: {result.months} months, {result.match.virtual_patients} virtual patients"

    def frame(self, of: FrameOf = "chances") -> pl.DataFrame:
        """Return a table of the forecast; a therapy whose efficacy is withheld has no efficacy rows.

        Parameters
        ----------
        of
            ``"chances"``: one row per therapy, outcome and month with probability and 90 % interval. ``"bands"``: one
            row per therapy, variable and day with quantiles over the virtual patients. ``"courses"``: one row per
            therapy, virtual patient and visit with all variables. ``"past"``: one row per value that came before day 0,
            with what was forecast of it from the visits before. ``"next"``: one row per test and day, with the share by
            which it is expected to narrow the outcome's forecast. The last two are empty where the baseline visit alone
            counts.
        """
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        if of == "courses":
            return courses_table(self.computed)
        if of in ("past", "next"):
            return pl.DataFrame(list(learnt_rows(self.forecast, of)), infer_schema_length=None)
        rows = chance_rows(self.forecast) if of == "chances" else band_rows(self.forecast)
        return pl.DataFrame(list(rows), infer_schema_length=None)

    def why(self, therapy: str, virtual_patient: int, care: str = "treat_to_target") -> pl.DataFrame:
        """Return what was decided for one virtual patient: day, rule, why, what, and the values seen.

        Parameters
        ----------
        therapy, care
            Which therapy, under which protocol of care.
        virtual_patient
            Number of the virtual patient, from 0.

        Raises
        ------
        InputError
            If the forecast has no such course, or nobody decides under the protocol.
        """
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        decided = decided_in(self.computed, therapy, care)
        if not 0 <= virtual_patient < decided.fired.shape[2]:
            last = decided.fired.shape[2] - 1
            raise InputError("forecast", "virtual patient", virtual_patient, f"a number from 0 to {last}")
        return pl.DataFrame(
            [
                {"day": one.day, "rule": one.rule, "why": one.why, "what": "; ".join(one.what), **one.seen}
                for one in decided.why(virtual_patient)
            ]
        )

    def record(self) -> dict[str, Any]:
        """Return the whole forecast, safety first, as ``forecast.json`` holds it."""
        return forecast_record(self.forecast)

    def html(self) -> str:
        """Return the report: one HTML document that needs nothing else."""
        return forecast_html(self.forecast, offered_beside(self.forecast))

    def _repr_html_(self) -> str:
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        shown = overview_table(self.forecast)
        safety = "; ".join(f"{one.name}: {one.verdict}" for one in self.forecast.safety)
        table = pl.DataFrame(list(shown.rows), schema=list(shown.columns), orient="row")
        return html_of(f"{self.title}. Safety first: {safety}", table)

    def write(self, folder: str | Path) -> ForecastResult:
        """Write the run folder (input, record, courses, report), whole or not at all, and return the result kept there.

        Raises
        ------
        InputError
            If the folder holds anything that is not an earlier forecast's own, or cannot be written.
        """
        with whole_run(Path(folder), self.request.run_record()) as room:
            self._fill(room)
        return replace(self, folder=Path(folder))

    def _fill(self, room: Path) -> None:
        source = self.request.path
        if source is not None:
            write_bytes(room / f"input{source.suffix}", source.read_bytes())
        write_courses(self.computed, room / COURSES)
        write_text(room / RECORD, self.json())
        write_pages(pages(self.forecast, offered_beside(self.forecast)), room)


def forecast(
    patient: str | Path | Patient,
    therapies: Iterable[str] = DEFAULT_THERAPIES,
    *,
    virtual_patients: int = 500,
    months: int = 24,
    seed: int = 1,
    engine: EngineName = "compiled",
    chunk_size: int = 1024,
    history: History = "all",
    care: Iterable[str] = DEFAULT_CARE,
    model_only: bool = False,
    keep: str | Path | bool = False,
    force: bool = True,
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
        ``"compiled"``; ``"screen"`` in single precision, quick, with an error of 1e-3; ``"reference"`` for checks.
    chunk_size
        Virtual patients integrated at a time; changes memory, never results.
    history
        ``"all"``: the forecast learns from every visit up to day 0; ``"baseline"``: from the baseline visit alone.
    care
        Protocols of care by name, or files of one's own: the first is that of the arms, the others stand beside it.
    model_only
        Leave the residual of published shares out of the intervals (`lupercal.evidence.residual`).
    keep
        The run folder to write, or True for ``runs/CASE-HASH``; it is looked at before any work is done.
    force
        Replace a forecast that stands in that folder.
    tell
        Called with what is being done and the share done.

    Raises
    ------
    InputError
        If the patient, a therapy, a number or the folder is not usable.
    OutputExistsError
        If the folder holds a forecast that is not to be replaced.
    ForecastRefusedError
        If the baseline visit tells nothing to match on.
    """
    path, who = read_from(patient)
    asked = Request(
        tuple(therapies), virtual_patients, months, seed, engine, chunk_size, history=history, care=tuple(care),
        model_only=model_only,
    )  # fmt: skip
    request = ForecastRequest(who, path, asked)
    if keep is False:
        return _computed(request, tell or silent)
    folder = request.folder() if keep is True else Path(keep)
    with whole_run(folder, request.run_record(), force=force) as room:
        result = _computed(request, tell or silent)
        result._fill(room)
    return replace(result, folder=folder)


def _computed(request: ForecastRequest, tell: Callable[[str, float], None]) -> ForecastResult:
    began = time.perf_counter()
    computed = compute(request.patient, request.asked, tell)
    made = replace(computed.forecast, provenance=request.provenance(time.perf_counter() - began))
    return ForecastResult(replace(computed, forecast=made), request)


def offered_beside(one: Forecast) -> Offered:
    """Return what all programmes say of the patient, and one plan for each therapy that a programme offers."""
    from lupercal.programmes.eligibility import eligibilities  # noqa: PLC0415 - only reports need the programmes
    from lupercal.programmes.plan import plan  # noqa: PLC0415
    from lupercal.programmes.registry import programmes  # noqa: PLC0415
    from lupercal.report.programme_tables import Offered  # noqa: PLC0415

    answers = eligibilities(one.patient, programmes().values(), one.baseline_day)
    by_therapy = {each.therapy: each for each in reversed(list(programmes().values()))}
    offering = [by_therapy[arm.therapy] for arm in one.arms if arm.therapy in by_therapy]
    return Offered(answers, tuple(plan(one.patient, each) for each in offering))
