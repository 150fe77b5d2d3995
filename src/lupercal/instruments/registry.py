"""All instruments by name. A new one is a file with an ``INSTRUMENTS`` tuple and one line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from lupercal.instruments.columns import Columns
from lupercal.instruments.contract import Instrument
from lupercal.instruments.result import Score

MODULES = (
    "sledai_2k",
    "clinical_sledai",
    "selena_sledai",
    "s2k_ri_50",
    "selena_flare_index",
    "revised_flare_index",
    "pga",
    "bilag_2004",
    "bilag_grades",
    "clasi",
    "joints",
    "sle_das",
    "doris_2021",
    "doris_2017",
    "lldas",
    "sustained_states",
    "sri",
    "sri_50",
    "bicla",
    "renal_response",
    "renal_flare",
    "kidney_relapse",
    "steroids",
    "eular_acr_2019",
    "slicc_2012",
    "acr_1997",
    "sdi",
    "egfr",
    "upcr",
    "kdigo",
    "rifle_aki",
    "ctcae",
    "crs",
    "icans",
    "icaht",
    "dose_limiting_toxicity",
    "infection_grade",
    "bmt_ctn_infection",
    "licats",
    "iec_hs",
    "hscore",
    "hlh_2004",
    "car_hematotox",
    "easix",
    "b_cells",
    "facit",
    "lupusqol",
    "not_available",
)
"""Modules of this package that hold instruments, in the order in which they are listed."""


@cache
def instruments() -> tuple[Instrument, ...]:
    """Return every instrument, in a fixed order."""
    return tuple(one for module in MODULES for one in _of(module))


def _of(module: str) -> tuple[Instrument, ...]:
    defined: tuple[Instrument, ...] = import_module(f"lupercal.instruments.{module}").INSTRUMENTS
    return defined


@cache
def instrument(name: str) -> Instrument:
    """Return the instrument of that name, or raise `KeyError` naming those there are."""
    for module in sorted(MODULES, key=lambda one: one != name):  # most stand in a module of their name: one import
        for one in _of(module):
            if one.name == name:
                return one
    raise KeyError(f"no instrument {name!r}; there are: {', '.join(one.name for one in instruments())}")


def score(name: str, columns: Columns, **settings: Any) -> Score:
    """Score visits with the named instrument.

    Parameters
    ----------
    name
        Such as ``"sledai_2k"``; see `instruments`.
    columns
        Data-dictionary names to arrays of equal shape; NaN is unknown, flags are 1/0/NaN (or bool, or int8 with -1).
    **settings
        Parameters of the instrument, see ``instrument(name).settings``.

    Returns
    -------
    Score
        Arrays of the shape of the columns.
    """
    return instrument(name).score(columns, **settings)


def score_simulated(name: str, columns: Columns, **settings: Any) -> Score:
    """Score simulated visits, which carry no causes and need no checks of their input; else as `score`."""
    return instrument(name).unchecked(columns, **settings)
