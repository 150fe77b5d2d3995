"""Simulation beside a claim: virtual people picked at a flare, under the therapy, usual care and placebo.

The numbers come from a table that `write_simulated` makes; it carries a key of all it was computed from. Where the
key is of an earlier model the cohort is computed anew, smaller. Nothing here grades a claim: no verdict looks at it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.intervals import as_days
from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.parameters import parameter_hash
from lupercal.files.checked import read_as
from lupercal.files.hashing import content_hash, file_hash, package_hash

if TYPE_CHECKING:
    from lupercal.trial.design import Trial
    from lupercal.trial.seen import SeenArm

SPECIFICATION = Path(__file__).with_name("simulation.yaml")
TABLE = Path(__file__).with_name("data") / "simulated.csv"
COLUMNS = ("arm", "picked", "counted", "measure", "month", "share", "low", "high")
MEASURES = (
    "sledai_down_ge4", "doris_remission", "drug_free_remission", "relapse", "any_flare_sfi", "serious_infection",
    "anti_dsdna_normalised", "complement_normal", "b_cell_depletion_complete", "crs_any", "prednisone_le_5",
)  # fmt: skip
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Count = Annotated[int, Field(ge=1)]


@final
class CohortSizes(BaseModel):
    """Parameter sets, people recruited from, people per arm."""

    model_config = _STRICT
    sets: _Count
    pool: _Count
    patients: _Count


@final
class Specification(BaseModel):
    """See ``simulation.yaml``."""

    model_config = _STRICT
    seed: int
    shipped: CohortSizes
    anew: CohortSizes
    months: tuple[float, ...]
    arms: Mapping[str, str]
    usual: str
    flare: float
    placebo_drop_out: float
    steroid: float
    none: Mapping[str, str]


@final
@dataclass(frozen=True, slots=True)
class Simulated:
    """A share (per cent) of virtual people with the 90 % interval over parameter sets.

    ``arm`` is a class of therapy or ``usual``; ``picked`` is ``flare`` or ``any``; ``counted`` says who does:
    ``clinic`` everybody as seen, ``trial`` with those who leave or are rescued as not responding (placebo of a trial).
    """

    arm: str
    picked: str
    counted: str
    measure: str
    month: float
    share: float
    low: float
    high: float


@cache
def specification() -> Specification:
    """Return the specification, read and checked once."""
    return read_as(SPECIFICATION, Specification)


def current_key() -> str:
    """Return what identifies everything the table is computed from."""
    code = package_hash(("model", "trial", "course", "population", "therapy"))
    return content_hash(parameter_hash(), file_hash(ENSEMBLE), SPECIFICATION.read_text(encoding="utf-8"), code)


@cache
def shipped_table() -> tuple[str, tuple[Simulated, ...]]:
    """Return the key and the rows of the table that ships; an empty key where none does."""
    if not TABLE.is_file():
        return "", ()
    head, _, body = TABLE.read_text(encoding="utf-8").partition("\n")
    rows = csv.DictReader(io.StringIO(body))
    return head.removeprefix("# ").split()[0], tuple(_row(row) for row in rows)


def _row(row: Mapping[str, str]) -> Simulated:
    month, share, low, high = (float(row[name]) for name in ("month", "share", "low", "high"))
    return Simulated(row["arm"], row["picked"], row["counted"], row["measure"], month, share, low, high)


@cache
def simulated_rows(arm: str) -> tuple[tuple[Simulated, ...], str]:
    """Return the rows of an arm and of usual care, and how they were made: read where the table is of this model."""
    key, rows = shipped_table()
    if key == current_key():
        return tuple(row for row in rows if row.arm in {arm, "usual"}), f"from the table that ships (key {key})"
    choice = specification()
    made = f"computed anew with {choice.anew.sets} parameter sets, because the table that ships is of another model"
    return computed(choice.anew, (arm,)), made


def computed(
    sizes: CohortSizes, arms: Sequence[str] = (), tell: Callable[[int], None] = lambda done: None
) -> tuple[Simulated, ...]:
    """Run the cohorts under every parameter set and return shares with their spread over the sets.

    Parameters
    ----------
    sizes
        How many sets and people.
    arms
        Classes of therapy beside usual care; all where empty.
    tell
        Called with the number of sets done.
    """
    ensemble = accepted()
    sets = ensemble.spread(sizes.sets) if ensemble else [{}]
    by_key: dict[_Key, list[float]] = {}
    for done, typical in enumerate(sets, start=1):
        for key, share in _of_set(typical, sizes, tuple(arms) or tuple(specification().arms)):
            by_key.setdefault(key, []).append(share)
        tell(done)
    return tuple(_spread(key, shares) for key, shares in sorted(by_key.items()))


_Key = tuple[str, str, str, str, float]


def _spread(key: _Key, shares: Sequence[float]) -> Simulated:
    low, middle, high = np.quantile(shares, (0.05, 0.5, 0.95))
    arm, picked, counted, measure, month = key
    return Simulated(
        arm, picked, counted, measure, month, round(float(middle), 1), round(float(low), 1), round(float(high), 1)
    )


def _of_set(typical: Mapping[str, float], sizes: CohortSizes, arms: Sequence[str]) -> Iterator[tuple[_Key, float]]:
    from lupercal.trial.conduct import conduct  # noqa: PLC0415 - heavy
    from lupercal.trial.pool import pool  # noqa: PLC0415
    from lupercal.trial.weighting import weighted  # noqa: PLC0415

    choice = specification()
    people = weighted(pool(typical, choice.seed, sizes.pool, nephritis=False)).pool
    for picked, counted, trial in _trials(arms):
        for arm, seen in conduct(trial, people, choice.seed, sizes.patients).arms.items():
            for measure in MEASURES:
                for month, share in _shares(seen, measure):
                    yield (arm, picked, counted, measure, month), share


def _trials(arms: Sequence[str]) -> Iterator[tuple[str, str, Trial]]:
    """Yield who is picked, who counts, and the trial: at a flare as clinics and as trials count, and as people come."""
    choice = specification()
    at_flare = (f"sledai_2k >= {choice.flare:g}",)
    usual = {"usual": choice.usual}
    yield (
        "flare",
        "clinic",
        _trial({**usual, **{name: choice.arms[name] for name in arms}}, at_flare, as_trials_count=False),
    )
    yield "flare", "trial", _trial(usual, at_flare, as_trials_count=True)
    yield "any", "clinic", _trial(usual, (), as_trials_count=False)


def _trial(regimens: Mapping[str, str], entry: tuple[str, ...], *, as_trials_count: bool) -> Trial:
    from lupercal.therapy.treatment import StudyTreatment, combined  # noqa: PLC0415 - heavy
    from lupercal.trial.design import Trial, TrialArm  # noqa: PLC0415

    choice = specification()
    days = [round(as_days(f"{month} mo")) for month in choice.months]
    visits = tuple(sorted({*range(28, 366, 28), *range(365, days[-1], 84), *days}))
    given = {name: StudyTreatment(regimen) for name, regimen in regimens.items()}
    arms = {name: TrialArm(name, None, one, combined(one).lead_days) for name, one in given.items()}
    drop_out = choice.placebo_drop_out if as_trials_count else 0.0
    return Trial(
        "claims", (), "claims", arms, {}, (), entry, (), drop_out, as_trials_count, None, not as_trials_count,
        "entering", days[-1], visits, (),
    )  # fmt: skip


def _shares(seen: SeenArm, measure: str) -> Iterator[tuple[float, float]]:
    for month in specification().months:
        values = _values(seen, measure, float(round(as_days(f"{month} mo"))))[seen.usable]
        observed = values[~np.isnan(values)]
        if len(observed):
            yield month, 100 * float(observed.mean())


def _values(seen: SeenArm, measure: str, day: float) -> NDArray[np.float64]:
    """Return 1, 0 or NaN for each virtual person (N,)."""
    from lupercal.trial.endpoints.registry import measures  # noqa: PLC0415 - heavy

    if measure == "prednisone_le_5":
        return np.asarray(seen.at("prednisone", day) <= specification().steroid, np.float64)
    end_point = measures()[measure]
    reached = end_point.value(seen, day)
    if end_point.kind == "event":
        return np.asarray(reached <= day, np.float64)
    failed = seen.failed[seen.row(day)] & end_point.composite
    return np.where(failed & ~np.isnan(reached), 0.0, reached)


def write_simulated(path: Path = TABLE, tell: Callable[[int], None] = lambda done: None) -> Path:
    """Compute the table that ships and write it with its key; return the path."""
    from lupercal.files.writing import write_text  # noqa: PLC0415 - only who writes needs it

    sizes = specification().shipped
    rows = computed(sizes, (), tell)
    out = io.StringIO()
    made = (
        f"of {sizes.sets} parameter sets, {sizes.patients} virtual people per arm; made by `lupercal claims simulate`"
    )
    out.write(f"# {current_key()} {made}\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
    write_text(path, out.getvalue())
    return path
