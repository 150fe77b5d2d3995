"""Estimated glomerular filtration rate: CKD-EPI 2021 for adults, bedside Schwartz and CKiD U25 for the young.

Sources: Inker 2021, doi:10.1056/NEJMoa2102953 (creatinine, race-free); Schwartz 2009, doi:10.1681/ASN.2008030287;
Pierce 2021, doi:10.1016/j.kint.2020.10.047. Unit of all: mL/min per 1.73 m2. Not for acute kidney injury or pregnancy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lupercal.instruments.columns import Columns, View
from lupercal.instruments.contract import Instrument, Item
from lupercal.instruments.result import Score
from lupercal.instruments.three_valued import Array, Bools, Interval

UMOL_PER_MG = 88.4
"""Creatinine: 1 mg/dL in umol/L."""


def ckd_epi_2021(columns: Columns) -> Score:
    """Return the adult estimate from creatinine.

    Parameters
    ----------
    columns
        ``creatinine`` (mg/dL, traceable to mass spectrometry), ``age`` (years, 18 or more), ``sex_female``.
    """
    return _estimate(columns, CKD_EPI_2021, _ckd_epi, lambda age: age < 18.0, code="age_below_18")


def bedside_schwartz(columns: Columns) -> Score:
    """Return 0.413 times height over creatinine, for ages 1 to 17.

    Parameters
    ----------
    columns
        ``creatinine`` (mg/dL, enzymatic), ``height`` (cm); ``age`` (years) is checked where it is known.
    """
    return _estimate(columns, BEDSIDE_SCHWARTZ, _schwartz, lambda age: (age < 1.0) | (age >= 18.0))


def ckid_u25(columns: Columns) -> Score:
    """Return the CKiD estimate with its constant by age and sex, for ages 1 to 25.

    Parameters
    ----------
    columns
        ``creatinine`` (mg/dL), ``height`` (cm), ``age`` (years), ``sex_female``.
    """
    return _estimate(columns, CKID_U25, _u25, _outside_u25)


def ckid_u25_cystatin(columns: Columns) -> Score:
    """Return the CKiD estimate from cystatin C, for ages 1 to 25.

    Parameters
    ----------
    columns
        ``cystatin_c`` (mg/L), ``age`` (years), ``sex_female``.
    """
    return _estimate(columns, CKID_U25_CYSTATIN, _u25_cystatin, _outside_u25, marker="cystatin_c")


def egfr(columns: Columns) -> Score:
    """Return the estimate for any age: CKD-EPI 2021 from 18 years, bedside Schwartz below.

    Parameters
    ----------
    columns
        ``creatinine`` (mg/dL), ``age`` (years), ``sex_female``, and ``height`` (cm) below 18 years.
    """

    def either(view: View, creatinine: Array) -> Array:
        return np.where(view.value("age") < 18.0, _schwartz(view, creatinine), _ckd_epi(view, creatinine))

    return _estimate(columns, EGFR, either, lambda age: age < 1.0)


def _estimate(
    columns: Columns,
    instrument: Instrument,
    equation: Callable[[View, Array], Array],
    excluded: Callable[[Array], Bools],
    *,
    code: str = "age_out_of_range",
    marker: str = "creatinine",
) -> Score:
    """Apply a formula that falls with its marker; a marker of 0 or less and an excluded age are errors."""
    view = View(columns)
    level, age = view.number(marker), view.value("age")
    nonsense = ~level.is_unknown & (level.high <= 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        low, high = equation(view, level.high), equation(view, np.maximum(level.low, 0.0))
        wrong_age = excluded(age)
    low, high = np.where(wrong_age, np.nan, low), np.where(wrong_age, np.nan, high)
    bounds = Interval(np.nan_to_num(low, nan=0.0), np.where(np.isnan(high), np.inf, high))
    return instrument.result(
        bounds,
        known=~level.is_unknown,
        items={item.name: view.value(item.inputs[0]) for item in instrument.items},
        columns=columns,
        error=nonsense | wrong_age,
        warnings={"non_positive_creatinine": nonsense, code: wrong_age},
    )


def _female(view: View, yes: Array | float, no: Array | float) -> Array:
    """Choose by the sex the equation uses; unknown gives NaN."""
    sex = view.flag("sex_female")
    return np.where(sex.is_unknown, np.nan, np.where(sex.low, yes, no))


def _ckd_epi(view: View, creatinine: Array) -> Array:
    k, a = _female(view, 0.7, 0.9), _female(view, -0.241, -0.302)
    ratio = creatinine / k
    shape = np.minimum(ratio, 1.0) ** a * np.maximum(ratio, 1.0) ** -1.200
    return np.asarray(142.0 * shape * 0.9938 ** view.value("age") * _female(view, 1.012, 1.0))


def _schwartz(view: View, creatinine: Array) -> Array:
    return np.asarray(0.413 * view.value("height") / creatinine)


def _u25(view: View, creatinine: Array) -> Array:
    age = view.value("age")
    boy = np.where(age < 12, 39.0 * 1.008 ** (age - 12), np.where(age < 18, 39.0 * 1.045 ** (age - 12), 50.8))
    girl = np.where(age < 12, 36.1 * 1.008 ** (age - 12), np.where(age < 18, 36.1 * 1.023 ** (age - 12), 41.4))
    return np.asarray(_aged(age, _female(view, girl, boy)) * view.value("height") / 100.0 / creatinine)


def _u25_cystatin(view: View, cystatin: Array) -> Array:
    age = view.value("age")
    boy = np.where(age < 15, 87.2 * 1.011 ** (age - 15), np.where(age < 18, 87.2 * 0.960 ** (age - 15), 77.1))
    girl = np.where(age < 12, 79.9 * 1.004 ** (age - 12), np.where(age < 18, 79.9 * 0.974 ** (age - 12), 68.3))
    return np.asarray(_aged(age, _female(view, girl, boy)) / cystatin)


def _aged(age: Array, constant: Array) -> Array:
    return np.where(np.isnan(age), np.nan, constant)


def _outside_u25(age: Array) -> Bools:
    return (age < 1.0) | (age > 25.0)


def _equation(name: str, title: str, score: Callable[..., Score], **given: Any) -> Instrument:
    """Return an equation's definition; ``given`` are its version, inputs, source and definition."""
    return Instrument(
        name=name,
        title=title,
        score=score,
        kind="measure",
        unit="mL/min/{1.73_m2}",
        range=(0.0, np.inf),
        items=tuple(Item(column, inputs=(column,)) for column in given["inputs"]),
        missing_rule="Any input missing leaves the estimate missing; a censored marker gives a bound.",
        licence="Published equation.",
        **given,
    )


