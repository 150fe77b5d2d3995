"""Observed against predicted, for every figure of every study that a virtual trial can answer.

The predicted interval is that of equally likely results that studies of the observed size would have printed, see
`lupercal.validation.printed`; counts of patients have no interval of exactly 90 %, so that its ends lie between counts
(`lupercal.validation.scores.quantiles_of`). The observed figure has its own interval; ``inside_90`` asks whether the
observed figure lies within the predicted one, ``inside_50`` whether within its middle half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.parameter_sets import fitted_figures
from lupercal.evidence.study_records import RATIOS, Row, Study
from lupercal.evidence.unexplained import NOTHING, Estimated
from lupercal.validation.corrected import ShareForecaster, results_drawn
from lupercal.validation.places import is_plain_share, share_at
from lupercal.validation.predict import Prediction
from lupercal.validation.printed import SIMULATED, as_printed
from lupercal.validation.scores import quantiles_of

Array = NDArray[np.float64]
Hold = Literal["inside_90", "inside_50", "inside_alone"]
"""Intervals that hold a figure or not, see `Compared`."""

LEVEL, HALF = (0.05, 0.95), (0.25, 0.75)


@final
@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: observed with its 95 % interval, predicted median with its 90 and 50 % intervals, in its unit.

    ``inside_alone`` asks whether it would lie within the interval of parameter sets and chance alone, without what is
    unexplained. ``z`` is the distance in standard deviations of the prediction (of its logarithm for ratios).
    ``bound`` is ``<`` or ``>`` where the study prints no more than a bound, ``observed``; empty elsewhere.
    ``fitted`` says that the shipped parameters were fitted to the figure; then agreement is no test.
    """

    study: str
    index: int
    arm: str
    versus: str
    measure: str
    item: str
    subgroup: str
    time: str
    statistic: str
    unit: str
    n: int | None
    bound: str
    observed: float
    observed_interval: tuple[float, float] | None
    predicted: float
    interval: tuple[float, float]
    interval_50: tuple[float, float]
    inside_90: bool
    inside_50: bool
    inside_alone: bool
    z: float
    fitted: bool
    use: str
    mark: str


@final
@dataclass(frozen=True, slots=True)
class NotCompared:
    """A figure without a prediction, and why; ``observed`` is None where the study prints no single value."""

    study: str
    index: int
    arm: str
    versus: str
    measure: str
    item: str
    subgroup: str
    time: str
    statistic: str
    unit: str
    n: int | None
    bound: str
    observed: float | None
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Validation:
    """``rows`` come worst first; ``told`` are the assumptions by study; ``corrected`` says whether shares are by the
    residual of their place, ``made_with`` what else was asked of the simulation, by name.
    """

    rows: tuple[Compared, ...]
    not_simulated: tuple[NotCompared, ...]
    told: Mapping[str, tuple[str, ...]]
    sets: int
    patients: int
    seed: int
    apart: Estimated
    corrected: bool = False
    made_with: Mapping[str, Any] = field(default_factory=dict)

    def coverage(self, fitted: bool | None = None, by: Hold = "inside_90") -> tuple[int, int]:
        """Return how many observed figures lie inside, of how many; of the fitted or the others where asked.

        ``by`` names the interval: of 90 %, of 50 %, or of 90 % by parameter sets and chance alone.
        """
        rows = [row for row in self.rows if fitted is None or row.fitted == fitted]
        return sum(getattr(row, by) for row in rows), len(rows)

    def document(self, versions: Mapping[str, str]) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        parts = {"all": None, "fitted": True, "not_fitted": False}
        return {
            "rows": [asdict(row) for row in self.rows],
            "not_simulated": [asdict(row) for row in self.not_simulated],
            "coverage": {
                name: {by: self.coverage(which, by)[0] for by in get_args(Hold)} | {"rows": self.coverage(which)[1]}
                for name, which in parts.items()
            },
            "assumptions": {name: list(told) for name, told in self.told.items()},
            "settings": {
                "parameter_sets": self.sets,
                "patients_per_arm": self.patients,
                "seed": self.seed,
                **self.made_with,
            },
            "corrected_by_residual": self.corrected,
            "unexplained": self.apart.model_dump(mode="json"),
            "versions": dict(versions),
        }


def compare(
    studies: Sequence[Study],
    found: Mapping[str, Sequence[Prediction]],
    seed: int,
    patients: int,
    apart: Estimated,
    better: ShareForecaster | None = None,
    made_with: Mapping[str, Any] = MappingProxyType({}),
) -> Validation:
    """Compare studies with what parameter sets predict for them.

    Parameters
    ----------
    studies
        What to compare with.
    found
        The predictions of every set, by the study's id (`lupercal.validation.by_set`).
    seed, patients
        With which they were made: seed of the trials, virtual patients per arm at least.
    apart
        What neither parameters nor chance explain.
    better
        Foretells shares by model and evidence together, without the studies of the same cluster.
    made_with
        What else was asked of the simulation, to be told with the results.
    """
    rows = [row for study in studies for row in _compared(study, found[study.id], apart, better)]
    missing = [row for study in studies for row in _missing(study, found[study.id])]
    notes = {study.id: _notes(found[study.id]) for study in studies if found[study.id]}
    sets = max((len(each) for each in found.values()), default=0)
    return Validation(
        tuple(worst_first(rows)), tuple(missing), notes, sets, patients, seed, apart, better is not None, made_with
    )


