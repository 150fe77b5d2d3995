"""Anti-BAFF biologics (belimumab; telitacicept, which also blocks APRIL).

state      BE     anti-BAFF biologic in serum                      mg/L
effect     bff    free BAFF                                        ng/mL
effect     kTA    share of the largest APRIL block                 1
parameter  k_be   elimination                                      /d
parameter  K_be   level that halves free BAFF                      mg/L
parameter  ta_k   the same of a product that also blocks APRIL, relative  1
parameter  e_ta   product also blocks APRIL (0 or 1)               1
parameter  kt_pc  loss of plasma cells under full APRIL block      /d
parameter  ta_50  level for half the APRIL block                   mg/L
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return free BAFF (ng/mL) and kTA in [0, 1)."""
    return {"bff": free_baff(y, p), "kTA": p.e_ta * y.BE / (y.BE + p.ta_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dBE in mg/L per day."""
    return {"BE": -p.k_be * y.BE}


def free_baff(y: Names, p: Names) -> Value:
    """Return the BAFF that no antibody holds, ng/mL."""
    half = p.K_be * (1 + p.e_ta * (p.ta_k - 1))  # each product binds BAFF as strongly as it does
    return y.BF / (1 + y.BE / half)
