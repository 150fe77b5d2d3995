"""CAR T cells: expansion on antigen in a lymphopenic host, contraction, memory, and their killing.

Transient CAR cells and engaged T cells kill by the same curves. A donor's cells are rejected by the host's CD8 cells as
these come back.

state      CE      CAR T effector cells                                          {cells}/uL
state      CM      CAR T memory cells                                            {cells}/uL
effect     k19     pressure on CD19+ cells in blood                              1
effect     k19t    pressure on CD19+ cells in lymphoid tissue                    1
effect     kbc     pressure on BCMA+ blasts                                      1
effect     kcp     loss of marrow plasma cells to BCMA CAR T cells               /d
parameter  e19     product targets CD19 (0 or 1)                                 1
parameter  eBC     product targets BCMA (0 or 1)                                 1
parameter  rho     largest expansion                                             /d
parameter  al_ce   contraction of effectors                                      /d
parameter  K_ag    antigen for half-maximal expansion                            {AU}
parameter  ag_b    antigen weight of B cells                                     1
parameter  ag_pc   antigen weight of plasma cells                                1
parameter  ag_pb   antigen weight of plasmablasts                                1
parameter  K_lsp2  squared T count that halves the expansion advantage           {cells2}/uL2
parameter  CEmax   ceiling of the count                                          {cells}/uL
parameter  m_cm    effector to memory                                            /d
parameter  be_cm   loss of memory                                                /d
parameter  K_ce    count for half-maximal killing in blood                       {cells}/uL
parameter  K_ct    count for half-maximal killing in tissue                      {cells}/uL
parameter  K_cpc   count for half-maximal killing of plasma cells in marrow      {cells}/uL
parameter  K_ni    niche-protected level of plasma cells                         1
parameter  allo    cells of a donor (0 or 1)                                     1
parameter  rej     largest rejection of a donor's cells                          /d
parameter  K_rej   CD8 cells for half the rejection                              {cells}/uL
parameter  kc_b    largest kill rate of blood B cells                            /d
parameter  kc_t    largest kill rate in lymphoid tissue                          /d
parameter  kc_pb   largest kill rate of plasmablasts                             /d
parameter  kc_pn   effect of CD19 CAR T cells on new plasma cells                /d
parameter  kc_pc   largest kill rate of plasma cells                             /d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates
from lupercal.model.t_cell_engager import engaged
from lupercal.model.transient_car import as_car_t_cells


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return k19, k19t, kbc in [0, 1) and kcp in 1/d."""
    cells, others, hosts = y.CE + y.CM, as_car_t_cells(y, p), engaged(y, p)
    on_19 = p.e19 * cells + p.tc19 * others + p.te19 * hosts
    on_bcma = p.eBC * cells + p.tcBC * others + p.teBC * hosts
    in_marrow = p.eBC * y.CE + p.tcBC * others + p.teBC * hosts
    return {
        "k19": on_19 / (on_19 + p.K_ce),
        "k19t": on_19 / (on_19 + p.K_ct),
        "kbc": on_bcma / (on_bcma + p.K_ce),
        "kcp": p.kc_pc * in_marrow / (in_marrow + p.K_cpc),
    }


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dCE, dCM in cells/uL per day."""
    on_b_cells = p.e19 * p.ag_b * (q.Bt / p.Bref + y.AM)
    on_plasma_cells = p.eBC * (p.ag_pc * (y.LP + y.PN) + p.ag_pb * y.PB)
    antigen = on_b_cells + on_plasma_cells
    t_cells = y.T4 + y.T8
    space = p.K_lsp2 / (p.K_lsp2 + t_cells * t_cells)  # recovering T cells compete for the same cytokines

    rejection = p.allo * p.rej * y.T8 / (y.T8 + p.K_rej)

    dCE = y.CE * (p.rho * antigen / (antigen + p.K_ag) * space * (1 - y.CE / p.CEmax) - p.al_ce - rejection)
    dCM = p.m_cm * y.CE - (p.be_cm + rejection) * y.CM
    return {"CE": dCE, "CM": dCM}
