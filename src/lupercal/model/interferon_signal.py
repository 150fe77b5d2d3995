"""Partial block of the interferon signal: inside the cell by a tablet (TYK2, JAK1), or at its source (anti-BDCA2).

Neither silences the signature as a receptor antibody does: each has a ceiling of its own.

state      BD      BDCA2 antibody in serum                                       mg/L
input      ty      TYK2 inhibitor, deucravacitinib-equivalent dose               mg/d
effect     Ety     share of the interferon effect blocked in the cell            1
effect     Ebd     share of the interferon from immune complexes not made        1
parameter  ty_max  largest block in the cell                                     1
parameter  ty_50   dose for half of it                                           mg/d
parameter  k_bd    elimination of the BDCA2 antibody                             /d
parameter  bd_50   level for half its effect                                     mg/L
parameter  bd_max  share of the interferon from immune complexes made by plasmacytoid dendritic cells  1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ety in [0, ty_max) and Ebd in [0, bd_max)."""
    return {"Ety": p.ty_max * u.ty / (u.ty + p.ty_50), "Ebd": p.bd_max * y.BD / (y.BD + p.bd_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dBD in mg/L per day."""
    return {"BD": -p.k_bd * y.BD}
