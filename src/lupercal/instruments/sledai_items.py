"""The 24 descriptors of the SLEDAI family: a flag wins, a laboratory value stands in where the flag is unknown.

Source: Gladman 2002, PMID 11838846 (SLEDAI-2K); Bombardier 1992, PMID 1599520 (SLEDAI).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lupercal.instruments.columns import CAUSE, View
from lupercal.instruments.contract import Item
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import Bools, Truth, any_of

DERIVED_FROM: dict[str, tuple[str, ...]] = {
    "arthritis": ("active_joints",),
    "pleurisy": ("pleuritic_pain", "pleural_sign"),
    "pericarditis": ("pericardial_pain", "pericardial_sign"),
    "hematuria": ("urine_rbc",),
    "pyuria": ("urine_wbc",),
    "proteinuria": ("protein_24h", "upcr"),
    "low_complement": ("c3", "c3_lln", "c4", "c4_lln", "ch50", "ch50_lln"),
    "increased_dna_binding": tuple(
        f"anti_dsdna{assay}{end}" for assay in ("", "_arbitrary", "_farr", "_crithidia") for end in ("", "_uln")
    ),
    "fever": ("temperature",),
    "thrombocytopenia": ("platelets",),
    "leukopenia": ("leukocytes",),
}
"""Laboratory and bedside columns that settle a descriptor whose own flag is unknown."""

WEIGHTS = {row["item"]: int(row["weight"]) for row in rows("sledai")}
ORGANS = {row["item"]: row["organ"] for row in rows("sledai")}
DESCRIPTORS = tuple(WEIGHTS)
SEROLOGY = tuple(name for name, organ in ORGANS.items() if organ == "serology")
ITEMS = tuple(
    Item(r["item"], r["rule"], float(r["weight"]), (r["item"], *DERIVED_FROM.get(r["item"], ())), r["title"])
    for r in rows("sledai")
)
INPUTS = tuple(dict.fromkeys(name for item in ITEMS for name in item.inputs))


def descriptor(view: View, name: str, min_joints: int = 2) -> Truth:
    """Return whether a descriptor is present at a visit or, where that was looked up, at an earlier one of the window.

    In a view of lupus only, what has another cause is not.

    Parameters
    ----------
    view
        Columns of visits, any shape.
    name
        One of `DESCRIPTORS`.
    min_joints
        Joints with pain and inflammation needed for arthritis: 2 in SLEDAI-2K, 3 in SLEDAI 1992 and SELENA-SLEDAI.
    """
    return view.seen(name, at_the_visit(view, name, min_joints))


def at_the_visit(view: View, name: str, min_joints: int = 2) -> Truth:
    """Return whether a descriptor is present at the visit itself; see `descriptor`."""
    truth = view.flag(name)
    sources = DERIVED_FROM.get(name)
    if sources is None or not any(_given(view, source) for source in sources):
        return truth
    if view.lupus_only and any(f"{source}{CAUSE}" in view for source in sources):
        truth = truth.unless(_explained(view, name, min_joints))
    return view.own(name, truth.or_else(_read(view, name, min_joints))) if np.any(truth.is_unknown) else truth


def said_anyhow(view: View, name: str) -> Bools:
    """Return where a descriptor is present by its flag or by its values, although the two may disagree."""
    truth, sources = at_the_visit(view, name), DERIVED_FROM.get(name, ())
    read = any(_given(view, source) for source in sources)
    return truth.low | (view.own(name, _read(view, name, 2)).low if read else False)


def _read(view: View, name: str, min_joints: int) -> Truth:
    """Return what the values say of a descriptor."""
    return _arthritis(view, min_joints) if name == "arthritis" else _LABORATORY[name](view)


def _explained(view: View, name: str, min_joints: int) -> Bools:
    """Return where every abnormal value behind a descriptor is put down to another cause, the flag itself to none."""
    stated = ~np.isnan(view.value(f"{name}{CAUSE}"))
    raw, lupus_only = _read(view.as_recorded(), name, min_joints), _read(view, name, min_joints)
    return raw.low & ~lupus_only.high & ~stated


def _given(view: View, name: str) -> bool:
    return name in view or f"{name}@high" in view or f"{name}@low" in view


def _arthritis(view: View, min_joints: int) -> Truth:
    return view.number("active_joints").at_least(min_joints)


def _proteinuria(view: View) -> Truth:
    """Above 0.5 g in 24 h; the spot ratio stands in where no collection was made."""
    return view.either("protein_24h", "upcr").above(0.5)


def _low_complement(view: View) -> Truth:
    """Any component low; CH50 is an alternative to C3 and C4, so that one not measured leaves nothing open."""
    return (
        _below_limit(view, "c3") | _below_limit(view, "c4") | _below_limit(view, "ch50").unless(_absent(view, "ch50"))
    )


def _dna_binding(view: View) -> Truth:
    """Any assay above its own limit; assays that were not done are left out unless none was done."""
    assays = [f"anti_dsdna{assay}" for assay in ("", "_arbitrary", "_farr", "_crithidia")]
    given = [name for name in assays if _given(view, name)]
    if not given:  # only a limit is known
        return Truth.unknown(view.shape)
    above = any_of(view.number(name).above(view.number(f"{name}_uln")).unless(_absent(view, name)) for name in given)
    none_done = np.all([_absent(view, name) for name in given], axis=0)
    return Truth(above.low, above.high | none_done)


def _below_limit(view: View, name: str) -> Truth:
    return view.number(name).below(view.number(f"{name}_lln"))


def _absent(view: View, name: str) -> Bools:
    return view.number(name).is_unknown


_LABORATORY: dict[str, Callable[[View], Truth]] = {
    "hematuria": lambda view: view.number("urine_rbc").above(5.0),
    "pyuria": lambda view: view.number("urine_wbc").above(5.0),
    "proteinuria": _proteinuria,
    "low_complement": _low_complement,
    "increased_dna_binding": _dna_binding,
    "pleurisy": lambda view: view.flag("pleuritic_pain") & view.flag("pleural_sign"),
    "pericarditis": lambda view: view.flag("pericardial_pain") & view.flag("pericardial_sign"),
    "fever": lambda view: view.number("temperature").above(38.0),
    "thrombocytopenia": lambda view: view.number("platelets").below(100.0),
    "leukopenia": lambda view: view.number("leukocytes").below(3.0),
}
