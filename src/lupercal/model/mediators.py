"""Mediators: interferon, BAFF, triggers and IL-6, and the signals that link immune complexes, antigen and organs.

Signals have no memory of their own: they follow the states at once.

state      IF      type-I interferon signature                               {AU}
state      BF      BAFF                                                      ng/mL
state      Z       trigger (danger signal)                                   {AU}
state      I6      IL-6                                                      pg/mL
signal     SB      BAFF survival signal, 1 at the reference level            1
signal     isg     interferon that reaches its receptor                      {AU}
signal     Ob      organ burden                                              1
signal     c       immune-complex load                                       {AU}
signal     cc      immune-complex drive of organs                            1
signal     ch      immune-complex drive of complement consumption            1
signal     Bt      B cells in blood                                          {cells}/uL
parameter  k_if    turnover of the interferon signature                      /d
parameter  i0      constitutive interferon                                   {AU}
parameter  i_c     interferon driven by immune complexes                     {AU}
parameter  K_c     immune complexes for half-maximal interferon              {AU}
parameter  i_z     trigger effect on interferon                              /{AU}
parameter  k_z     decay of a trigger                                        /d
parameter  a_z     trigger effect on autoantigen exposure                    /{AU}
parameter  a_o     organ effect on autoantigen exposure                      /{AU}
parameter  ob_n    organ burden of the reference active state                {AU}
parameter  cl_w    share of immune-complex clearance that depends on C4      1
parameter  K_cc    immune complexes for half-maximal organ drive             {AU}
parameter  g_ch    saturation of complement consumption                      /{AU}
parameter  k_bf    turnover of BAFF                                          /d
parameter  bf0     BAFF without B cells                                      ng/mL
parameter  b_i     interferon stimulation of BAFF                            /{AU}
parameter  K_bfb   B cells that halve BAFF                                   {cells}/uL
parameter  K_bf    BAFF for half-maximal survival                            ng/mL
parameter  BFref   reference BAFF                                            ng/mL
parameter  k_i6    IL-6 adaptation                                           /d
parameter  i6b     baseline IL-6                                             pg/mL
parameter  i6o     IL-6 from organ inflammation                              pg/mL
parameter  crs     IL-6 per unit of target-killing flux                      pg.d/mL
parameter  gs_crs  glucocorticoid damping of cytokine release, relative      1
"""

from __future__ import annotations

from lupercal.model import organs
from lupercal.model.subsystem import Names, Rates


def signals(y: Names, p: Names, e: Names) -> Rates:
    """Return the quasi-steady-state signals of the disease."""
    Ob = organs.burden(y, p)
    antigen = (1 + p.a_z * y.Z + p.a_o * Ob) / (1 + p.a_o)
    clearance = p.cl_w * y.C4 / p.C4n + (1 - p.cl_w)
    c = p.n_ic * y.DN / p.DNref * antigen / clearance
    return {
        "SB": e.bff / (e.bff + p.K_bf) * (p.BFref + p.K_bf) / p.BFref * (1 - e.Eia),
        "isg": y.IF * (1 - e.occ) * (1 - e.Ety),
        "Ob": Ob,
        "c": c,
        "cc": (1 + p.K_cc) * c / (p.K_cc + c),
        "ch": (1 + p.g_ch) * c / (1 + p.g_ch * c),
        "Bt": y.BT + y.BN + y.BM,
    }


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dIF (AU per day), dBF (ng/mL per day), dZ (AU per day), dI6 (pg/mL per day)."""
    complexes = p.i_c * q.c / (q.c + p.K_c) * (1 - e.Ehq) * (1 - e.Egf) * (1 - e.Ebd)
    baff_made = p.bf0 * (1 + p.b_i * q.isg) / (1 + p.b_i) / (1 + q.Bt / p.K_bfb)
    killing = p.kc_b * q.Bt / p.Bref * e.k19 + p.kc_t * y.AM * e.k19t + p.kc_pb * e.kbc * y.PB
    release = p.crs * killing * (1 - p.gs_crs * e.Egs)

    dIF = p.k_if * (p.i0 + complexes + p.i_z * y.Z * (1 - e.Ehz) - y.IF)
    dBF = p.k_bf * (baff_made - y.BF)
    dZ = -p.k_z * y.Z
    dI6 = p.k_i6 * (p.i6b + p.i6o * q.Ob * (1 - e.Egi) + release - y.I6)
    return {"IF": dIF, "BF": dBF, "Z": dZ, "I6": dI6}
