"""Organ inflammation, proteinuria, nephron loss and damage.

Inflammation feeds itself where it is: immune complexes release C5a, which raises activating Fc receptors that answer
them more strongly (`shushakova_2002`). Organs therefore answer more than in proportion, so they flare and calm further
than what drives them; in the brain antibodies act without that loop, see `nervous_system`.

A trigger fans what is there: it hardly inflames an organ that immune complexes, interferon and help do not drive, so
those who are active flare more often than those who are quiescent, and hardly anybody after a reset.

state      KI       renal inflammation                                         {AU}
state      UP       urine protein/creatinine ratio                             g/g
state      NF       functional nephron fraction (irreversible)                 1
state      JO       joint inflammation                                         {AU}
state      SK       skin and mucosal inflammation                              {AU}
state      SE       serosal, lung and heart inflammation                       {AU}
state      NP       nervous-system inflammation                                {AU}
state      HE       inflammation against blood cells                           {AU}
state      DM       expected cumulative damage outside the kidney (SDI)        {points}
input      uv       ultraviolet exposure, 0 none to 1 strong                   1
parameter  n_o      normalisation of organ drive at prednisone 7.5 mg/d        1
parameter  w_c      weight of immune complexes outside the kidney              1
parameter  w_i      weight of interferon outside the kidney                    1
parameter  w_t      weight of help outside the kidney                          1
parameter  wk_c     weight of immune complexes in the kidney                   1
parameter  wk_i     weight of interferon in the kidney                         1
parameter  wk_t     weight of help in the kidney                               1
parameter  z_o      direct trigger effect on organs                            /{AU}
parameter  z_fan    share of the direct trigger effect that grows with what drives the organ  1
parameter  z_in     the same effect on the kidney, relative                1
parameter  z_he     the same effect on blood cells, relative               1
parameter  o_amp    share of the organs' answer that rises with the drive itself  1
parameter  pi_ki    propensity of the kidney                                   {AU}
parameter  pi_jo    propensity of joints                                       {AU}
parameter  pi_sk    propensity of skin and mucosa                              {AU}
parameter  pi_se    propensity of serosa, lung, heart                          {AU}
parameter  pi_np    propensity of the nervous system                           {AU}
parameter  pi_he    propensity of blood cells                                  {AU}
parameter  k_ki     relaxation of the kidney                                   /d
parameter  k_jo     relaxation of joints                                       /d
parameter  k_sk     relaxation of skin                                         /d
parameter  k_se     relaxation of serosa                                       /d
parameter  k_np     relaxation of the nervous system                           /d
parameter  k_he     relaxation of blood-cell inflammation                      /d
parameter  uv_sk    ultraviolet amplification of skin activity                 1
parameter  UPmax    UPCR plateau at maximal renal inflammation                 g/g
parameter  UP0      physiological UPCR                                         g/g
parameter  K_up4    4th power of renal inflammation at half the plateau, where up_amp is 1  {AU4}
parameter  up_amp   share of the square of inflammation that is squared once more  1
parameter  k_up     proteinuria onset and recovery                             /d
parameter  up_nf    proteinuria from nephron loss                              g/g
parameter  lam_nf   nephron loss per unit of renal inflammation                /d
parameter  lam_age  nephron loss with age                                      /d
parameter  h_nf     rise of nephron loss as few nephrons are left              1
parameter  GFR0     eGFR with full nephron mass                                mL/min/{1.73_m2}
parameter  a_gfr    reversible eGFR loss by inflammation                       1
parameter  h_dm     baseline hazard of damage                                  /d
parameter  a_dm     activity multiplier of the damage hazard                   1
parameter  g_dm     prednisone multiplier of the damage hazard                 /(mg/d)
"""

from __future__ import annotations

from lupercal.model import nervous_system
from lupercal.model.subsystem import Names, Rates, Value


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return the rates of organ inflammation (AU per day) and of the kidney and damage states."""
    return inflammation(y, p, u, e, q) | kidney(y, p, e) | damage(y, p, q)


def inflammation(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dKI, dJO, dSK, dSE, dNP, dHE in AU per day."""
    damping = (1 - e.Egi) * (1 - p.me_o * e.Ems) * p.n_o
    drive = (p.w_c * q.cc + p.w_i * q.isg + p.w_t * y.TH) * damping
    renal = (p.wk_c * q.cc + p.wk_i * q.isg + p.wk_t * y.TH) * damping
    struck = p.z_o * y.Z * (1 - e.Ehz) * (1 - e.Egi)
    fanned = struck * (1 - p.z_fan + p.z_fan * drive + y.RM)
    fanned_renal = struck * (1 - p.z_fan + p.z_fan * renal + y.RM)

    outside, kidney = amplified(drive + fanned, p), amplified(renal + p.z_in * fanned_renal, p)
    blood = amplified(drive + p.z_he * fanned, p)

    dKI = p.k_ki * ((p.pi_ki + y.ES) * kidney - y.KI)
    dJO = p.k_jo * ((p.pi_jo + y.ES) * outside - y.JO)
    dSK = p.k_sk * ((p.pi_sk + y.ES) * outside * (1 + p.uv_sk * u.uv) - y.SK)
    dSE = p.k_se * ((p.pi_se + y.ES) * outside - y.SE)
    dNP = p.k_np * ((p.pi_np + y.ES) * nervous_system.drive(outside, damping, y, p) - y.NP)
    dHE = p.k_he * ((p.pi_he + y.ES) * blood - y.HE)
    return {"KI": dKI, "JO": dJO, "SK": dSK, "SE": dSE, "NP": dNP, "HE": dHE}


def amplified(drive: Value, p: Names) -> Value:
    """Return a drive as the organ feels it: the more inflamed, the stronger it answers; 1 stays 1."""
    return drive * (1 - p.o_amp + p.o_amp * drive)


def kidney(y: Names, p: Names, e: Names) -> Rates:
    """Return dUP (g/g per day) and dNF (share per day)."""
    at_once = (1 - p.pd_w) * inflammatory_proteinuria(y, p, e)

    dUP = p.k_up * (p.UP0 + at_once + y.PD + p.up_nf * (1 - y.NF) - y.UP)
    dNF = -(p.lam_nf * y.KI + p.lam_age) * overload(y, p) * y.NF
    return {"UP": dUP, "NF": dNF}


def inflammatory_proteinuria(y: Names, p: Names, e: Names) -> Value:
    """Return the proteinuria that inflammation of the kidney leads to, g/g."""
    ki2 = y.KI * y.KI
    leak = ki2 * (1 - p.up_amp + p.up_amp * ki2)
    return p.UPmax * (1 - e.Ecn) * leak / (leak + p.K_up4)


def overload(y: Names, p: Names) -> Value:
    """Return how much faster a nephron is lost than in a whole kidney, 1 to 1 + h_nf.

    Nephrons that are left filter more and are injured by it (`hostetter_1981`). The square makes GFR fall about
    linearly from nearly all nephrons to a sixth of them, as it does in chronic kidney disease (`hunsicker_1997`), and
    the bound keeps NF above 0.
    """
    lost = 1 - y.NF
    return 1 + p.h_nf * lost * lost


def damage(y: Names, p: Names, q: Names) -> Rates:
    """Return dDM in SDI points per day."""
    dDM = p.h_dm * (1 + p.a_dm * q.Ob) * (1 + p.g_dm * y.GC)
    return {"DM": dDM}


def burden(y: Names, p: Names) -> Value:
    """Return the inflammation of all organs together, 1 in the reference active state."""
    return (y.KI + y.JO + y.SK + y.SE + y.NP + y.HE) / p.ob_n
