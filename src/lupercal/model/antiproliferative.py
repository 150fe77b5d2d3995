"""Antiproliferative drugs (mycophenolate, azathioprine) as mycophenolate equivalents.

state      AP      antiproliferative effect compartment            g/d
input      ap      mycophenolate-equivalent dose                   g/d
effect     Eap     antiproliferative effect                        1
parameter  k_ap    onset and offset                                /d
parameter  ap_max  largest effect                                  1
parameter  ap_50   dose for half the effect                        g/d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Eap in [0, 1)."""
    return {"Eap": p.ap_max * y.AP / (y.AP + p.ap_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dAP in g/d per day."""
    return {"AP": p.k_ap * (u.ap - y.AP)}
