"""What scoring gives back: value, bounds, status, items, the data behind them, and the stamps of the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.three_valued import Array, Bools

WARNINGS = {
    "age_below_18": "the equation is for adults; age is below 18 years",
    "age_out_of_range": "age is outside the range of the equation",
    "out_of_range": "the value lies outside the range of the scale and was not scored",
    "non_positive_creatinine": "creatinine must be greater than zero",
    "assumed_no_fall": "no previous value, so a fall by 25 % cannot be shown and none was assumed",
    "stability_not_recorded": "whether treatment was stable is not recorded; the state does not depend on it here",
    "doses_not_recorded": "doses of maintenance drugs are not recorded and were not compared with their maxima",
    "after_cell_therapy": "after a cell product, which counts as one past intervention, not as maintenance",
    "licats_window": "within three weeks of a cell product: check for LICATS before calling this a flare",
    "conditioning_excluded": "conditioning chemotherapy is protocol treatment and was not counted",
    "damage_cannot_fall": "damage cannot fall; the earlier, higher score was kept",
    "grey_zone": "between 50 and 56.6 mg/mmol the guideline's rounded and the exact conversion of 0.5 g/g disagree",
    "unconfirmed_rule": "the rule, or a part of it, was read in no public text and awaits confirmation in print",
    "bilag_unconfirmed": "the rules of the BILAG-2004 categories A to E were confirmed in no public text",
    "pulse": "a pulse of 250 mg methylprednisolone or more per day belongs in the cumulative, not in the daily dose",
    "immunosuppression_always": "patients treated for lupus carry the 18 points for immunosuppression",
    "not_after_cell_therapy": "not valid after a cell product, where cytokine release drives ferritin",
    "exploratory": "derived in another disease; exploratory in lupus",
    "not_assessable_joints": "some joints could not be assessed and were left out of the denominator",
    "sedated": "cannot be graded under sedation",
    "suspected_only": "a single raised ferritin without the accompanying findings is a suspicion, not the syndrome",
    "rescaled": "the assessment was recorded on a 0-10 scale and multiplied by 0.3",
    "not_available": "the instrument is listed but cannot be computed; its definition says why",
    "after_immunoglobulin": "within eight weeks of immunoglobulin the value is not the patient's own",
    "conflict": "two values contradict each other; neither answer is given",
    "cause_unknown": "the cause of a finding is stated as unknown; it counts",
    "recorded_total": "the total is the one that was recorded; items that are not recorded may still be unknown",
    "pga_at_limit": "printed definitions disagree on a PGA of exactly 0.5",
    "window_not_over": "the window after infusion is not over, or not known to be; no toxicity so far is not none",
    "assumed_protocol": "limits and durations are the project's, not those of a trial; name the protocol",
    "no_consensus_grade": "no consensus grading exists; this is a flag",
}
"""Every warning code and its sentence."""


class Status(IntEnum):
    """How far a row could be scored."""

    COMPLETE = 0
    PARTIAL = 1
    MISSING = 2
    NOT_EVALUABLE = 3
    ERROR = 4
    CONFLICT = 5


KEPT_SIZE = 100_000
"""Visits up to which worked-out items are kept."""


@final
class Lazy(Mapping[str, Array]):
    """Item arrays that are worked out when they are asked for: a million sums do not need them.

    Short ones are kept, as whoever explains visit after visit asks for them each time.
    """

    def __init__(self, names: tuple[str, ...], compute: Callable[[str], Array]) -> None:
        self._names, self._compute = names, compute
        self._kept: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name in self._kept:
            return self._kept[name]
        if name not in self._names:
            raise KeyError(name)
        computed = self._compute(name)
        if np.size(computed) <= KEPT_SIZE:
            self._kept[name] = computed
        return computed

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@final
@dataclass(frozen=True, slots=True)
class Score:
    """One instrument applied to many visits; all arrays have the shape of the input columns.

    ``value`` is NaN where the result is not settled; ``low`` and ``high`` bound it, with every unknown item counted as
    absent and as present. Yes/no results are 1, 0 or NaN; grades are numbers whose names stand in ``labels``.
    ``items`` gives the points or the state of each item (NaN unknown), ``columns`` the data they were taken from,
    ``parts`` the results of other instruments that went in, ``warnings`` the rows concerned by a code of `WARNINGS`.
    ``impossible`` names the inputs outside their plausible range with their rows, ``conflicts`` the contradictions in
    words; ``verified`` are flags seen to be 1 or 0 everywhere.
    """

    instrument: str
    version: str
    source: str
    unit: str
    value: Array
    low: Array
    high: Array
    status: NDArray[np.int8]
    items: Mapping[str, Array] = field(default_factory=dict)
    warnings: Mapping[str, Bools] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Score] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    impossible: Mapping[str, Bools] = field(default_factory=dict)
    conflicts: Mapping[str, Bools] = field(default_factory=dict)
    verified: frozenset[str] = frozenset()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the scored visits."""
        return self.value.shape

    def label(self, index: Any = ()) -> str:
        """Return the name of a grade at one position, or an empty text where it is not settled or has no name."""
        value = float(self.value[index])
        has_label = np.isfinite(value) and 0 <= value < len(self.labels)
        return self.labels[int(value)] if has_label else ""

    def at(self, index: Any) -> Score:
        """Return the score of one visit (or of a selection) with all that belongs to it."""
        from dataclasses import replace  # noqa: PLC0415 - only here

        def datum(name: str) -> Any:
            column = self.columns[name]
            return np.asarray(column)[index] if np.ndim(column) else column

        return replace(
            self,
            value=np.asarray(self.value[index]),
            low=np.asarray(self.low[index]),
            high=np.asarray(self.high[index]),
            status=np.asarray(self.status[index]),
            items=Lazy(tuple(self.items), lambda name: np.asarray(self.items[name][index])),
            warnings={code: np.asarray(mask[index]) for code, mask in self.warnings.items()},
            columns=Lazy(tuple(self.columns), datum),
            parts={name: part.at(index) for name, part in self.parts.items()},
            impossible={name: np.asarray(mask[index]) for name, mask in self.impossible.items()},
            conflicts={text: np.asarray(mask[index]) for text, mask in self.conflicts.items()},
        )
