"""Ensembles of virtual patients under one therapy, as Parquet: one row per patient and visit.

A chunk of patients follows from the specification and its number alone: patients are drawn, live through their
burn-in and then through the therapy, with triggers, infections and their own luck addressed by patient and day.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.care.records import CareProtocol
from lupercal.care.registry import AS_IS, protocol, protocols
from lupercal.course.burn_in import live
from lupercal.course.care import CareDecisions, CareOf
from lupercal.course.care_fit import fit
from lupercal.course.follow import follow
from lupercal.course.luck import SlotLuck, forget
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import stay
from lupercal.engine.task import Course, Outcome
from lupercal.errors import InputError
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.files.checked import read_as, validated
from lupercal.files.run_folder import digest
from lupercal.model.inputs import schedule
from lupercal.model.observation import RECORDED
from lupercal.model.reference_background import reference_drugs, reference_inputs
from lupercal.model.system import system
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.population.draw import draw
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.registry import regimen


class SimulationFile(BaseModel):
    """What a user writes to ask for a simulation."""

    model_config = ConfigDict(extra="forbid", strict=True)
    format: Literal["lupercal simulation 1"]
    therapy: str
    patients: Annotated[int, Field(ge=1, le=100_000_000)]
    months: Annotated[int, Field(ge=1, le=120)] = 24
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    every_months: Annotated[int, Field(ge=1, le=120)] = 1
    states: list[str] | None = None
    chunk: Annotated[int, Field(ge=1, le=100_000)] = 2048
    care: str = AS_IS


@final
@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated: ``patients`` virtual patients under ``therapy``, seen every so many months, ``states`` kept.

    Calling it with a chunk's number returns that chunk as a Parquet file.
    """

    therapy: str
    patients: int
    months: int
    seed: int
    every_months: int
    states: tuple[str, ...]
    chunk: int
    care: str = AS_IS

    def asked(self) -> dict[str, Any]:
        """Return all that the results follow from, as plain data."""
        plain = asdict(self) | {"states": list(self.states)}
        return {name: value for name, value in plain.items() if (name, value) != ("care", AS_IS)}

    def sizes(self) -> list[int]:
        """Return the number of patients of each chunk."""
        return [min(self.chunk, self.patients - first) for first in range(0, self.patients, self.chunk)]

    def __call__(self, chunk: int) -> bytes:
        """Return a chunk as the content of a Parquet file, with units and provenance in its metadata."""
        file = io.BytesIO()
        self.table(chunk).write_parquet(file, compression="zstd", compression_level=1, metadata=self._metadata())
        forget()  # nobody asks for these patients again
        return file.getvalue()

    def table(self, chunk: int) -> pl.DataFrame:
        """Return a chunk as a table: patient, day, outcome, infections so far, and the states."""
        first = chunk * self.chunk
        return _table(first, self.course(first, self.sizes()[chunk]), self._expansion().start_day)

    def course(self, first: int, size: int) -> Course:
        """Return the course of ``size`` patients from number ``first`` on; threads are left to the runner."""
        patients = np.arange(first, first + size, dtype=np.int64)
        drawn = draw(self.seed, first, size, typical_of(accepted(), patients))
        lived = live(drawn, self.seed, reference_inputs())
        people, given = lived.everybody(), self._expansion()
        care = protocol(self.care)
        recorded_states = tuple(dict.fromkeys((*self.states, *RECORDED))) if care.rules else self.states
        days = stay(given.start_day, given.end_day, (), self._visits(given), recorded_states)
        luck = SlotLuck(self.seed, people, patients, given.start_day)
        plan = DrugPlan(reference_inputs(), schedule(given))
        if care.rules:
            plan = self._looked_after(plan, care, people)
        done = follow(people, plan, days, luck, threads=1)
        return _without(_only(done.course, days.recorded, self.states), ~lived.usable)

    def _looked_after(self, plan: DrugPlan, care: CareProtocol, people: Cohort) -> DrugPlan:
        given = regimen(self.therapy)
        fits = fit(care, given)
        decides = CareOf(
            care, self.seed, people.patients, people.parameters, people.body, 0, -given.lead_days, people.columns,
            arm=given, left_out=fits.left_out,
        )  # fmt: skip
        return replace(fits.prepared(plan), decisions=CareDecisions(decides))

    def _visits(self, plan: Expansion) -> tuple[int, ...]:
        months = range(0, self.months + 1, self.every_months)
        return tuple(sorted({plan.start_day, *(min(round(m * DAYS_PER_MONTH), plan.end_day) for m in months)}))

    def _expansion(self) -> Expansion:
        return _expanded(self.therapy, self.months)

    def _metadata(self) -> dict[str, str]:
        units = {"day": "d", **{name: system().symbol(name).unit for name in self.states}}
        return {
            "lupercal": __version__, "asked": json.dumps(self.asked(), sort_keys=True), "digest": digest(self.asked()),
            "units": json.dumps(units), "use": RESEARCH_USE_ONLY,
        }  # fmt: skip


