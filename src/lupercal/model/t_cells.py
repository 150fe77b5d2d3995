"""T cells: autoreactive help, functional Treg, CD4 and CD8 counts.

state      TH     autoreactive T help (Tfh, Th17, effector in one)            {AU}
state      TR     functional Treg                                            {AU}
state      T4     CD4 cells in blood                                         {cells}/uL
state      T8     CD8 cells in blood                                         {cells}/uL
parameter  k_th   turnover of help                                           /d
parameter  n_th   normalisation: TH = 1 in the reference active state        1
parameter  K_apc  autoreactive B cells for half-maximal priming              {AU}
parameter  e_dc   priming by dendritic cells without B cells                 /{AU}
parameter  g_ti   interferon effect on help                                  /{AU}
parameter  t_z    trigger effect on help                                     /{AU}
parameter  K_tr   Treg for half-maximal restraint of help                    {AU}
parameter  TRref  Treg in the reference active state                         {AU}
parameter  k_tr   turnover of Treg                                           /d
parameter  r_i    interferon impairment of Treg                              /{AU}
parameter  m_tr   expansion of Treg by MSC                                   1
parameter  kl_tr  sensitivity of Treg to lymphodepletion, relative           1
parameter  T4s    CD4 set point                                              {cells}/uL
parameter  T8s    CD8 set point                                              {cells}/uL
parameter  lam4   homeostatic CD4 growth                                     /d
parameter  th4    CD4 source relative to the set point                       /d
parameter  lam8   homeostatic CD8 growth                                     /d
parameter  th8    CD8 source relative to the set point                       /d
parameter  l_i    interferon-related lymphopenia                             /{AU}
parameter  l_i8   sensitivity of CD8 to interferon, relative to CD4          1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dTH, dTR (AU per day), dT4, dT8 (cells/uL per day)."""
    kill = p.kl_t * e.kL
    restraint = (1 - e.Egs) * (1 - p.ap_am * e.Eap) * (1 - e.Ems) * (1 - e.Ecn)
    cd4_set = p.T4s / (1 + p.l_i * q.isg)
    cd8_set = p.T8s / (1 + p.l_i8 * p.l_i * q.isg)

    dTH = p.k_th * (p.n_th * priming(y, p, e, q) * restraint - y.TH) - kill * y.TH
    dTR = p.k_tr * ((1 + p.m_tr * e.Ems) / (1 + p.r_i * q.isg) - y.TR) - p.kl_tr * kill * y.TR
    dT4 = (p.lam4 * y.T4 + p.th4 * cd4_set) * (1 - y.T4 / cd4_set) - kill * y.T4
    dT8 = (p.lam8 * y.T8 + p.th8 * cd8_set) * (1 - y.T8 / cd8_set) - kill * y.T8
    return {"TH": dTH, "TR": dTR, "T4": dT4, "T8": dT8}


def priming(y: Names, p: Names, e: Names, q: Names) -> Value:
    """Return how strongly autoreactive T cells are primed, 1 in the reference active state."""
    by_b_cells = y.AM / (y.AM + p.K_apc) * (1 + p.K_apc) * (1 - e.Ecd)
    interferon = (1 + p.g_ti * q.isg) / (1 + p.g_ti)
    treg = (p.TRref + p.K_tr) / (y.TR + p.K_tr)
    return (by_b_cells + p.e_dc * q.isg) * interferon * (1 + p.t_z * y.Z) * treg
