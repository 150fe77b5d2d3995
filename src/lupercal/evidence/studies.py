"""Published studies of drugs and cell therapies in one schema, one file each in ``data/studies/``.

Anybody can add a folder of further files in the same schema: `read_studies` reads it. What a file must hold is said by
the models of `lupercal.evidence.study_schema`, what a figure is and what can be computed from it by the records of
`lupercal.evidence.study_records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path

from lupercal.errors import InputError
from lupercal.evidence.sources import DATA
from lupercal.evidence.study_faults import faults_of
from lupercal.evidence.study_records import (
    Citation,
    Design,
    Finding,
    NotCarried,
    Reference,
    Row,
    Study,
    StudyArm,
    Therapy,
)
from lupercal.evidence.study_schema import DesignModel, RowModel, StudyModel
from lupercal.files.checked import read_as

FOLDER = DATA / "studies"
_ENDINGS = (".yaml", ".yml")


@cache
def studies() -> Mapping[str, Study]:
    """Return every study of the package by id."""
    return read_studies(FOLDER)


def study(name: str) -> Study:
    """Return one study, or raise `InputError` naming the nearest ids."""
    chosen = studies().get(name)
    if chosen:
        return chosen
    close = get_close_matches(name, studies(), n=3, cutoff=0.4)
    hint = f"perhaps {' or '.join(close)}" if close else "see lupercal evidence"
    raise InputError("evidence", "", name, f"the id of a study, {hint}")


def read_studies(folder: Path) -> dict[str, Study]:
    """Read every ``*.yaml`` and ``*.yml`` of a folder as a study; hidden files and folders are left out.

    Raises
    ------
    InputError
        If the folder holds no study, or a file is not usable; names file, field, value and what is expected.
    """
    folder = Path(folder)
    if not folder.is_dir():
        found = "a file" if folder.is_file() else "no such folder"
        raise InputError(folder, "", found, "a folder of study files (*.yaml)")
    paths = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and not path.name.startswith("."))
    if not paths:
        raise InputError(folder, "", "no file", "study files (*.yaml)")
    twice = [path for path, before in pairwise(paths) if path.stem == before.stem]
    if twice:
        raise InputError(twice[0], "", "a second file of this name", "one file for each study")
    return {path.stem: read_study(path) for path in paths}


def file_of(folder: Path, name: str) -> Path:
    """Return the file of a folder that holds a study."""
    return next(path for ending in _ENDINGS if (path := folder / f"{name}{ending}").is_file())


def read_study(path: Path) -> Study:
    """Read one study file; its name is the study's id.

    Raises
    ------
    InputError
        If a figure lacks source, mark or unit, names an arm or source that is not declared, or contradicts itself.
    """
    data = read_as(path, StudyModel)
    for field, value, expected in faults_of(data, path.stem):
        raise InputError(path, field, value, expected)
    return _study(data)


def _study(data: StudyModel) -> Study:
    return Study(
        data.id, data.use, data.use_limit,
        Citation(**data.citation.model_dump()),
        Therapy(**data.therapy.model_dump()),
        _design(data.design),
        {name: StudyArm(name, **arm.model_dump()) for name, arm in data.arms.items()},
        {key: Reference(key, **known.model_dump()) for key, known in data.sources.items()},
        tuple(_row(row, "baseline", data.use) for row in data.baseline),
        tuple(_row(row, "outcome", data.use) for row in data.outcomes),
        tuple(Finding(**finding.model_dump()) for finding in data.findings),
        data.notes, data.evidence, data.overlap_cluster,
        tuple(NotCarried(**item.model_dump()) for item in data.not_carried),
        data.simulation,
    )  # fmt: skip


def _row(row: RowModel, role: str, use: str) -> Row:
    return Row(role=role, **(row.model_dump() | {"use": row.use or use}))


def _design(design: DesignModel) -> Design:
    return Design(**design.model_dump())
