"""Hydroxychloroquine in blood.

state      HQ       blood hydroxychloroquine                             ng/mL
input      hq       hydroxychloroquine dose                              mg/d
effect     Ehq      block of interferon driven by immune complexes       1
parameter  k_hq     elimination                                          /d
parameter  hq_gain  steady blood level per daily dose                    (ng/mL)/(mg/d)
parameter  hq_max   largest effect                                       1
parameter  hq_50    level for half the effect                            ng/mL
parameter  hq_pb    effect on plasmablasts relative to interferon        1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ehq in [0, 1)."""
    return {"Ehq": p.hq_max * y.HQ / (y.HQ + p.hq_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dHQ in ng/mL per day."""
    return {"HQ": p.k_hq * (p.hq_gain * u.hq - y.HQ)}
