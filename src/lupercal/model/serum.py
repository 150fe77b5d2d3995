"""Antibodies and complement in serum.

Patients with SLE break IgG down faster than others and make up for it, so that its level hides the turnover
(`wochner_1970`, `igg_sle_1970`): antibodies whose makers are gone leave sooner.

Complement relaxes at a constant rate to the level that consumption allows; a loss term instead would make C4 stiff.

state      DN      anti-dsDNA                                              [IU]/mL
state      PV      antibodies of old plasma cells, relative                1
state      IG      IgG                                                     g/L
state      C3      complement C3                                           g/L
state      C4      complement C4                                           g/L
parameter  DNref   anti-dsDNA in the reference active state                [IU]/mL
parameter  k_ab    loss of anti-dsDNA                                      /d
parameter  k_pv    loss of antibodies of old plasma cells                  /d
parameter  k_ig    IgG loss at normal concentration                        /d
parameter  IG0     normal IgG                                              g/L
parameter  pc_ref  plasma-cell pool that sustains normal IgG               1
parameter  ig_pb   extra IgG with active plasmablasts                      g/L
parameter  ig_sat  share of IgG loss that rises with concentration         1
parameter  u_ig    urinary IgG loss per UPCR                               /(g/g)
parameter  hc_ig   faster breakdown and making of IgG in SLE, relative     1
parameter  C3n     C3 without consumption                                  g/L
parameter  k_c3    C3 turnover                                             /d
parameter  q3      C3 lowering at reference immune-complex load            1
parameter  c3_ap   largest acute-phase rise of C3                          1
parameter  K_i6    IL-6 for half the acute-phase effect                    pg/mL
parameter  C4n     C4 without consumption                                  g/L
parameter  k_c4    C4 turnover                                             /d
parameter  q4      C4 lowering at reference immune-complex load            1
parameter  n_ic    normalisation of immune-complex load                    {AU}
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dDN (IU/mL per day), dPV (share per day), dIG, dC3, dC4 (g/L per day)."""
    igg_made = p.IG0 * (y.LP + y.PN) / p.pc_ref + p.ig_pb * y.PB
    igg_loss = (1 - p.ig_sat + p.ig_sat * y.IG / p.IG0) * (1 + p.u_ig * y.UP)
    turnover = 1 + p.hc_ig
    consumed = (1 - p.ch_w) * q.ch + y.CH
    acute_phase = 1 + p.c3_ap * y.I6 / (y.I6 + p.K_i6)

    dDN = p.k_ab * (p.DNref * ((1 - p.f_la) * y.PB + p.f_la * y.LA) - y.DN)
    dPV = p.k_pv * turnover * (y.LP / p.lp0 - y.PV)
    dIG = p.k_ig * turnover * (igg_made - y.IG * igg_loss)
    dC3 = p.k_c3 * (p.C3n * acute_phase / (1 + p.q3 * consumed) - y.C3)
    dC4 = p.k_c4 * (p.C4n / (1 + p.q4 * consumed) - y.C4)
    return {"DN": dDN, "PV": dPV, "IG": dIG, "C3": dC3, "C4": dC4}
