"""Autoreactive memory B cells in tissue: the pool that decides between disease and remission.

Growth needs help (quadratic at low help), so a small pool dies out and a large one sustains itself up to a crowding
limit: two stable states. New cells leak in from naive B cells, faster under interferon.

state      AM       autoreactive memory and activated B cells         {AU}
parameter  nu       seeding from naive B cells at full interferon     /d
parameter  l0       interferon-independent share of the seeding       1
parameter  K_nu     interferon squared at half the seeding            {AU2}
parameter  p_am     largest help-dependent growth                     /d
parameter  K_th2    help squared at half the growth                   {AU2}
parameter  d_am     loss at low density                               /d
parameter  am_cap   crowding constant                                 {AU}
parameter  b_am     BAFF-dependent share of growth                    1
parameter  ap_am    antiproliferative effect on growth and help       1
parameter  hor      hormonal multiplier of growth                     1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dAM in AU per day."""
    ifn2 = q.isg * q.isg
    leak = p.nu * y.BN / p.BNref * (p.l0 + ifn2 / (ifn2 + p.K_nu))
    depletion = p.kr_t * e.kRt + p.kc_t * e.k19t + p.kl_am * e.kL + p.ki_t * e.kI
    loss = p.d_am * (1 + y.AM / p.am_cap)

    dAM = leak + (growth(y, p, e, q) - loss - depletion) * y.AM
    return {"AM": dAM}


def growth(y: Names, p: Names, e: Names, q: Names) -> Value:
    """Return the help-dependent growth rate, 1/d."""
    help2 = y.TH * y.TH
    baff = 1 - p.b_am + p.b_am * q.SB
    restrained = (1 - p.ap_am * e.Eap) * (1 - p.me_am * e.Ems) * (1 - e.Ecd) * (1 - e.Eox)
    return p.hor * p.p_am * help2 / (help2 + p.K_th2) * baff * restrained
