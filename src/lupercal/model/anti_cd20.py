"""Anti-CD20 antibodies (rituximab, obinutuzumab): strong in blood, weaker in tissue.

state      R2     anti-CD20 antibody in serum                       mg/L
effect     kR     share of the largest depletion rate               1
parameter  k_r2   elimination                                       /d
parameter  r2_50  level for half the depletion rate                 mg/L
parameter  kr_b   largest depletion of blood B cells                /d
parameter  kr_t   largest depletion of autoreactive memory          /d
parameter  kr_pb  largest depletion of plasmablasts                 /d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return kR in [0, 1)."""
    return {"kR": y.R2 / (y.R2 + p.r2_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dR2 in mg/L per day."""
    return {"R2": -p.k_r2 * y.R2}
