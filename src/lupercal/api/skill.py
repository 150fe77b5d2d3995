"""Does the model say more of a study nobody has shown it than a statistician would?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal.api.evidence import chosen_studies, parameter_sets
from lupercal.api.result import Result, silent
from lupercal.evidence.fold_sets import read_folds
from lupercal.evidence.parameter_sets import fitted_figures
from lupercal.evidence.studies import studies as shipped
from lupercal.evidence.study_records import Study

if TYPE_CHECKING:
    import polars as pl

    from lupercal.engine.choose import EngineName
    from lupercal.evidence.residual import ResidualField
    from lupercal.validation.sizes import Sizes
    from lupercal.validation.skill_table import SkillRow, Told


PRIOR_SETS = 8
"""Sets of the raw prior at most: it is the yardstick nobody doubts is beaten."""


@final
@dataclass(frozen=True, slots=True)
class SkillResult(Result):
    """Scores of every forecaster, share by share, and the field of residuals of all fitted shares."""

    rows: tuple[SkillRow, ...]
    field: ResidualField
    sets: int
    sizes: Sizes

    @property
    def title(self) -> str:
        """How many shares were foretold."""
        return f"{len(self.rows)} shares of {len({row.study for row in self.rows})} studies foretold"

    def frame(self) -> pl.DataFrame:
        """Return one row per share and forecaster."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        from lupercal.files.plain import plain  # noqa: PLC0415

        return pl.DataFrame(
            [
                {key: value for key, value in plain(row).items() if key != "scores"} | {"forecaster": name} | plain(one)
                for row in self.rows
                for name, one in row.scores.items()
            ],
            infer_schema_length=None,
        )

    def record(self) -> dict[str, Any]:
        """Return groups with means and differences, and every share, worst foretold first."""
        from lupercal.validation.skill_summary import skill_document  # noqa: PLC0415

        chosen = {"parameter_sets": self.sets, "patients_per_arm": self.sizes.patients, "seed": self.sizes.seed}
        chosen["refitted"] = sum(row.refitted for row in self.rows)
        return skill_document(self.rows, chosen, self.sizes.seed)


def skill(
    *,
    folder: str | Path | None = None,
    seed: int = 1,
    sets: int = 20,
    patients: int = 256,
    pool: int = 2400,
    kept: str | Path | None = None,
    folds: str | Path | None = None,
    engine: EngineName = "screen",
    workers: int | None = None,
    tell: Callable[[str, int, int], None] | None = None,
) -> SkillResult:
    """Score the model, a statistician, and the model with residual on shares that each is not shown.

    Parameters
    ----------
    folder
        Study files that are foretold; the fitted studies of the package, leaving one cluster out, where None.
    seed, sets, patients, pool, engine
        As of `validate`.
    kept
        Folder in which simulated figures are kept, so that the next call does not simulate them again.
    folds
        Folder of `lupercal calibrate folds`: its sets foretell the studies they were not fitted to.
    workers
        Sets at a time; all cores where None.
    tell
        Called with what is being done, and how much of all is done.

    Raises
    ------
    LupercalError
        If a folder is not usable.
    """
    from lupercal.validation.places import seen_rows, shares_of, usable_shares  # noqa: PLC0415 - heavy
    from lupercal.validation.sizes import Sizes  # noqa: PLC0415
    from lupercal.validation.skill_table import FoldTold, SkillInput, skill_table  # noqa: PLC0415
    from lupercal.validation.unexplained import assumed, estimated  # noqa: PLC0415

    said, sizes = tell or silent, Sizes(seed, pool, patients, engine)
    left_out = read_folds(Path(folds)) if folds is not None else ()
    package = tuple(one for one in shipped().values() if any(row.usable_for_calibration for row in one.outcomes))
    further = () if folder is None else tuple(chosen_studies(folder).values())
    learnt = usable_shares()
    run = _Run((*package, *further), sizes, Path(kept) if kept is not None else None, workers, said)
    of_model = run.fractions(parameter_sets(sets, seed, prior=False), "accepted sets")
    given = SkillInput(
        tuple(shares_of(further, lambda row: row.value is not None)) if further else learnt,
        learnt,
        tuple(shares_of(shipped().values(), seen_rows)),
        of_model,
        run.fractions(parameter_sets(min(sets, PRIOR_SETS), seed, prior=True), "raw prior"),
        fitted_figures(),
        estimated(),
        assumed().scales,
        seed,
        tuple(
            FoldTold(fold.clusters, run.fractions(fold.sets.spread(sets), f"fold {number}"), fold.fitted)
            for number, fold in enumerate(left_out, 1)
        ),
    )
    rows, field = skill_table(given, lambda done, total: said("clusters left out", done, total))
    return SkillResult(tuple(rows), field, sets, sizes)


@final
@dataclass(frozen=True, slots=True)
class _Run:
    """Studies that are simulated, and where what was simulated is kept."""

    studies: tuple[Study, ...]
    sizes: Sizes
    kept: Path | None
    workers: int | None
    tell: Callable[[str, int, int], None]

    def fractions(self, typical: Sequence[Mapping[str, float]], what: str) -> Told:
        from lupercal.validation.fractions import fractions  # noqa: PLC0415 - heavy
        from lupercal.validation.kept import kept_predictions  # noqa: PLC0415

        predictions = kept_predictions(
            self.kept, self.studies, typical, self.sizes, lambda done: self.tell(what, done, len(typical)), self.workers
        )
        return fractions(self.studies, predictions)
