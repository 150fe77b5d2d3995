"""Mesenchymal stromal cells and exosomes: the cells leave within days, what they taught the host lasts for weeks.

state      ME      host education                                          {units}
input      ms      education given, 1 unit = 1e6 cells/kg                  {units}/d
effect     Ems     effect on help and plasmablasts                         1
parameter  k_me    decay of host education                                 /d
parameter  me_max  largest effect (potency), 0 = no effect                 1
parameter  me_50   education for half the effect                           {units}
parameter  me_am   effect on memory growth relative to help                1
parameter  me_o    effect on organ inflammation relative to help           1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ems in [0, 1)."""
    return {"Ems": p.me_max * y.ME / (y.ME + p.me_50)}


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dME in units per day."""
    return {"ME": u.ms - p.k_me * y.ME}
