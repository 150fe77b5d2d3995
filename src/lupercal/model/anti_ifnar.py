"""Anti-IFNAR antibody (anifrolumab) with target-mediated elimination.

state      AN     anti-IFNAR antibody in serum                      mg/L
effect     occ    receptor occupancy                                1
parameter  k_an   linear elimination                                /d
parameter  an_vm  target-mediated elimination                       mg/L/d
parameter  an_km  level for half the target-mediated elimination    mg/L
parameter  an_50  level for half the occupancy                      mg/L
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return occ in [0, 1)."""
    return {"occ": y.AN / (y.AN + p.an_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dAN in mg/L per day."""
    return {"AN": -p.k_an * y.AN - p.an_vm * y.AN / (y.AN + p.an_km)}
