"""CTCAE grades of laboratory values, one instrument per term and version, from ``data/ctcae.csv``.

Sources: NCI, Common Terminology Criteria for Adverse Events v5.0 (2017), and v6 as in open clinical-programming
metadata, to be confirmed in the NCI's file. The limit itself belongs to the milder grade. Where the laboratory's
limit is missing, grades from 2 can still be assigned, 0 and 1 cannot.
"""

from __future__ import annotations

from functools import partial

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.tables import rows
from lupercal.instruments.three_valued import Interval, Truth, grade

TABLE = {f"ctcae_v{row['version']}_{row['term']}": row for row in rows("ctcae")}
Steps = list[tuple[float, Truth]]


def ctcae(name: str, columns: Columns) -> Score:
    """Grade one laboratory value, 0 to 4.

    Parameters
    ----------
    name
        Such as ``"ctcae_v5_neutrophils"``; the keys of `TABLE`.
    columns
        The value in the data dictionary's unit, its ``_lln`` or ``_uln``; where the term compares with it, the value
        ``@baseline``; ``red_cell_transfusion`` for haemoglobin.
    """
    view, row = View(columns), TABLE[name]
    value = view.number(row["term"])
    steps = _falls(view, value, row) if row["direction"] == "low" else _rises(view, value, row)
    if row["event_grade_3"]:
        event = view.flag(row["event_grade_3"])
        steps.append((3.0, Truth(event.low, event.low)))
    return GRADES[name].result(grade(steps), known=~value.is_unknown, items={row["term"]: value.value}, columns=columns)


def febrile_neutropenia(columns: Columns) -> Score:
    """Return whether neutrophils below 1.0 meet fever: once above 38.3, or 38.0 and more for over an hour.

    Parameters
    ----------
    columns
        ``neutrophils`` (10*9/L), ``temperature`` (Cel, highest), ``fever_over_1h`` (flag: 38.0 or more for over an
        hour).
    """
    view = View(columns)
    parts = {
        "neutrophils": view.number("neutrophils").below(1.0),
        "fever": view.number("temperature").above(38.3) | view.flag("fever_over_1h"),
    }
    return FEBRILE_NEUTROPENIA.result(
        parts["neutrophils"] & parts["fever"],
        known=~parts["neutrophils"].is_unknown | ~parts["fever"].is_unknown,
        items={name: truth.state for name, truth in parts.items()},
        columns=columns,
    )


def _falls(view: View, value: Interval, row: dict[str, str]) -> Steps:
    """Below the laboratory's limit, then below each further limit."""
    limit = view.number(f"{row['term']}_lln")
    steps: Steps = []
    for number in range(1, 5):
        cut = row[f"grade_{number}"]
        if cut == "lln":
            steps.append((number, value.below(limit)))
        elif cut:
            steps.append((number, value.below(limit * float(cut) if row["unit"] == "lln" else float(cut))))
    if row["baseline_rule"] == "fall" and f"{row['term']}@baseline" in view:
        steps = _fallen(view, value, row, steps)
    if row["absolute_grade_4"]:
        steps.append((4.0, value.below(float(row["absolute_grade_4"]))))
    return steps


def _fallen(view: View, value: Interval, row: dict[str, str], usual: Steps) -> Steps:
    """By the share lost since a baseline that was itself below the limit; else the usual steps."""
    start, limit = view.number(f"{row['term']}@baseline"), view.number(f"{row['term']}_lln")
    abnormal = _known_start(start.below(limit), start)
    lost = {number: value.at_most(start * (1.0 - cut)) for number, cut in _cuts(row).items() if number > 1}
    lost[1] = value.below(start)
    return [(number, (abnormal & lost[int(number)]) | (~abnormal & truth)) for number, truth in usual]


def _known_start(abnormal: Truth, start: Interval) -> Truth:
    """Return whether a baseline is abnormal; one that is not known is taken as normal."""
    return Truth(abnormal.low, abnormal.high & ~start.is_unknown)


def _cuts(row: dict[str, str]) -> dict[int, float]:
    return {n: float(row[f"baseline_{n}"].strip(">")) for n in range(1, 5) if row[f"baseline_{n}"]}


def _rises(view: View, value: Interval, row: dict[str, str]) -> Steps:
    """Above multiples of the upper limit; of the baseline where that was abnormal (or also, for creatinine)."""
    limit = view.number(f"{row['term']}_uln")
    scale = {number: float(row[f"grade_{number}"]) for number in range(1, 5) if row[f"grade_{number}"]}
    if row["unit"] == "absolute":
        return [(number, value.above(cut)) for number, cut in scale.items()]
    usual = {number: value.above(limit * cut) for number, cut in scale.items()}
    if not row["baseline_rule"] or f"{row['term']}@baseline" not in view:
        return list(usual.items())
    return _against_baseline(view, value, row, usual)


