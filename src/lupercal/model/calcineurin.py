"""Calcineurin inhibitors: less T help and less proteinuria, at once with the dose.

input      cn      voclosporin-equivalent dose                             mg/d
effect     Ecn     effect on T help and on inflammatory proteinuria        1
parameter  cn_max  largest effect                                          1
parameter  cn_50   dose for half the effect                                mg/d
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates


def effects(y: Names, p: Names, u: Names) -> Rates:
    """Return Ecn in [0, 1)."""
    return {"Ecn": p.cn_max * u.cn / (u.cn + p.cn_50)}
