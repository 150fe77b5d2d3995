"""Does a forecast that learns from visits hold what it promises where its own assumptions are true?

    python -m benchmarks.personal_consistency --people 200 --first 0

Virtual patients live on their own drugs, with offsets, visit noise and errors drawn as `lupercal.forecast.assimilation`
takes them to be, are seen up to eight times in six variables, and are forecast after every visit, for the next visits
and half a year ahead. Who takes part is decided by what the first visit shows, and SLEDAI-2K is scored on the
laboratory values seen, as a clinic would. Nothing of them is known to the forecast but the record. People already in
the output are not run again. Slow: minutes for ten people.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks.comparators import crps
from lupercal.course.background import of_doses, own_drugs
from lupercal.course.burn_in import Latest, live
from lupercal.course.continued import Recent
from lupercal.course.follow import follow
from lupercal.course.luck import SlotLuck
from lupercal.course.noise import later
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import look_back, stay
from lupercal.engine.random import normals
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.forecast.assimilation.history import Variant, assimilate
from lupercal.forecast.assimilation.outlook import Outlook
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.likeness import of_candidates
from lupercal.forecast.match import Resembling, agreement, tempered
from lupercal.forecast.search import SearchRequest
from lupercal.forecast.settings import settings
from lupercal.instruments.registry import score_simulated
from lupercal.model.observation import NOISE_STREAMS, observe
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.population.cohort import Cohort, joined
from lupercal.population.draw import draw, drawn_points, independent_scores
from lupercal.therapy.body import Person

Array = NDArray[np.float64]
SIX = ("upcr", "anti_dsdna", "c3", "egfr", "sledai_2k", "igg")
VISITS = (0, 30, 61, 91, 137, 183, 274, 365)
AHEAD = (91, 183)
SEED = 987_001
LEVELS = (0.5, 0.8, 0.9)
GOALS = {"upcr": float(np.log(0.5)), "sledai_2k": 4.5}
"""Goals of which the share is forecast: below this on the variable's scale (UPCR below 0.5, SLEDAI-2K at most 4)."""


DRUGS = {"prednisone": (7.5, "mg/d"), "hydroxychloroquine": (400.0, "mg/d"), "mycophenolate_mofetil": (2.0, "g/d")}
"""What everybody takes, from 30 days before the first visit on, so that all can be looked for among the same people."""

POOL, BATCH = 16384, 4096


def population(seed: int, size: int) -> tuple[Cohort, Array]:
    """Return virtual patients on those drugs, and the scores (D, N) they were drawn at."""
    parts, scores = list[Cohort](), list[Array]()
    for first in range(0, size, BATCH):
        drawn = draw(seed, first, BATCH, typical_of(accepted(), np.arange(first, first + BATCH)))
        taken = own_drugs(
            of_doses({name: dose for name, (dose, _) in DRUGS.items()}), drawn.background, BATCH, Person()
        )
        lived = live(drawn, seed, drawn.background, latest=Latest(taken, settings().candidates.own_drugs_days))
        cohort = lived.cohort(sledai_2k=score_simulated("sledai_2k", lived.columns).value)
        points = {name: u[lived.usable] for name, u in drawn_points(seed, first, BATCH).items()}
        parts.append(replace(cohort, columns=dict(cohort.columns) | of_candidates(cohort, points)))
        scores.append(independent_scores(seed, first, BATCH)[:, lived.usable])
    return joined(parts), np.concatenate(scores, axis=1)


class Among:
    """The same virtual patients for everybody to be looked for among."""

    def __init__(self) -> None:
        self.cohort, self.scores = population(SEED + 1, POOL)

    def __call__(self, wanted: SearchRequest) -> Resembling:
        """Return them weighted by how they resemble."""
        agreed = agreement(wanted.targets.compared, wanted.seen(self.cohort))
        weights, power = tempered(agreed, np.zeros(len(agreed)), assimilation_settings().start_worth)
        worth = float(1 / np.square(weights).sum())
        return Resembling(self.cohort, weights, worth, len(weights), float(power**-0.5), self.scores)


