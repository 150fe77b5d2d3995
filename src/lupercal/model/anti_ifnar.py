"""Anti-IFNAR antibody (anifrolumab) with target-mediated elimination.

A saturated receptor does not silence the whole interferon signature: its median neutralisation in the trials stays
below 100 % (`chia_2022`), so occupancy blocks the effect up to a ceiling.

state      AN     anti-IFNAR antibody in serum                      mg/L
effect     occ    share of the interferon effect that is blocked   1
parameter  k_an   linear elimination                                /d
parameter  an_vm  target-mediated elimination                       mg/L/d
parameter  an_km  level for half the target-mediated elimination    mg/L
parameter  an_50  level for half the occupancy                      mg/L
parameter  occ_max  share of the interferon effect that full occupancy blocks  1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return occ in [0, occ_max)."""
    return {"occ": p.occ_max * y.AN / (y.AN + p.an_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dAN in mg/L per day."""
    return {"AN": -p.k_an * y.AN - p.an_vm * y.AN / (y.AN + p.an_km)}
