"""FACIT-Fatigue from numbers: 13 answers 0 to 4, 0 (worst) to 52 (least fatigue). No item text is shipped.

Source: Yellen 1997, doi:10.1016/S0885-3924(96)00274-6. Eleven answers are reversed, two are scored as answered; the
sum is scaled to 13 items where more than half were answered.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Array, Interval

NEGATIVE = tuple(f"facit_negative_{n}" for n in range(1, 12))
POSITIVE = ("facit_positive_1", "facit_positive_2")
ITEMS = (*NEGATIVE, *POSITIVE)
LEAST_ANSWERED = 7


def facit_fatigue(columns: Columns) -> Score:
    """Score the questionnaire.

    Parameters
    ----------
    columns
        Answers 0 to 4 (0 not at all, 4 very much) of `ITEMS`; or ``facit_answered`` (number) and ``facit_sum`` (after
        reversal).
    """
    view = View(columns)
    answers = {name: _answer(view, name) for name in ITEMS}
    number = sum((~np.isnan(a) for a in answers.values()), np.zeros(view.shape))
    total = np.nansum(list(answers.values()), axis=0)
    number = np.where(number > 0, number, np.nan_to_num(view.value("facit_answered")))
    total = np.where(np.isnan(view.value("facit_sum")), total, view.value("facit_sum"))
    wrong = total > 4.0 * number
    enough = (number >= LEAST_ANSWERED) & ~wrong
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(enough, total * len(ITEMS) / number, np.nan)
    return FACIT_FATIGUE.result(
        Interval(np.where(enough, value, 0.0), np.where(enough, value, 52.0)),
        known=enough,
        items=answers,
        columns=columns,
        value=value,
        error=wrong,
        warnings={"out_of_range": wrong},
    )


def sum_of_answers(view: View) -> Interval:
    """Return the sum of the answers after reversal; what is not answered leaves it open by 0 to 4."""
    answers = [_answer(view, name) for name in ITEMS]
    total, blank = np.nansum(answers, axis=0), np.isnan(answers).sum(axis=0)
    return Interval(np.broadcast_to(total, view.shape), np.broadcast_to(total + 4.0 * blank, view.shape))


def _answer(view: View, name: str) -> Array:
    answer = view.scaled(name, 4.0)[0].value
    return 4.0 - answer if name in NEGATIVE else answer


FACIT_FATIGUE = Instrument(
    name="facit_fatigue",
    title="FACIT-Fatigue",
    version="4",
    kind="score",
    inputs=(*ITEMS, "facit_answered", "facit_sum"),
    unit="{points}",
    range=(0.0, 52.0),
    items=tuple(Item(name, "0 to 4" + (", reversed" if name in NEGATIVE else ""), 4.0, (name,)) for name in ITEMS),
    missing_rule="Scaled to 13 answers where at least 7 were given, otherwise missing.",
    source="doi:10.1016/S0885-3924(96)00274-6",
    licence="Licensed through facit.org: no item text is shipped, only numbers are scored.",
    definition="Sum of 13 answers over the last 7 days, eleven reversed; higher is less fatigue.",
    score=facit_fatigue,
)
INSTRUMENTS = (FACIT_FATIGUE,)
