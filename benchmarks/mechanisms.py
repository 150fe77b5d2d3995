"""Mechanisms that are off: what all figures a fit may use say when one is turned on, on the same people and luck.

``python -m benchmarks.mechanisms`` simulates every figure of the joint pass under a few accepted sets with each weight
at each of its choices in turn, all else as accepted, and prints the mean loss (Huber's, in standard deviations) of all
figures, of the renal ones by time, of complement and of flares. Nothing ships from here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.data import Data, FittedFigure
from lupercal.calibration.forward import predict_set
from lupercal.calibration.joint import joint_data
from lupercal.calibration.settings import settings
from lupercal.evidence.intervals import as_days
from lupercal.evidence.parameter_sets import FILE, read_sets
from lupercal.evidence.studies import study
from lupercal.validation.scores import gain

Array = NDArray[np.float64]
CHOICES: Mapping[str, tuple[float, ...]] = {
    "pd_w": (0.25, 0.5, 0.75), "ch_w": (0.3, 0.7), "rm_w": (0.3, 1.0), "es_w": (0.05, 0.15), "bc_bm": (0.1, 0.3),
}  # fmt: skip
EARLY = 200.0  # d, after which a renal response is a late one


def groups(rows: tuple[FittedFigure, ...]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield kinds of figures by name, and which of the rows they are."""
    kinds: Mapping[str, Callable[[str, float], bool]] = {
        "all": lambda measure, day: True,
        "early renal response": lambda measure, day: _renal(measure) and day <= EARLY,
        "later renal response": lambda measure, day: _renal(measure) and day > EARLY,
        "complement": lambda measure, day: measure in {"c3", "c4", "complement_normal", "c3_normalised"},
        "flares": lambda measure, day: "flare" in measure,
        "targets": lambda measure, day: measure == "",
    }
    told = [_what(row.key) for row in rows]
    for name, kind in kinds.items():
        yield name, np.array([kind(*one) for one in told])


def _renal(measure: str) -> bool:
    return measure.startswith(("crr", "prr", "perr", "renal_re", "overall_renal", "complete_r", "cr_or", "upcr"))


def _what(key: str) -> tuple[str, float]:
    name, _, row = key.partition("#")
    if not row:
        return "", 0.0
    outcome = study(name).outcomes[int(row)]
    return outcome.measure, as_days(outcome.time) if outcome.time else 0.0


def loss(data: Data, predicted: Array) -> Array:
    """Return each figure's loss, the mean over sets; NaN where none predicts it."""
    away, far = np.abs(predicted - data.values) / data.errors, settings().search.far
    return np.asarray(np.nanmean(np.where(away < far, away * away, 2 * far * away - far * far), axis=0))


def gain_words(data: Data, losses: Array, accepted: Array) -> str:
    """Return by how much the mean loss falls, with a bootstrap interval in which figures of a study stay together."""
    known = np.isfinite(losses) & np.isfinite(accepted)
    owners = [row.key.partition("#")[0] for row, there in zip(data.rows, known, strict=True) if there]
    told = gain((accepted - losses)[known].tolist(), owners)
    return f"gain {told.mean:+.3f} ({told.low:+.3f} to {told.high:+.3f})"


def main() -> None:
    """Run what is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=4)
    parser.add_argument("--output", type=Path, help="keep every prediction in this file (JSON)")
    asked = parser.parse_args()
    data, sets, sizes = joint_data(), read_sets(FILE).spread(asked.sets), settings().ensemble
    kept: dict[str, list[list[float]]] = {}
    accepted = np.zeros(len(data.rows))
    for name, values in {"as accepted": (0.0,), **CHOICES}.items():
        for value in values:
            extra = {} if name == "as accepted" else {name: value}
            predicted = np.stack([data.predicted(predict_set(one | extra, data.keys, sizes)) for one in sets])
            losses = loss(data, predicted)
            words = f"{name} {value:g}" if extra else name
            kept[words] = predicted.tolist()
            told = ", ".join(f"{group} {np.nanmean(losses[of]):.3f}" for group, of in groups(data.rows))
            accepted = losses if not extra else accepted
            print(f"{words}: {told}; {gain_words(data, losses, accepted)}", flush=True)
            if asked.output is not None:
                asked.output.write_text(json.dumps({"keys": data.keys, "predicted": kept}))


if __name__ == "__main__":
    main()