def _notes(told: Sequence[Prediction]) -> tuple[str, ...]:
    """Return what is told of a study, how many people of a set may enter, and how many sets answer where not all do."""
    answering = [one for one in told if one.values]
    if not answering:
        return told[0].told
    eligible = [one.eligible for one in answering]
    notes = [f"of each parameter set {min(eligible)} to {max(eligible)} different virtual patients may enter"]
    if len(answering) < len(told):
        why = next((reason for one in told if not one.values for reason in one.reasons.values()), "")
        notes.append(f"{len(answering)} of {len(told)} parameter sets answer; of another: {why}")
    return (*answering[0].told, *notes)


def predicted_rows(study: Study, told: Sequence[Prediction]) -> Iterable[tuple[int, Array, Array, Array]]:
    """Yield index, values, errors and virtual patients (S,) of the figures of a study that half of the sets predict."""
    for index, outcome in enumerate(study.outcomes):
        parts = [
            (each.values[index], each.errors[index], each.behind.get(index, SIMULATED))
            for each in told
            if index in each.values
        ]
        if parts and 2 * len(parts) >= len(told) and outcome.value is not None:
            values, errors, behind = (np.array(column) for column in zip(*parts, strict=True))
            yield index, values, errors, behind


def enough(study: Study, patients: int) -> int:
    """Return the virtual patients per arm: those asked for, or as many as the largest arm simulated had, up to 600."""
    sizes = [arm.n or 0 for arm in study.arms.values() if arm.regimen]
    return max(patients, min(max(sizes, default=0), 600))


def worst_first(rows: Sequence[Compared]) -> list[Compared]:
    """Return misses first, each group by distance."""
    return sorted(rows, key=lambda row: (row.inside_90, -abs(row.z), row.study, row.index))


def _compared(
    study: Study, predictions: Sequence[Prediction], apart: Estimated, better: ShareForecaster | None
) -> Iterable[Compared]:
    told_rows = list(predicted_rows(study, predictions))
    by_evidence = _by_evidence(study, told_rows, better)
    for index, values, errors, behind in told_rows:
        row = study.sized(study.outcomes[index])
        parts = (apart.of(study.id, fitted=f"{study.id}#{index}" in fitted_figures()), NOTHING)
        usual, alone = (as_printed(row, values, errors, part, behind) for part in parts)
        yield _one(study, index, row, by_evidence.get(index, usual), alone)


def _by_evidence(
    study: Study, predicted: Sequence[tuple[int, Array, Array, Array]], better: ShareForecaster | None
) -> dict[int, Array]:
    """Return results of a study's shares by model and evidence, by row; none where nobody foretells them."""
    chosen = [(index, values) for index, values, *_ in predicted if is_plain_share(study, index)]
    if better is None or not chosen:
        return {}
    shares = [share_at(study, index) for index, _ in chosen]
    wholes = [100.0 if study.outcomes[one.index].statistic == "share" else float(one.n) for one in shares]
    parts = [np.clip(values / whole, 0.0, 1.0) for (_, values), whole in zip(chosen, wholes, strict=True)]
    corrected_parts = better.predict(shares, parts, fitted_figures())
    return {
        one.index: results_drawn(each, whole) for one, each, whole in zip(shares, corrected_parts, wholes, strict=True)
    }


def _missing(study: Study, predictions: Sequence[Prediction]) -> Iterable[NotCompared]:
    for index, row in enumerate(study.outcomes):
        reasons = [each.reasons[index] for each in predictions if index in each.reasons]
        if 2 * len(reasons) > len(predictions) or (reasons and len(reasons) == len(predictions)):
            yield NotCompared(
                study.id, index, row.arm, row.versus or "", row.measure, row.item, row.subgroup, row.time or row.when,
                row.statistic, row.unit, row.n, row.bound, row.value, reasons[0],
            )  # fmt: skip


def _one(study: Study, index: int, row: Row, drawn: Array, alone: Array) -> Compared:
    low, first, third, high = quantiles_of(drawn, (LEVEL[0], *HALF, LEVEL[1]))
    observed = float(row.value if row.value is not None else np.nan)
    return Compared(
        study.id, index, row.arm, row.versus or "", row.measure, row.item, row.subgroup, row.time or row.when,
        row.statistic, row.unit, row.n, row.bound, observed, row.interval(), float(np.median(drawn)), (low, high),
        (first, third), _inside(row, observed, (low, high)), _inside(row, observed, (first, third)),
        _inside(row, observed, quantiles_of(alone, LEVEL)), _distance(row, observed, drawn),
        f"{study.id}#{index}" in fitted_figures(), row.use, row.mark,
    )  # fmt: skip


def _inside(row: Row, observed: float, interval: Sequence[float]) -> bool:
    """Return whether a figure lies in an interval, half a printed digit allowed; a count is what it is.

    Of a figure that is printed as a bound only ("below 5 %") it is asked whether the interval reaches there.
    """
    slack = 1e-9 if row.statistic == "count" else _rounding(observed)
    not_above = row.bound == "<" or observed <= interval[1] + slack
    not_below = row.bound == ">" or interval[0] - slack <= observed
    return bool(not_above and not_below)


def _distance(row: Row, observed: float, drawn: Array) -> float:
    logs = row.statistic in RATIOS and observed > 0 and bool((drawn > 0).all())
    values = np.log(drawn) if logs else drawn
    target = np.log(observed) if logs else observed
    spread = float(values.std())
    gap = float(target - np.median(values))
    as_bounded = (row.bound == "<" and gap > 0) or (row.bound == ">" and gap < 0)
    if abs(gap) <= 1e-9 or as_bounded:
        return 0.0
    return float(np.clip(gap / spread, -99.0, 99.0)) if spread > 0 else float(np.copysign(99.0, gap))


def _rounding(value: float) -> float:
    """Return half a unit of the last digit of a printed figure."""
    text = repr(value).rstrip("0").rstrip(".")
    return 0.5 * 10.0 ** -(len(text.partition(".")[2]))
