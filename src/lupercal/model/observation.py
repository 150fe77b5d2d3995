"""What a clinician would record: states become the columns of visits, with the data dictionary's names and units.

Each item has a threshold that differs between patients; a visit's noise is correlated in time; clinical items look back
over a window and count the worst moment in it; laboratory items are left to the instrument, which reads the laboratory
values. Which item an inflamed nervous system shows (seizure, psychosis, …) is drawn once per patient.

Findings the model has no state for (haemolysis, gastrointestinal activity) are recorded as absent. Fever is judged from
the interleukin 6 that the disease makes, so cytokine release by CAR T cells is never scored as lupus; a low count while
the marrow is suppressed is put down to treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.model import bilag
from lupercal.model.schedule import Amount

Array = NDArray[np.float64]
Columns = dict[str, Array]
Parameters = Mapping[str, Amount]

NOISE_STREAMS = ("KI", "UP", "JO", "SK", "SE", "NP", "DN", "C3", "C4", "NU", "T4", "PL", "HB", "pga")
"""States (and the global assessment) that a visit reads with noise; each has its own stream."""

NOISE = {
    "UP": "noise_up", "DN": "noise_dn", "C3": "noise_c", "C4": "noise_c", "NU": "noise_nu", "T4": "noise_ly",
    "PL": "noise_pl", "HB": "noise_hb",
}  # fmt: skip
"""Parameters of the noise of laboratory values; other states have ``noise_sd``."""

RECORDED = (
    "BT", "BN", "BM", "AM", "DN", "C3", "C4", "IG", "PV", "I6", "KI", "UP", "NF", "JO", "SK", "SE", "NP", "HE", "DM",
    "MP", "NU", "PL", "HB", "T4", "T8", "CE", "CM", "GC", "TX",
)  # fmt: skip
"""States that an engine must record for the observation."""

CNS_ITEMS = (
    "seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance", "cranial_nerve", "lupus_headache", "cva",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Traits:
    """Per-patient facts that decide which items show, each of shape (N,).

    ``cns_item`` is an index into `CNS_ITEMS`; the other two are 1 or 0.
    """

    cns_item: NDArray[np.int64]
    vasculitis_prone: Array
    myositis_prone: Array

    def take(self, index: NDArray[np.int64]) -> Traits:
        """Return the traits of the patients at these indices."""
        return Traits(self.cns_item[index], self.vasculitis_prone[index], self.myositis_prone[index])


@final
@dataclass(frozen=True, slots=True)
class Observed:
    """Recorded states as the observation needs them.

    ``days`` (T,) are the recorded days, ``states[name]`` (T, N) their states, ``visits`` (V,) the days of the visits
    (each one of ``days``), ``noise[stream]`` (V, N) standard normal numbers correlated in time. ``once`` keeps what is
    felt of a state, which several findings ask for; one object is read with one set of parameters. ``rows`` (V,) are
    the visits among the recorded days.
    """

    days: NDArray[np.int64]
    states: Mapping[str, Array]
    visits: NDArray[np.int64]
    noise: Mapping[str, Array]
    once: dict[str, Array] = field(default_factory=dict, init=False, compare=False, repr=False)
    rows: NDArray[np.int64] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", np.searchsorted(self.days, self.visits))

    def at_visit(self, name: str) -> Array:
        """State at each visit, shape (V, N)."""
        return self.states[name][self.rows]

    def before(self, name: str, lag: float) -> Array:
        """State at the last recorded day at least ``lag`` days before each visit (else at the first), shape (V, N)."""
        row = np.searchsorted(self.days, self.visits - lag, side="right") - 1
        return self.states[name][np.maximum(row, 0)]

    def worst(self, name: str, lookback: float) -> Array:
        """Largest value of a state in the window up to each visit, shape (V, N)."""
        begins, ends = (np.searchsorted(self.days, day, side="right") for day in (self.visits - lookback, self.visits))
        state, largest = self.states[name], np.empty((len(self.visits), self.states[name].shape[1]))
        for row, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            state[begin:end].max(axis=0, out=largest[row])
        return largest


def observe(seen: Observed, p: Parameters, traits: Traits) -> Columns:
    """Return the columns of all visits, each of shape (V, N).

    Parameters
    ----------
    seen
        Recorded states, visits and noise.
    p
        Parameters of equations and observation, one number or shape (N,).
    traits
        Per-patient facts.
    """
    columns = signs(seen, p, traits)
    columns |= bilag_grades(seen, p, columns)
    return {name: np.ascontiguousarray(column) for name, column in columns.items()}


def signs(seen: Observed, p: Parameters, traits: Traits) -> Columns:
    """Return laboratory values, descriptors and global assessment, each (V, N): all columns but grades of BILAG."""
    columns = laboratory(seen, p) | clinical_items(seen, p, traits) | cns_items(seen, p, traits)
    columns |= low_counts_by_treatment(seen, p)
    columns["pga"] = global_assessment(seen, p)
    columns["fever"] = flag(own_il6(seen, p) > p["th_fever"])
    for absent in ("hemolytic_anemia", "gastrointestinal_activity"):
        columns[absent] = np.zeros_like(columns["fever"])
    return columns


def observe_once(
    days: NDArray[np.int64], states: Mapping[str, Array], day: int, noise: Mapping[str, Array], p: Parameters,
    traits: Traits,
) -> Columns:  # fmt: skip
    """Return the columns of the visit on one day, each of shape (N,), as `observe` does of several.

    ``days`` (T,) and ``states[name]`` (T, N) are recorded, ``noise[stream]`` (N,) is that of the visit.
    """
    seen = Observed(days, states, np.array([day]), {name: numbers[None, :] for name, numbers in noise.items()})
    return {name: column[0] for name, column in observe(seen, p, traits).items()}


def laboratory(seen: Observed, p: Parameters) -> Columns:
    """Return laboratory values with the limits of the assays."""
    at = seen.at_visit
    lymphocytes = (at("T4") + at("T8") + b_cells(seen) + p["lym_other"]) / 1000 * blurred(seen, p, "T4")
    neutrophils = noisy(seen, p, "NU")
    limits = {name: np.full(at("C3").shape, p[name]) for name in ("anti_dsdna_uln", "c3_lln", "c4_lln")}
    return limits | {
        "anti_dsdna": noisy(seen, p, "DN"),
        "c3": noisy(seen, p, "C3"),
        "c4": noisy(seen, p, "C4"),
        "upcr": noisy(seen, p, "UP"),
        "egfr": observed_egfr(seen, p),
        "igg": at("IG"),
        "il6": at("I6"),
        "cd19": b_cells(seen),
        "cd4": at("T4"),
        "cd8": at("T8"),
        "car_t": at("CE") + at("CM"),
        "neutrophils": neutrophils,
        "lymphocytes": lymphocytes,
        "leukocytes": neutrophils + lymphocytes + p["wbc_other"],
        "platelets": noisy(seen, p, "PL"),
        "hemoglobin": noisy(seen, p, "HB"),
    }


def clinical_items(seen: Observed, p: Parameters, traits: Traits) -> Columns:
    """Return the descriptors of joints, skin, serosa and kidney."""
    joints, skin = felt(seen, p, "JO"), felt(seen, p, "SK")
    serosa, kidney = felt(seen, p, "SE"), felt(seen, p, "KI")
    return {
        "arthritis": flag(joints > p["th_arthritis"]),
        "myositis": flag(joints > p["th_myositis"]) * traits.myositis_prone,
        "rash": flag(skin > p["th_rash"]),
        "alopecia": flag(skin > p["th_alopecia"]),
        "mucosal_ulcers": flag(skin > p["th_ulcers"]),
        "vasculitis": flag(skin > p["th_vasculitis"]) * traits.vasculitis_prone,
        "pleurisy": flag(serosa > p["th_pleurisy"]),
        "pericarditis": flag(serosa > p["th_pericarditis"]),
        "hematuria": flag(kidney > p["th_hematuria"]),
        "pyuria": flag(kidney > p["th_pyuria"]),
        "urinary_casts": flag(kidney > p["th_casts"]),
    }


def cns_items(seen: Observed, p: Parameters, traits: Traits) -> Columns:
    """Return the nervous-system descriptors; only the one drawn for the patient can be present."""
    inflamed = flag(felt(seen, p, "NP") > p["th_cns"])
    return {item: inflamed * flag(traits.cns_item == index) for index, item in enumerate(CNS_ITEMS)}


def low_counts_by_treatment(seen: Observed, p: Parameters) -> Columns:
    """Return cytopenia descriptors: absent while the marrow is suppressed, else unknown (the counts decide)."""
    suppressed = np.where(seen.at_visit("MP") < p["mp_own"], 0.0, np.nan)
    return {"thrombocytopenia": suppressed, "leukopenia": suppressed.copy()}


def bilag_grades(seen: Observed, p: Parameters, columns: Columns) -> Columns:
    """Return ``bilag_<system>`` for nine systems (4 A to 0 E) from states and the columns of the same visits."""
    grades = {
        system: bilag.organ_grade(felt(seen, p, by.state), change(seen, p, by.state), p, by)
        for system, by in bilag.SYSTEMS.items()
    }
    fever = own_il6(seen, p) / p["th_fever"]
    grades["constitutional"] = bilag.constitutional_grade(fever, change(seen, p, "I6"), p)
    grades["renal"] = bilag.renal_grade(columns, before_window(seen, p), p)
    grades["haematological"] = bilag.haematological_grade(columns, seen.at_visit("MP") >= p["mp_own"], p)
    never = np.zeros(columns["fever"].shape)
    return {f"bilag_{system}": grade for system, grade in (grades | dict.fromkeys(bilag.NO_STATE, never)).items()}


def global_assessment(seen: Observed, p: Parameters) -> Array:
    """Return the physician global assessment, 0 to 3."""
    burden = organ_burden(seen, p)
    pga = p["pga_max"] * burden / (burden + p["K_pga"]) + p["pga_sd"] * seen.noise["pga"]
    return np.asarray(np.clip(pga, 0.0, p["pga_max"]))


def observed_egfr(seen: Observed, p: Parameters) -> Array:
    """Return eGFR, mL/min/1.73 m2, from nephron mass and reversible loss by inflammation."""
    return filtration_of(seen.at_visit("NF"), seen.at_visit("KI"), p)


def filtration_of(nephrons: Array, renal: Array, p: Parameters) -> Array:
    """Return eGFR, mL/min/1.73 m2, from functional nephron fraction and renal inflammation."""
    return np.asarray(p["GFR0"] * nephrons * (1 - p["a_gfr"] * renal / (1 + renal)))


def own_il6(seen: Observed, p: Parameters) -> Array:
    """Return the interleukin 6 that inflamed organs make, pg/mL, without that released by CAR T cells."""
    dose = seen.at_visit("GC")
    damping = 1 - p["gi_max"] * dose / (dose + p["gi_50"])
    return np.asarray(np.minimum(seen.at_visit("I6"), p["i6b"] + p["i6o"] * organ_burden(seen, p) * damping))


def organ_burden(seen: Observed, p: Parameters) -> Array:
    """Return the summed inflammation of six organs relative to the reference active state."""
    total = sum(seen.at_visit(organ) for organ in ("KI", "JO", "SK", "SE", "NP", "HE"))
    return np.asarray(total / p["ob_n"])


def b_cells(seen: Observed) -> Array:
    """Return CD19+ B cells in blood, cells/uL."""
    return seen.at_visit("BT") + seen.at_visit("BN") + seen.at_visit("BM")


def noisy(seen: Observed, p: Parameters, state: str) -> Array:
    """Return a state at the visits as it is measured."""
    return np.asarray(seen.at_visit(state) * blurred(seen, p, state))


def blurred(seen: Observed, p: Parameters, state: str) -> Array:
    """Return the factor by which a visit reads a state wrongly, (V, N); laboratory values vary as their assays do."""
    return np.exp(p[NOISE.get(state, "noise_sd")] * seen.noise[state])


def felt(seen: Observed, p: Parameters, state: str) -> Array:
    """Return the worst of a state in the look-back window, as it is noticed at the visit."""
    made = seen.once.get(state)
    if made is None:
        made = seen.once[state] = np.asarray(seen.worst(state, float(p["lookback_days"])) * blurred(seen, p, state))
    return made


def change(seen: Observed, p: Parameters, state: str) -> Array:
    """Return a state at the visits divided by that before the look-back window (1 where both are zero)."""
    tiny = 1e-9
    return np.asarray((seen.at_visit(state) + tiny) / (seen.before(state, float(p["lookback_days"])) + tiny))


def before_window(seen: Observed, p: Parameters) -> Columns:
    """Return UPCR and eGFR before the look-back window, read with the noise of the visit so that none feigns change."""
    lag = float(p["lookback_days"])
    return {
        "upcr": seen.before("UP", lag) * blurred(seen, p, "UP"),
        "egfr": filtration_of(seen.before("NF", lag), seen.before("KI", lag), p),
    }


def flag(condition: NDArray[np.bool_]) -> Array:
    """Return 1.0 where true, 0.0 where false."""
    return np.where(condition, 1.0, 0.0)
