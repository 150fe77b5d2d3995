"""What is known, and would the model have seen it? Published studies, and each of them as a virtual trial."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal import __version__
from lupercal.api.result import Result, silent
from lupercal.errors import InputError
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.studies import file_of, read_studies, study
from lupercal.evidence.studies import studies as shipped
from lupercal.evidence.study_records import Study

if TYPE_CHECKING:
    import polars as pl

    from lupercal.engine.choose import EngineName
    from lupercal.files.pieces import Pieces
    from lupercal.validation.compare import Validation
    from lupercal.validation.natural_table import TargetTable
    from lupercal.validation.sizes import Sizes


@final
@dataclass(frozen=True, slots=True)
class ValidationResult(Result):
    """Observed against predicted; ``natural_history`` are the natural-history targets, None where not asked for.

    ``calibrated`` says whether the sets are those of the shipped calibration, and not the prior or the typical values.
    """

    validation: Validation
    natural_history: TargetTable | None
    calibrated: bool

    @property
    def title(self) -> str:
        """How many observed figures lie inside the predicted intervals."""
        inside, total = self.validation.coverage()
        return f"{inside} of {total} observed figures inside the predicted 90 % interval"

    def frame(self) -> pl.DataFrame:
        """Return one row per figure, misses first: observed and predicted with intervals, distance, whether fitted."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        from lupercal.files.plain import plain  # noqa: PLC0415

        return pl.DataFrame([plain(row) for row in self.validation.rows], infer_schema_length=None)

    def record(self) -> dict[str, Any]:
        """Return every row, what is not simulated, coverage, assumptions and settings."""
        from lupercal.report.target_table import target_record  # noqa: PLC0415
        from lupercal.report.validation import validation_record  # noqa: PLC0415

        natural = {"natural_history": target_record(self.natural_history)} if self.natural_history else {}
        return validation_record(self.validation, {"lupercal": __version__}, natural)


def studies() -> pl.DataFrame:
    """Return the published studies: id, therapy, use by the calibration, how many figures, citation."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    return pl.DataFrame(
        [
            {
                "study": key, "therapy": one.therapy.what, "use": one.use, "arms": len(one.arms),
                "figures": len(one.outcomes), "citation": one.citation.text,
            }
            for key, one in shipped().items()
        ],
        infer_schema_length=None,
    )  # fmt: skip


def validate(
    only: Sequence[str] = (),
    *,
    folder: str | Path | None = None,
    seed: int = 1,
    sets: int = 20,
    patients: int = 256,
    pool: int = 2400,
    prior: bool = False,
    targets: bool = True,
    residual: bool = True,
    kept: str | Path | None = None,
    engine: EngineName = "screen",
    workers: int | None = None,
    tell: Callable[[str, int, int], None] | None = None,
    pieces: Pieces | None = None,
) -> ValidationResult:
    """Run published studies as virtual trials and set observed beside predicted.

    Parameters
    ----------
    only
        Ids of studies; all where empty.
    folder
        Further study files in the package's schema, in place of the package's own.
    seed
        Of everything random.
    sets
        Accepted parameter sets to use, at most.
    patients, pool
        Virtual patients per arm, at least, and those that trials recruit from.
    prior
        Sets from before any data instead of accepted ones.
    targets
        Compare with the natural-history targets too; never where single studies or a folder are asked for.
    residual
        Correct shares by the residual of their place, where one ships (`lupercal.evidence.residual`); never with
        ``prior``.
    kept
        Folder in which simulated figures are kept, so that the next call does not simulate them again.
    engine
        ``"screen"``, single precision with an error of 1e-3, as parameters were fitted; ``"compiled"`` in double
        precision; ``"reference"`` for checks.
    workers
        Sets at a time; all cores where None.
    tell
        Called with what is being done, and the sets done of all.
    pieces
        Keep what each set predicts, so that a run which was stopped goes on (`lupercal.files.pieces.resumable`).

    Raises
    ------
    LupercalError
        If a study or the folder is not usable.
    """
    from lupercal.evidence.residual import shipped_residual  # noqa: PLC0415 - heavy
    from lupercal.validation.compare import compare  # noqa: PLC0415
    from lupercal.validation.corrected import ShareForecaster  # noqa: PLC0415
    from lupercal.validation.kept import kept_predictions  # noqa: PLC0415
    from lupercal.validation.places import usable_shares  # noqa: PLC0415
    from lupercal.validation.sizes import Sizes  # noqa: PLC0415
    from lupercal.validation.unexplained import assumed, estimated  # noqa: PLC0415

    said = tell or silent
    chosen = tuple(chosen_studies(folder, only).values())
    typical = parameter_sets(sets, seed, prior=prior)
    with_targets = targets and folder is None and not only
    sizes, total = Sizes(seed, pool, patients, engine), len(typical)
    natural = _natural_history(typical, sizes, workers, said, pieces) if with_targets else None
    predictions = kept_predictions(
        Path(kept) if kept is not None else None, chosen, typical, sizes,
        lambda done: said("studies", done, total), workers, pieces,
    )  # fmt: skip
    apart = assumed() if prior else estimated()
    field = shipped_residual() if residual and not prior else None
    better = ShareForecaster.of(field, usable_shares(), apart) if field is not None else None
    result = compare(chosen, predictions, seed, patients, apart, better, {"pool": pool, "engine": engine})
    return ValidationResult(result, natural, calibrated=bool(typical[0]) and not prior)


def chosen_studies(folder: str | Path | None, only: Iterable[str] = ()) -> Mapping[str, Study]:
    """Return the studies asked for: those of a folder where one is given, else those of the package."""
    from lupercal.validation.checked import check_study  # noqa: PLC0415 - heavy

    if folder is None:
        return {name: study(name) for name in only} or shipped()
    further = read_studies(Path(folder))
    unknown = [name for name in only if name not in further]
    if unknown:
        raise InputError(folder, "--only", unknown[0], f"one of {', '.join(further)}")
    wanted = {name: further[name] for name in only} or further
    for name, one in wanted.items():
        check_study(one, file_of(Path(folder), name))
    return wanted


def parameter_sets(most: int, seed: int, *, prior: bool) -> list[Mapping[str, float]]:
    """Return typical values of accepted sets, spread over the ensemble; one empty set where there is none."""
    if prior:
        from lupercal.calibration.prior import prior_sets  # noqa: PLC0415 - heavy

        return list(prior_sets(most, seed))
    ensemble = accepted()
    return [{}] if ensemble is None else list(ensemble.spread(most))


def _natural_history(
    typical: list[Mapping[str, float]],
    asked: Sizes,
    workers: int | None,
    tell: Callable[[str, int, int], None],
    pieces: Pieces | None,
) -> TargetTable:
    from lupercal.calibration.settings import settings  # noqa: PLC0415 - heavy
    from lupercal.validation.natural_table import target_table  # noqa: PLC0415

    of_all = {"seed": asked.seed, "pool": asked.pool, "engine": asked.engine}
    sizes = settings().ensemble.model_copy(update=of_all)
    return target_table(
        typical, sizes, lambda done: tell("natural history", done, len(typical)), workers=workers, pieces=pieces
    )
