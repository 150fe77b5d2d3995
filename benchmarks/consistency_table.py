"""Tables of `benchmarks.personal_consistency`: coverage by number of visits, places, errors beside the comparators.

    python -m benchmarks.consistency_table consistency.jsonl --page docs/explanation/learning-from-visits.md

Shares are means over people, each of whom gives many values; standard errors, the simultaneous band (multiplier
bootstrap of the largest deviation over numbers of visits and levels) and the test of places (Hotelling's, ten classes)
respect that. Comparators know the same values: last value, mean of the last three (intervals from their errors in the
other people) and a mixed-effects regression fitted on the other half of the people.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from benchmarks.comparators import Mixed, Series, carried, crps, normal_quantiles
from benchmarks.personal_consistency import AHEAD, GOALS, LEVELS, SEED, SIX, VISITS, Truth

Array = NDArray[np.float64]
CLASSES, DRAWS = 10, 4000
SURE = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)
"""Ends of classes of forecast shares."""


def inside(place: Array, level: float) -> Array:
    """Return 1 where a place lies in the central interval of a level, else 0."""
    return (np.abs(place - 0.5) <= level / 2).astype(np.float64)


def by_person(rows: pl.DataFrame, level: float) -> Array:
    """Return the share inside by person and number of visits, (people, visits)."""
    held = rows.with_columns(held=inside(rows["place"].to_numpy(), level))
    wide = held.group_by("person", "visits").agg(pl.col("held").mean()).pivot("visits", index="person", values="held")
    return wide.select(str(k) for k in range(1, len(VISITS) + 1)).to_numpy()


def simultaneous(shares: Array) -> float:
    """Return by how many standard errors the worst of several means (columns) strays in 95 of 100 cases."""
    away = shares - shares.mean(axis=0)
    spread = np.maximum(away.std(axis=0, ddof=1), 1e-9) * np.sqrt(len(away))
    signs = np.random.default_rng(1).standard_normal((DRAWS, len(away)))
    return float(np.quantile(np.abs(signs @ away / spread).max(axis=1), 0.95))


def flatness(rows: pl.DataFrame) -> float:
    """Return the p value of Hotelling's test that all classes of places are equally frequent, people as units."""
    classes = np.minimum((rows["place"].to_numpy() * CLASSES).astype(int), CLASSES - 1)
    people = rows["person"].to_numpy()
    shares = np.array([
        np.bincount(classes[people == one], minlength=CLASSES)[:-1] / (people == one).sum()
        for one in np.unique(people)
    ])  # fmt: skip
    n, k = shares.shape
    away = shares.mean(axis=0) - 1 / CLASSES
    t2 = n * away @ np.linalg.solve(np.cov(shares.T), away)
    return float(f_distribution.sf(t2 * (n - k) / (k * (n - 1)), k, n - k))


