"""Predictions that are kept in a folder, so that what is computed from them needs no second simulation.

A file holds what every parameter set says of every figure of some studies (a matrix of members and figures), and stands
for the sets, sizes, code and data it was made with; another choice of any of them is another file. A study that is not
in it, or has changed, is simulated and added.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lupercal.evidence.study_records import Study
from lupercal.files.documents import parse_json, read_text
from lupercal.files.hashing import content_hash, package_hash
from lupercal.files.pieces import Pieces
from lupercal.files.writing import write_text
from lupercal.validation.by_set import plain_prediction, prediction_from, predictions_by_set
from lupercal.validation.predict import Prediction
from lupercal.validation.sizes import Sizes

_PACKAGES = (
    "evidence", "instruments", "visits", "therapy", "rules", "model", "engine", "population", "course", "trial",
    "validation",
)  # fmt: skip
_NO_PART = (
    "evidence/data/studies", "evidence/data/calibration", "evidence/data/places.yaml", "evidence/places.py",
    "evidence/parameter_sets.py", "evidence/residual.py", "evidence/random_effects.py", "evidence/skill.py",
    "validation/places.py", "validation/meta_analysis.py", "validation/scores.py", "validation/residual.py",
    "validation/skill", "validation/kept.py", "validation/compare.py", "validation/printed.py",
    "validation/unexplained.py", "validation/corrected.py", "validation/left_out.py", "validation/fractions.py",
    "validation/stacking.py",
)  # fmt: skip
_MOST = 200_000_000  # bytes of a file


def kept_predictions(
    folder: Path | None,
    studies: Sequence[Study],
    typical: Sequence[Mapping[str, float]],
    sizes: Sizes,
    progress: Callable[[int], None] = lambda done: None,
    workers: int | None = None,
    pieces: Pieces | None = None,
) -> dict[str, list[Prediction]]:
    """Return `predictions_by_set`, from the folder where they are there, and keep there what had to be simulated.

    ``pieces`` keep what is simulated set by set, so that a run which was stopped goes on.

    Raises
    ------
    InputError
        If a kept file is not usable, or the folder cannot be written.
    """
    if folder is None:
        return predictions_by_set(studies, typical, sizes, progress, workers=workers, pieces=pieces)
    path = folder / f"predictions.{_stamp(typical, sizes)}.json"
    held = parse_json(read_text(path, _MOST), path) if path.is_file() else {}
    missing = [one for one in studies if held.get(one.id, {}).get("study") != _hash(one)]
    if missing:
        new = predictions_by_set(missing, typical, sizes, progress, workers=workers, pieces=pieces)
        held |= {
            one.id: {"study": _hash(one), "sets": [plain_prediction(each) for each in new[one.id]]} for one in missing
        }
        write_text(path, json.dumps(held, allow_nan=False))
    return {one.id: [prediction_from(one, each) for each in held[one.id]["sets"]] for one in studies}


def _stamp(typical: Sequence[Mapping[str, float]], sizes: Sizes) -> str:
    made_by = package_hash(_PACKAGES, _NO_PART)
    return content_hash([dict(one) for one in typical], sizes.seed, sizes.pool, sizes.patients, sizes.engine, made_by)


def _hash(study: Study) -> str:
    return content_hash(repr(study))
