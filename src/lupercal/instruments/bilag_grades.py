"""BILAG-2004 grades of the nine systems from recorded items: 4 A, 3 B, 2 C, 1 D, 0 E.

Sources: Isenberg 2005, doi:10.1093/rheumatology/keh624; Yee 2010, doi:10.1093/rheumatology/keq026. The rules were taken
from secondary texts and memory, so every result carries ``unconfirmed_rule``; grades entered by a trained reader go
straight into `bilag_2004`. Items are rated 0 absent, 1 improving, 2 same, 3 worse, 4 new; only what is due to lupus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.egfr import UMOL_PER_MG
from lupercal.instruments.result import Score
from lupercal.instruments.tables import instrument_document
from lupercal.instruments.three_valued import Array, Bools, Truth, any_known, any_of, count, grade, largest
from lupercal.instruments.upcr import MG_PER_MMOL

SYSTEMS = (
    "constitutional",
    "mucocutaneous",
    "neuropsychiatric",
    "musculoskeletal",
    "cardiorespiratory",
    "gastrointestinal",
    "ophthalmic",
    "renal",
    "haematological",
)
GRADES = ("E", "D", "C", "B", "A")
CONSTITUTIONAL = ("pyrexia", "weight_loss", "lymphadenopathy_splenomegaly", "anorexia")
ABC = tuple[Truth, Truth, Truth]


def bilag_grade(system: str, columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Grade one system from its items.

    Parameters
    ----------
    system
        One of `SYSTEMS`.
    columns
        Ratings 0 to 4 named ``bilag_<item>``, laboratory values with ``@previous``, and ``bilag_<system>_ever``
        (flag) for D against E; see ``instrument("bilag_2004_<system>").inputs``.
    attribution
        As for `sledai_2k`; an item or value put down to another cause does not count.

    Returns
    -------
    Score
        4 A, 3 B, 2 C, 1 D, 0 E.
    """
    view = counted(columns, attribution)
    a, b, c, ever = _conditions(system, view)
    active = grade([(4, a), (3, b), (2, c)])
    inactive = grade([(1, ever)])
    return BILAG[system].result(
        largest(active, inactive),
        known=any_known([a, b, c, ever]),
        items={"A": a.state, "B": b.state, "C": c.state},
        columns=columns,
        warnings={"unconfirmed_rule": np.ones(view.shape, bool), "assumed_no_fall": _no_previous(system, view)},
        settings={"attribution": attribution},
    )


def least_grade(system: str, columns: Columns) -> Array:
    """Return the lowest that `bilag_grade` can be, for simulated visits: what is unknown counts as absent."""
    a, b, c, ever = _conditions(system, View(columns, lupus_only=True))
    low: Array = np.zeros(np.shape(a.low))
    for number, truth in ((1, ever), (2, c), (3, b), (4, a)):
        low = np.where(truth.low, float(number), low)
    return low


def _conditions(system: str, view: View) -> tuple[Truth, Truth, Truth, Truth]:
    """Return whether the conditions of A, B, C and D hold."""
    return *_RULES[system](view), view.flag(f"bilag_{system}_ever")


def _rated(view: View, names: Iterable[str], least: int) -> Truth:
    """Return whether any item is rated at least so high: 1 improving or active, 2 active."""
    ratings = [view.scaled(f"bilag_{name}", 4.0)[0].at_least(least) for name in names]
    return any_of([Truth.always(False, view.shape), *ratings])


def _listed(system: str, view: View) -> ABC:
    lists = instrument_document("bilag_2004")[system]
    a = _rated(view, lists["a"], 2)
    b = _rated(view, lists["a"], 1) | _rated(view, lists["b"], 2)
    return a, b, _rated(view, lists["b"], 1) | _rated(view, lists["c"], 1)


def _constitutional(view: View) -> ABC:
    pyrexia, others = CONSTITUTIONAL[0], CONSTITUTIONAL[1:]
    two = count(_rated(view, [name], 2) for name in others).at_least(2)
    active = _rated(view, [pyrexia], 2)
    return active & two, active | two, _rated(view, CONSTITUTIONAL, 1)


def _renal(view: View) -> ABC:
    """A: two features of which one is proteinuria, function or sediment's biopsy arm; B: one, or milder change."""
    proteinuria = _proteinuria(view, 100.0, 1.0, strict=True)
    function = _worse_function(view)
    sediment, biopsy = view.flag("active_urinary_sediment"), view.flag("active_nephritis_biopsy")
    hypertension, nephrotic = view.flag("accelerated_hypertension"), view.flag("nephrotic_syndrome")
    features = [proteinuria, hypertension, function, sediment, biopsy, nephrotic]
    a = count(features).at_least(2) & (proteinuria | sediment | biopsy)
    b = any_of(features) | _proteinuria(view, 50.0, 0.5, strict=False) | _creatinine_rise(view, 1.15)
    return a, b, _some_protein(view, 25.0, 0.25) | _rising_pressure(view)


def _proteinuria(view: View, ratio: float, daily: float, *, strict: bool) -> Truth:
    """Above the limits (mg/mmol, g/24 h) and not fallen by a quarter; without a previous value no fall is assumed."""
    before = view.other("previous")
    exceeded = []
    for name, limit, scale in (("upcr", ratio, MG_PER_MMOL), ("protein_24h", daily, 1.0)):
        now, then = view.number(name) * scale, before.number(name) * scale
        over = now.above(limit) if strict else now.at_least(limit)
        fallen = now.at_most(then * 0.75)
        exceeded.append(over & ~Truth(fallen.low & ~then.is_unknown, fallen.high & ~then.is_unknown))
    return _measured(view, exceeded)


