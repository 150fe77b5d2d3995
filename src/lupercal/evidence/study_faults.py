"""What is wrong with a study file beyond its schema: names it does not declare, figures that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lupercal.evidence.study_records import RATIOS
from lupercal.evidence.study_schema import FindingModel, ResponseModel, RowModel, StudyModel
from lupercal.evidence.units import UnitError, convertible, parse

ROUNDING = 0.6  # percentage points between a printed percentage and events/n

_IN_PERCENT = ("percent_change", "median_percent_change", "relative_reduction")
Fault = tuple[str, Any, str]


def faults_of(data: StudyModel, stem: str) -> Iterator[Fault]:
    """Yield what is wrong with a study file: field, what was found, what is expected; ``stem`` is the file's name."""
    if data.id != stem:
        yield "id", data.id, f"the name of the file, {stem}"
    for name, arm in data.arms.items():
        if (arm.regimen is None) != bool(arm.reason):
            yield f"arms.{name}.reason", arm.reason, "a reason exactly where regimen is null"
        if arm.n == 0 and any(row.arm == name for row in data.outcomes):
            yield f"arms.{name}.n", arm.n, "at least 1 patient where the arm has figures, or null where it is not known"
    for section in ("baseline", "outcomes", "findings"):
        for index, row in enumerate(getattr(data, section)):
            place = f"{section}[{index}]"
            faults = (*_unknown(row, data), *(_row_faults(row) if isinstance(row, RowModel) else ()))
            yield from ((f"{place}.{field}", value, expected) for field, value, expected in faults)
    yield from _repeated(data)
    yield from _simulation_faults(data)


def _repeated(data: StudyModel) -> Iterator[Fault]:
    """Yield figures that stand in a file twice; where they were read, and remarks, tell no two apart."""
    for section in ("baseline", "outcomes"):
        first: dict[str, int] = {}
        for index, row in enumerate(getattr(data, section)):
            figure = repr(row.model_copy(update=dict.fromkeys(("source", "mark", "note"))))
            if figure in first:
                yield f"{section}[{index}]", row.measure, f"each figure once; {section}[{first[figure]}] is the same"
            first.setdefault(figure, index)


def _simulation_faults(data: StudyModel) -> Iterator[Fault]:
    """Yield arms that the block `simulation` names and the study lacks, and flows of patients that do not add up."""
    how, arms = data.simulation, f"one of the arms {', '.join(data.arms)}"
    flow = {} if how.drop_out is None else how.drop_out.arms
    named = [(f"arms.{name}", name) for name in how.arms]
    named += [(f"joined.{name}", part) for name, parts in how.joined.items() for part in (name, *parts)]
    named += [(f"drop_out.arms.{name}", name) for name in flow]
    for place, name in named:
        if name not in data.arms:
            yield f"simulation.{place}", name, arms
    for name, each in flow.items():
        place, left = f"simulation.drop_out.arms.{name}", each.started - each.completed
        if left < 0:
            yield f"{place}.completed", each.completed, f"at most as many as started, {each.started}"
        elif (each.left_for_lupus or 0) > left:
            yield f"{place}.left_for_lupus", each.left_for_lupus, f"at most as many as did not complete, {left}"
    for name, dose in how.arms.items():
        if bool(dose.product) != bool(dose.amount is not None or dose.days):
            yield f"simulation.arms.{name}.product", dose.product, "a product together with its amount or days"
    for name, meant in how.responses.items():
        if isinstance(meant, ResponseModel) and meant.upcr is meant.upcr_below is meant.fall is None:
            yield f"simulation.responses.{name}", "no threshold of proteinuria", "upcr, upcr_below or fall"


def _unknown(row: RowModel | FindingModel, data: StudyModel) -> Iterator[Fault]:
    if row.arm not in data.arms:
        yield "arm", row.arm, f"one of the arms {', '.join(data.arms)}"
    for key in row.source:
        if key not in data.sources:
            yield "source", key, f"one of the sources {', '.join(data.sources)}"
    versus = getattr(row, "versus", None)
    if versus is not None and (versus not in data.arms or versus == row.arm):
        yield "versus", versus, f"another one of the arms {', '.join(data.arms)}"


def _row_faults(row: RowModel) -> Iterator[Fault]:
    try:
        parse(row.unit)
    except UnitError as error:
        if row.statistic != "rate":
            yield "unit", row.unit, f"a unit ({error})"
    if row.value is None and row.range is None:
        yield "value", row.value, "a number, or a range in its place"
    yield from _interval_faults(row)
    yield from _scale_faults(row)
    yield from _impossible(row)
    yield from _event_faults(row)


def _interval_faults(row: RowModel) -> Iterator[Fault]:
    for field in ("ci95", "iqr", "range"):
        pair = getattr(row, field)
        if pair is not None and pair[0] > pair[1]:
            yield field, list(pair), "the lower bound first"
        elif pair is not None and row.value is not None and not pair[0] <= row.value <= pair[1]:
            yield field, list(pair), f"bounds around the value {row.value:g}"


def _scale_faults(row: RowModel) -> Iterator[Fault]:
    numbers = [part for part in (row.value, *(row.ci95 or ()), *(row.range or ())) if part is not None]
    if row.statistic == "share":
        if row.unit != "%":
            yield "unit", row.unit, "% for a share"
        if any(not 0 <= number <= 100 for number in numbers):
            yield "value", row.value, "a share from 0 to 100 %"
    if row.statistic in RATIOS and any(number <= 0 for number in numbers):
        yield "value", row.value, "a ratio above 0"
    if row.statistic in RATIOS and row.unit != "1":
        yield "unit", row.unit, "1 for a ratio"
    if row.statistic in _IN_PERCENT and row.unit != "%":
        yield "unit", row.unit, f"% for a {row.statistic.replace('_', ' ')}"
    if row.statistic == "rate" and not _is_rate(row.unit):
        yield "unit", row.unit, "events per time, such as /a or /(100.a)"
    if row.statistic == "count" and not row.unit.startswith("{"):
        yield "unit", row.unit, "what is counted, such as {patients} or {events}"


def _impossible(row: RowModel) -> Iterator[Fault]:
    """Yield values that no study can have seen: more patients than there are, negative rates, falls beyond 100 %."""
    if row.value is None:
        return
    if row.statistic in ("rate", "count") and row.value < 0:
        yield "value", row.value, f"a {row.statistic} of 0 or more"
    elif row.statistic == "count" and row.unit == "{patients}":
        if row.value != round(row.value):
            yield "value", row.value, "a whole number of patients"
        elif row.n is not None and row.value > row.n:
            yield "value", row.value, f"at most n, {row.n}"
    elif row.statistic in ("percent_change", "median_percent_change") and row.value < -100:
        yield "value", row.value, "a fall by 100 % at most"


def _is_rate(unit: str) -> bool:
    try:
        return convertible("/(100.a)", unit)
    except UnitError:
        return False


def _event_faults(row: RowModel) -> Iterator[Fault]:
    if row.events is None:
        return
    if row.statistic not in {"share", "count"} or row.n is None:
        yield "events", row.events, "events only with n, for a share or a count"
    elif row.events > row.n:
        yield "events", row.events, f"at most n, {row.n}"
    elif row.statistic == "share" and row.value is not None and abs(row.value - 100 * row.events / row.n) > ROUNDING:
        yield "value", row.value, f"{100 * row.events / row.n:.1f}, which is {row.events} of {row.n}"
    elif row.statistic == "count" and row.value != row.events:
        yield "value", row.value, f"the events, {row.events}"