CKD_EPI_2021 = _equation(
    "ckd_epi_2021",
    "eGFR, CKD-EPI 2021 creatinine",
    ckd_epi_2021,
    version="2021",
    inputs=("creatinine", "age", "sex_female"),
    source="doi:10.1056/NEJMoa2102953",
    definition="Adult estimate from creatinine, age and sex, without race.",
)
BEDSIDE_SCHWARTZ = _equation(
    "bedside_schwartz",
    "eGFR, bedside Schwartz",
    bedside_schwartz,
    version="2009",
    inputs=("creatinine", "height", "age"),
    source="doi:10.1681/ASN.2008030287",
    definition="0.413 times height in cm over creatinine in mg/dL, for ages 1 to 17.",
)
CKID_U25 = _equation(
    "ckid_u25",
    "eGFR, CKiD under 25 creatinine",
    ckid_u25,
    version="2021",
    inputs=("creatinine", "height", "age", "sex_female"),
    source="doi:10.1016/j.kint.2020.10.047",
    definition="A constant by age and sex times height in m over creatinine in mg/dL; no step at 18 years.",
)
CKID_U25_CYSTATIN = _equation(
    "ckid_u25_cystatin",
    "eGFR, CKiD under 25 cystatin C",
    ckid_u25_cystatin,
    version="2021",
    inputs=("cystatin_c", "age", "sex_female"),
    source="doi:10.1016/j.kint.2020.10.047",
    definition="A constant by age and sex over cystatin C in mg/L.",
)
EGFR = _equation(
    "egfr",
    "eGFR by age: CKD-EPI 2021, bedside Schwartz below 18",
    egfr,
    version="2021/2009",
    inputs=("creatinine", "age", "sex_female", "height"),
    source="doi:10.1056/NEJMoa2102953; doi:10.1681/ASN.2008030287",
    definition="The adult equation from 18 years, the bedside Schwartz equation below.",
)
INSTRUMENTS = (CKD_EPI_2021, BEDSIDE_SCHWARTZ, CKID_U25, CKID_U25_CYSTATIN, EGFR)
