"""A forecast's files in its run folder: the record as JSON, and the courses of all virtual patients in Parquet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from lupercal.errors import InputError
from lupercal.files.documents import read_text
from lupercal.files.restore import restored
from lupercal.files.writing import written
from lupercal.forecast.result import Forecast
from lupercal.safety.judge import safeties

if TYPE_CHECKING:
    import polars as pl

    from lupercal.forecast.arm import ArmRun
    from lupercal.forecast.run import Computed

RECORD = "forecast.json"
COURSES = "courses.parquet"
FORMAT = "lupercal forecast 1"
_MAX_BYTES = 100_000_000


def stored_forecast(folder: Path) -> Forecast:
    """Return the forecast a run folder holds; what safety says is judged again by the rules as they are now.

    Raises
    ------
    InputError
        If the folder holds no forecast, or one that cannot be read.
    """
    expected = "a run folder, as lupercal forecast writes it"
    if not (folder / RECORD).is_file():
        raise InputError(folder, "", f"no {RECORD}", expected)
    try:
        record = json.loads(read_text(folder / RECORD, _MAX_BYTES))
        forecast = cast("Forecast", restored(Forecast, {k: v for k, v in record.items() if k != "safety"}))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError(folder / RECORD, "", "not a whole forecast", expected) from None
    return replace(
        forecast, safety=safeties(forecast.patient, (arm.therapy for arm in forecast.arms), forecast.baseline_day)
    )


def courses_table(computed: Computed) -> pl.DataFrame:
    """Return one row per therapy, protocol of care, virtual patient and visit, with the data dictionary's column names.

    An arm whose efficacy is withheld has no rows: its courses are those of background treatment alone.
    """
    import polars as pl  # noqa: PLC0415 - heavy, only needed here

    tables = [(_arm_table(run, computed), run.expansion.efficacy_withheld is None) for run in computed.all_runs]
    return pl.concat([table if shown else table.head(0) for table, shown in tables])


def write_courses(computed: Computed, path: Path) -> None:
    """Write the courses as Parquet, units of all columns in the file's metadata; same forecast, same bytes."""
    from lupercal.patient.variables import variables  # noqa: PLC0415

    table, dictionary = courses_table(computed), variables()
    units = {name: dictionary[name].unit for name in table.columns if name in dictionary} | OWN_UNITS
    metadata = {"lupercal_format": FORMAT, "units": json.dumps(units), "seed": str(computed.forecast.seed)}
    with written(path) as temporary, temporary.open("wb") as file:
        table.write_parquet(file, compression="zstd", metadata=metadata)


OWN_UNITS = {"day": "d", "damage_expected": "{points}", "vaccine_antibodies": "1", "doris_2021": "1", "lldas": "1"}


def _arm_table(run: ArmRun, computed: Computed) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415

    visits, size = len(run.calendar.visits), computed.cohort.size
    slots = np.arange(size)
    columns_of_arm = {
        "therapy": pl.Series([run.regimen.id], dtype=pl.String).new_from_index(0, visits * size),
        "care": pl.Series([run.care.id], dtype=pl.String).new_from_index(0, visits * size),
        "virtual_patient": np.repeat(slots, visits),
        "drawn_patient": np.repeat(computed.cohort.patients, visits),
        "day": np.tile(run.calendar.visits, size),
        "main_visit": np.tile(run.calendar.main, size),
        "outcome": np.repeat(run.outcome, visits),
        "alive": np.ascontiguousarray(run.ended.alive(run.calendar.visits).T).ravel(),
    }
    return pl.DataFrame(
        columns_of_arm | {name: np.ascontiguousarray(run.columns[name].T).ravel() for name in sorted(run.columns)}
    )
