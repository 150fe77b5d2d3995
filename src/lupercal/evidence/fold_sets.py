"""Parameter sets of calibrations that left studies out, as `lupercal calibrate folds` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, final

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError
from lupercal.evidence.parameter_sets import FILE, ParameterSets, figures_fitted, read_sets
from lupercal.files.checked import read_as
from lupercal.files.writing import write_text

RECORD = "folds.yaml"
_HEADING = "# Which clusters of studies each calibration left out; written by `lupercal calibrate folds`.\n"


@final
class FoldEntry(BaseModel):
    """One calibration: the folder of its sets beside the record, clusters left out, and figures fitted nevertheless.

    ``nevertheless`` were used for parameters that no step moves, which every fold takes from the shipped sets.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    folder: Annotated[str, Field(pattern=r"^fold-[0-9]+$")]
    clusters: Annotated[tuple[str, ...], Field(min_length=1)]
    nevertheless: tuple[str, ...] = ()


@final
class FoldRecord(BaseModel):
    """The whole file: sizes of the calibrations, and every fold."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    members: Annotated[int, Field(ge=1)]
    passes: Annotated[int, Field(ge=1)]
    pool: Annotated[int, Field(ge=1)]
    arm: Annotated[int, Field(ge=1)]
    folds: Annotated[tuple[FoldEntry, ...], Field(min_length=2)]


@final
@dataclass(frozen=True, slots=True)
class FoldSets:
    """Sets fitted without some clusters of studies, and the figures (``study#row``) they were fitted to."""

    clusters: frozenset[str]
    sets: ParameterSets
    fitted: frozenset[str]


def read_folds(folder: Path) -> tuple[FoldSets, ...]:
    """Read the folds of a folder.

    Raises
    ------
    InputError
        If a file is missing or not usable, or a cluster is left out twice.
    """
    path = folder / RECORD
    record = read_as(path, FoldRecord)
    clusters = [cluster for fold in record.folds for cluster in fold.clusters]
    twice = sorted({cluster for cluster in clusters if clusters.count(cluster) > 1})
    if twice:
        raise InputError(path, "folds", ", ".join(twice), "every cluster in one fold")
    return tuple(_read(folder / fold.folder, fold) for fold in record.folds)


def _read(folder: Path, fold: FoldEntry) -> FoldSets:
    sets = folder / FILE.name
    if not sets.is_file():
        raise InputError(sets, "", "no such file", "the sets of a fold, `lupercal calibrate folds`")
    whole = _with_others(read_sets(sets), read_sets(FILE))
    return FoldSets(frozenset(fold.clusters), whole, figures_fitted(folder) | set(fold.nevertheless))


def _with_others(sets: ParameterSets, shipped: ParameterSets) -> ParameterSets:
    """Return sets with the parameters they lack as the shipped sets have them, set by set in turn."""
    lacking = [place for place, name in enumerate(shipped.symbols) if name not in sets.symbols]
    others = shipped.values[np.arange(sets.size) % shipped.size][:, lacking]
    names = (*sets.symbols, *(shipped.symbols[place] for place in lacking))
    return ParameterSets(names, np.concatenate([sets.values, others], axis=1))


def write_folds(folder: Path, sizes: tuple[int, int, int, int], folds: Iterable[FoldEntry]) -> Path:
    """Write the record of folds: ``sizes`` are members, passes, pool and patients per arm; whole or not at all."""
    members, passes, pool, arm = sizes
    record = FoldRecord(members=members, passes=passes, pool=pool, arm=arm, folds=tuple(folds))
    text = yaml.safe_dump(record.model_dump(mode="json"), sort_keys=False, width=120)
    write_text(folder / RECORD, _HEADING + text)
    return folder / RECORD
