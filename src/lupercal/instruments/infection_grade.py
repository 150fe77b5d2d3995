"""Severity of an infection by CTCAE: what was given for it, admission, danger to life, death.

Source: NCI: Common Terminology Criteria for Adverse Events, v5.0 (general guideline of grades; that drugs by mouth are
grade 2 and drugs by vein or a procedure grade 3 is the pattern of its infection terms, recalled, to be confirmed).
"""

from __future__ import annotations

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Truth, any_known, any_of, grade

TREATMENTS = ("none", "local", "by_mouth", "by_vein_or_procedure")
"""Codes 0 to 3 of ``infection_treatment``: the strongest that was given for the infection."""


def ctcae_v5_infection(columns: Columns) -> Score:
    """Grade an infection, 0 to 5.

    Parameters
    ----------
    columns
        ``infection`` (flag), ``infection_treatment`` (codes of `TREATMENTS`; prophylaxis is none),
        ``infection_admission``, ``infection_life_threatening``, ``infection_death`` (flags). Death counts where stated.
    """
    view = View(columns)
    given = view.number("infection_treatment")
    signs = {
        "admission": view.flag("infection_admission"),
        "life_threatening": view.flag("infection_life_threatening"),
        "death": view.flag("infection_death"),
    }
    implied = any_of([given.at_least(1.0), *signs.values()])
    present = view.flag("infection").or_else(Truth(implied.low, implied.low | view.flag("infection").high))
    severe = given.at_least(3.0) | signs["admission"]
    return CTCAE_V5_INFECTION.result(
        grade(
            [
                (1, present),
                (2, present & given.at_least(1.0)),
                (3, present & severe),
                (4, present & signs["life_threatening"]),
                (5, Truth(signs["death"].low, signs["death"].low)),
            ]
        ),
        known=any_known([present, *signs.values()]) | ~given.is_unknown,
        items={"infection": present.state, "treatment": given.value} | {name: t.state for name, t in signs.items()},
        columns=columns,
        warnings={"unconfirmed_rule": present.high},
    )


CTCAE_V5_INFECTION = Instrument(
    name="ctcae_v5_infection",
    title="Infection, severity (CTCAE 5)",
    version="CTCAE 5.0",
    kind="grade",
    inputs=(
        "infection",
        "infection_treatment",
        "infection_admission",
        "infection_life_threatening",
        "infection_death",
    ),
    unit="{grade}",
    range=(0.0, 5.0),
    items=(
        Item("infection", "present: 1", 1.0, ("infection",)),
        Item("treatment", "local or by mouth: 2; by vein or a procedure: 3", 3.0, ("infection_treatment",)),
        Item("admission", "in hospital or longer for it: 3", 3.0, ("infection_admission",)),
        Item("life_threatening", "life-threatening, urgent intervention: 4", 4.0, ("infection_life_threatening",)),
        Item("death", "death from it: 5", 5.0, ("infection_death",)),
    ),
    missing_rule="What is not known leaves the grade open upwards to 4; death counts where it is stated.",
    source="NCI: Common Terminology Criteria for Adverse Events, v5.0",
    licence="US government document, free; no MedDRA text.",
    definition="1 without drugs, 2 with local drugs or drugs by mouth, 3 with drugs by vein, a procedure or admission, "
    "4 life-threatening, 5 death.",
    score=ctcae_v5_infection,
    standing="unconfirmed",
    labels=("none", "1", "2", "3", "4", "5"),
)
INSTRUMENTS = (CTCAE_V5_INFECTION,)
