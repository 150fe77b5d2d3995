"""The one skeleton of every instrument, and the check that nothing of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.columns import Columns
from lupercal.instruments.result import Score, Status
from lupercal.instruments.three_valued import Array, Bools, Interval, Truth
from lupercal.instruments.windows import LOOK_BACK, Family

Kind = Literal["score", "state", "grade", "measure"]
"""A sum of points, a yes/no state, an ordered category, or a quantity with a unit."""

Standing = Literal["published", "unconfirmed", "project rule", "not available"]
"""How firm the rule is: read in print, recalled and to be confirmed, our own, or not implemented with a reason."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """One item of an instrument: its name, what it is worth, its rule in our words, and the columns it reads."""

    name: str
    rule: str = ""
    points: float = 1.0
    inputs: tuple[str, ...] = ()
    title: str = ""

    @property
    def text(self) -> str:
        """The name a reader sees."""
        return self.title or self.name.replace("_", " ")


@final
@dataclass(frozen=True, slots=True)
class Instrument:
    """A clinical instrument: what it is, what it needs, where it comes from, and the function that scores it.

    ``score(columns, **settings)`` takes arrays of any equal shape and returns a `Score` of that shape; ``settings`` are
    its keyword arguments with their defaults. It checks its input first (`lupercal.instruments.checked`);
    ``unchecked`` is the bare function it was made from. ``range`` are the ends of the value. ``looks_back`` names the
    version of SLEDAI whose descriptors it reads: it then has the settings ``window_days`` and ``over_visits``.
    ``rests_on`` names unconfirmed rules that its inputs rest on.
    """

    name: str
    title: str
    version: str
    kind: Kind
    inputs: tuple[str, ...]
    unit: str
    range: tuple[float, float]
    items: tuple[Item, ...]
    missing_rule: str
    source: str
    licence: str
    definition: str
    score: Callable[..., Score]
    standing: Standing = "published"
    labels: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    looks_back: Family = ""
    rests_on: str = ""
    unchecked: Callable[..., Score] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the look-back and the checks in front of the function."""
        from lupercal.instruments.checked import checked  # noqa: PLC0415 - it reads modules that hold instruments

        if self.looks_back:
            object.__setattr__(self, "settings", {**LOOK_BACK, **self.settings})
        object.__setattr__(self, "unchecked", getattr(self.score, "__wrapped__", self.score))
        object.__setattr__(self, "score", checked(self, self.unchecked))

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """What a reader of any result must know of the rule; empty where it was read in print."""
        return "unconfirmed rule" if self.standing == "unconfirmed" else self.rests_on

    @property
    def heading(self) -> str:
        """The title with the mark, as it stands beside a result."""
        return f"{self.title} [{self.mark}]" if self.mark else self.title

    def result(
        self,
        bounds: Interval | Truth,
        *,
        known: Bools | None = None,
        items: Mapping[str, Array] | None = None,
        warnings: Mapping[str, Bools] | None = None,
        columns: Columns | None = None,
        parts: Mapping[str, Score] | None = None,
        not_evaluable: Bools | None = None,
        error: Bools | None = None,
        settings: Mapping[str, Any] | None = None,
        value: Array | None = None,
        verified: frozenset[str] = frozenset(),
    ) -> Score:
        """Stamp a result.

        Parameters
        ----------
        bounds
            Ends of the value; a row whose ends agree is settled.
        known
            Where anything was known at all; by default where the bounds are narrower than the range.
        items, columns, parts, warnings, settings
            What went in, see `Score`.
        not_evaluable, error
            Rows that the instrument does not apply to, or whose input is impossible: no value, whatever the bounds.
        value
            The value where it is not simply where the bounds agree.
        verified
            Flags that were seen to be 1 or 0 everywhere.
        """
        low, high = _ends(bounds)
        known = (low > self.range[0]) | (high < self.range[1]) if known is None else known
        settled = low == high if value is None else ~np.isnan(value)
        number = low if value is None else value
        status = _statuses(settled, np.asarray(known))
        for mask, reason in ((not_evaluable, Status.NOT_EVALUABLE), (error, Status.ERROR)):
            if mask is not None:
                status = np.where(mask, np.int8(reason), status)
                settled = settled & ~mask
        return Score(
            instrument=self.name,
            version=self.version,
            source=self.source,
            unit=self.unit,
            value=number if np.all(settled) else np.where(settled, number, np.nan),
            low=low,
            high=high,
            status=np.asarray(status),
            items=items or {},
            warnings={code: mask for code, mask in (warnings or {}).items() if np.any(mask)},
            columns=columns or {},
            parts=parts or {},
            labels=self.labels,
            settings=settings or {},
            verified=verified,
        )


def problems(instrument: Instrument) -> list[str]:
    """Return what an instrument lacks of the contract; an empty list when it keeps it."""
    needed = ("name", "title", "version", "unit", "missing_rule", "source", "licence", "definition")
    lacking = [f"{instrument.name}: no {name}" for name in needed if not str(getattr(instrument, name)).strip()]
    available = instrument.standing != "not available"
    if available and not instrument.inputs:
        lacking.append(f"{instrument.name}: no inputs")
    if available and not instrument.items:
        lacking.append(f"{instrument.name}: no items")
    if not instrument.range[0] < instrument.range[1]:
        lacking.append(f"{instrument.name}: an empty range")
    if not any(word in instrument.source for word in ("doi:", "PMID", "NCI:", "project rule")):
        lacking.append(f"{instrument.name}: a source without DOI, PMID or document")
    if instrument.kind == "grade" and not instrument.labels:
        lacking.append(f"{instrument.name}: grades without names")
    return lacking


def _statuses(settled: Bools, any_item: Bools) -> NDArray[np.int8]:
    if np.all(settled):
        return np.zeros(settled.shape, np.int8)
    unsettled = np.where(any_item, np.int8(Status.PARTIAL), np.int8(Status.MISSING))
    return np.asarray(np.where(settled, np.int8(Status.COMPLETE), unsettled))


def _ends(bounds: Interval | Truth) -> tuple[Array, Array]:
    return np.asarray(bounds.low, float), np.asarray(bounds.high, float)
