"""What neither parameters nor chance explain, for the figures of studies: which scale holds, and what is assumed.

Before an estimate (other parameter sets, the raw prior) the project's assumption between studies stands in
(``settings.yaml``). See `lupercal.evidence.unexplained`.
"""

from __future__ import annotations

from types import MappingProxyType

from lupercal.evidence.study_records import RATIOS, Row
from lupercal.evidence.unexplained import Estimated, Unexplained, shipped
from lupercal.trial.settings import settings

CHANGES = ("mean_change", "percent_change", "median_percent_change", "difference", "relative_reduction")
TIMES = ("d", "wk", "mo", "a", "h")


def kind_of(row: Row) -> str:
    """Return which scale holds for a figure, one of `KINDS`."""
    if row.statistic in RATIOS:
        return "log_ratio"
    if is_share(row):
        return "share"
    if row.statistic in CHANGES or row.subgroup == "change from baseline":
        return "change"
    return "time" if row.unit in TIMES else "level"


def is_share(row: Row) -> bool:
    """Return whether a figure counts patients out of a known number of them."""
    return counts_patients(row) and bool(row.n)


def counts_patients(row: Row) -> bool:
    """Return whether a figure is a share or a count of patients."""
    return row.statistic == "share" or (row.statistic == "count" and row.unit == "{patients}")


def assumed() -> Estimated:
    """Return the project's assumption between studies, for any study."""
    between = settings().between_studies
    part = between.relative
    scales = Unexplained(share=between.share, log_ratio=between.log_ratio, level=part, time=part, change=part)
    return Estimated(ensemble="", figures={}, scales=scales, without=MappingProxyType({}))


def estimated() -> Estimated:
    """Return what ships with the ensemble, else the assumption."""
    return shipped() or assumed()
