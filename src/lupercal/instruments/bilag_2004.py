"""BILAG-2004 from the grades of its nine systems: numeric total, and flares against the previous visit.

Source: Yee 2010, doi:10.1093/rheumatology/keq026 (A 12, B 8, C 1, D and E 0). The classic index had eight systems and
9, 3 and 1 points: never mix the two.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lupercal.instruments.bilag_grades import GRADES, SYSTEMS
from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Array, Bools, Interval, count, grade

POINTS = {"A": 12.0, "B": 8.0, "C": 1.0, "D": 0.0, "E": 0.0}
CLASSIC_POINTS = {"A": 9.0, "B": 3.0, "C": 1.0, "D": 0.0, "E": 0.0}
GRADE_COLUMNS = tuple(f"bilag_{system}" for system in SYSTEMS)
CLASSIC_COLUMNS = tuple(
    f"bilag_classic_{system}"
    for system in (
        "general",
        "mucocutaneous",
        "neurological",
        "musculoskeletal",
        "cardiorespiratory",
        "vasculitis",
        "renal",
        "haematological",
    )
)
A, B, C = 4.0, 3.0, 2.0


def bilag_2004(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return the numeric total of entered grades, 0 to 108.

    Parameters
    ----------
    columns
        ``bilag_<system>`` for nine systems: 4 A, 3 B, 2 C, 1 D, 0 E; any shape.
    attribution
        As for `sledai_2k`; a grade put down to another cause has no points.
    """
    return _total(columns, BILAG_2004, GRADE_COLUMNS, POINTS, attribution)