class Truth:
    """Virtual patients with active nephritis, and what their visits show: ``seen[variable]`` (days, people).

    They are chosen by what their first visit shows, as patients are; of a choice by what nobody sees a forecast could
    not know.
    """

    def __init__(self, people: int, seed: int = SEED) -> None:
        self.seed, (cohort, _) = seed, population(seed, BATCH)
        self.days = tuple(sorted({*VISITS, *(day + more for day in VISITS for more in AHEAD)}))
        taken = of_doses({name: dose for name, (dose, _) in DRUGS.items()})
        doses = own_drugs(taken, cohort.background, cohort.size, Person())
        self.doses = {name: np.broadcast_to(dose, cohort.size) for name, dose in doses.items()}
        seen = self._seen(cohort)
        active = np.flatnonzero((seen["upcr"][0] > 0.5) & (seen["sledai_2k"][0] >= 6))[:people]
        self.size, self.seen = len(active), {name: values[:, active] for name, values in seen.items()}

    def _seen(self, people: Cohort) -> Mapping[str, Array]:
        slots = np.arange(people.size)
        days = stay(0, self.days[-1], self.days, {day for day in look_back(self.days) if day >= 0})
        lived = follow(people, DrugPlan(self.doses), days, SlotLuck(self.seed, people, slots, 0))
        still = {name: np.zeros((len(self.days), people.size)) for name in NOISE_STREAMS}
        recent = Recent(lived.course.days, lived.course.states)
        model = observe(recent.seen(list(self.days), still), people.parameters, people.traits)
        labs = {name: self._measured(name, model[name], slots) for name in (*SIX, "c4") if name != "sledai_2k"}
        score = np.asarray(score_simulated("sledai_2k", dict(lived.visits().columns) | labs).low)
        return labs | {"sledai_2k": self._measured("sledai_2k", score, slots)}

    def _measured(self, name: str, model: Array, slots: NDArray[np.int64]) -> Array:
        """Return values as they are measured: offset, noise and error as the settings have them."""
        choices = assimilation_settings()
        channel, number = choices.channels[name], list(choices.channels).index(name)
        wobble = channel.wobble
        far = channel.offset * np.exp(choices.offset_spread * normals(self.seed, "truth spread", slots))
        parts, rows, day = [np.zeros(len(slots)), np.zeros(len(slots))], list[Array](), -(10**6)
        for row, when in enumerate(self.days):
            fresh = [normals(self.seed, "truth", slots, when, 3 * number + k) for k in range(3)]
            parts = [
                later(part, new, when - day, days)
                for part, new, days in zip(parts, fresh[:2], (wobble.offset_days, wobble.noise_days), strict=True)
            ]
            day = when
            error = far * parts[0] + wobble.noise_sd * parts[1] + wobble.error_sd * fresh[2]
            rows.append(channel.unscaled(channel.scaled(model[row]) + error))
        return channel.unscaled(channel.recorded(channel.scaled(np.stack(rows))))

    def scaled(self, name: str, day: int, person: int) -> float:
        """Return what one of them shows on a day, on the variable's scale."""
        channel = assimilation_settings().channels[name]
        return float(channel.scaled(self.seen[name][self.days.index(day), person]))

    def record(self, person: int) -> Patient:
        """Return what a record would tell of one of them."""
        taken = tuple(Treatment(name, dose, unit, status="current") for name, (dose, unit) in DRUGS.items())
        visits = tuple(
            Visit(day, values={name: Measurement(float(self.seen[name][self.days.index(day), person])) for name in SIX})
            for day in VISITS
        )
        return Patient(f"virtual-{person}", organs_involved=("kidney",), treatments=taken, visits=visits)


def rows_of(truth: Truth, among: Among, person: int, particles: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield one row per number of visits, variable and day forecast: where the truth lay, errors, what it was worth.

    Medians, values and CRPS are on the scale of the variable (natural log, or points); ``population`` is the forecast
    by the first visit alone.
    """
    found = assimilate(
        truth.record(person), VISITS[-1], truth.days, 1, lambda *_: None, particles=particles, cared=False,
        variant=Variant(among, max(AHEAD)),
    )  # fmt: skip
    assert found is not None
    assert found.population is not None
    for number, step in enumerate(found.steps, start=1):
        assert step.after is not None
        for more, name in product(AHEAD, SIX):
            day = step.evidence.day + more
            value = truth.scaled(name, day, person)
            u = float(ndtr(normals(truth.seed, "place", person, 1000 * number + day, SIX.index(name))))
            rows = (
                (key, _scores(one, name, day, value, u))
                for key, one in (("", step.after), ("population_", found.population))
            )
            yield {
                "person": person, "visits": number, "ahead": more, "variable": name, "value": value,
                **{f"{key}{score}": amount for key, scores in rows for score, amount in scores.items()},
                "effective": step.weighing.effective / found.particles.size, "ancestors": step.worth,
                "power": step.weighing.power, "stages": step.weighing.stages, "taken": step.weighing.taken,
            }  # fmt: skip


def _scores(expected: Outlook, name: str, day: int, value: float, u: float) -> dict[str, float | None]:
    """Return median, CRPS, place of a value in a forecast and the share below the goal.

    The place of what is not told apart is drawn, by ``u``.
    """
    sample = expected.sample(name, day)
    channel = assimilation_settings().channels[name]
    low, high = (expected.place(name, day, value + half * channel.step) for half in (-0.5, 0.5))
    if value <= channel.bottom:
        low, high = 0.0, expected.place(name, day, channel.bottom)
    goal = expected.place(name, day, GOALS[name]) if name in GOALS else None
    place = low + (high - low) * u
    return {"median": float(np.median(sample)), "crps": crps(sample, value), "place": place, "goal": goal}


def main() -> None:
    """Run some people and write their rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--particles", type=int)
    parser.add_argument("--seed", type=int, default=SEED, help="of the people")
    parser.add_argument("--output", type=Path, default=Path("consistency.jsonl"))
    asked = parser.parse_args()
    truth, among = Truth(asked.first + asked.people, asked.seed), Among()
    before = asked.output.read_text(encoding="utf-8").splitlines() if asked.output.exists() else []
    done = {json.loads(line)["person"] for line in before}
    with asked.output.open("a", encoding="utf-8") as file:
        for person in range(asked.first, min(asked.first + asked.people, truth.size)):
            if person not in done:
                rows = list(rows_of(truth, among, person, asked.particles))
                file.writelines(json.dumps(row) + "\n" for row in rows)
                file.flush()


if __name__ == "__main__":
    main()
