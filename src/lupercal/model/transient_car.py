"""CAR cells that neither divide nor stay: CAR NK cells, T cells with CAR mRNA, CAR made in the body by mRNA particles.

They kill as CAR T cells do, but their number only falls, so an effect is kept up by repeated doses.

state      CT      transient CAR cells                                           {cells}/uL
parameter  k_tc    loss of the cells or of their receptor                        /d
parameter  tc_pot  killing by one of them relative to a CAR T cell               1
parameter  tc19    product targets CD19 (0 or 1)                                 1
parameter  tcBC    product targets BCMA (0 or 1)                                 1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def as_car_t_cells(y: Names, p: Names) -> Value:
    """Return the transient cells as CAR T cells of the same effect, cells/uL."""
    return p.tc_pot * y.CT


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dCT in cells/uL per day."""
    return {"CT": -p.k_tc * y.CT}
