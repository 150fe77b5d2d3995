"""Marrow progenitors and the blood counts they feed.

state      MP     marrow progenitors                                      1
state      NU     neutrophils                                             10*9/L
state      PL     platelets                                               10*9/L
state      HB     haemoglobin                                             g/dL
parameter  k_mp   regrowth of progenitors                                 /d
parameter  k_nu   neutrophil relaxation                                   /d
parameter  NU0    neutrophil set point                                    10*9/L
parameter  h_nu   neutrophil lowering per unit of activity                /{AU}
parameter  gs_nu  demargination by glucocorticoid, relative               1
parameter  k_pl   platelet turnover                                       /d
parameter  PL0    platelet set point                                      10*9/L
parameter  h_pl   platelet lowering per unit of activity                  /{AU}
parameter  k_hb   haemoglobin turnover                                    /d
parameter  HB0    haemoglobin set point                                   g/dL
parameter  h_hb   haemoglobin lowering per unit of activity               /{AU}
parameter  i6_hb  largest lowering of haemoglobin by inflammation         1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dMP (share per day), dNU, dPL (1e9/L per day), dHB (g/dL per day)."""
    inflammation = p.i6_hb * y.I6 / (y.I6 + p.K_i6)

    dMP = (p.k_mp * (1 - y.MP) - p.kl_mp * e.kLm) * y.MP
    dNU = p.k_nu * (p.NU0 * y.MP * (1 + p.gs_nu * e.Egs) / (1 + p.h_nu * y.HE) - y.NU)
    dPL = p.k_pl * (p.PL0 * y.MP / (1 + p.h_pl * y.HE) - y.PL)
    dHB = p.k_hb * (p.HB0 * y.MP / (1 + p.h_hb * y.HE + inflammation) - y.HB)
    return {"MP": dMP, "NU": dNU, "PL": dPL, "HB": dHB}
