"""Two values that say opposite things: the rows of ``data/contradictions.yaml``, and what needs arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lupercal.instruments.columns import Columns, View, suffixed
from lupercal.instruments.tables import instrument_document
from lupercal.instruments.three_valued import Bools, Interval, Truth, all_of

if TYPE_CHECKING:
    from lupercal.instruments.contract import Instrument

OTHER_VISITS = ("baseline", "previous")
COMPARE: Mapping[str, Callable[[Interval, Interval | float], Truth]] = {
    "==": lambda a, b: a.at_least(b) & a.at_most(b),
    ">": Interval.above,
    ">=": Interval.at_least,
    "<": Interval.below,
    "<=": Interval.at_most,
}


class Condition(NamedTuple):
    """A column (or the first known of several), a comparator, and a number or column."""

    columns: tuple[str, ...]
    comparator: str
    limit: float | str

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns without which the condition cannot hold."""
        return (*self.columns[:1], *((self.limit,) if isinstance(self.limit, str) else ()))

    def holds(self, view: View) -> Bools:
        """Return where the condition is certain."""
        number = reduce(Interval.or_else, [view.number(name) for name in self.columns])
        limit = view.number(self.limit) if isinstance(self.limit, str) else self.limit
        return COMPARE[self.comparator](number, limit).low

    def __str__(self) -> str:
        limit = self.limit if isinstance(self.limit, str) else f"{self.limit:g}"
        return f"{' or '.join(self.columns)} {self.comparator.replace('==', 'is')} {limit}"


class Contradiction(NamedTuple):
    """Conditions that cannot hold together."""

    id: str
    conditions: tuple[Condition, ...]
    allowed_by: tuple[str, ...]

    @property
    def text(self) -> str:
        """The two statements in words."""
        return " but ".join(str(condition) for condition in self.conditions)

    def concerns(self, columns: Columns) -> bool:
        """Return whether the columns can hold it."""
        return all(
            any(_there(columns, name) for name in condition.columns)
            and all(_there(columns, n) for n in condition.needs[1:])
            for condition in self.conditions
        )

    def found(self, view: View) -> Bools:
        """Return the rows that say both."""
        return all_of(Truth(rows, rows) for rows in (condition.holds(view) for condition in self.conditions)).low


@cache
def stated() -> tuple[Contradiction, ...]:
    """Return the contradictions of the table."""
    return tuple(
        Contradiction(row["id"], tuple(_condition(*one) for one in row["when"]), tuple(row.get("except", ())))
        for row in instrument_document("contradictions")
    )


def opposed(columns: Columns, one: Instrument) -> dict[str, Bools]:
    """Return the rows in which what an instrument reads contradicts itself, by the two statements in words.

    Parameters
    ----------
    columns
        Only columns that the instrument reads, of any equal shape; other visits as ``x@baseline`` and ``x@previous``.
    one
        The instrument.
    """
    opposed_rows = _opposed(View(columns, lupus_only=True), one.name)
    for visit in OTHER_VISITS:
        if earlier := suffixed(columns, visit):
            rows = _opposed(View(earlier, lupus_only=True), one.name)
            opposed_rows |= {f"at {visit} {text}": mask for text, mask in rows.items()}
    return opposed_rows


def _opposed(view: View, name: str) -> dict[str, Bools]:
    opposed_rows = {
        row.text: row.found(view) for row in stated() if name not in row.allowed_by and row.concerns(view.columns)
    }
    judged = View(_flags_only(view.columns), lupus_only=True) if name in FLAGS_ONLY else view
    opposed_rows |= {
        text: rule(judged) for text, (needs, rule) in COMPUTED.items() if all(_there(view.columns, n) for n in needs)
    }
    return {text: mask for text, mask in opposed_rows.items() if np.any(mask)}


def _flags_only(columns: Columns) -> dict[str, Any]:
    """Return the columns without the laboratory values that stand in for descriptors."""
    from lupercal.instruments.sledai_items import DERIVED_FROM  # noqa: PLC0415 - a registered module

    sources = {source for names in DERIVED_FROM.values() for source in names}
    return {name: column for name, column in columns.items() if name.partition("@")[0] not in sources}


def _condition(columns: str, comparator: str, limit: Any) -> Condition:
    return Condition(tuple(columns.split("|")), comparator, limit if isinstance(limit, str) else float(limit))


def _there(columns: Columns, name: str) -> bool:
    return any(f"{name}{end}" in columns for end in ("", "@low", "@high"))