def _against_baseline(view: View, value: Interval, row: dict[str, str], usual: dict[int, Truth]) -> Steps:
    start = view.number(f"{row['term']}@baseline")
    first = Interval.above if row["baseline_1"].startswith(">") else Interval.at_least
    relative = {n: first(value, start * c) if n == 1 else value.above(start * c) for n, c in _cuts(row).items()}
    if row["baseline_rule"] == "also":
        return [*usual.items(), *relative.items()]
    low = row["baseline_rule"] == "low"
    limit = view.number(f"{row['term']}_{'lln' if low else 'uln'}")
    abnormal = _known_start(start.below(limit) if low else start.above(limit), start)
    return [(n, (abnormal & relative[n]) | (~abnormal & usual[n]) if n in relative else usual[n]) for n in usual]


def _rule(row: dict[str, str]) -> str:
    sign, limit = ("below", "LLN") if row["direction"] == "low" else ("above", "ULN")
    factor = {"absolute": "", "lln": " x LLN", "uln": " x ULN"}[row["unit"]]
    cuts = [row[f"grade_{n}"] for n in range(1, 5)]
    usual = "; ".join(
        f"grade {n} {sign} {limit if cut == 'lln' else cut + factor}" for n, cut in enumerate(cuts, start=1) if cut
    )
    return f"{usual}{_BASELINE_TEXTS[row['baseline_rule']]}"


_BASELINE_TEXTS = {
    "": "",
    "replace": "; multiples of the baseline where that was above ULN",
    "also": "; or multiples of the baseline",
    "low": "; grades 2 and 3 by multiples of the baseline where that was below LLN",
    "fall": "; by the share lost (any, 25, 50, 75 %) where the baseline was below LLN; grade 4 also below 0.5 g/L",
}


def _inputs(row: dict[str, str]) -> tuple[str, ...]:
    term, ends = row["term"], {"low": "lln", "high": "uln"}
    compared = row["unit"] != "absolute" or row["grade_1"] == "lln"
    return (
        term,
        *((f"{term}_{ends[row['direction']]}",) if compared else ()),
        *((f"{term}@baseline",) if row["baseline_rule"] else ()),
        *((f"{term}_lln",) if row["baseline_rule"] == "low" else ()),
        *((row["event_grade_3"],) if row["event_grade_3"] else ()),
    )


def _instrument(name: str, row: dict[str, str]) -> Instrument:
    return Instrument(
        name=name,
        title=f"CTCAE v{row['version']} grade, {row['term']}",
        version=f"CTCAE v{row['version']}.0",
        kind="grade",
        inputs=_inputs(row),
        unit="{grade}",
        range=(0.0, 4.0),
        items=(Item(row["term"], _rule(row), inputs=_inputs(row)),),
        missing_rule="Without the laboratory's limit grades 2 to 4 can be assigned, 0 and 1 stay open.",
        source=f"NCI: Common Terminology Criteria for Adverse Events, v{row['version']}.0"
        + ("; rows as in pharmaverse/admiral ncictcaev6.json" if row["version"] == "6" else ""),
        licence="US government document, free; MedDRA terms are licensed and not shipped.",
        definition=_rule(row) + ". Grade 5 only as an event.",
        score=partial(ctcae, name),
        standing="published" if row["standing"] == "published" else "unconfirmed",
        labels=("0", "1", "2", "3", "4"),
    )


GRADES = {name: _instrument(name, row) for name, row in TABLE.items()}
FEBRILE_NEUTROPENIA = Instrument(
    name="febrile_neutropenia",
    title="Febrile neutropenia (CTCAE grade 3)",
    version="CTCAE v5.0 and v6.0",
    kind="state",
    inputs=("neutrophils", "temperature", "fever_over_1h"),
    unit="1",
    range=(0.0, 1.0),
    items=(
        Item("neutrophils", "below 1.0 x 10^9/L", inputs=("neutrophils",)),
        Item("fever", "once above 38.3, or 38.0 and more for over an hour", inputs=("temperature", "fever_over_1h")),
    ),
    missing_rule="False as soon as one part fails; true only when both are known.",
    source="NCI: Common Terminology Criteria for Adverse Events, v6.0 of 22 July 2025, row of grade 3 as in v5.0 "
    "(read in a public copy of the workbook; version 6 changed the definition's wording alone)",
    licence="US government document, free.",
    definition="Neutrophils below 1.0 with one temperature above 38.3, or 38.0 and more for over an hour.",
    score=febrile_neutropenia,
    labels=(),
)
INSTRUMENTS = (*GRADES.values(), FEBRILE_NEUTROPENIA)
