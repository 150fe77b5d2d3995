"""The look-back of the SLEDAI family over a series of visits: what an earlier visit of the window found counts too.

One mechanism for all instruments that read SLEDAI descriptors. For each descriptor a column ``<name>@earlier`` says
where an earlier visit within the window had it, by the rules of the instrument's own version; every descriptor is read
with it (`lupercal.instruments.columns.View.seen`). An absence does not reach back, and what is unknown at a visit stays
possible. A descriptor whose flag and values disagree counts as found: a contradiction improves no later answer.

Source of the windows: Gladman 2002, PMID 11838846 (10 days); Touma 2010, doi:10.1177/0961203309346505 (30 days).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.columns import EARLIER, Columns, View, counted
from lupercal.instruments.sledai_items import DESCRIPTORS, said_anyhow
from lupercal.instruments.three_valued import Array, Bools
from lupercal.instruments.windows import baseline_row

WITHOUT_POINTS = ("hemolytic_anemia", "gastrointestinal_activity")
"""Findings of major organs in LLDAS that SLEDAI does not count."""

Words = NDArray[np.uint32]
"""What was found at each visit, a bit a finding."""

WHEN = ("", "@previous", "@baseline")
"""The visits of a comparison that look back, each from its own day: the visit itself, the one before, the baseline."""

FOUND = (*DESCRIPTORS, *WITHOUT_POINTS)
WORDS = {name: np.uint32(1 << place) for place, name in enumerate(FOUND)}
"""Bit of each finding in the word of a visit."""


def with_earlier(columns: Columns, family: str, days: Array, window_days: int, attribution: str) -> dict[str, Any]:
    """Return the columns with what earlier visits of the window found.

    Parameters
    ----------
    columns
        The last axis is one patient's visits in order of day. Those of the visit before (``x@previous``) and of the
        baseline (``x@baseline``, `windows.baseline_row`) get what was found before these visits.
    family
        See `windows.Family`.
    days
        Of the visits, shape of the columns.
    window_days, attribution
        See `sledai_2k`; an earlier finding with another cause does not count either.
    """
    words = found_at(columns, family, attribution)
    looked = words_by_visit(words, days, window_days, compared(columns))
    with_words = dict(columns)
    for when, earlier in looked.items():
        with_words |= as_columns(earlier, when)
    return with_words


def compared(names: Iterable[str]) -> tuple[str, ...]:
    """Return which of `WHEN` columns of these names speak of."""
    asked = tuple(names)
    return tuple(when for when in WHEN if not when or any(when in name for name in asked))


def found_at(columns: Columns, family: str, attribution: str) -> Words:
    """Return the word of each visit: the bits of what was certainly found at it."""
    view = counted(columns, attribution)
    words: Words = np.zeros(view.shape, np.uint32)
    for name, rows in _found(view, family):
        words = words | np.where(rows, WORDS[name], np.uint32(0))
    return words


def words_before(words: Words, days: Array, window_days: float, same: Bools | None = None) -> Words:
    """Return the bits found at earlier visits not more than ``window_days`` before each.

    Parameters
    ----------
    words, days
        Shape (..., visits), in order of day.
    window_days
        Length of the window.
    same
        Whether a visit belongs to the patient of the visit before it; all to one by default.
    """
    before = np.zeros_like(words)
    days = np.broadcast_to(days, words.shape)
    joined = np.ones(words.shape, bool) if same is None else same
    first = np.cumsum(~joined, axis=-1)
    for back in range(1, words.shape[-1] if words.ndim else 0):
        near = (days[..., back:] - days[..., :-back] <= window_days) & (first[..., back:] == first[..., :-back])
        if not near.any():
            break
        before[..., back:] |= np.where(near, words[..., :-back], np.uint32(0))
    return before


def words_by_visit(
    words: Words, days: Array, window_days: float, asked: tuple[str, ...], same: Bools | None = None
) -> dict[str, Words]:
    """Return for each of ``asked`` (`WHEN`) the bits found in the window before that visit.

    Parameters
    ----------
    words, days, window_days, same
        See `words_before`.
    asked
        With ``@previous`` what was found before the visit before, with ``@baseline`` what was found before the
        baseline, at it and at the visits after it.
    """
    before = words_before(words, days, window_days, same)
    if not before.ndim:
        return dict.fromkeys(asked, before)
    first = _first(before.shape, same)
    looked = {"": before}
    if "@previous" in asked:
        shifted = np.concatenate([np.zeros_like(before[..., :1]), before[..., :-1]], axis=-1)
        looked["@previous"] = np.where(first, np.uint32(0), shifted)
    if "@baseline" in asked:
        looked["@baseline"] = _of_baseline(before, np.broadcast_to(days, before.shape), first)
    return looked


def _first(shape: tuple[int, ...], same: Bools | None) -> Bools:
    """Return which visits are the first of a patient."""
    first = np.zeros(shape, bool) if same is None else np.broadcast_to(~same, shape).copy()
    first[..., :1] = True
    return first


def _of_baseline(before: Words, days: Array, first: Bools) -> Words:
    """Return the bits of each patient's baseline visit, at it and at the visits after it."""
    starts = np.flatnonzero(first.ravel())
    if not starts.size:
        return before
    place = np.arange(first.size)
    lengths = np.diff(starts, append=first.size)
    row = np.repeat(starts + baseline_row(np.add.reduceat((days <= 0).ravel(), starts)), lengths)
    return np.where(place >= row, before.ravel()[row], np.uint32(0)).reshape(before.shape)


def as_columns(words: Words, when: str = "") -> dict[str, Array]:
    """Return ``<name>@earlier`` (1 or 0; with ``@baseline`` between them) of each finding that any visit has."""
    findings = {name: words & bit > 0 for name, bit in WORDS.items()}
    return {f"{name}{when}{EARLIER}": there.astype(float) for name, there in findings.items() if there.any()}


def _found(view: View, family: str) -> Iterable[tuple[str, Bools]]:
    from lupercal.instruments.selena_sledai import FAMILIES  # noqa: PLC0415 - a registered module

    rules: Mapping[str, Any] = FAMILIES.get(family, {})
    for name in DESCRIPTORS:
        yield name, view.own(name, rules[name](view)).low if name in rules else said_anyhow(view, name)
    for name in WITHOUT_POINTS:
        yield name, view.flag(name).low