def _entered_against(name: str) -> Callable[[View], Bools]:
    """Return where a recorded score lies outside what its own items allow, whatever their causes."""

    def rule(view: View) -> Bools:
        from lupercal.instruments.clinical_sledai import CLINICAL  # noqa: PLC0415 - a registered module
        from lupercal.instruments.sledai_2k import score_bounds  # noqa: PLC0415 - a registered module
        from lupercal.instruments.sledai_items import DESCRIPTORS  # noqa: PLC0415 - a registered module

        names = CLINICAL if name == "clinical_sledai" else DESCRIPTORS
        least = score_bounds(view.columns, names, "lupus").low
        most = score_bounds(view.columns, names, "recorded").high
        entered = view.number(name)
        return entered.below(Interval(least, least)).low | entered.above(Interval(most, most)).low

    return rule


def _total_against(name: str) -> Callable[[View], Bools]:
    """Return where a recorded total lies outside what its own items come to; unknown items leave room."""

    def rule(view: View) -> Bools:
        from lupercal.instruments.registry import instrument  # noqa: PLC0415 - it reads the modules of instruments

        total = instrument(name)
        items = {key: column for key, column in view.columns.items() if key.partition("@")[0] != name}
        if not any(key.partition("@")[0] in total.inputs for key in items):
            return np.zeros(view.shape, bool)
        computed, entered = total.unchecked(items), view.number(name)
        low, high = (np.broadcast_to(end, view.shape) for end in (computed.low, computed.high))
        return entered.below(Interval(low, low)).low | entered.above(Interval(high, high)).low

    return rule


def _facit_sum(view: View) -> Bools:
    from lupercal.instruments.facit import sum_of_answers  # noqa: PLC0415 - a registered module

    answers, entered = sum_of_answers(view), view.number("facit_sum")
    return (
        entered.below(Interval(answers.low, answers.low)).low | entered.above(Interval(answers.high, answers.high)).low
    )


def _two_scales(view: View) -> Bools:
    """Assessments on 0-3 and 0-10 that differ by more than reading either to a tenth allows."""
    apart = view.number("pga") - view.number("pga_10") * 0.3
    return apart.above(SCALES_APART).low | apart.below(-SCALES_APART).low


def _more_steroid(view: View) -> Bools:
    """More glucocorticoid by the doses of single drugs than all together."""
    from lupercal.instruments.glucocorticoids import sum_of_doses  # noqa: PLC0415 - it reads the table of drugs

    return sum_of_doses(view).above(view.number("prednisone")).low


def _lineages(view: View) -> Bools:
    from lupercal.instruments.hscore import low_lineages  # noqa: PLC0415 - a registered module

    return view.number("cytopenia_lineages").below(low_lineages(view)).low


def _no_infection(view: View) -> Bools:
    """No infection, and a finding of one."""
    from lupercal.instruments.bmt_ctn_infection import GRADES  # noqa: PLC0415 - a registered module

    infections = [view.flag(name).low for name in GRADES if name in view.columns]
    return ~view.flag("infection").high & np.any(infections, axis=0) if infections else np.zeros(view.shape, bool)


def _new_grades(view: View, column: str, index: int) -> Bools:
    from lupercal.instruments.bilag_2004 import new_grades  # noqa: PLC0415 - a registered module

    computed, entered = new_grades(view, view.other("baseline"))[index], view.number(column)
    return entered.below(computed).low


SCALES_APART = 0.1
FLAGS_ONLY = ("selena_flare_index",)
"""Instruments that read blood counts for arms of their own: a recorded score is held against flags alone."""

COMPUTED: Mapping[str, tuple[tuple[str, ...], Callable[[View], Bools]]] = {
    "a recorded sledai_2k that its items do not allow": (("sledai_2k",), _entered_against("sledai_2k")),
    "a recorded clinical_sledai that its items do not allow": (
        ("clinical_sledai",),
        _entered_against("clinical_sledai"),
    ),
    "facit_sum that its answers do not allow": (("facit_sum",), _facit_sum),
    **{
        f"a recorded {name} that its items do not allow": ((name,), _total_against(name))
        for name in ("clasi_activity", "ice", "hscore")
    },
    "pga with another pga_10": (("pga", "pga_10"), _two_scales),
    "prednisone below the doses of single glucocorticoids": (("prednisone",), _more_steroid),
    "cytopenia_lineages below what the blood counts show": (("cytopenia_lineages",), _lineages),
    "infection is 0 but a finding of one is 1": (("infection",), _no_infection),
    "new_bilag_a below what the grades show": (("new_bilag_a",), lambda view: _new_grades(view, "new_bilag_a", 0)),
    "new_bilag_b below what the grades show": (("new_bilag_b",), lambda view: _new_grades(view, "new_bilag_b", 1)),
}
"""Contradictions that need arithmetic: in words, the column they are about, and the rule."""
