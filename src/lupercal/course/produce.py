"""Many virtual patients into one file: drawn, burnt in, judged and weighted, chunk by chunk, so that memory is bounded.

A patient depends on seed, cohort and number alone, and the file is written in row groups of a fixed size, so its bytes
are the same whatever the chunk size.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal import RESEARCH_USE_ONLY, __version__
from lupercal.course.burn_in import Lived, live
from lupercal.course.luck import forget
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.files.chunks import DEFAULT_SIZE, chunks
from lupercal.files.documents import check_name
from lupercal.files.pieces import Pieces
from lupercal.files.writing import room_beside, written
from lupercal.patient.variables import variables
from lupercal.population.care import Care
from lupercal.population.cohorts import Weighting, cohort_members, people_features, weigh
from lupercal.population.draw import draw, varying
from lupercal.population.goals import entry_rules, standard_goals
from lupercal.population.people import LUPUS_TYPES
from lupercal.rules.entry import entry_names, entry_rule

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
FORMAT = "lupercal population 1"
ROW_GROUP = 4096
OWN_UNITS = {
    "age_at_onset": "a", "age": "a", "disease_duration": "a", "weight": "1", "mycophenolate_equivalent": "g/d",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Order:
    """Which virtual patients: numbers 0 to ``patients`` - 1 of a seed, under the care of a cohort.

    ``features`` returns what the cohort is weighted by, beside who the people are; ``history_days`` are the earlier
    visits it needs.
    """

    patients: int
    seed: int
    cohort: Care
    features: Callable[[Lived], Mapping[str, Array]]
    history_days: Sequence[int] = ()
    chunk: int = DEFAULT_SIZE


@final
@dataclass(frozen=True, slots=True)
class Produced:
    """What was made: rejections by reason, the weighting, wall time (s) and peak memory (bytes, None if unknown)."""

    patients: int
    rejected: Mapping[str, int]
    weighting: Weighting
    seconds: float
    peak_memory: int | None


def produce(order: Order, path: Path, tell: Callable[[int], None], pieces: Pieces | None = None) -> Produced:
    """Write virtual patients to a Parquet file, whole or not at all.

    Parameters
    ----------
    order
        What is wanted.
    path
        The file; an earlier one is replaced.
    tell
        Called with the number of patients done after each chunk.
    pieces
        Keep every chunk, so that a run which was stopped goes on.

    Raises
    ------
    InputError
        If the file cannot be written.
    LupercalError
        If nobody is asked for, or nobody belongs to the cohort.
    """
    if order.patients < 1:
        raise LupercalError(f"{order.patients} virtual patients cannot be drawn; at least 1 is needed")
    check_name(path)
    begun = time.perf_counter()
    with written(path) as whole, room_beside(whole) as folder:
        weighting, rejected = _weigh_parts(order, folder, tell, pieces or Pieces())
        _assemble(order, folder, weighting.weights, whole)
    return Produced(order.patients, rejected, weighting, time.perf_counter() - begun, peak_memory())


def peak_memory() -> int | None:
    """Return the largest memory this process has held, bytes; None where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def chunk_table(lived: Lived) -> pl.DataFrame:
    """Return one row per virtual patient: why rejected (null if not), who it is, drugs, parameters, baseline visit."""
    import polars as pl  # noqa: PLC0415 - heavy, only needed here

    drawn = lived.drawn
    people = drawn.people.columns() | {"lupus_type": [LUPUS_TYPES[k].value for k in drawn.people.lupus_type]}
    columns: dict[str, Any] = {"patient": drawn.patients, "rejected": _reasons(lived), **people}
    columns["mycophenolate_equivalent"] = drawn.background["ap"]
    columns |= {one.symbol: np.asarray(drawn.parameters[one.symbol]) for one in varying()}
    visit = {name: lived.columns[name] for name in sorted(lived.columns)}
    return pl.DataFrame(columns | visit, schema_overrides={"rejected": pl.String})


