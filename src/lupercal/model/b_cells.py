"""B cells in blood: transitional, naive and polyclonal memory.

Anti-CD20, CD19 CAR T cells and lymphodepletion remove them; the marrow makes new ones unless CAR T cells catch the
CD19+ precursors. Anti-CD20 antibodies reach the later of these, too, since CD20 appears with the pre-B cell
(`rehnberg_2009`); BAFF keeps B cells alive.

state      BT       transitional B cells                                      {cells}/uL
state      BN       naive B cells                                             {cells}/uL
state      BM       polyclonal memory B cells                                 {cells}/uL
parameter  p_bt     output of transitional B cells at full marrow function    {cells}/uL/d
parameter  tau_pro  residence time of CD19+ marrow precursors                 d
parameter  tau_im   residence time of CD20+ precursors in the marrow          d
parameter  k_mat    maturation of transitional to naive                       /d
parameter  mat0     BAFF-independent share of maturation                      1
parameter  d_bt     death of transitional B cells                             /d
parameter  d_bn     death of naive B cells at normal BAFF                     /d
parameter  e_bn     rise of naive death when the BAFF signal is lost          1
parameter  a_bn     naive to memory                                           /d
parameter  d_bm     net loss of memory                                        /d
parameter  bc_bm    share of memory B cells with BCMA                         1
parameter  BNref    reference naive count                                     {cells}/uL
parameter  Bref     reference total count                                     {cells}/uL
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dBT, dBN, dBM in cells/uL per day."""
    depletion = p.kr_b * e.kR + p.kc_b * e.k19 + p.kl_b * e.kL + p.ki_b * e.kI
    maturation = p.k_mat * (p.mat0 + (1 - p.mat0) * q.SB)
    caught = p.tau_pro * p.kc_b * e.k19 + p.tau_im * p.kr_b * e.kR
    naive_death = p.d_bn * (1 + p.e_bn * (1 - q.SB))

    dBT = p.p_bt * y.MP / (1 + caught) - (maturation + p.d_bt + depletion) * y.BT
    dBN = maturation * y.BT - (naive_death + p.a_bn + depletion) * y.BN
    dBM = p.a_bn * y.BN - (p.d_bm + depletion + p.bc_bm * p.kc_b * e.kbc) * y.BM
    return {"BT": dBT, "BN": dBN, "BM": dBM}
