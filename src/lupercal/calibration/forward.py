"""What a parameter set predicts: its virtual patients in clinics and at trial entry, and every study on them.

All sets share the seed, hence the patients' random numbers, triggers and visit noise: differences between sets are
differences between parameters, not chance.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from lupercal.errors import LupercalError
from lupercal.evidence.studies import studies, study
from lupercal.files.pieces import Pieces, each_kept
from lupercal.files.runner import RunnerName
from lupercal.validation.natural import OF_NEPHRITIS, YEAR_AFTER, natural_course
from lupercal.validation.populations import recruits
from lupercal.validation.predict import simulate_rows
from lupercal.validation.sizes import Ensemble


@final
@dataclass(frozen=True, slots=True)
class Forward:
    """The simulator of a calibration: sets in, predictions out, on as many workers as asked for.

    ``base`` are values of parameters that a set does not name, as those of later steps; ``pieces`` keep each set of one
    call, so that it goes on where it was stopped.
    """

    ensemble: Ensemble
    runner: RunnerName = "processes"
    workers: int | None = None
    base: Mapping[str, float] = field(default_factory=dict)
    scheduler: str | None = None
    pieces: Pieces = field(default_factory=Pieces)

    def __call__(self, sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        """Return what each set predicts, in order; what cannot be simulated under a set is left out."""
        work = _Work(tuple({**self.base, **one} for one in sets), tuple(keys), self.ensemble)
        return each_kept(
            self.pieces, "sets", work, len(sets), dict, dict, self.runner, self.workers, scheduler=self.scheduler
        )


@final
@dataclass(frozen=True, slots=True)
class _Work:
    sets: tuple[dict[str, float], ...]
    keys: tuple[str, ...]
    ensemble: Ensemble

    def __call__(self, index: int) -> dict[str, float]:
        return predict_set(self.sets[index], self.keys, self.ensemble)


def predict_set(typical: Mapping[str, float], keys: Collection[str], sizes: Ensemble) -> dict[str, float]:
    """Return what one parameter set predicts for ``keys`` (see `lupercal.calibration.data.Datum`)."""
    wanted = wanted_rows(keys)
    asked = {key.partition(".")[0] for key in keys if "#" not in key}
    try:
        renal = bool(asked & OF_NEPHRITIS) or any(recruits(study(name)) == "nephritis" for name in wanted)
        natural = natural_course(typical, sizes, year=bool(asked & YEAR_AFTER), nephritis=renal)
    except LupercalError:  # nobody is ill enough to enter any trial: such a set predicts nothing
        return {}
    predictions = natural.for_a_fit
    if wanted:
        recruited = natural.prevalence.pool
        rows = simulate_rows([study(name) for name in wanted], recruited, sizes.seed, sizes.arm, wanted, sizes.engine)
        predictions |= {f"{name}#{index}": value for (name, index), value in rows.items()}
    return {key: predictions[key] for key in keys if key in predictions}


def wanted_rows(keys: Collection[str]) -> dict[str, list[int]]:
    """Return the outcome rows asked for by study."""
    wanted: dict[str, list[int]] = {}
    for key in keys:
        name, _, row = key.partition("#")
        if row and name in studies():
            wanted.setdefault(name, []).append(int(row))
    return wanted