def comparators(truth: Truth, people: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield error and CRPS of every comparator by person, number of visits, days ahead and variable."""
    for name in SIX:
        series = {one: _series(truth, name, one) for one in people}
        middle, spread = _scale([one.logs for one in series.values()])
        even = {one: Series(own.days, (own.logs - middle) / spread) for one, own in series.items()}
        fits = [Mixed.fitted([_at_visits(even[one]) for one in people if one % 2 != half]) for half in range(2)]
        for number, more in ((n, m) for n in range(1, len(VISITS) + 1) for m in AHEAD):
            to, then = VISITS[number - 1], VISITS[number - 1] + more
            some = {one: _pair(series[one], number, then) for one in people}
            for title, last in (("last value", 1), ("mean of last three", 3)):
                yield from _points(title, some, to, last, {"visits": number, "ahead": more, "variable": name})
            for one in people:
                known = _pair(even[one], number, then)
                mean, sd = fits[one % 2].expects(known, to)
                sample = middle + spread * (mean[0] + sd[0] * normal_quantiles(200))
                value = middle + spread * known.logs[-1]
                yield {
                    "who": "mixed regression", "person": one, "visits": number, "ahead": more, "variable": name,
                    "error": abs(middle + spread * mean[0] - value), "crps": crps(sample, value),
                }  # fmt: skip


def _points(
    title: str, some: Mapping[int, Series], to: int, last: int, row: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    points = {one: float(carried(own, to, last)[0]) for one, own in some.items()}
    errors = {one: float(own.logs[-1]) - points[one] for one, own in some.items()}
    for one, own in some.items():
        sample = points[one] + np.array([error for other, error in errors.items() if other != one])
        found = {"error": abs(errors[one]), "crps": crps(sample, float(own.logs[-1]))}
        yield {"who": title, "person": one, **row, **found}


def _series(truth: Truth, name: str, person: int) -> Series:
    return Series(np.array(truth.days, float), np.array([truth.scaled(name, day, person) for day in truth.days]))


def _at_visits(own: Series) -> Series:
    rows = np.isin(own.days, VISITS)
    return Series(own.days[rows], own.logs[rows])


def _pair(own: Series, visits: int, then: int) -> Series:
    """Return the values of the first visits and the one that is forecast."""
    rows = [*np.flatnonzero(np.isin(own.days, VISITS[:visits])), int(np.flatnonzero(own.days == then)[0])]
    return Series(own.days[rows], own.logs[rows])


def _scale(logs: Sequence[Array]) -> tuple[float, float]:
    every = np.concatenate(logs)
    return float(every.mean()), float(every.std())


def relative(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return a score by forecaster and number of visits, relative to the last value's at one visit, over variables."""
    means = rows.group_by("who", "visits", "variable").agg(pl.col(column).mean())
    first = means.filter((pl.col("who") == "last value") & (pl.col("visits") == 1))
    base = first.select("variable", base=pl.col(column))
    joined = means.join(base, on="variable").with_columns(ratio=pl.col(column) / pl.col("base"))
    return joined.group_by("who", "visits").agg(pl.col("ratio").mean()).pivot("visits", index="who", values="ratio")


def main() -> None:
    """Print the tables; write them into a page where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--seed", type=int, default=SEED, help="of the people")
    parser.add_argument(
        "--page", type=Path, help=f"a page to write them into, between {BEGIN.strip()} and {END.strip()}"
    )
    asked = parser.parse_args()
    printed = "\n".join(told(read_rows(asked.rows), asked.seed)) + "\n"
    sys.stdout.write(printed)
    if asked.page:
        (before, rest), block = asked.page.read_text(encoding="utf-8").split(BEGIN), indent(printed, "    ")
        asked.page.write_text(f"{before}{BEGIN}\n{block}\n{END}{rest.split(END)[1]}", encoding="utf-8")


BEGIN, END = "<!-- printed by benchmarks.consistency_table -->\n", "<!-- end of what is printed -->\n"


def read_rows(path: Path) -> pl.DataFrame:
    """Return the rows of all people who were run to the end."""
    whole = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    counts = Counter(row["person"] for row in whole)
    return pl.DataFrame(
        [row for row in whole if counts[row["person"]] == max(counts.values())], infer_schema_length=None
    )


def told(rows: pl.DataFrame, seed: int) -> Iterator[str]:
    """Yield the tables line by line."""
    people = sorted(rows["person"].unique())
    yield f"{len(people)} people of seed {seed}, {rows.height} forecasts; places flat: p = {flatness(rows):.3f}"
    yield from _coverage(rows)
    yield from _goals(rows)
    shown = tuple(
        rows.select(
            "person", "visits", "ahead", "variable", who=pl.lit(who), crps=pl.col(f"{key}crps"),
            error=(pl.col(f"{key}median") - pl.col("value")).abs(),
        )
        for who, key in (("learnt from visits", ""), ("population (first visit)", "population_"))
    )  # fmt: skip
    beside = pl.DataFrame(list(comparators(Truth(max(people) + 1, seed), people)))
    every = pl.concat([*(one.select(beside.columns) for one in shown), beside])
    for column in ("error", "crps"):
        yield f"{column}, relative to the last value's at one visit, mean over variables"
        for row in relative(every, column).sort("who").iter_rows(named=True):
            yield f"  {row['who']!s:<26} " + "  ".join(f"{row[str(k)]:.2f}" for k in range(1, len(VISITS) + 1))


def _coverage(rows: pl.DataFrame) -> Iterator[str]:
    place, shares = rows["place"].to_numpy(), [by_person(rows, level) for level in LEVELS]
    pooled = "  ".join(f"{level:.0%}: {inside(place, level).mean():.1%}" for level in LEVELS)
    times = simultaneous(np.concatenate(shares, axis=1))
    yield f"intervals hold, pooled: {pooled}; simultaneous 95 % band: {times:.2f} standard errors (outside: !)"
    for k in range(len(VISITS)):
        held = list[str]()
        for level, share in zip(LEVELS, shares, strict=True):
            mean, error = share[:, k].mean(), share[:, k].std(ddof=1) / np.sqrt(len(share))
            held.append(f"{mean:.1%} ± {error:.1%}{' ' if abs(mean - level) <= times * error else '!'}")
        now = rows.filter(pl.col("visits") == k + 1)
        left = f"left {_mean(now, 'effective'):.0%}  ancestors {_mean(now, 'ancestors'):.0f}"
        yield f"  {k + 1} visits  {'  '.join(held)}  {left}  power {_mean(now, 'power'):.2f}"
    for name in SIX:
        own = rows.filter(pl.col("variable") == name)["place"].to_numpy()
        yield f"  {name:<12}" + "  ".join(f"{inside(own, level).mean():.1%}" for level in LEVELS)


def _goals(rows: pl.DataFrame) -> Iterator[str]:
    """Yield shares forecast beside those that came, by how sure the forecast was, after few visits and after many."""
    goals = rows.filter(pl.col("variable").is_in(list(GOALS))).with_columns(
        came=(pl.col("value") < pl.col("variable").replace_strict(GOALS, return_dtype=pl.Float64)).cast(pl.Float64)
    )
    for title, few in (("1 to 4 visits", True), ("5 to 8 visits", False)):
        some = goals.filter((pl.col("visits") <= len(VISITS) // 2) == few)
        yield f"chance of a goal (UPCR < 0.5, SLEDAI-2K <= 4), {title}: forecast, came ± standard error over people"
        for low, high in pairwise(SURE):
            own = some.filter((pl.col("goal") >= low) & (pl.col("goal") < high))
            if own.height:
                away = own.group_by("person").agg(away=(pl.col("came") - pl.col("goal")).sum())["away"].to_numpy()
                means = f"{_mean(own, 'goal'):.0%}  {_mean(own, 'came'):.0%} ± {np.sqrt(away @ away) / own.height:.0%}"
                yield f"  {low:.0%} to {min(high, 1):.0%}: {means}  ({own.height} forecasts)"


def _mean(rows: pl.DataFrame, column: str) -> float:
    return float(rows[column].to_numpy().mean())


if __name__ == "__main__":
    main()
