"""BILAG-2004 grades of nine systems from states: 4 A, 3 B, 2 C, 1 D, 0 E.

Four systems follow one organ state each, the constitutional one the interleukin 6 of the disease. The worst of the
look-back window, as it is noticed at the visit, is compared with three limits: multiples of the patient's own threshold
of an item of SLEDAI-2K, which stand for the mild, the moderate and the severe items of the system. As in the index
(Isenberg 2005, doi:10.1093/rheumatology/keh624; Yee 2010, doi:10.1093/rheumatology/keq026) items that are improving
since before the window count one grade less: severe items B, moderate items C. Kidney and blood follow the rules of the
instrument (`lupercal.instruments.bilag_grades`), with what the model does not know (blood pressure, biopsy, Coombs
test, thrombotic purpura) taken as absent. D is an inactive system that the patient's lupus can involve, E one that it
cannot; gut and eyes have no state and are always E.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.bilag_grades import least_grade
from lupercal.model.schedule import Amount

Array = NDArray[np.float64]
Columns = dict[str, Array]
Parameters = Mapping[str, Amount]

A, B, C, D, E = 4.0, 3.0, 2.0, 1.0, 0.0
NO_STATE = ("gastrointestinal", "ophthalmic")
"""Systems the model has no state for: always E."""

COUNTS = ("hemoglobin", "platelets", "leukocytes", "neutrophils", "lymphocytes")


@final
@dataclass(frozen=True, slots=True)
class BilagSystem:
    """What a system is graded by: an organ state, the item threshold its limits are multiples of, its propensity.

    The multiples are the parameters ``bl_<key>_mild``, ``bl_<key>_moderate`` and ``bl_<key>_severe``.
    """

    state: str
    threshold: str
    propensity: str
    key: str


SYSTEMS: Mapping[str, BilagSystem] = {
    "mucocutaneous": BilagSystem("SK", "th_rash", "pi_sk", "mc"),
    "neuropsychiatric": BilagSystem("NP", "th_cns", "pi_np", "np"),
    "musculoskeletal": BilagSystem("JO", "th_arthritis", "pi_jo", "ms"),
    "cardiorespiratory": BilagSystem("SE", "th_pleurisy", "pi_se", "cr"),
}


def organ_grade(felt: Array, ratio: Array, p: Parameters, system: BilagSystem) -> Array:
    """Return the grade of a system that follows one organ.

    Parameters
    ----------
    felt
        Organ inflammation as noticed at the visit, AU, shape (V, N).
    ratio
        Inflammation now divided by that before the look-back window; below ``bl_improving`` it is improving.
    p
        Parameters, one number or shape (N,).
    system
        Which threshold and multiples hold.
    """
    inactive = np.where(np.asarray(p[system.propensity]) > 0, D, E)
    return graded(felt / p[system.threshold], ratio, p, system.key, inactive)


def constitutional_grade(relative: Array, ratio: Array, p: Parameters) -> Array:
    """Return the constitutional grade from the disease's interleukin 6 divided by the patient's limit of fever.

    Fever alone is B (pyrexia); A needs weight loss, anorexia or enlarged nodes with it, for which only a much higher
    interleukin 6 stands.
    """
    return graded(relative, ratio, p, "co", np.asarray(D))


def graded(relative: Array, ratio: Array, p: Parameters, key: str, inactive: Array) -> Array:
    """Return grades from activity divided by the threshold, its direction, and the three multiples of a system."""
    mild, moderate, severe = (relative > p[f"bl_{key}_{level}"] for level in ("mild", "moderate", "severe"))
    one_less = ratio < p["bl_improving"]
    active = np.where(severe, A, np.where(moderate, B, np.where(mild, C, inactive)))
    return np.where(moderate & one_less, active - 1, active)


def renal_grade(now: Mapping[str, Array], then: Mapping[str, Array], p: Parameters) -> Array:
    """Return the renal grade from UPCR, eGFR and urinary sediment, now and before the look-back window.

    Parameters
    ----------
    now
        ``upcr`` (g/g), ``egfr`` (mL/min/1.73 m2), ``hematuria`` and ``urinary_casts`` (flags), each (V, N).
    then
        ``upcr`` and ``egfr`` before the window.
    p
        ``pi_ki`` tells who can have nephritis.
    """
    columns = {
        "upcr": now["upcr"],
        "egfr": now["egfr"],
        "upcr@previous": then["upcr"],
        "egfr@previous": then["egfr"],
        "active_urinary_sediment": np.maximum(now["hematuria"], now["urinary_casts"]),
    }
    return certain("renal", columns, p["pi_ki"])


def haematological_grade(now: Mapping[str, Array], own: NDArray[np.bool_], p: Parameters) -> Array:
    """Return the grade of the blood counts where they are ``own``, that is not put down to treatment, each (V, N)."""
    columns = {name: np.where(own, now[name], np.nan) for name in COUNTS}
    return certain("haematological", columns | {"hemolytic_anemia": np.zeros(own.shape)}, p["pi_he"])


def certain(system: str, columns: Mapping[str, Array], propensity: Amount) -> Array:
    """Return the grade of the instrument that what is known makes certain: anything unknown is absent."""
    ever = np.where(np.asarray(propensity) > 0, 1.0, 0.0)
    return least_grade(system, {**columns, f"bilag_{system}_ever": ever})
