"""Lymphodepletion and conditioning: one intensity, three targets of rising resistance.

state      LD       conditioning intensity, 1 = one course of fludarabine and cyclophosphamide    {AU}
input      ld       conditioning given                                                            {AU}/d
effect     kL       lymphotoxic effect                                                            1
effect     kLp      plasma-cell toxic effect                                                      1
effect     kLm      myelotoxic effect                                                             1
parameter  k_ld     decay of the effect                                                           /d
parameter  LD50     intensity for half the lymphotoxic effect                                     {AU}
parameter  LD50pc2  squared intensity for half the plasma-cell toxic effect                       {AU2}
parameter  LD50mp2  squared intensity for half the myelotoxic effect                              {AU2}
parameter  kl_t     largest kill rate of T cells                                                  /d
parameter  kl_b     largest kill rate of blood B cells                                            /d
parameter  kl_am    largest kill rate of autoreactive memory                                      /d
parameter  kl_pb    largest kill rate of plasmablasts                                             /d
parameter  kl_pc    largest kill rate of long-lived plasma cells                                  /d
parameter  kl_mp    largest kill rate of marrow progenitors                                       /d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return kL, kLp, kLm in [0, 1)."""
    ld2 = y.LD * y.LD
    return {
        "kL": y.LD / (y.LD + p.LD50),
        "kLp": ld2 / (ld2 + p.LD50pc2),
        "kLm": ld2 / (ld2 + p.LD50mp2),
    }


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dLD in AU per day."""
    return {"LD": u.ld - p.k_ld * y.LD}
