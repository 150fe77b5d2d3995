"""Hydroxychloroquine in blood.

It disturbs the endosomes in which TLR7 and TLR9 meet nucleic acids, whether these come in immune complexes or from an
infection or dying skin: dendritic cells of treated patients answer either less (`sacre_2012`). So it damps triggers.

state      HQ       blood hydroxychloroquine                             ng/mL
input      hq       hydroxychloroquine dose                              mg/d
effect     Ehq      block of interferon driven by immune complexes       1
effect     Ehz      block of the interferon and inflammation that triggers cause  1
parameter  k_hq     elimination                                          /d
parameter  hq_gain  steady blood level per daily dose                    (ng/mL)/(mg/d)
parameter  hq_max   largest effect                                       1
parameter  hq_50    level for half the effect                            ng/mL
parameter  hq_z     effect on triggers relative to that on immune complexes  1
parameter  hq_pb    effect on plasmablasts relative to interferon        1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ehq and Ehz in [0, 1)."""
    blocked = p.hq_max * y.HQ / (y.HQ + p.hq_50)
    return {"Ehq": blocked, "Ehz": p.hq_z * blocked}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dHQ in ng/mL per day."""
    return {"HQ": p.k_hq * (p.hq_gain * u.hq - y.HQ)}
