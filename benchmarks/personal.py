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
from scipy.optimize import minimize

from lupercal.forecast.assimilation.history import assimilate
from lupercal.patient.record import Measurement, Patient, Treatment, Visit

Array = NDArray[np.float64]
KNOWN_TO = (84, 168)
LEVEL = 0.8
TAPER = ((60.0, 0, 14), (50.0, 14, 28), (40.0, 28, 42), (30.0, 42, 56), (20.0, 56, 70), (15.0, 70, 84))
"""Prednisone, mg/d, from day to day: 60 mg tapered to 10 mg within 12 weeks (Ann Rheum Dis 2014;73 Suppl 2:77, OP0045,
design of ACCESS); the steps between are assumed."""


@final
@dataclass(frozen=True, slots=True)
class Series:
    """Days and ln UPCR of one participant."""

    days: Array
    logs: Array

    def known(self, to: int) -> NDArray[np.bool_]:
        """Return which values lie up to a day."""
        return np.asarray(self.days <= to)


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


def filtered(name: str, series: Series, to: int, seed: int) -> tuple[Array, Array]:
    """Return samples of all later values, (values, samples), by the forecast and by the population's."""
    ahead = [int(day) for day in series.days[~series.known(to)]]
    found = assimilate(record(name, series), to, ahead, seed, lambda *_: None)
    assert found is not None
    own, population = found.steps[-1].after, found.population
    assert own is not None
    assert population is not None
    return tuple(  # type: ignore[return-value]
        np.stack([outlook.sample("upcr", day - found.first) for day in ahead]) for outlook in (own, population)
    )


def carried(series: Series, to: int, last: int) -> Array:
    """Return the mean of the last so many known values for each later one."""
    known = series.known(to)
    return np.full(int((~known).sum()), series.logs[known][-last:].mean())


def with_errors(point: Array, errors: Array) -> Array:
    """Return samples about a point forecast by the errors it made in others, (values, samples)."""
    return np.asarray(point[:, None] + errors[None, :])


@final
@dataclass(frozen=True, slots=True)
class Mixed:
    """A linear mixed model: intercept, slope over the year and early fall, the first two random; largest likelihood."""

    theta: Array
    beta: Array
    doubt: Array

    @classmethod
    def fitted(cls, others: Sequence[Series]) -> Mixed:
        """Fit to other participants."""
        found = minimize(
            lambda theta: _profile(theta, others)[0], np.array([-0.2, 0.0, -0.2, -0.3]), method="Nelder-Mead",
            options={"maxiter": 400},
        )  # fmt: skip
        _, beta, doubt = _profile(found.x, others)
        return cls(found.x, beta, doubt)

    def expects(self, series: Series, to: int) -> tuple[Array, Array]:
        """Return mean and standard deviation of all later values, given the known ones."""
        known, fixed = series.known(to), _fixed(series.days)
        total = _covariance(self.theta, series.days) + fixed @ self.doubt @ fixed.T
        gain = total[~known][:, known] @ np.linalg.inv(total[known][:, known])
        mean = fixed @ self.beta
        later = mean[~known] + gain @ (series.logs[known] - mean[known])
        return later, np.sqrt(np.diag(total[~known][:, ~known] - gain @ total[known][:, ~known]))


def _fixed(days: Array) -> Array:
    since = np.maximum(days, 0.0)
    return np.column_stack([np.ones(len(since)), since / 365, np.minimum(since, 180) / 180])


def _covariance(theta: Array, days: Array) -> Array:
    random = _fixed(days)[:, :2]
    root = np.array([[np.exp(theta[0]), 0.0], [theta[1], np.exp(theta[2])]])
    return np.asarray(random @ root @ root.T @ random.T + np.exp(2 * theta[3]) * np.eye(len(days)))


def _profile(theta: Array, others: Sequence[Series]) -> tuple[float, Array, Array]:
    """Return minus the log likelihood at the best fixed effects, those, and their covariance."""
    a, b, quadratic, logs = np.zeros((3, 3)), np.zeros(3), 0.0, 0.0
    for one in others:
        total, fixed = _covariance(theta, one.days), _fixed(one.days)
        inverse = np.linalg.inv(total)
        a, b = a + fixed.T @ inverse @ fixed, b + fixed.T @ inverse @ one.logs
        quadratic, logs = quadratic + one.logs @ inverse @ one.logs, logs + np.linalg.slogdet(total)[1]
    beta = np.linalg.solve(a, b)
    return 0.5 * (logs + quadratic - b @ beta), beta, np.linalg.inv(a)


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


def crps(sample: Array, value: float) -> float:
    """Return the continuous ranked probability score of a sample (Gneiting and Raftery 2007)."""
    x, n = np.sort(sample), len(sample)
    spread = float((2 * np.arange(1, n + 1) - n - 1) @ x) / n**2
    return float(np.abs(x - value).mean()) - spread


def table(series: Mapping[str, Series], to: int, seed: int) -> dict[str, Score]:
    """Return the scores of every forecaster for values after a day, known up to it."""
    names = [name for name, one in series.items() if one.known(to).any() and not one.known(to).all()]
    truths = [series[name].logs[~series[name].known(to)] for name in names]
    both = [filtered(name, series[name], to, seed) for name in names]
    found = {
        "learnt from visits": scored([own for own, _ in both], truths),
        "population (first visit)": scored([population for _, population in both], truths),
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
    draws = np.sqrt(2) * _quantiles(400)
    mixed = [
        Mixed.fitted([one for other, one in series.items() if other != name]).expects(series[name], to)
        for name in names
    ]
    found["mixed regression"] = scored([m[:, None] + s[:, None] * draws[None] for m, s in mixed], truths)
    return found


def _quantiles(size: int) -> Array:
    from scipy.special import erfinv  # noqa: PLC0415

    return np.asarray(erfinv(2 * (np.arange(size) + 0.5) / size - 1))


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known-to", type=int, nargs="+", default=KNOWN_TO, help="days up to which values are known")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    series, kept = read_series(asked.series), dict[str, dict[str, list[float]]]()
    for to in asked.known_to:
        found = table(series, to, asked.seed)
        kept[f"known to day {to}"] = {name: [one.error, one.inside, one.crps] for name, one in found.items()}
        sys.stdout.write(f"known to day {to}: error of ln UPCR, inside 80 %, CRPS\n")
        for name, one in found.items():
            sys.stdout.write(f"  {name:<26} {one.error:.3f}  {one.inside:.0%}  {one.crps:.3f}\n")
        sys.stdout.flush()
    if asked.output:
        asked.output.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
