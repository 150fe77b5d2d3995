"""What stands before every instrument: only its own columns, known causes, possible values, no contradictions.

Simulated visits come from one model, carry no causes and are not checked (`Instrument.unchecked`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from lupercal.instruments.columns import ATTRIBUTIONS, CAUSE, EARLIER, Columns, View
from lupercal.instruments.contradictions import opposed
from lupercal.instruments.plausible import cleared_columns, coded_causes, impossible_cells
from lupercal.instruments.result import Lazy, Score, Status
from lupercal.instruments.three_valued import Bools
from lupercal.instruments.windows import LOOK_BACK, check_window, days_of
from lupercal.patient.variables import variables

if TYPE_CHECKING:
    from lupercal.instruments.contract import Instrument

NO_FINDINGS = ("pga", "pga_10", "age", "weight", "height", "sex_female", "day", "days_since_infusion")
GIVEN = (
    *("on_antimalarial", "on_biologic", "on_immunosuppressant", "on_investigational", "stable_maintenance"),
    *("leflunomide", "mycophenolic_acid", "glucocorticoid_pulse", "conditioning"),
)
OUTCOMES = ("treatment_failure", "rescue_medication", "dropped_out", "new_bilag_a", "new_bilag_b")
NEVER_ATTRIBUTED = frozenset((*NO_FINDINGS, *GIVEN, *OUTCOMES))
"""What is no finding, besides doses and recorded scores: a cause of what was given or failed would undo it."""


def checked(one: Instrument, rule: Callable[..., Score]) -> Callable[..., Score]:
    """Return an instrument's function with everything a result must not depend on, or not hide, in front of it."""

    takes = frozenset(signature(rule).parameters)

    @wraps(rule)
    def score(columns: Columns, **asked: Any) -> Score:
        inputs = relevant(columns, one)
        lupus_only = asked.get("attribution", one.settings.get("attribution", "recorded")) == "lupus"
        settings = {k: v for k, v in asked.items() if k in takes or k not in LOOK_BACK} if one.looks_back else asked
        read = inputs if lupus_only else _without_causes(inputs)
        read = looked_back(read, one, {**one.settings, **asked}) if one.looks_back else read
        scored = rule(read, **settings)
        inputs = {name: column for name, column in inputs.items() if not name.endswith(EARLIER)}
        wrong = impossible_cells(inputs, (name for name in one.inputs if name not in scored.verified))
        against = opposed(cleared_columns(inputs, wrong) if wrong else inputs, one)
        if wrong:
            scored = _marked(_without_them(rule, read, wrong, scored, settings), scored, wrong)
        if against:
            scored = _conflicting(scored, against, one, over_visits=bool(settings.get("over_visits")))
        if one.standing == "unconfirmed":
            scored = _unconfirmed(scored)
        scored = _flagged(scored, read) if lupus_only else scored
        return _stamped(scored, one, asked) if one.looks_back else scored

    return score


