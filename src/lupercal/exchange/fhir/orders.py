"""Which lines of treatment are one order told twice, which stand side by side, and which nobody can tell apart.

Glucocorticoids of different kinds, each with its own dose, are taken side by side: they add up to one prednisone
equivalent, and each is listed. Two records of one drug, or of glucocorticoids of equal strength, may be one order:
whether they add up is asked, their status is left open until somebody says, and nothing is added in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, final

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert
from lupercal.exchange.fhir.drug_names import is_glucocorticoid
from lupercal.exchange.fhir.ledger import FoundTreatment, ImportLedger
from lupercal.patient.drugs import prednisone_equivalents


@final
@dataclass(frozen=True, slots=True)
class OrderAnswers:
    """What a person has said about orders: groups of references that are distinct, and pairs kept and dropped."""

    distinct: tuple[frozenset[str], ...] = ()
    same: tuple[tuple[str, str], ...] = ()


def settle_orders(ledger: ImportLedger, answers: OrderAnswers) -> None:
    """Drop what is told twice, open the status of what may be, and tell the sum of glucocorticoids."""
    _drop_told_twice(ledger, answers)
    _gather_administrations(ledger)
    current = [one for one in ledger.treatments if one.row.get("status") == "current" and not one.settled]
    doubtful: dict[int, list[FoundTreatment]] = {}
    for one, other in combinations(current, 2):
        if _may_be_one(one, other) and not _said_distinct(one, other, answers):
            doubtful.setdefault(id(one), []).append(other)
            doubtful.setdefault(id(other), []).append(one)
    for one in current:
        _open(one, doubtful.get(id(one), ()))
    _tell_steroids(current, doubtful, ledger)


def _drop_told_twice(ledger: ImportLedger, answers: OrderAnswers) -> None:
    """Leave out the order that another record says it follows, and what a person has called the same."""
    followed = {text: one for one in ledger.treatments for text in one.follows}
    dropped = {drop: keep for keep, drop in answers.same}
    orders = []
    for order in ledger.treatments:
        by = followed.get(order.reference)
        if by is not None and by is not order and by.row["drug"] == order.row["drug"] and not by.single:
            ledger.tell_at(
                order.order,
                "left_out",
                order.place,
                order.found,
                f"the order that {by.reference} follows; counted once",
            )
        elif order.reference in dropped:
            ledger.tell_at(
                order.order,
                "left_out",
                order.place,
                order.found,
                f"the same as {dropped[order.reference]}, by the site's map",
            )
        else:
            orders.append(order)
    ledger.treatments[:] = orders


def _gather_administrations(ledger: ImportLedger) -> None:
    """Make one line of several administrations of one drug in one dose, from the first to the last."""
    groups: dict[tuple[Any, ...], list[FoundTreatment]] = {}
    for one in ledger.treatments:
        dated = one.single and "start_date" in one.row
        key = (one.row["drug"], one.row.get("amount"), one.row.get("unit")) if dated else (one.order,)
        groups.setdefault(key, []).append(one)
    for group in groups.values():
        if len(group) > 1:
            _merge(group)
            for one in group[1:]:
                reason = f"one of {len(group)} administrations"
                ledger.tell_at(one.order, "used", one.place, one.found, reason, f"treatment {one.row['drug']}")
    ledger.treatments[:] = [group[0] for group in groups.values()]


def _merge(group: Sequence[FoundTreatment]) -> None:
    days = sorted(one.row["start_date"] for one in group)
    first = group[0]
    first.row["start_date"] = days[0]
    if "stop_date" in first.row:
        first.row["stop_date"] = days[-1]
    first.row["note"] = "; ".join(filter(None, (first.row.get("note"), f"{len(group)} administrations")))


def _may_be_one(one: FoundTreatment, other: FoundTreatment) -> bool:
    """Return whether two current lines may be records of one order, or a dose and the one that replaced it."""
    steroids = all(is_glucocorticoid(line.row["drug"]) for line in (one, other))
    same_drug = one.row["drug"] == other.row["drug"]
    if not (steroids or same_drug) or _apart(one.row, other.row):
        return False
    if one.hours and other.hours and set(one.hours).isdisjoint(other.hours):
        return False
    if same_drug:
        return True
    amounts = [prednisone_mg(line.row) for line in (one, other)]
    return any(amount is None for amount in amounts) or abs((amounts[0] or 0) - (amounts[1] or 0)) < 1e-9


def _apart(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether one line ended before the other began."""
    return any(
        "stop_date" in first and "start_date" in second and first["stop_date"] <= second["start_date"]
        for first, second in ((one, other), (other, one))
    )


def _said_distinct(one: FoundTreatment, other: FoundTreatment, answers: OrderAnswers) -> bool:
    return any({one.reference, other.reference} <= group for group in answers.distinct)


def prednisone_mg(row: dict[str, Any]) -> float | None:
    """Return the prednisone equivalent of a line, mg/d; None where its dose is not known."""
    if row.get("amount") is None:
        return None
    try:
        return convert(row["amount"], row["unit"], "mg/d") * prednisone_equivalents()[row["drug"]]
    except UnitError:
        return None


def _open(one: FoundTreatment, others: Sequence[FoundTreatment]) -> None:
    """Leave the status of a line open that may be the same order as others."""
    if not others:
        return
    named = ", ".join(f"{other.reference} ({_in_words(other.row)})" for other in others)
    question = f"may be the same order as {named}: one order or several? Its status is left open, and nothing is added"
    one.warns.append(f"conflict: {question}")
    del one.row["status"]


def _tell_steroids(
    current: Sequence[FoundTreatment], doubtful: dict[int, list[FoundTreatment]], ledger: ImportLedger
) -> None:
    """Tell what several glucocorticoids add up to, or that it is asked whether they do."""
    steroids = [one for one in current if is_glucocorticoid(one.row["drug"])]
    if len(steroids) < 2:
        return
    shown = "; ".join(f"{one.reference} {_in_words(one.row)}" for one in steroids)
    if any(id(one) in doubtful for one in steroids):
        reason = (
            f"conflict: {len(steroids)} systemic glucocorticoids at once, some of which may be one order; not added up"
        )
        ledger.tell("warned", "treatments", shown, reason, "each listed, status open where it is asked")
        return
    amounts = [prednisone_mg(one.row) or 0.0 for one in steroids]
    total = f"prednisone equivalent {sum(amounts):g} mg/d"
    ledger.tell("warned", "treatments", shown, f"{len(steroids)} systemic glucocorticoids side by side: {total}", total)


def _in_words(row: dict[str, Any]) -> str:
    """Return a line in words, a glucocorticoid with its prednisone equivalent."""
    if row.get("amount") is None:
        return f"{row['drug']}, dose unknown"
    equal = prednisone_mg(row) if is_glucocorticoid(row["drug"]) and row["drug"] != "prednisone" else None
    beside = f" = {equal:g} mg/d of prednisone" if equal is not None else ""
    return f"{row['drug']} {row['amount']:g} {row['unit']}{beside}"


def treatment_faults(error: InputError) -> Iterator[int]:
    """Yield the number of the line that a fault of a patient file names, where it names one."""
    head, _, rest = error.field.partition("[")
    if head == "treatments" and rest:
        yield int(rest.partition("]")[0])