def _some_protein(view: View, ratio: float, daily: float) -> Truth:
    return _measured(view, [(view.number("upcr") * MG_PER_MMOL).above(ratio), view.number("protein_24h").above(daily)])


def _measured(view: View, exceeded: list[Truth]) -> Truth:
    """Any of ratio and collection; one that was not done is left out unless neither was done."""
    missing = [view.number(name).is_unknown for name in ("upcr", "protein_24h")]
    either = any_of(truth.unless(gone) for truth, gone in zip(exceeded, missing, strict=True))
    return Truth(either.low, either.high | np.all(missing, axis=0))


def _worse_function(view: View) -> Truth:
    """Creatinine above 130 umol/L and 130 % of before; or filtration lost by a third, or newly below 50."""
    before = view.other("previous")
    now, then = view.number("egfr"), before.number("egfr")
    lost = now.below(80.0) & now.below(then * 0.67)
    new = now.below(50.0) & (then.above(50.0) | Truth(then.is_unknown, then.is_unknown))
    filtration = (lost | new).unless(now.is_unknown)
    return _creatinine_rise(view, 1.30, strict=True) | filtration


def _creatinine_rise(view: View, factor: float, *, strict: bool = False) -> Truth:
    now, then = view.number("creatinine") * UMOL_PER_MG, view.other("previous").number("creatinine") * UMOL_PER_MG
    risen = now.above(then * factor) if strict else now.at_least(then * factor)
    return now.above(130.0) & risen


def _rising_pressure(view: View) -> Truth:
    before = view.other("previous")
    high = view.number("systolic_pressure").above(140.0) | view.number("diastolic_pressure").above(90.0)
    up = [
        (view.number(f"{name}_pressure") - before.number(f"{name}_pressure")).at_least(step)
        for name, step in (("systolic", 30.0), ("diastolic", 15.0))
    ]
    return high & up[0] & up[1]


def _haematological(view: View) -> ABC:
    """Blood counts; the grade of anaemia depends on whether there is haemolysis."""
    hb, platelets = view.number("hemoglobin"), view.number("platelets")
    white, neutrophils = view.number("leukocytes"), view.number("neutrophils")
    haemolysis = view.flag("hemolytic_anemia")
    ttp = view.scaled("bilag_ttp", 4.0)[0]
    a = platelets.below(25.0) | (hb.below(8.0) & haemolysis) | ttp.at_least(2)
    severe = hb.below(8.0) | (hb.below(10.0) & haemolysis)
    b = severe | white.below(1.0) | neutrophils.below(0.5) | platelets.below(50.0) | ttp.at_least(1)
    mild = white.below(4.0) | neutrophils.below(2.0) | platelets.below(150.0) | view.number("lymphocytes").below(1.0)
    return a, b, hb.below(11.0) | mild | haemolysis | view.flag("direct_coombs")


def _no_previous(system: str, view: View) -> Bools:
    if system != "renal":
        return np.zeros(view.shape, bool)
    before = view.other("previous")
    now = ~view.number("upcr").is_unknown & before.number("upcr").is_unknown
    return np.asarray(now | (~view.number("protein_24h").is_unknown & before.number("protein_24h").is_unknown))


_RULES: dict[str, Callable[[View], ABC]] = {
    **{name: partial(_listed, name) for name in SYSTEMS[1:7]},
    "constitutional": _constitutional,
    "renal": _renal,
    "haematological": _haematological,
}
_RENAL = ("upcr", "protein_24h", "creatinine", "egfr", "systolic_pressure", "diastolic_pressure")
_RENAL_FLAGS = ("active_urinary_sediment", "active_nephritis_biopsy", "accelerated_hypertension", "nephrotic_syndrome")
_BLOOD = ("hemoglobin", "platelets", "leukocytes", "neutrophils", "lymphocytes", "hemolytic_anemia", "direct_coombs")


def _inputs(system: str) -> tuple[str, ...]:
    by_system = {
        "constitutional": tuple(f"bilag_{name}" for name in CONSTITUTIONAL),
        "renal": (*_RENAL, *(f"{name}@previous" for name in _RENAL), *_RENAL_FLAGS),
        "haematological": (*_BLOOD, "bilag_ttp"),
    }
    if system in by_system:
        return (*by_system[system], f"bilag_{system}_ever")
    lists = instrument_document("bilag_2004")[system]
    return (*(f"bilag_{name}" for key in "abc" for name in lists[key]), f"bilag_{system}_ever")


def _instrument(system: str) -> Instrument:
    return Instrument(
        name=f"bilag_2004_{system}",
        title=f"BILAG-2004 grade, {system}",
        version="2004, scoring 2010",
        kind="grade",
        inputs=_inputs(system),
        unit="{grade}",
        range=(0.0, 4.0),
        items=tuple(Item(letter, f"conditions of grade {letter}", inputs=_inputs(system)) for letter in "ABC"),
        missing_rule="An item not done leaves the grade open above what the others show; D and E need the history.",
        source="doi:10.1093/rheumatology/keh624; doi:10.1093/rheumatology/keq026",
        licence="Terms not found; form and glossary are the authors'. Categories in own words, form not shipped.",
        definition="A severe, B moderate, C mild, D inactive now but involved before, E never involved; due to "
        "lupus only.",
        score=partial(bilag_grade, system),
        standing="unconfirmed",
        labels=GRADES,
        settings={"attribution": "lupus"},
    )


BILAG = {system: _instrument(system) for system in SYSTEMS}
INSTRUMENTS = tuple(BILAG.values())
