"""Reversible inhibition of B cells through CD19 and FcγRIIb (obexelimab): nothing is killed, all returns with washout.

state      OX      inhibitory CD19 antibody in serum                             mg/L
effect     Eox     share of B-cell activation that is blocked                    1
parameter  k_ox    elimination                                                   /d
parameter  ox_50   level for half the block                                      mg/L
parameter  ox_max  largest block                                                 1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Eox in [0, ox_max)."""
    return {"Eox": p.ox_max * y.OX / (y.OX + p.ox_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dOX in mg/L per day."""
    return {"OX": -p.k_ox * y.OX}
