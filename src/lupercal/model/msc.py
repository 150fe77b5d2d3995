"""Mesenchymal stromal cells and exosomes: the cells leave within days, what they taught the host lasts for weeks.

They suppress only where inflammation licenses them: interferon gamma from activated T cells is required
(`krampera_2006`), in conjunction with TNF or interleukin 1 of inflamed tissue (`msc_cytokines_2013`). Both are here as
help × organ burden, so little is left to do under therapy that has already calmed both.

state      ME      host education                                          {units}
input      ms      education given, 1 unit = 1e6 cells/kg                  {units}/d
effect     Ems     effect on help and plasmablasts                         1
parameter  k_me    decay of host education                                 /d
parameter  me_max  largest effect (potency), 0 = no effect                 1
parameter  me_50   education for half the effect                           {units}
parameter  me_am   effect on memory growth relative to help                1
parameter  me_o    effect on organ inflammation relative to help           1
parameter  me_lic  share of the effect that needs to be licensed           1
parameter  K_lic   help × organ burden that licenses half                  {AU2}
"""

from __future__ import annotations

from lupercal.model.organs import burden
from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ems in [0, 1)."""
    inflammation = y.TH * burden(y, p)
    licensed = 1 - p.me_lic + p.me_lic * inflammation / (inflammation + p.K_lic)
    return {"Ems": p.me_max * y.ME / (y.ME + p.me_50) * licensed}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dME in units per day."""
    return {"ME": u.ms - p.k_me * y.ME}