def _reasons(lived: Lived) -> list[str | None]:
    return [lived.judged.reasons[code - 1] if code else None for code in lived.judged.reason.tolist()]


def _weigh_parts(
    order: Order, folder: Path, tell: Callable[[int], None], pieces: Pieces
) -> tuple[Weighting, dict[str, int]]:
    """Write one file per chunk and return the weights of all patients, and rejections by reason."""
    import polars as pl  # noqa: PLC0415

    rejected, features, usable = Counter[str](), list[Mapping[str, Array]](), list[NDArray[np.bool_]]()
    for part in chunks(order.patients, order.chunk):
        name = f"{part.start:012}.parquet"
        rows = pl.read_parquet(io.BytesIO(pieces.of(name, partial(_chunk, order, part))))
        features.append({one: rows[_FEATURE + one].to_numpy() for one in _weighed_by(rows.columns)})
        usable.append(rows["rejected"].is_null().to_numpy())
        rejected.update(rows["rejected"].drop_nulls())
        rows.drop(pl.selectors.starts_with(_FEATURE)).write_parquet(folder / name, compression="lz4")
        tell(part.stop)
    whole = {name: np.concatenate([one[name] for one in features]) for name in features[0]}
    who = cohort_members(whole, entry_rules(order.cohort), np.concatenate(usable))
    return weigh(whole, standard_goals(order.cohort), order.patients, who), dict(sorted(rejected.items()))


_FEATURE = "feature "  # begins the names of columns that are only for weighing


def _weighed_by(columns: Sequence[str]) -> list[str]:
    return [name.removeprefix(_FEATURE) for name in columns if name.startswith(_FEATURE)]


def _chunk(order: Order, part: slice) -> bytes:
    """Return a chunk as a Parquet file: the rows of its patients, and the features by which they are weighed."""
    import polars as pl  # noqa: PLC0415

    typical = typical_of(accepted(), np.arange(part.start, part.stop))
    drawn = draw(order.seed, part.start, part.stop - part.start, typical, order.cohort)
    lived = live(drawn, order.seed, drawn.background, history_days=order.history_days)
    weighed_by = [pl.Series(_FEATURE + name, column) for name, column in _needed(order, lived).items()]
    content = io.BytesIO()
    chunk_table(lived).with_columns(weighed_by).write_parquet(content, compression="lz4")
    forget()
    return content.getvalue()


def _needed(order: Order, lived: Lived) -> dict[str, Array]:
    """Return the features that the cohort's entry rules and goals speak of, each (N,)."""
    names = set(entry_names(entry_rule(rule.rule) for rule in entry_rules(order.cohort)))
    names |= {goal.feature for goal in standard_goals(order.cohort)}
    features = dict(people_features(lived.drawn.people)) | dict(order.features(lived))
    return {name: np.asarray(value, np.float64) for name, value in features.items() if name in names}


def _assemble(order: Order, folder: Path, weights: Array, whole: Path) -> None:
    """Join the parts, with weights, into one file; rows keep their order."""
    import polars as pl  # noqa: PLC0415

    parts = sorted(folder.glob("*.parquet"))
    for part in parts:
        first = int(part.stem)
        rows = pl.read_parquet(part)
        weight = pl.Series("weight", weights[first : first + len(rows)])
        rows.insert_column(2, weight).write_parquet(part, compression="lz4")
    pl.scan_parquet(parts).sink_parquet(
        whole, compression="zstd", row_group_size=ROW_GROUP, maintain_order=True, metadata=_metadata(order)
    )


def _metadata(order: Order) -> dict[str, str]:
    units = {one.symbol: one.unit for one in varying()} | {name: one.unit for name, one in variables().items()}
    asked = {"patients": order.patients, "seed": order.seed, "cohort": order.cohort}
    return {
        "lupercal_format": FORMAT, "lupercal": __version__, "asked": json.dumps(asked, sort_keys=True),
        "units": json.dumps(units | OWN_UNITS, sort_keys=True),
        "use": RESEARCH_USE_ONLY,
    }  # fmt: skip
