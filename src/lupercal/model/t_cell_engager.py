"""T-cell engagers (teclistamab, blinatumomab): an antibody that turns the host's own T cells on the target.

An engaged T cell is counted as a part of a CAR T cell (`te_pot`), so both kill by the same curves, and few T cells, as
after conditioning, leave the drug little to work with.

state      TE      T-cell engager in serum                                       ug/L
input      te      engager infused                                               ug/L/d
parameter  k_te    elimination                                                   /d
parameter  te_50   level that engages half the T cells                           ug/L
parameter  te_pot  killing by an engaged T cell relative to a CAR T cell         1
parameter  te19    engager targets CD19 (0 or 1)                                 1
parameter  teBC    engager targets BCMA (0 or 1)                                 1
"""

from __future__ import annotations

from lupercal.model.subsystem import Names, Rates, Value


def engaged(y: Names, p: Names) -> Value:
    """Return the engaged T cells as CAR T cells of the same effect, cells/uL."""
    return p.te_pot * (y.T4 + y.T8) * y.TE / (y.TE + p.te_50)


def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> Rates:
    """Return dTE in ug/L per day."""
    return {"TE": u.te - p.k_te * y.TE}
