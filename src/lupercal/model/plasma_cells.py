"""Plasmablasts and plasma cells: who makes the antibodies, and how long they live.

Long-lived cells sit in protected niches: below the level K_ni they are hardly reached by BCMA CAR T cells or
conditioning.

state      PB      autoreactive plasmablasts and short-lived plasma cells             {AU}
state      LA      autoreactive long-lived plasma cells                               {AU}
state      LP      old long-lived plasma cells (vaccine antibodies, anti-Ro)          1
state      PN      newly formed polyclonal plasma cells                               1
parameter  d_pb    loss of plasmablasts                                               /d
parameter  n_pb    normalisation: PB = 1 in the reference active state                1
parameter  K_pth   help for half-maximal plasmablast output                           {AU}
parameter  w_pi    interferon stimulation of plasmablast output                       1
parameter  b_pb    BAFF-dependent share of plasmablast output                         1
parameter  z_pb    trigger effect on plasmablast output                               /{AU}
parameter  k_la    turnover of long-lived autoreactive plasma cells                   /d
parameter  f_la    share of anti-dsDNA made by long-lived plasma cells                1
parameter  d_lp    loss of old long-lived plasma cells                                /d
parameter  lp0     share of baseline IgG made by old long-lived plasma cells          1
parameter  s_pn    seeding of new plasma cells into empty niches                      /d
parameter  d_pn    loss of new plasma cells                                           /d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dPB, dLA (AU per day), dLP, dPN (share per day)."""
    april_block = p.kt_pc * e.kTA
    blast_loss = p.kc_pb * (e.k19 + e.kbc) + p.kr_pb * e.kR + p.kl_pb * e.kL + april_block
    niche_loss = e.kcp + p.kl_pc * e.kLp
    seeding = p.s_pn * q.Bt / p.Bref * (1 - y.LP - y.PN)

    dPB = p.d_pb * (output(y, p, e, q) - y.PB) - blast_loss * y.PB
    dLA = p.k_la * (y.PB - y.LA) - niche_loss * y.LA * y.LA / (y.LA + p.K_ni) - april_block * y.LA
    dLP = -(p.d_lp + niche_loss * y.LP / (y.LP + p.K_ni)) * y.LP
    dPN = seeding - (p.d_pn + p.kc_pn * e.k19 + niche_loss * y.PN / (y.PN + p.K_ni) + april_block) * y.PN
    return {"PB": dPB, "LA": dLA, "LP": dLP, "PN": dPN}


def output(y: Names, p: Names, e: Names, q: Names) -> Value:
    """Return the level of plasmablasts that activated memory sustains, AU."""
    helped = y.AM * (1 + p.K_pth) * y.TH / (p.K_pth + y.TH)
    stimulated = (1 + p.w_pi * q.isg) / (1 + p.w_pi) * (1 - p.b_pb + p.b_pb * q.SB) * (1 + p.z_pb * y.Z)
    restrained = (1 - e.Egs) * (1 - e.Eap) * (1 - e.Ems) * (1 - p.hq_pb * e.Ehq) * (1 - e.Ecd) * (1 - e.Eox)
    return p.n_pb * helped * stimulated * restrained
