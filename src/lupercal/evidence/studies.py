"""Published studies of drugs and cell therapies in one schema, one file each in ``data/studies/``.

Anybody can add a folder of further files in the same schema: `read_studies` reads it. What a file must hold is said by
the models of `lupercal.evidence.study_schema`, what a figure is and what can be computed from it by the records of
`lupercal.evidence.study_records`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from lupercal.errors import InputError
from lupercal.evidence.sources import DATA
from lupercal.evidence.study_records import (
    RATIOS,
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
from lupercal.evidence.study_schema import DesignModel, FindingModel, RowModel, StudyModel
from lupercal.evidence.units import UnitError, parse
from lupercal.files.checked import read_as

FOLDER = DATA / "studies"
ROUNDING = 0.6  # percentage points between a printed percentage and events/n


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
    """Read every ``*.yaml`` of a folder as a study.

    Raises
    ------
    InputError
        If the folder holds no study, or a file is not usable; names file, field, value and what is expected.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(folder, "", "no such folder", "a folder of study files (*.yaml)")
    by_id = {path.stem: read_study(path) for path in sorted(folder.glob("*.yaml"))}
    if not by_id:
        raise InputError(folder, "", "no file", "study files (*.yaml)")
    return by_id


def read_study(path: Path) -> Study:
    """Read one study file; its name is the study's id.

    Raises
    ------
    InputError
        If a figure lacks source, mark or unit, names an arm or source that is not declared, or contradicts itself.
    """
    data = read_as(path, StudyModel)
    for field, value, expected in _faults(data, path.stem):
        raise InputError(path, field, value, expected)
    return _study(data)


_Fault = tuple[str, Any, str]


def _faults(data: StudyModel, stem: str) -> Iterator[_Fault]:
    if data.id != stem:
        yield "id", data.id, f"the name of the file, {stem}"
    for name, arm in data.arms.items():
        if (arm.regimen is None) != bool(arm.reason):
            yield f"arms.{name}.reason", arm.reason, "a reason exactly where regimen is null"
    for section in ("baseline", "outcomes", "findings"):
        for index, row in enumerate(getattr(data, section)):
            place = f"{section}[{index}]"
            faults = (*_unknown(row, data), *(_row_faults(row) if isinstance(row, RowModel) else ()))
            yield from ((f"{place}.{field}", value, expected) for field, value, expected in faults)


def _unknown(row: RowModel | FindingModel, data: StudyModel) -> Iterator[_Fault]:
    if row.arm not in data.arms:
        yield "arm", row.arm, f"one of the arms {', '.join(data.arms)}"
    for key in row.source:
        if key not in data.sources:
            yield "source", key, f"one of the sources {', '.join(data.sources)}"
    versus = getattr(row, "versus", None)
    if versus is not None and versus not in data.arms:
        yield "versus", versus, f"one of the arms {', '.join(data.arms)}"


def _row_faults(row: RowModel) -> Iterator[_Fault]:
    try:
        parse(row.unit)
    except UnitError as error:
        yield "unit", row.unit, f"a unit ({error})"
    if row.value is None and row.range is None:
        yield "value", row.value, "a number, or a range in its place"
    yield from _interval_faults(row)
    yield from _scale_faults(row)
    yield from _event_faults(row)


def _interval_faults(row: RowModel) -> Iterator[_Fault]:
    for field in ("ci95", "iqr", "range"):
        pair = getattr(row, field)
        if pair is not None and pair[0] > pair[1]:
            yield field, list(pair), "the lower bound first"
        elif pair is not None and row.value is not None and not pair[0] <= row.value <= pair[1]:
            yield field, list(pair), f"bounds around the value {row.value:g}"


def _scale_faults(row: RowModel) -> Iterator[_Fault]:
    numbers = [part for part in (row.value, *(row.ci95 or ()), *(row.range or ())) if part is not None]
    if row.statistic == "share":
        if row.unit != "%":
            yield "unit", row.unit, "% for a share"
        if any(not 0 <= number <= 100 for number in numbers):
            yield "value", row.value, "a share from 0 to 100 %"
    if row.statistic in RATIOS and any(number <= 0 for number in numbers):
        yield "value", row.value, "a ratio above 0"


def _event_faults(row: RowModel) -> Iterator[_Fault]:
    if row.events is None:
        return
    if row.statistic not in {"share", "count"} or row.n is None:
        yield "events", row.events, "events only with n, for a share or a count"
    elif row.events > row.n:
        yield "events", row.events, f"at most n, {row.n}"
    elif row.statistic == "share" and row.value is not None and abs(row.value - 100 * row.events / row.n) > ROUNDING:
        yield "value", row.value, f"{100 * row.events / row.n:.1f}, which is {row.events} of {row.n}"
    elif row.statistic == "count" and row.value != row.events:
        yield "value", row.value, f"the events, {row.events}"


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