def read_simulation(path: Path) -> Simulation:
    """Read a specification.

    Raises
    ------
    InputError
        If the file is not usable, or names an unknown therapy or state.
    """
    return _simulation(read_as(path, SimulationFile), path)


def simulation_from(data: Any, origin: object) -> Simulation:
    """Return what plain data, as a file would hold them, ask for; ``origin`` names them in errors."""
    return _simulation(validated(data, SimulationFile, origin), origin)


def _simulation(given: SimulationFile, origin: object) -> Simulation:
    states = tuple(given.states if given.states is not None else system().states)
    unknown = [name for name in states if name not in system().states]
    if unknown:
        raise InputError(origin, "states", unknown[0], f"states of the model: {', '.join(system().states)}")
    name = regimen(given.therapy).id
    care = protocol(given.care).id if given.care in protocols() else given.care
    protocol(care)
    return Simulation(name, given.patients, given.months, given.seed, given.every_months, states, given.chunk, care)


@lru_cache(maxsize=8)
def _expanded(therapy: str, months: int) -> Expansion:
    return expand(therapy, Person(), reference_drugs(), months)


def _only(course: Course, days: tuple[int, ...], states: tuple[str, ...]) -> Course:
    """Return a course at the days and with the states that were asked for; decisions look at more."""
    asked_rows = np.isin(course.days, days)
    if asked_rows.all() and set(course.states) == set(states):
        return course
    part = {name: course.states[name][asked_rows] for name in states}
    return Course(course.days[asked_rows], part, course.end, course.outcome, course.infections)


def _without(course: Course, implausible: np.ndarray[Any, np.dtype[np.bool_]]) -> Course:
    """Return a course in which patients with an implausible baseline have an outcome and no values."""
    outcome = np.where(implausible & (course.outcome == Outcome.DONE), np.int8(Outcome.OUT_OF_BOUNDS), course.outcome)
    done = outcome == Outcome.DONE
    if done.all():
        return course
    states = {name: np.where(done, values, np.nan) for name, values in course.states.items()}
    return Course(course.days, states, course.end, outcome, course.infections)


def _table(first: int, course: Course, start_day: int) -> pl.DataFrame:
    """Return one row per patient and visit, patients in order; values in single precision."""
    visits, size = len(course.days), len(course.outcome)
    weeks = np.maximum(0, -(-(course.days - start_day) // 7))
    so_far = np.concatenate([np.zeros((1, size)), np.cumsum(course.infections, axis=0)])[weeks]
    columns: dict[str, Any] = {
        "patient": np.repeat(np.arange(first, first + size, dtype=np.int64), visits),
        "day": np.tile(course.days.astype(np.int32), size),
        "outcome": np.repeat(course.outcome, visits),
        "infections": so_far.T.ravel().astype(np.int16),
    }
    return pl.DataFrame(columns | {name: values.astype(np.float32).T.ravel() for name, values in course.states.items()})
