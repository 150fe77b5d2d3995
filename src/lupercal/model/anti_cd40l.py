"""CD40L blockade (dapirolizumab pegol): T cells can no longer help B cells, and B cells no longer prime T cells.

state      DZ      CD40L antibody in serum                                       mg/L
effect     Ecd     share of T-B help that is blocked                             1
parameter  k_dz    elimination                                                   /d
parameter  cd_50   level for half the block                                      mg/L
parameter  cd_max  largest block                                                 1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ecd in [0, cd_max)."""
    return {"Ecd": p.cd_max * y.DZ / (y.DZ + p.cd_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dDZ in mg/L per day."""
    return {"DZ": -p.k_dz * y.DZ}
