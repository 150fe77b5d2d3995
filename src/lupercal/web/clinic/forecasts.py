"""Forecasts of one patient: asked for as jobs, watched, cancelled, resumed; each stands beside the ones before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lupercal.errors import LupercalError
from lupercal.registry.care_records import ForecastRunRecord, Job
from lupercal.registry.expectations import LEARNT
from lupercal.therapy.registry import DEFAULT_THERAPIES, regimens
from lupercal.web.clinic.access import actor, posted, registry_here, seen, tried
from lupercal.web.clinic.again import ask_to_learn, learning_therapy
from lupercal.web.clinic.chances import arms_of
from lupercal.web.clinic.patient import table_file
from lupercal.web.figures.panels import DATA_COLUMNS, DayPanel, data_rows, drawn_panels
from lupercal.web.rendering import rendered
from lupercal.web.typed import whole_number
from lupercal.web.workbench import workbench_of
from lupercal.web.worker import KIND

if TYPE_CHECKING:
    from lupercal.web.clinic.kept_forecast import KeptForecast

router = APIRouter(prefix="/patients/{patient}/forecasts")
Form = Annotated[dict[str, str], Depends(posted)]
MOST_VIRTUAL, MOST_MONTHS = 2000, 60
REPORT, DETAILS = "report.html", "report_details.html"
"""The pages of a run folder, see `lupercal.report.summary.pages`."""


@router.get("")
def forecasts_page(request: Request, patient: str) -> Response:
    """Show the forecasts of a patient, newest first, and the jobs that are on the way."""
    return _page(request, patient)


@router.post("")
async def ask_forecast(request: Request, patient: str) -> Response:
    """Queue a forecast."""
    form = await request.form()
    therapies = [str(one) for one in form.getlist("therapy") if str(one) in regimens()]
    fields = {name: str(form.get(name, "")) for name in ("virtual_patients", "months")}

    def act() -> None:
        if not therapies:
            raise LupercalError("choose at least one therapy")
        asked = {
            "therapies": therapies, "seed": 1,
            "virtual_patients": whole_number(fields["virtual_patients"], "virtual patients", 50, MOST_VIRTUAL),
            "months": whole_number(fields["months"], "months", 1, MOST_MONTHS),
        }  # fmt: skip
        registry_here(request).jobs.queue(KIND, asked, by=actor(request), patient=patient)

    return tried(act, f"/patients/{patient}/forecasts", lambda status, why: _page(request, patient, status, why))


@router.post("/learn")
def ask_learning(request: Request, patient: str) -> Response:
    """Queue a forecast from all visits so far, those after day 0 among them."""

    def act() -> None:
        registry = registry_here(request)
        if not ask_to_learn(registry, registry.patients.whole(patient), by=actor(request)):
            raise LupercalError("it needs a plan whose therapy can be forecast, and a visit after day 0")

    return tried(act, f"/patients/{patient}/forecasts", lambda status, why: _page(request, patient, status, why))


@router.get("/jobs/{job}")
def job_part(request: Request, patient: str, job: str) -> Response:
    """Return how far a job is, as the part of the page that asks for it again and again."""
    job_now = _job(request, patient, job)
    if request.headers.get("hx-request") != "true":
        return _page(request, patient)
    answer = rendered(request, "clinic/job.html", job=job_now, address=f"/patients/{patient}")
    if job_now.state == "done":
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/jobs/{job}/{step}")
def job_step(request: Request, patient: str, job: str, step: str) -> Response:
    """Cancel or resume a job."""
    job_now = _job(request, patient, job)

    def act() -> None:
        jobs, by = registry_here(request).jobs, actor(request)
        if step not in {"cancel", "resume"}:
            raise LupercalError("a job is cancelled or resumed")
        (jobs.cancel if step == "cancel" else jobs.resume)(job_now.id, by=by)

    return tried(act, f"/patients/{patient}/forecasts", lambda status, why: _page(request, patient, status, why))


@router.get("/{run}")
def forecast_page(request: Request, patient: str, run: str) -> Response:
    """Show one forecast: each therapy in words, interval first; or what all visits taught."""
    who, kept_run = seen(request, patient, "forecast"), _run(request, patient, run)
    others = [one for one in registry_here(request).forecasts.of_patient(patient) if one.id != run]
    shared: dict[str, Any] = {"who": who, "run": kept_run, "others": others}
    if kept_run.asked.get("kind") == LEARNT:
        from lupercal.web.figures.of_forecast import came_beside  # noqa: PLC0415 - heavy, read in after the start

        learnt = kept_run.summary[LEARNT]
        return rendered(request, "clinic/learnt.html", told=learnt, came=came_beside(learnt), **shared)
    whole = _kept(request, kept_run)
    if whole is not None:
        details = (workbench_of(request).settings.forecasts / kept_run.folder / DETAILS).is_file()
        return rendered(
            request, "clinic/forecast.html", kept=whole, chances=arms_of(_chances(kept_run)), details=details, **shared
        )
    names = {key: one.name for key, one in regimens().items()}
    return rendered(request, "clinic/forecast_short.html", arms=arms_of(_chances(kept_run)), names=names, **shared)


@router.get("/{run}/figures/{figure}.json")
def figure_specification(request: Request, patient: str, run: str, figure: str) -> Response:
    """Return a figure of a forecast, as Vega-Lite."""
    title, panels = _figure(request, patient, run, figure)
    return JSONResponse(drawn_panels(title, panels, [(0, "day 0")]))


@router.get("/{run}/figures/{figure}.csv")
def figure_data(request: Request, patient: str, run: str, figure: str) -> Response:
    """Return what a figure of a forecast draws, as a table."""
    _, panels = _figure(request, patient, run, figure)
    return table_file(f"{figure}.csv", DATA_COLUMNS, data_rows(panels))


@router.get("/{run}/chances.csv")
def chances_file(request: Request, patient: str, run: str) -> Response:
    """Return the chances of a forecast as a table."""
    seen(request, patient, "forecast data")
    rows = _chances(_run(request, patient, run))
    names = tuple(rows[0]) if rows else ("therapy",)
    return table_file("chances.csv", names, [tuple(row.get(name) for name in names) for row in rows])


@router.get("/{run}/report.html")
def report_file(request: Request, patient: str, run: str) -> Response:
    """Return the report as a file to keep; it is not shown here, as it brings its own styles."""
    return _kept_page(request, patient, run, REPORT)


@router.get("/{run}/report_details.html")
def details_file(request: Request, patient: str, run: str) -> Response:
    """Return the details beside the report as a file to keep; forecasts of earlier versions have none."""
    return _kept_page(request, patient, run, DETAILS)


def _kept_page(request: Request, patient: str, run: str, name: str) -> Response:
    """Return a page of a forecast under a name of its run; the two pages go on pointing to each other."""
    seen(request, patient, "forecast report")
    path = workbench_of(request).settings.forecasts / _run(request, patient, run).folder / name
    if not path.is_file():
        raise HTTPException(404)
    names = {DETAILS: f"forecast-{run}-details.html", REPORT: f"forecast-{run}.html"}
    text = path.read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(f'href="{old}">{old}<', f'href="{new}">{new}<')
    headers = {"Content-Disposition": f'attachment; filename="{names[name]}"'}
    return Response(text, media_type="text/html", headers=headers)


def _page(request: Request, patient: str, status: int = 200, refused: str = "") -> Response:
    registry, who = registry_here(request), seen(request, patient, "forecasts")
    jobs = [one for one in registry.jobs.of_patient(patient) if one.state != "done"]
    runs, visits = registry.forecasts.of_patient(patient), registry.visits.of_patient(patient)
    return rendered(
        request, "clinic/forecasts.html", status, who=who, refused=refused, jobs=jobs, runs=list(reversed(runs)),
        therapies=[(key, one.name, key in DEFAULT_THERAPIES) for key, one in regimens().items()],
        visits=len(visits), address=who.address, learns=learning_therapy(registry, patient),
        after=any(one.visit.day > 0 for one in visits),
    )  # fmt: skip


def _job(request: Request, patient: str, job: str) -> Job:
    queued = registry_here(request).jobs.get(job)
    if queued.patient != patient:
        raise LupercalError("the job is another patient's")
    return queued


def _run(request: Request, patient: str, run: str) -> ForecastRunRecord:
    kept_run = registry_here(request).forecasts.get(run)
    if kept_run.patient != patient:
        raise LupercalError("the forecast is another patient's")
    return kept_run


def _kept(request: Request, run: ForecastRunRecord) -> KeptForecast | None:
    from lupercal.web.clinic.kept_forecast import kept_forecast  # noqa: PLC0415 - heavy, read in after the start

    return kept_forecast(workbench_of(request).settings.forecasts / run.folder)


def _figure(request: Request, patient: str, run: str, name: str) -> tuple[str, tuple[DayPanel, ...]]:
    from lupercal.web.clinic.kept_forecast import figure_panels  # noqa: PLC0415 - heavy, read in after the start
    from lupercal.web.figures.of_forecast import learnt_panels  # noqa: PLC0415

    seen(request, patient, "figure of a forecast")
    kept_run = _run(request, patient, run)
    if kept_run.asked.get("kind") == LEARNT and name == LEARNT:
        whole = registry_here(request).patients.whole(patient)
        return "Bands before and after the visits", learnt_panels(kept_run.summary[LEARNT], whole)
    forecast = _kept(request, kept_run)
    if forecast is None:
        raise HTTPException(404)
    figure, panels = figure_panels(forecast, name)
    return figure.title, panels


def _chances(run: ForecastRunRecord) -> list[Mapping[str, Any]]:
    return list(run.summary.get("chances", ()))
