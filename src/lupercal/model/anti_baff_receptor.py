"""Antibody against the BAFF receptor (ianalumab): it depletes B cells and keeps BAFF from those that are left.

state      IA      BAFF-receptor antibody in serum                               mg/L
effect     kI      share of the largest depletion rate                           1
effect     Eia     share of the BAFF survival signal that is blocked             1
parameter  k_ia    elimination                                                   /d
parameter  ia_50   level for half of both effects                                mg/L
parameter  ki_b    largest depletion of blood B cells                            /d
parameter  ki_t    largest depletion of autoreactive memory                      /d
parameter  ia_max  largest block of the BAFF signal                              1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return kI in [0, 1) and Eia in [0, ia_max)."""
    bound = y.IA / (y.IA + p.ia_50)
    return {"kI": bound, "Eia": p.ia_max * bound}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dIA in mg/L per day."""
    return {"IA": -p.k_ia * y.IA}