def bilag_classic(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return the total of the classic index from eight entered grades, 0 to 72.

    Parameters
    ----------
    columns
        ``bilag_classic_<system>``: 4 A, 3 B, 2 C, 1 D, 0 E.
    attribution
        As for `bilag_2004`.
    """
    return _total(columns, BILAG_CLASSIC, CLASSIC_COLUMNS, CLASSIC_POINTS, attribution)


def easy_bilag(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Return the total of grades that were found with Easy-BILAG: that of `bilag_2004`, as the form only finds grades.

    Parameters
    ----------
    columns, attribution
        As for `bilag_2004`.
    """
    return _total(columns, EASY_BILAG, GRADE_COLUMNS, POINTS, attribution)


def bilag_flare(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Grade a flare by counts: severe with a new A, moderate with two new B, mild with one or with three new C.

    Parameters
    ----------
    columns
        ``bilag_<system>`` and ``bilag_<system>@previous``.
    attribution
        As for `bilag_2004`.
    """
    view = counted(columns, attribution)
    a, b, c = _news(view)
    steps = [(1, b.at_least(1) | c.at_least(3)), (2, b.at_least(2)), (3, a.at_least(1))]
    return _flared(BILAG_FLARE, view, grade(steps), {"new_a": a, "new_b": b, "new_c": c}, attribution)


def bilag_flare_any_b(columns: Columns, *, attribution: Attribution = "lupus") -> Score:
    """Grade a flare by any new B: severe with a new A, moderate with a new B, mild with three new C.

    Parameters
    ----------
    columns, attribution
        As for `bilag_flare`.
    """
    view = counted(columns, attribution)
    a, b, c = _news(view)
    steps = [(1, c.at_least(3)), (2, b.at_least(1)), (3, a.at_least(1))]
    return _flared(BILAG_FLARE_ANY_B, view, grade(steps), {"new_a": a, "new_b": b, "new_c": c}, attribution)


def _flared(
    instrument: Instrument, view: View, bounds: Interval, items: dict[str, Interval], attribution: str
) -> Score:
    return instrument.result(
        bounds,
        known=_graded(view) & _graded(view.other("previous")),
        items={name: found.value for name, found in items.items()},
        columns=view.columns,
        settings={"attribution": attribution},
        warnings={"bilag_unconfirmed": np.ones(view.shape, bool)},
    )


def _news(view: View) -> tuple[Interval, Interval, Interval]:
    """Return how many systems are newly A, B and C against the previous visit."""
    before = view.other("previous")
    pairs = [(view.scaled(name, A)[0], before.scaled(name, A)[0]) for name in GRADE_COLUMNS]
    new_c = count(now.at_least(C) & now.below(B) & then.below(C) for now, then in pairs)
    return (*new_grades(view, before), new_c)


def new_grades(now: View, then: View) -> tuple[Interval, Interval]:
    """Return how many systems have a new A, and how many a new B (from C, D or E; an A that became B is not new)."""
    pairs = [(now.scaled(name, 4.0)[0], then.scaled(name, 4.0)[0]) for name in GRADE_COLUMNS]
    new_a = count(after.at_least(A) & before.below(A) for after, before in pairs)
    new_b = count(after.at_least(B) & after.below(A) & before.below(B) for after, before in pairs)
    return new_a, new_b


def letters(grades: str | list[str]) -> Array:
    """Return grades written as letters as the numbers the columns hold.

    Parameters
    ----------
    grades
        Letters A to E, one per system or visit.
    """
    return np.array([GRADES.index(letter) for letter in grades], float)


def _total(
    columns: Columns, instrument: Instrument, names: tuple[str, ...], coding: dict[str, float], attribution: str
) -> Score:
    view = counted(columns, attribution)
    steps = np.array([coding[letter] for letter in GRADES])
    items, low, high = {}, np.zeros(view.shape), np.zeros(view.shape)
    wrong = np.zeros(view.shape, bool)
    for name in names:
        rated, impossible = view.scaled(name, A)
        ends = [steps[np.nan_to_num(np.asarray(end)).astype(int)] for end in (rated.low, rated.high)]
        low, high, wrong = low + ends[0], high + ends[1], wrong | impossible
        items[name] = np.where(ends[0] == ends[1], ends[0], np.nan)
    return instrument.result(
        Interval(low, high),
        known=_graded(view, names),
        items=items,
        columns=columns,
        warnings={"out_of_range": wrong},
        settings={"attribution": attribution},
    )


def _graded(view: View, names: tuple[str, ...] = GRADE_COLUMNS) -> Bools:
    """Return where at least one system has a grade."""
    return np.asarray(np.any([~np.isnan(view.value(name)) for name in names], axis=0))


def _points(names: tuple[str, ...], coding: dict[str, float]) -> tuple[Item, ...]:
    text = ", ".join(f"{letter} {value:g}" for letter, value in coding.items())
    return tuple(Item(name, text, coding["A"], (name,)) for name in names)


BILAG_2004 = Instrument(
    name="bilag_2004",
    title="BILAG-2004, numeric total of entered grades",
    version="2004, coding 2010",
    kind="score",
    inputs=GRADE_COLUMNS,
    unit="{points}",
    range=(0.0, 108.0),
    items=_points(GRADE_COLUMNS, POINTS),
    missing_rule="A system not graded leaves the total open by its 12 points.",
    source="doi:10.1093/rheumatology/keq026",
    licence="Terms not found; form and glossary are the authors'. Entered grades only, form not shipped.",
    definition="Sum over nine systems of A 12, B 8, C 1, D and E 0.",
    score=bilag_2004,
    settings={"attribution": "lupus"},
)
EASY_BILAG = replace(
    BILAG_2004,
    name="easy_bilag",
    title="Easy-BILAG, numeric total of entered grades",
    version="2022, grades and coding of BILAG-2004",
    source="doi:10.1093/rheumatology/keab883 (abstract: full fidelity to BILAG-2004); doi:10.1093/rheumatology/keq026",
    definition="The total of BILAG-2004 from grades found with Easy-BILAG, a shorter way to the same nine grades; the "
    "form is not shipped.",
    score=easy_bilag,
)
BILAG_CLASSIC = Instrument(
    name="bilag_classic",
    title="Classic BILAG, numeric total of entered grades",
    version="1993 (eight systems)",
    kind="score",
    inputs=CLASSIC_COLUMNS,
    unit="{points}",
    range=(0.0, 72.0),
    items=_points(CLASSIC_COLUMNS, CLASSIC_POINTS),
    missing_rule="A system not graded leaves the total open by its 9 points.",
    source="doi:10.1093/rheumatology/kep183 (names this coding, proposes 12/5/1); doi:10.1093/rheumatology/keq026",
    licence=BILAG_2004.licence,
    definition="Sum over eight systems of A 9, B 3, C 1, D and E 0; not comparable with BILAG-2004.",
    score=bilag_classic,
    settings={"attribution": "lupus"},
)
_FLARE_ITEMS = (
    Item("new_a", "systems newly A", inputs=GRADE_COLUMNS),
    Item("new_b", "systems newly B from C, D or E", inputs=GRADE_COLUMNS),
    Item("new_c", "systems newly C from D or E", inputs=GRADE_COLUMNS),
)
BILAG_FLARE = Instrument(
    name="bilag_flare",
    title="BILAG-2004 flare by counts of new grades (as in Mathian 2020)",
    version="counts: 2 new B moderate, 1 new B or 3 new C mild",
    kind="grade",
    inputs=(*GRADE_COLUMNS, *(f"{name}@previous" for name in GRADE_COLUMNS)),
    unit="{grade}",
    range=(0.0, 3.0),
    items=_FLARE_ITEMS,
    missing_rule="An unknown grade leaves the flare open above what the known systems show.",
    source="doi:10.1136/annrheumdis-2019-216303",
    licence=BILAG_2004.licence,
    definition="Severe with a new A, moderate with at least two new B, mild with one new B or at least three new C, "
    "against the previous visit. The grades rest on category rules that no public text confirms.",
    score=bilag_flare,
    standing="unconfirmed",
    labels=("none", "mild", "moderate", "severe"),
    settings={"attribution": "lupus"},
)
BILAG_FLARE_ANY_B = replace(
    BILAG_FLARE,
    name="bilag_flare_any_b",
    title="BILAG flare by any new B (after Gordon 2003)",
    version="any new B moderate",
    source="PMID 12810926",
    definition="Severe with a new A, moderate with any new B, mild with at least three new C, against the previous "
    "visit. The grades rest on category rules that no public text confirms.",
    score=bilag_flare_any_b,
)
INSTRUMENTS = (BILAG_2004, EASY_BILAG, BILAG_CLASSIC, BILAG_FLARE, BILAG_FLARE_ANY_B)
