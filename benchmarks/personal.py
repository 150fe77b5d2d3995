"""Forecasts of a series of urine protein-creatinine ratios from its first months, beside simple comparators.

    python -m benchmarks.personal SERIES.csv

SERIES.csv holds rows of participant, day, upcr (g/g), arm: what the participants of one trial in lupus nephritis
showed, all on low-dose cyclophosphamide and then azathioprine (day 0 is the first infusion). What an arm adds that has
no product here is left out: the background alone is simulated. Rows are neither kept nor printed; only sums are.

Comparators: the last value carried forward and the mean of the last three, each with an interval from its own errors in
the other participants; a mixed-effects regression fitted on the other participants; the population forecast (the first
visit alone). Scores are on the natural logarithm.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparators import Mixed, Series, carried, crps, normal_quantiles, with_errors
from lupercal.forecast.assimilation.history import assimilate
from lupercal.patient.record import Measurement, Patient, Treatment, Visit

Array = NDArray[np.float64]
KNOWN_TO = (84, 168)
LEVEL = 0.8
TAPER = ((60.0, 0, 14), (50.0, 14, 28), (40.0, 28, 42), (30.0, 42, 56), (20.0, 56, 70), (15.0, 70, 84))
"""Prednisone, mg/d, from day to day: 60 mg tapered to 10 mg within 12 weeks (Ann Rheum Dis 2014;73 Suppl 2:77, OP0045,
design of ACCESS); the steps between are assumed."""


def read_series(path: Path) -> dict[str, Series]:
    """Return the series by participant."""
    rows = dict[str, list[tuple[float, float]]]()
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["participant"], []).append((float(row["day"]), float(row["upcr"])))
    return {
        name: Series(np.array([day for day, _ in found]), np.log([value for _, value in found]))
        for name, found in rows.items()
    }


def given() -> tuple[Treatment, ...]:
    """Return the background of the trial as a record would list it."""
    infusions = [Treatment("cyclophosphamide", 500.0, "mg", day, day, "stopped") for day in range(0, 84, 14)]
    steps = [Treatment("prednisone", dose, "mg/d", first, last, "stopped") for dose, first, last in TAPER]
    kept = [Treatment("prednisone", 10.0, "mg/d", 84, None, "current")]
    return (*infusions, Treatment("azathioprine", 2.0, "mg/kg/d", 84, None, "current"), *steps, *kept)


def record(name: str, series: Series) -> Patient:
    """Return the record of a participant: nephritis of class III or IV, as the trial asked for, and the ratios."""
    visits = tuple(
        Visit(int(day), values={"upcr": Measurement(float(np.exp(log)))} | _entry(k))
        for k, (day, log) in enumerate(zip(series.days, series.logs, strict=True))
    )
    return Patient(name, organs_involved=("kidney",), treatments=given(), visits=visits)


def _entry(k: int) -> Mapping[str, Measurement]:
    return {"nephritis_class_iii_iv": Measurement(1.0)} if k == 0 else {}


def filtered(name: str, series: Series, known_to: Sequence[int], seed: int) -> dict[int, tuple[Array, Array]]:
    """Return samples of all values after each day, (values, samples), by the forecast and by the population's.

    Visits after a day change nothing of the forecast made on it, so all are learnt from in one go.
    """
    tos = [to for to in known_to if series.known(to).any() and not series.known(to).all()]
    if not tos:
        return {}
    ahead = [int(day) for day in series.days if day > min(tos)]
    found = assimilate(record(name, series), max(tos), ahead, seed, lambda *_: None)
    assert found is not None
    assert found.population is not None
    samples = dict[int, tuple[Array, Array]]()
    for to in tos:
        own = [step.after for step in found.steps if step.evidence.day + found.first <= to][-1]
        assert own is not None
        later = [int(day) - found.first for day in series.days[~series.known(to)]]
        both = (np.stack([one.sample("upcr", day) for day in later]) for one in (own, found.population))
        samples[to] = (next(both), next(both))
    return samples


@final
@dataclass(frozen=True, slots=True)
class Score:
    """Mean absolute error, share inside the 80 % interval, and mean CRPS of forecasts of ln UPCR."""

    error: float
    inside: float
    crps: float


def scored(samples: Iterable[Array], truths: Iterable[Array]) -> Score:
    """Return the scores of samples (values, samples) of each participant."""
    rows = [
        (row, value)
        for some, truth in zip(samples, truths, strict=True)
        for row, value in zip(some, truth, strict=True)
    ]
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    inside = [np.quantile(row, low) <= value <= np.quantile(row, high) for row, value in rows]
    errors = [abs(float(np.median(row)) - value) for row, value in rows]
    return Score(float(np.mean(errors)), float(np.mean(inside)), float(np.mean([crps(row, v) for row, v in rows])))


def table(
    series: Mapping[str, Series], to: int, by_filter: Mapping[str, Mapping[int, tuple[Array, Array]]]
) -> dict[str, Score]:
    """Return the scores of every forecaster for values after a day, known up to it."""
    names = [name for name in series if to in by_filter[name]]
    truths = [series[name].logs[~series[name].known(to)] for name in names]
    found = {
        title: scored([by_filter[name][to][k] for name in names], truths)
        for k, title in enumerate(("learnt from visits", "population (first visit)"))
    }
    for title, last in (("last value", 1), ("mean of last three", 3)):
        points = [carried(series[name], to, last) for name in names]
        errors = [truth - point for truth, point in zip(truths, points, strict=True)]
        samples = [
            with_errors(point, np.concatenate([one for j, one in enumerate(errors) if j != k]))
            for k, point in enumerate(points)
        ]
        middle = scored(samples, truths)
        plain = float(np.mean(np.abs(np.concatenate(errors))))
        found[title] = Score(plain, middle.inside, middle.crps)
    draws = normal_quantiles(400)
    mixed = [
        Mixed.fitted([one for other, one in series.items() if other != name]).expects(series[name], to)
        for name in names
    ]
    found["mixed regression"] = scored([m[:, None] + s[:, None] * draws[None] for m, s in mixed], truths)
    return found


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known-to", type=int, nargs="+", default=KNOWN_TO, help="days up to which values are known")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    series, kept = read_series(asked.series), dict[str, dict[str, list[float]]]()
    by_filter = {name: filtered(name, one, asked.known_to, asked.seed) for name, one in series.items()}
    for to in asked.known_to:
        found = table(series, to, by_filter)
        kept[f"known to day {to}"] = {name: [one.error, one.inside, one.crps] for name, one in found.items()}
        sys.stdout.write(f"known to day {to}: error of ln UPCR, inside 80 %, CRPS\n")
        for name, one in found.items():
            sys.stdout.write(f"  {name:<26} {one.error:.3f}  {one.inside:.0%}  {one.crps:.3f}\n")
        sys.stdout.flush()
    if asked.output:
        asked.output.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
