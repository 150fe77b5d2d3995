"""Virtual patients by the thousand: a cohort as it is seen today, or an ensemble under one therapy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, final

from lupercal.api.result import Result, silent
from lupercal.course.ensemble import Simulation, read_simulation, simulation_from
from lupercal.course.features.of_cohort import features_of
from lupercal.course.produce import Order, Produced, produce
from lupercal.errors import InputError
from lupercal.files.chunks import DEFAULT_SIZE
from lupercal.files.pieces import resumable
from lupercal.files.plain import plain
from lupercal.files.run_folder import PARTS, Progress, Sitting, run_in_folder
from lupercal.files.run_record import RunRecord
from lupercal.files.runner import RunnerName
from lupercal.files.whole_run import file_or_run
from lupercal.population.care import CARES, Care

if TYPE_CHECKING:
    import polars as pl


@final
@dataclass(frozen=True, slots=True)
class PopulationResult(Result):
    """Virtual patients of a cohort with their weights; ``people`` are their rows, or the Parquet file of them."""

    produced: Produced
    people: pl.DataFrame | Path

    @property
    def title(self) -> str:
        """How many, and how many they count for."""
        size = self.produced.weighting.effective_sample_size
        return f"{self.produced.patients} virtual patients, effective sample size {size:.0f}"

    def frame(self) -> pl.DataFrame:
        """Return one row per virtual patient: weight, why rejected, who they are, parameters, the visit at day 0."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.read_parquet(self.people) if isinstance(self.people, Path) else self.people

    def record(self) -> dict[str, Any]:
        """Return what was made: rejections by reason, goals and residuals of the weights, effective sample size."""
        weighting = self.produced.weighting
        pairs = zip(weighting.goals, weighting.balanced.residuals, strict=True)
        return {
            "patients": self.produced.patients,
            "rejected": dict(self.produced.rejected),
            "members": len(weighting.members),
            "effective_sample_size": plain(weighting.effective_sample_size),
            "goals": [
                {"name": goal.name, "what": goal.what, "target": plain(goal.target), "residual": plain(residual)}
                for goal, residual in pairs
            ],
            "out_of_reach": [goal.name for goal in weighting.out_of_reach],
            "not_simulated": list(weighting.not_simulated),
            "file": str(self.people) if isinstance(self.people, Path) else None,
        }


@final
@dataclass(frozen=True, slots=True)
class SimulationResult(Result):
    """An ensemble under one therapy, kept in a run folder."""

    simulation: Simulation
    folder: Path

    @property
    def title(self) -> str:
        """How many virtual patients, under which therapy."""
        return f"{self.simulation.patients} virtual patients under {self.simulation.therapy}"

    def frame(self) -> pl.DataFrame:
        """Return one row per patient and visit: day, outcome, infections so far, states of the model."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.read_parquet(self.folder / PARTS / "*.parquet")

    def record(self) -> dict[str, Any]:
        """Return all that the results follow from, and where they are."""
        return {"asked": self.simulation.asked(), "folder": str(self.folder)}


def population(
    patients: int = 10_000,
    cohort: Care = "clinic",
    seed: int = 1,
    *,
    path: str | Path | None = None,
    chunk: int = DEFAULT_SIZE,
    resume: bool = False,
    tell: Callable[[int], None] | None = None,
) -> PopulationResult:
    """Draw virtual patients, let them live three years, and weight them to published properties.

    Parameters
    ----------
    patients
        How many are drawn.
    cohort
        Which cohort they stand for: ``"population"``, ``"clinic"`` or ``"trial"``.
    seed
        Of everything random.
    path
        A Parquet file to keep them in, or a run folder where the name has no such ending; without it they are held in
        memory only.
    chunk
        How many at a time; it changes no result.
    resume
        Go on with a run to ``path`` that was stopped; its chunks wait in ``PATH.unfinished``.
    tell
        Called with the number of patients done.

    Raises
    ------
    InputError
        If the cohort is not known, a number is out of range, or the file cannot be written.
    LupercalError
        If nobody drawn belongs to the cohort.
    """
    if cohort not in CARES:
        raise InputError("population", "cohort", cohort, f"one of {', '.join(CARES)}")
    if patients < 1 or seed < 0 or chunk < 1:
        raise InputError("population", "patients, seed, chunk", (patients, seed, chunk), "whole numbers above 0")
    order = Order(patients, seed, cohort, *features_of(cohort), chunk)
    if path is not None:
        return _kept(order, Path(path), resume, tell or silent)
    if resume:
        raise InputError("population", "resume", "no path", "a path, where the run that was stopped is kept")
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    with TemporaryDirectory() as folder:
        file = Path(folder) / "people.parquet"
        made = produce(order, file, tell or silent)
        return PopulationResult(made, pl.read_parquet(file, memory_map=False))


def _kept(order: Order, path: Path, resume: bool, tell: Callable[[int], None]) -> PopulationResult:
    """Keep a population in a file alone, or in a run folder that says what was asked."""
    alone = path.suffix.lower() == ".parquet"
    asked = RunRecord("population", {"patients": order.patients, "cohort": order.cohort}, order.seed)
    parts = replace(asked, asked=asked.asked | {"chunk": order.chunk})
    with resumable(path, parts, resume) as pieces, file_or_run(path, ".parquet", asked) as place:
        made = produce(order, place if alone else place / "population.parquet", tell, pieces)
    return PopulationResult(made, path if alone else path / "population.parquet")


def simulate(
    specification: str | Path | Mapping[str, Any],
    folder: str | Path,
    *,
    resume: bool = False,
    runner: RunnerName = "threads",
    workers: int | None = None,
    scheduler: str | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> SimulationResult:
    """Simulate virtual patients under one therapy into a run folder.

    Parameters
    ----------
    specification
        A YAML file, or its content: ``therapy``, ``patients``, ``months``, ``seed``, ``every_months``, ``states``.
    folder
        Where the run is kept, one Parquet file per chunk.
    resume
        Go on with a run that was stopped; what is there is kept.
    runner, workers, scheduler
        Where the work is done (``"serial"``, ``"threads"``, ``"processes"`` or ``"dask"``); it changes no result.
    tell
        Called after each chunk.

    Raises
    ------
    InputError
        If the specification is not usable, or the folder holds something else.
    """
    if isinstance(specification, Mapping):
        asked = simulation_from({"format": "lupercal simulation 1", **specification}, "specification")
    else:
        asked = read_simulation(Path(specification))
    sitting = Sitting(runner, workers, scheduler, resume)
    run_in_folder(Path(folder), asked.asked(), asked, asked.sizes(), sitting, tell or silent)
    return SimulationResult(asked, Path(folder))