def looked_back(columns: dict[str, Any], one: Instrument, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns with what earlier visits of the window found, where the settings ask for it.

    Columns in which that was looked up already (``x@earlier``) stay as they are.

    Raises
    ------
    InputError
        For a window that was not validated, or visits without days in order.
    """
    window, series = settings["window_days"], settings["over_visits"]
    if window is not None:
        check_window(window)
    if not series or window is None or any(name.endswith(EARLIER) for name in columns):
        return columns
    view = View(columns)
    if not view.shape:
        return columns
    from lupercal.instruments.look_back import with_earlier  # noqa: PLC0415 - it reads modules that hold instruments

    possible = cleared_columns(columns, impossible_cells(columns, one.inputs))
    family = "selena_hybrid" if settings.get("proteinuria") == "hybrid" else one.looks_back
    return {**columns, **with_earlier(possible, family, days_of(view), window, settings["attribution"])}


def _stamped(scored: Score, one: Instrument, asked: Mapping[str, Any]) -> Score:
    """Return a result that says which look-back was asked for."""
    given = {name: asked.get(name, one.settings[name]) for name in LOOK_BACK}
    return replace(scored, settings={**scored.settings, **given})


MANY = 10_000
"""Rows from which only those with impossible cells are scored again."""


def _without_them(
    rule: Callable[..., Score],
    columns: Mapping[str, Any],
    wrong: Mapping[str, Bools],
    as_scored: Score,
    settings: Mapping[str, Any],
) -> Score:
    """Return the result with impossible cells as unknown; of many rows only theirs are scored again, without items."""
    cleared = cleared_columns(columns, dict(wrong))
    if as_scored.value.ndim != 1 or as_scored.value.size < MANY or settings.get("over_visits"):
        return rule(cleared, **settings)
    rows = np.flatnonzero(np.broadcast_to(np.any(np.broadcast_arrays(*wrong.values()), axis=0), as_scored.shape))
    some = rule({name: column[rows] if np.ndim(column) else column for name, column in cleared.items()}, **settings)
    value, low, high, status = (
        as_scored.value.copy(),
        as_scored.low.copy(),
        as_scored.high.copy(),
        as_scored.status.copy(),
    )
    value[rows], low[rows], high[rows], status[rows] = some.value, some.low, some.high, some.status

    def item(name: str) -> Any:
        array = np.array(as_scored.items[name], float)
        array[rows] = np.nan
        return array

    return replace(as_scored, value=value, low=low, high=high, status=status, items=Lazy(tuple(as_scored.items), item))


def relevant(columns: Columns, one: Instrument) -> dict[str, Any]:
    """Return the columns an instrument reads, causes coded, in the shape of all: nothing else can touch its result.

    Raises
    ------
    InputError
        For a cause that is none of `ATTRIBUTIONS`.
    """
    inputs = frozenset((*one.inputs, *(item.name for item in one.items)))
    days = {"day"} if one.looks_back else ()
    wanted = {
        n: c
        for n, c in columns.items()
        if (_plain(n) in inputs or n in days) and (not n.endswith(CAUSE) or attributable(n))
    }
    shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))
    if np.broadcast_shapes(*(np.shape(column) for column in wanted.values())) != shape:
        wanted[""] = np.full(shape, np.nan)
    return coded_causes(wanted) if any(name.endswith(CAUSE) for name in wanted) else wanted


def _plain(name: str) -> str:
    for end in (CAUSE, EARLIER, "@low", "@high"):
        name = name.removesuffix(end)
    return name


def _without_causes(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: column for name, column in columns.items() if not name.endswith(CAUSE)}


def _marked(scored: Score, as_given: Score, wrong: Mapping[str, Bools]) -> Score:
    """Return a result with the rows of impossible cells open; a reason the instrument itself gives is kept."""
    rows = np.broadcast_to(np.any(np.broadcast_arrays(*wrong.values()), axis=0), scored.shape)
    refused = rows & (as_given.status == Status.ERROR)
    reasons = {code: mask & refused for code, mask in as_given.warnings.items() if np.any(mask & refused)}
    return replace(
        scored,
        value=np.where(rows, np.nan, scored.value),
        status=np.where(rows, np.int8(Status.ERROR), scored.status),
        warnings={**reasons, **_merged(scored.warnings, "out_of_range", rows & ~refused)},
        columns=as_given.columns,
        impossible={name: np.broadcast_to(mask, scored.shape) for name, mask in wrong.items()},
    )


def _conflicting(scored: Score, against: Mapping[str, Bools], one: Instrument, *, over_visits: bool) -> Score:
    """Return a result without an answer, and without the better bound, where two values contradict each other."""
    shaped = {text: np.broadcast_to(mask, scored.shape) for text, mask in against.items()}
    rows = np.any(list(shaped.values()), axis=0)
    rows = np.logical_or.accumulate(rows, axis=-1) if over_visits and rows.ndim else rows
    settled = rows & (scored.status != Status.ERROR)
    return replace(
        scored,
        value=np.where(rows, np.nan, scored.value),
        low=np.where(rows, one.range[0], scored.low),
        high=np.where(rows, one.range[1], scored.high),
        status=np.where(settled, np.int8(Status.CONFLICT), scored.status),
        warnings=_merged(scored.warnings, "conflict", rows),
        conflicts=shaped,
    )


def _flagged(scored: Score, columns: Mapping[str, Any]) -> Score:
    """Return a result with a warning where a cause is stated as unknown: the finding counts."""
    unknown = ATTRIBUTIONS.index("unknown")
    rows = [np.asarray(column == unknown) for name, column in columns.items() if name.endswith(CAUSE)]
    if not any(mask.any() for mask in rows):
        return scored
    mask = np.broadcast_to(np.any(np.broadcast_arrays(*rows), axis=0), scored.shape)
    return replace(scored, warnings=_merged(scored.warnings, "cause_unknown", mask))


def _unconfirmed(scored: Score) -> Score:
    """Return a result with the mark of a rule that was read in no public text, wherever there is a result."""
    return replace(scored, warnings=_merged(scored.warnings, "unconfirmed_rule", scored.status != Status.MISSING))


def _merged(warnings: Mapping[str, Bools], code: str, rows: Bools) -> dict[str, Bools]:
    mask = warnings[code] | rows if code in warnings else rows
    return {**warnings, **({code: np.asarray(mask)} if np.any(mask) else {})}


def attributable(name: str) -> bool:
    """Return whether a column can be put down to a cause: a finding or a value, no dose, score or improvement."""
    plain = name.partition("@")[0]
    variable = variables().get(plain)
    recorded = variable is not None and variable.group in {"drug", "score", "outcome"}
    return plain not in NEVER_ATTRIBUTED and not recorded and not plain.endswith(("_dose", "_improved_50"))
