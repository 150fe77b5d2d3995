"""What neither parameters nor chance explain, for the figures of studies: which scale holds, and what is assumed.

Before an estimate (other parameter sets, the raw prior) the project's assumption between studies stands in
(``settings.yaml``). See `lupercal.evidence.unexplained`.
"""

from __future__ import annotations

from types import MappingProxyType

from lupercal.evidence.study_records import RATIOS, Row
from lupercal.evidence.unexplained import Estimated, Unexplained, shipped
from lupercal.trial.settings import settings


def kind_of(row: Row) -> str:
    """Return which scale holds for a figure: share, log_ratio or relative."""
    if row.statistic in RATIOS:
        return "log_ratio"
    return "share" if is_share(row) else "relative"


def is_share(row: Row) -> bool:
    """Return whether a figure counts patients out of a known number of them."""
    counts = row.statistic == "share" or (row.statistic == "count" and row.unit == "{patients}")
    return bool(counts and row.n)


def assumed() -> Estimated:
    """Return the project's assumption between studies, for any study."""
    between = settings().between_studies
    scales = Unexplained(share=between.share, log_ratio=between.log_ratio, relative=between.relative)
    return Estimated(ensemble="", figures={}, scales=scales, without=MappingProxyType({}))


def estimated() -> Estimated:
    """Return what ships with the ensemble, else the assumption."""
    return shipped() or assumed()
