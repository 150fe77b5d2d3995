"""Handing a block's answers over: from each patient's own side by side to rows with the patients last.

``s`` is always a `Block`, ``a`` an `AnswerArrays`. Numbers become those of double precision on the way. Squares of
`SIDE` by `SIDE` numbers are turned in registers; what is left at the edges goes number by number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from lupercal.engine.loop.access import compiled

SIDE = 8  # numbers of double precision in the widest register
TOGETHER = 32  # patients: what they answer on one day fits the first-level cache


class AnswerArrays(NamedTuple):
    """Where the answers go: the place of the block's first patient in the task's arrays over ``total`` patients."""

    all_recorded: Any
    all_end: Any
    all_infections: Any


@compiled
def hand_over(s: Any, a: Any) -> None:
    """Copy what the patients of the block answer to its place among all answers."""
    patients = s.count - s.first
    turn_round(s.recorded, a.all_recorded, (s.records, s.kept_count), (patients, s.total))
    turn_round(s.end, a.all_end, (1, s.states), (patients, s.total))
    turn_round(s.infections, a.all_infections, (1, s.marks), (patients, s.total))


@compiled
def turn_round(source: Any, target: Any, shape: Any, places: Any) -> None:
    """Copy ``source`` (patients, days, columns) to ``target`` (columns, days, total)."""
    days, columns = shape
    patients, total = places
    wide, whole = columns // SIDE * SIDE, patients // SIDE * SIDE
    for first in range(0, patients, TOGETHER):
        last = min(first + TOGETHER, patients)
        for day in range(days):
            for column in range(0, wide, SIDE):
                for n in range(first, min(last, whole), SIDE):
                    of, to = (n * days + day) * columns + column, (column * days + day) * total + n
                    turn_square(source, of, days * columns, target, to, days * total)
                for n in range(max(first, whole), last):
                    turn_row(source, target, (day, column, column + SIDE, n), (days, columns, total))
            for n in range(first, last):
                turn_row(source, target, (day, wide, columns, n), (days, columns, total))


@compiled
def turn_row(source: Any, target: Any, place: Any, sizes: Any) -> None:
    """Copy some columns of one patient's day."""
    day, begin, end, n = place
    days, columns, total = sizes
    for column in range(begin, end):
        target[(column * days + day) * total + n] = source[(n * days + day) * columns + column]


def _square(_: Any, source: Any, of: Any, from_row: Any, target: Any, to: Any, to_row: Any) -> Any:
    """Copy a square from ``source[of]`` on, its rows ``from_row`` apart, to ``target[to]`` on, as columns."""
    return types.void(source, of, from_row, target, to, to_row), _write_square


def _write_square(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    source, of, from_row, target, to, to_row = arguments
    number, wide = context.get_value_type(signature.args[0].dtype), ir.DoubleType()
    given, wanted = ir.VectorType(number, SIDE), ir.VectorType(wide, SIDE)
    rows = []
    for k in range(SIDE):
        place = builder.gep(source, [_place(builder, of, from_row, k)])
        row = builder.load(builder.bitcast(place, given.as_pointer()), align=signature.args[0].dtype.bitwidth // 8)
        rows.append(row if number == wide else builder.fpext(row, wanted))
    for k, column in enumerate(_turned(builder, rows)):
        place = builder.gep(target, [_place(builder, to, to_row, k)])
        builder.store(column, builder.bitcast(place, wanted.as_pointer()), align=8)
    return context.get_dummy_value()


turn_square: Any = intrinsic(_square)


def _place(builder: Any, first: Any, apart: Any, k: int) -> Any:
    return builder.add(first, builder.mul(apart, ir.Constant(ir.IntType(64), k)))


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """Return the columns of a square: halves of ever smaller squares change places."""
    half = SIDE // 2
    while half:
        for k in (k for k in range(SIDE) if not k & half):
            low, high = rows[k], rows[k + half]
            kept = [i + SIDE - half if i & half else i for i in range(SIDE)]
            moved = [i + SIDE if i & half else i + half for i in range(SIDE)]
            rows[k], rows[k + half] = (
                builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(ir.IntType(32), SIDE), order))
                for order in (kept, moved)
            )
        half //= 2
    return rows
