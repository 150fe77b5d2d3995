"""Does a forecast that learns from visits hold what it promises where its own assumptions are true?

    python -m benchmarks.personal_consistency --people 200 --first 0

Virtual patients live on their own drugs, with offsets, visit noise and errors drawn as `lupercal.forecast.assimilation`
takes them to be, are seen up to eight times in six variables, and are forecast after every visit, for the next visits
and half a year ahead. Nothing of them is known to the forecast but the record. Slow: minutes for ten people.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks.comparators import crps
from lupercal.course.background import nothing_known, own_drugs
from lupercal.course.burn_in import live
from lupercal.course.continued import Recent
from lupercal.course.follow import follow
from lupercal.course.luck import SlotLuck
from lupercal.course.noise import later
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import look_back, stay
from lupercal.engine.random import normals
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.forecast.assimilation.history import assimilate
from lupercal.forecast.assimilation.outlook import Outlook
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.instruments.registry import score_simulated
from lupercal.model.observation import NOISE_STREAMS, observe
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.population.draw import draw
from lupercal.therapy.body import Person

Array = NDArray[np.float64]
SIX = ("upcr", "anti_dsdna", "c3", "egfr", "sledai_2k", "igg")
VISITS = (0, 30, 61, 91, 137, 183, 274, 365)
AHEAD = (91, 183)
SEED = 987_001
LEVELS = (0.5, 0.8, 0.9)


class Truth:
    """Virtual patients with active nephritis, and what their visits show: ``seen[variable]`` (days, people)."""

    def __init__(self, people: int) -> None:
        batch = 4096
        drawn = draw(SEED, 0, batch, typical_of(accepted(), np.arange(batch)))
        lived = live(drawn, SEED, drawn.background)
        cohort = lived.cohort(sledai_2k=score_simulated("sledai_2k", lived.columns).value)
        active = np.flatnonzero((cohort.columns["upcr"] > 0.5) & (cohort.columns["sledai_2k"] >= 6))[:people]
        self.people = cohort.take(active)
        self.days = tuple(sorted({*VISITS, *(day + more for day in VISITS for more in AHEAD)}))
        doses = own_drugs(nothing_known(), self.people.background, self.people.size, Person())
        self.doses = {name: np.broadcast_to(dose, self.people.size) for name, dose in doses.items()}
        self.seen = self._seen()

    def _seen(self) -> Mapping[str, Array]:
        slots = np.arange(self.people.size)
        luck = SlotLuck(SEED, self.people, slots, 0)
        days = stay(0, self.days[-1], self.days, {day for day in look_back(self.days) if day >= 0})
        lived = follow(self.people, DrugPlan(self.doses), days, luck)
        still = {name: np.zeros((len(self.days), self.people.size)) for name in NOISE_STREAMS}
        shown = lived.visits().columns
        score = np.asarray(score_simulated("sledai_2k", dict(shown)).low)
        recent = Recent(lived.course.days, lived.course.states)
        model = observe(recent.seen(list(self.days), still), self.people.parameters, self.people.traits)
        return {name: self._measured(name, score if name == "sledai_2k" else model[name], slots) for name in SIX}

    def _measured(self, name: str, model: Array, slots: NDArray[np.int64]) -> Array:
        """Return values as they are measured: offset, noise and error as the settings have them."""
        choices = assimilation_settings()
        channel, number = choices.channels[name], list(choices.channels).index(name)
        wobble = channel.wobble
        far = channel.offset * np.exp(choices.offset_spread * normals(SEED, "truth spread", slots))
        parts, rows, day = [np.zeros(len(slots)), np.zeros(len(slots))], list[Array](), -(10**6)
        for row, when in enumerate(self.days):
            fresh = [normals(SEED, "truth", slots, when, 3 * number + k) for k in range(3)]
            parts = [
                later(part, new, when - day, days)
                for part, new, days in zip(parts, fresh[:2], (wobble.offset_days, wobble.noise_days), strict=True)
            ]
            day = when
            error = far * parts[0] + wobble.noise_sd * parts[1] + wobble.error_sd * fresh[2]
            rows.append(channel.unscaled(channel.scaled(model[row]) + error))
        values = np.stack(rows)
        return np.round(values) if name == "sledai_2k" else values

    def scaled(self, name: str, day: int, person: int) -> float:
        """Return what one of them shows on a day, on the variable's scale."""
        channel = assimilation_settings().channels[name]
        return float(channel.scaled(self.seen[name][self.days.index(day), person]))

    def record(self, person: int) -> Patient:
        """Return what a record would tell of one of them."""
        own = {name: float(dose[person]) for name, dose in self.doses.items()}
        drugs = (("prednisone", own["gc"], "mg/d"), ("hydroxychloroquine", own["hq"], "mg/d"))
        drugs = (*drugs, ("mycophenolate_mofetil", own["ap"], "g/d"))
        taken = tuple(Treatment(name, dose, unit, status="current") for name, dose, unit in drugs if dose >= 0)
        visits = tuple(
            Visit(day, values={name: Measurement(float(self.seen[name][self.days.index(day), person])) for name in SIX})
            for day in VISITS
        )
        return Patient(f"virtual-{person}", organs_involved=("kidney",), treatments=taken, visits=visits)


def rows_of(truth: Truth, person: int, particles: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield one row per number of visits, variable and day forecast: where the truth lay, errors, what it was worth.

    Medians, values and CRPS are on the scale of the variable (natural log, or points); ``population`` is the forecast
    by the first visit alone.
    """
    found = assimilate(
        truth.record(person), VISITS[-1], truth.days, 1, lambda *_: None, particles=particles, cared=False
    )
    assert found is not None
    assert found.population is not None
    for number, step in enumerate(found.steps, start=1):
        assert step.after is not None
        for more, name in product(AHEAD, SIX):
            day = step.evidence.day + more
            value = truth.scaled(name, day, person)
            u = float(ndtr(normals(SEED, "place", person, day, number)))
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


def _scores(expected: Outlook, name: str, day: int, value: float, u: float) -> dict[str, float]:
    """Return median, CRPS and place of a value in a forecast; whole numbers within half a point, by ``u``."""
    sample = expected.sample(name, day)
    place = expected.place(name, day, value)
    if name == "sledai_2k":
        low, high = (expected.place(name, day, value + half) for half in (-0.5, 0.5))
        place = low + (high - low) * u
    return {"median": float(np.median(sample)), "crps": crps(sample, value), "place": place}


def main() -> None:
    """Run some people and write their rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--particles", type=int)
    parser.add_argument("--output", type=Path, default=Path("consistency.jsonl"))
    asked = parser.parse_args()
    truth = Truth(asked.first + asked.people)
    with asked.output.open("w", encoding="utf-8") as file:
        for person in range(asked.first, min(asked.first + asked.people, truth.people.size)):
            for row in rows_of(truth, person, asked.particles):
                file.write(json.dumps(row) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
