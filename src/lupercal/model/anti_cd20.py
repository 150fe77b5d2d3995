"""Anti-CD20 antibodies (rituximab, obinutuzumab): strong in blood, weaker in tissue.

Follicles outlast rituximab (`tur_2024`), and BAFF, which rises once its consumers are gone (`art_38074`), keeps alive
what is left there: tissue depletion weakens as free BAFF rises above its reference and deepens below it.

state      R2     anti-CD20 antibody in serum                       mg/L
effect     kR     share of the largest depletion rate               1
effect     kRt    the same in tissue, where BAFF protects           1
parameter  k_r2   elimination                                       /d
parameter  r2_50  level for half the depletion rate                 mg/L
parameter  kr_b   largest depletion of blood B cells                /d
parameter  kr_t   largest depletion of autoreactive memory          /d
parameter  kr_pb  largest depletion of plasmablasts                 /d
parameter  r_baff  share of the resistance of tissue that follows free BAFF  1
"""

from __future__ import annotations

from lupercal.model.anti_baff import free_baff
from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return kR in [0, 1) and kRt, equal to it at the reference level of free BAFF."""
    kR = y.R2 / (y.R2 + p.r2_50)
    resistance = 1 - p.r_baff + p.r_baff * free_baff(y, p) / p.BFref
    return {"kR": kR, "kRt": kR / resistance}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dR2 in mg/L per day."""
    return {"R2": -p.k_r2 * y.R2}
