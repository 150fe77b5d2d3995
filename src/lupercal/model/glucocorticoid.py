"""Glucocorticoids: an effect compartment of the daily dose, and the cumulative dose.

state      GC      prednisone-equivalent dose at its site of effect          mg/d
state      TX      cumulative prednisone-equivalent dose                     g
input      gc      prednisone-equivalent dose                                mg/d
effect     Egi     effect on organ inflammation                              1
effect     Egs     effect on help and plasmablasts                           1
effect     Egf     effect on interferon production                           1
parameter  k_gc    onset and offset                                          /d
parameter  gi_max  largest effect on organ inflammation                      1
parameter  gi_50   dose for half the effect on organ inflammation            mg/d
parameter  gs_max  largest effect on help and plasmablasts                   1
parameter  gs_50   dose for half the effect on help and plasmablasts         mg/d
parameter  gf_max  largest effect on interferon production                   1
parameter  gf_50   dose for half the effect on interferon production         mg/d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Egi, Egs, Egf in [0, 1)."""
    return {
        "Egi": p.gi_max * y.GC / (y.GC + p.gi_50),
        "Egs": p.gs_max * y.GC / (y.GC + p.gs_50),
        "Egf": p.gf_max * y.GC / (y.GC + p.gf_50),
    }


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dGC (mg/d per day) and dTX (g per day)."""
    dGC = p.k_gc * (u.gc - y.GC)
    dTX = y.GC / 1000  # mg to g
    return {"GC": dGC, "TX": dTX}
