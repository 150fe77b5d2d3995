"""Glucocorticoids: prednisone equivalent, steroid-reduction endpoints, treatment-free states.

Equivalents stand in the table of drugs (`lupercal.patient.drugs`). Endpoints: Morand 2020, doi:10.1056/NEJMoa1912196
(TULIP-2: 10 mg/d or more at baseline to 7.5 or less); Navarra 2011, doi:10.1016/S0140-6736(10)61354-2 (BLISS-52: above
7.5 mg/d to 7.5 or less and down by a quarter).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.response import FAILURE, NO_FAILURE, failed
from lupercal.instruments.result import Score
from lupercal.instruments.tables import instrument_document
from lupercal.instruments.three_valued import Interval, all_of, any_known
from lupercal.patient.drugs import prednisone_equivalents, pulse_limit

ENDPOINTS = instrument_document("steroid_endpoints")
TAKEN = (
    "azathioprine",
    "methotrexate",
    "mycophenolate_mofetil",
    "mycophenolic_acid",
    "leflunomide",
    "tacrolimus",
    "voclosporin",
    "hydroxychloroquine",
)
"""Doses that contradict a flag saying that nothing of their class is taken."""

FREE_OF = ("prednisone", "on_immunosuppressant", "on_biologic", "on_antimalarial")


def prednisone_equivalent(columns: Columns, *, betamethasone: float = 0.75) -> Score:
    """Return the daily dose of all glucocorticoids as prednisone, mg/d.

    Parameters
    ----------
    columns
        ``<drug>_dose`` in mg/d by mouth or vein, for the drugs of `DRUGS`. A drug without a column was not given; a
        blank in a column that is there leaves the sum open.
    betamethasone
        Milligrams equal to 5 mg prednisone; some tables print 0.6.

    Returns
    -------
    Score
        With the warning ``pulse`` where one day's dose is a pulse: it counts in the cumulative, not in the daily dose.
    """
    view = View(columns)
    factors = dict(prednisone_equivalents()) | {"betamethasone": 5.0 / betamethasone}
    given = [drug for drug in factors if f"{drug}_dose" in view]
    total = Interval(np.zeros(view.shape), np.zeros(view.shape)) if given else Interval.unknown(view.shape)
    items = {}
    for drug in given:
        dose = view.number(f"{drug}_dose").within(0.0, np.inf) * factors[drug]
        total, items[f"{drug}_dose"] = total + dose, dose.value
    return PREDNISONE_EQUIVALENT.result(
        total.within(0.0, np.inf),
        items=items,
        columns=columns,
        warnings={"pulse": total.at_least(pulse_limit()).low},
        settings={"betamethasone": betamethasone},
    )


def equivalent(drug: str, mg: float, betamethasone: float = 0.75) -> float:
    """Return a dose of a glucocorticoid, by mouth or vein, as mg of prednisone.

    Raises
    ------
    ValueError
        For a drug or route without a systemic equivalent (budesonide, inhaled, topical, into a joint).
    """
    factors = dict(prednisone_equivalents()) | {"betamethasone": 5.0 / betamethasone}
    if drug not in factors:
        raise ValueError(f"{drug}: no systemic equivalent; convertible are {', '.join(factors)}")
    return mg * factors[drug]


def mean_daily_dose(doses: Sequence[float], days: float) -> float:
    """Return the mean daily dose of single doses over a number of days: 10 mg every other day is 5 mg/d."""
    return float(sum(doses)) / days


def steroid_reduction(name: str, columns: Columns) -> Score:
    """Return whether a steroid-reduction endpoint is met.

    Parameters
    ----------
    name
        A key of `ENDPOINTS`.
    columns
        ``prednisone`` (mg/d, the highest in the window of the endpoint) now and with ``@baseline``;
        ``treatment_failure`` (or ``rescue_medication``, ``dropped_out``).
    """
    view, rule = View(columns), ENDPOINTS[name]
    now, then = daily_prednisone(view), daily_prednisone(view.other("baseline"))
    parts = {"dose": now.at_most(rule["to"]), "no_failure": ~failed(view)}
    if "reduction" in rule:
        parts["reduction"] = now.at_most(then * (1.0 - rule["reduction"]))
    least = rule["from"]
    eligible = then.above(least) if rule["comparator"] == ">" else then.at_least(least)
    return ENDPOINT_INSTRUMENTS[name].result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
        not_evaluable=~eligible.high,
    )


def drug_free(columns: Columns, *, antimalarial_allowed: bool = False) -> Score:
    """Return whether no glucocorticoid, immunosuppressant or biologic (and no antimalarial) is taken.

    Parameters
    ----------
    columns
        ``prednisone`` (mg/d) or ``<drug>_dose`` of any glucocorticoid, ``on_immunosuppressant``, ``on_biologic``,
        ``on_antimalarial``; doses of maintenance drugs contradict a flag that says they are not taken.
    antimalarial_allowed
        Ask for "drug-free except antimalarial".
    """
    view = View(columns)
    parts = {"prednisone": daily_prednisone(view).at_most(0.0)}
    parts |= {name: ~view.flag(name) for name in FREE_OF[1:] if name != "on_antimalarial" or not antimalarial_allowed}
    return (DRUG_FREE_EXCEPT_ANTIMALARIAL if antimalarial_allowed else DRUG_FREE).result(
        all_of(parts.values()),
        known=any_known(parts.values()),
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
    )


DRUGS = tuple(prednisone_equivalents())
PREDNISONE_EQUIVALENT = Instrument(
    name="prednisone_equivalent",
    title="Glucocorticoids as prednisone",
    version="usual table",
    kind="measure",
    inputs=tuple(f"{drug}_dose" for drug in DRUGS),
    unit="mg/d",
    range=(0.0, np.inf),
    items=tuple(
        Item(f"{drug}_dose", f"times {prednisone_equivalents()[drug]:g}", inputs=(f"{drug}_dose",)) for drug in DRUGS
    ),
    missing_rule="A blank dose leaves the sum open upwards; a drug without a column was not given.",
    source="doi:10.1136/ard.61.8.718 (nomenclature of doses); equivalence table of lupercal.patient.drugs",
    licence="Free.",
    definition="Daily doses of glucocorticoids by mouth or vein, each times its factor to prednisone.",
    score=prednisone_equivalent,
    settings={"betamethasone": 0.75},
)


def _endpoint(name: str, rule: dict[str, Any]) -> Instrument:
    items = [Item("dose", f"prednisone at most {rule['to']:g} mg/d", inputs=("prednisone",))]
    if "reduction" in rule:
        text = f"down by {rule['reduction']:.0%} or more"
        items.append(Item("reduction", text, inputs=("prednisone", "prednisone@baseline")))
    return Instrument(
        name=name,
        title=rule["title"],
        version=rule["version"],
        kind="state",
        inputs=("prednisone", "prednisone@baseline", *DOSES, *(f"{dose}@baseline" for dose in DOSES), *FAILURE),
        unit="1",
        range=(0.0, 1.0),
        items=(*items, NO_FAILURE),
        missing_rule="False as soon as one condition fails; not evaluable where the baseline dose is too low.",
        source=rule["source"],
        licence="Published definition.",
        definition=rule["definition"],
        score=partial(steroid_reduction, name),
    )


def _free(name: str, title: str, columns: tuple[str, ...], definition: str) -> Instrument:
    allowed = name != "drug_free"
    return Instrument(
        name=name,
        title=title,
        version="1",
        kind="state",
        inputs=(*columns, *DOSES, *TAKEN),
        unit="1",
        range=(0.0, 1.0),
        items=tuple(Item(column, "not taken", inputs=(column,)) for column in columns),
        missing_rule="False as soon as one drug is taken; true only when all are known.",
        source="project rule, after doi:10.1136/lupus-2021-000538",
        licence="Free.",
        definition=definition,
        score=partial(drug_free, antimalarial_allowed=allowed),
        standing="project rule",
    )


ENDPOINT_INSTRUMENTS = {name: _endpoint(name, rule) for name, rule in ENDPOINTS.items()}
DRUG_FREE = _free("drug_free", "Drug-free", FREE_OF, "No glucocorticoid, immunosuppressant, biologic or antimalarial.")
DRUG_FREE_EXCEPT_ANTIMALARIAL = _free(
    "drug_free_except_antimalarial",
    "Drug-free except antimalarial",
    FREE_OF[:3],
    "No glucocorticoid, immunosuppressant or biologic; an antimalarial is allowed.",
)
INSTRUMENTS = (PREDNISONE_EQUIVALENT, *ENDPOINT_INSTRUMENTS.values(), DRUG_FREE, DRUG_FREE_EXCEPT_ANTIMALARIAL)
