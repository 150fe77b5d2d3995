"""The DORIS framework of 2017: clinical or complete remission, on or off treatment, each by its name.

Source: van Vollenhoven 2017, doi:10.1136/annrheumdis-2016-209519, Table 4: clinical SLEDAI 0 and PGA below 0.5; on or
off treatment; serology may be asked for too. Table 1 of doi:10.1093/rheumatology/keaa420 (PMC7719036) prints PGA at
most 0.5: the comparator is a setting, and exactly 0.5 is flagged.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from lupercal.instruments.clinical_sledai import CLINICAL_SLEDAI, activity
from lupercal.instruments.columns import Attribution, Columns, View, counted
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.glucocorticoids import DOSES, daily_prednisone
from lupercal.instruments.pga import checked_pga
from lupercal.instruments.result import Score
from lupercal.instruments.sledai_items import DERIVED_FROM, SEROLOGY, descriptor
from lupercal.instruments.steroids import TAKEN
from lupercal.instruments.three_valued import Truth, all_of, any_known

VARIANTS = ("doris_2017_clinical_on", "doris_2017_clinical_off", "doris_2017_complete_on", "doris_2017_complete_off")

MAX_PREDNISONE = 5.0
MAX_PGA = 0.5


def doris_2017(
    name: str, columns: Columns, *, pga_comparator: Literal["<=", "<"] = "<", attribution: Attribution = "lupus"
) -> Score:
    """Return whether a visit is in the named remission of 2017.

    Parameters
    ----------
    name
        One of `VARIANTS`.
    columns
        As for `doris_2021`; off treatment also ``on_immunosuppressant`` and ``on_biologic`` (an antimalarial is
        allowed), complete also ``low_complement`` and ``increased_dna_binding``.
    pga_comparator
        How a PGA of 0.5 itself counts.
    attribution
        As for `sledai_2k`.
    """
    view = counted(columns, attribution)
    assessment, impossible = checked_pga(view)
    parts = {
        "clinical_sledai": activity(columns, "clinical_sledai", attribution).at_most(0.0),
        "pga": assessment.at_most(MAX_PGA) if pga_comparator == "<=" else assessment.below(MAX_PGA),
    }
    off = name.endswith("_off")
    parts |= _off_treatment(view) if off else {"prednisone": daily_prednisone(view).at_most(MAX_PREDNISONE)}
    unstable = (~view.flag("stable_maintenance")).low & (not off)  # where not recorded it is not asked
    if "complete" in name:
        parts |= {f"no_{item}": ~descriptor(view, item) for item in SEROLOGY}
    return DORIS_2017[name].result(
        all_of(parts.values()).unless(unstable),
        known=any_known(parts.values()),
        items={item: truth.state for item, truth in parts.items()},
        columns=columns,
        warnings={
            "out_of_range": impossible,
            "pga_at_limit": (assessment.at_most(MAX_PGA) & assessment.at_least(MAX_PGA)).low,
        },
        settings={"pga_comparator": pga_comparator, "attribution": attribution},
    )


def _off_treatment(view: View) -> dict[str, Truth]:
    return {
        "prednisone": daily_prednisone(view).at_most(0.0),
        "no_immunosuppressant": ~view.flag("on_immunosuppressant"),
        "no_biologic": ~view.flag("on_biologic"),
    }


_ON = (Item("prednisone", "prednisone at most 5 mg/d", inputs=("prednisone",)),)
_OFF = (
    Item("prednisone", "no glucocorticoid", inputs=("prednisone",)),
    Item("no_immunosuppressant", "not taken", inputs=("on_immunosuppressant",)),
    Item("no_biologic", "not taken", inputs=("on_biologic",)),
)
_SEROLOGY = tuple(Item(f"no_{item}", "absent", inputs=(item, *DERIVED_FROM[item])) for item in SEROLOGY)
_DRUGS = {
    False: ("stable_maintenance", "on_investigational"),
    True: ("on_immunosuppressant", "on_biologic", *TAKEN[:-1]),
}
"""Columns of drugs read on treatment and off it; an antimalarial is allowed off treatment."""

_TEXTS = {
    False: "at most 5 mg prednisone a day; stable maintenance is allowed.",
    True: "no glucocorticoid, immunosuppressant or biologic; an antimalarial is allowed.",
}


def _inputs(complete: bool, off: bool) -> tuple[str, ...]:
    serology = (column for item in _SEROLOGY for column in item.inputs) if complete else ()
    activity_columns = (*CLINICAL_SLEDAI.inputs, "clinical_sledai", "pga", "pga_10", "prednisone", *DOSES)
    return tuple(dict.fromkeys((*activity_columns, *_DRUGS[off], *serology)))


def _instrument(name: str) -> Instrument:
    complete, off = "complete" in name, name.endswith("_off")
    serology = " and no serological activity" if complete else ""
    return Instrument(
        name=name,
        title=f"DORIS 2017, {'complete' if complete else 'clinical'} remission {'off' if off else 'on'} treatment",
        version="2017",
        kind="state",
        inputs=_inputs(complete, off),
        unit="1",
        range=(0.0, 1.0),
        items=(
            Item("clinical_sledai", "clinical SLEDAI is 0", inputs=("clinical_sledai",)),
            Item("pga", "PGA below 0.5 (or at most, by setting)", inputs=("pga",)),
            *(_OFF if off else _ON),
            *(_SEROLOGY if complete else ()),
        ),
        missing_rule="False as soon as one component fails; true only when all are known; otherwise open.",
        source="doi:10.1136/annrheumdis-2016-209519, Table 4; Table 1 of doi:10.1093/rheumatology/keaa420 (PMC7719036)",
        licence="Published definition; no fee notice found.",
        definition=f"No clinical activity{serology}, PGA below 0.5, {_TEXTS[off]}",
        score=partial(doris_2017, name),
        settings={"pga_comparator": "<", "attribution": "lupus"},
        looks_back="sledai_2k",
    )


DORIS_2017 = {name: _instrument(name) for name in VARIANTS}
INSTRUMENTS = tuple(DORIS_2017.values())
