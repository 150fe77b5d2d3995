"""Drawing virtual patients: one point of a Sobol sequence each, turned into parameters by the inverse distribution
functions.

The point of a patient depends on seed and patient number alone (scrambled Sobol sequence, Owen 1998; doi
10.1006/jcom.1998.0487), so one more patient changes nobody else. Quantities that go together are correlated by a
Gaussian copula (`lupercal.population.copula`); each keeps the distribution of the parameter data
(`lupercal.population.quantiles`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import quantiles, stream_number
from lupercal.engine.streams import PEOPLE_POINTS, SCRAMBLED_BY_SEED
from lupercal.errors import LupercalError
from lupercal.evidence.curves import ndtr
from lupercal.evidence.parameters import Parameter, parameters, values
from lupercal.files.chunks import pick_patients
from lupercal.model.observation import CNS_ITEMS, Traits
from lupercal.population.care import CARES, Care, absorbed, drawn_background
from lupercal.population.copula import correlations
from lupercal.population.people import People, nobody, people_of
from lupercal.population.proposal import Proposal, moved
from lupercal.population.quantiles import TINY, Typical, quantile
from lupercal.population.sobol import sobol_sequence

Array = NDArray[np.float64]
__all__ = ["DRAWS", "ORGANS", "SIMPLEXES", "Drawn", "Typical", "draw", "growth_for", "sobol_points", "varying"]

SIMPLEXES = (("w_c", "w_i", "w_t"), ("wk_c", "wk_i", "wk_t"))
ORGANS = ("ki", "jo", "sk", "se", "np", "he")
DRAWS = (
    "seropositive", "ifn_high", "cns_item", "vasculitis", "myositis", "pred", "pred_dose", "hcq", "hcq_adherent", "ap",
    "male", "age_at_onset", "disease_duration", "apl",
)  # fmt: skip
"""What is drawn besides parameters; a high draw means: yes, more, older."""


@final
@dataclass(frozen=True, slots=True)
class Drawn:
    """Virtual patients before they have lived: parameters, traits, the drugs they would take, and who they are.

    ``patients`` (N,) are their numbers; ``parameters`` maps every symbol to one number or shape (N,); ``background``
    maps the model inputs gc (mg/d), hq (mg/d) and ap (g/d) to shape (N,).
    """

    patients: NDArray[np.int64]
    parameters: Mapping[str, float | Array]
    traits: Traits
    background: Mapping[str, Array]
    people: People = field(default_factory=nobody)

    @property
    def size(self) -> int:
        """Number of virtual patients."""
        return len(self.patients)

    def take(self, index: NDArray[np.int64]) -> Drawn:
        """Return the patients at these indices."""
        return Drawn(
            self.patients[index], pick_patients(self.parameters, index), self.traits.take(index),
            pick_patients(self.background, index), self.people.take(index),
        )  # fmt: skip


@cache
def varying() -> tuple[Parameter, ...]:
    """Return the parameters that differ between virtual patients, in a fixed order."""
    return tuple(parameter for _, parameter in sorted(parameters().items()) if parameter.varies)


def draw(
    seed: int,
    first: int,
    size: int,
    typical: Typical | None = None,
    care: Care = "clinic",
    toward: Proposal | None = None,
) -> Drawn:
    """Return virtual patients number ``first`` to ``first + size - 1``.

    Parameters
    ----------
    seed
        Of the sequence.
    first, size
        Which patients.
    typical
        Typical values that take the place of those of the parameter data, as a calibration found them: a symbol, or a
        symbol followed by ``.cv`` or ``.involved`` (see `lupercal.evidence.parameters.Spread`), each one number or one
        for each patient, shape (size,). Correlations alone cannot be replaced.
    care
        Whose usual care and duration of disease: population, clinic or trial. The disease of a patient does not depend
        on it.
    toward
        Where to draw from in place of the population; whoever uses those drawn weights them by
        `lupercal.population.proposal.log_density`.

    Raises
    ------
    LupercalError
        If there is no such care.
    """
    if care not in CARES:
        raise LupercalError(f"no care {care!r}; there are: {', '.join(CARES)}")
    given, u = dict(typical or {}), drawn_points(seed, first, size, toward)
    drawn = parameters_at(u, given)
    patients = np.arange(first, first + size, dtype=np.int64)
    return Drawn(patients, drawn, _traits(u, drawn), drawn_background(u, drawn, care), people_of(u, drawn, care))


def parameters_at(u: Mapping[str, Array], typical: Typical) -> dict[str, float | Array]:
    """Return all parameters of people at points ``u`` of the drawn quantities, (N,) each; ``typical`` as for `draw`."""
    by_symbol: dict[str, float | Array] = {**values(), **{name: x for name, x in typical.items() if "." not in name}}
    for parameter in varying():
        by_symbol[parameter.symbol] = quantile(parameter, u[parameter.symbol], typical)
    _derive(by_symbol, u, typical.get("DNref", values()["DNref"]))
    return by_symbol


@cache
def drawn_names() -> tuple[str, ...]:
    """Return the names of all drawn quantities, one for each dimension of the sequence."""
    return (*(parameter.symbol for parameter in varying()), *DRAWS)


@lru_cache(maxsize=16)  # 2 MB each with 2048 patients; points do not depend on parameters, and a calibration asks again
def correlated_points(seed: int, first: int, size: int) -> Array:
    """Return the correlated points of these patients, shape (D, size), not to be written to."""
    names = drawn_names()
    points = correlations().apply(names, sobol_points(seed, PEOPLE_POINTS, first, size, len(names)))
    points.flags.writeable = False
    return points


def drawn_points(seed: int, first: int, size: int, toward: Proposal | None = None) -> dict[str, Array]:
    """Return for each drawn quantity the points of these patients, (size,): ranks in the population; as for `draw`."""
    points = correlated_points(seed, first, size) if toward is None else _moved_points(seed, first, size, toward)
    return dict(zip(drawn_names(), points, strict=True))


def _moved_points(seed: int, first: int, size: int, toward: Proposal) -> Array:
    """Return the correlated points of these patients where a proposal puts them, shape (D, size)."""
    return points_of(moved(independent_scores(seed, first, size), toward))


def points_of(scores: Array) -> Array:
    """Return the correlated points of independent standard normal scores, both (D, N) in the order of `drawn_names`."""
    return correlations().apply(drawn_names(), np.clip(ndtr(scores), TINY, 1 - TINY))


def independent_scores(seed: int, first: int, size: int) -> Array:
    """Return the points of these patients as standard normal scores before correlation, shape (D, size)."""
    return quantiles(sobol_points(seed, PEOPLE_POINTS, first, size, len(drawn_names())))


def scrambling(seed: int, stream: str) -> int | tuple[int, int]:
    """Return the seed of what scrambles the sequence of a stream, see `lupercal.engine.streams.SCRAMBLED_BY_SEED`."""
    return seed if stream in SCRAMBLED_BY_SEED else (seed, stream_number(stream))


def scrambler(seed: int, stream: str) -> np.random.Generator:
    """Return what scrambles the sequence of a stream."""
    return np.random.default_rng(scrambling(seed, stream))


def sobol_points(seed: int, stream: str, first: int, size: int, dimensions: int) -> Array:
    """Return points ``first`` … of the scrambled sequence of a stream, shape (dimensions, size), inside (0, 1)."""
    return np.clip(sobol_sequence(scrambling(seed, stream), first, size, dimensions), TINY, 1 - TINY)


def _derive(by_symbol: dict[str, float | Array], u: Mapping[str, Array], typical_dsdna: float | Array) -> None:
    """Set what follows from other draws: loop strength, weights that sum to one, classes of patients, organ scale.

    Whoever makes more anti-dsDNA than is typical (IU/mL) uses up more complement.
    """
    by_symbol["p_am"] = growth_for(by_symbol)
    for names in SIMPLEXES:
        total = sum(by_symbol[name] for name in names)
        for name in names:
            by_symbol[name] = by_symbol[name] / total
    by_symbol["DNref"] = by_symbol["DNref"] * np.where(
        u["seropositive"] < by_symbol["seronegative"], by_symbol["seroneg_factor"], 1.0
    )
    consumption = (by_symbol["DNref"] / typical_dsdna) ** by_symbol["q_dn"]
    by_symbol["q3"], by_symbol["q4"] = by_symbol["q3"] * consumption, by_symbol["q4"] * consumption
    by_symbol["i_c"] = by_symbol["i_c"] * np.where(
        u["ifn_high"] > 1 - by_symbol["ifn_high_share"], 1.0, by_symbol["ifn_low_factor"]
    )
    by_symbol["hq_gain"] = absorbed(np.asarray(by_symbol["hq_gain"]), u["hcq_adherent"], by_symbol)
    for organ in ORGANS:
        by_symbol[f"pi_{organ}"] = by_symbol[f"pi_{organ}"] * by_symbol[f"pop_{organ}"]


def growth_for(p: Mapping[str, float | Array]) -> float | Array:
    """Return p_am (1/d) from s_loop = p_am / (d_am (1 + 1/am_cap) (1 + K_th2)) (docs/model/derivations.md)."""
    return p["s_loop"] * p["d_am"] * (1 + 1 / p["am_cap"]) * (1 + p["K_th2"])


def _traits(u: Mapping[str, Array], p: Typical) -> Traits:
    shares = np.cumsum([p[f"cns_{item}"] for item in CNS_ITEMS])
    return Traits(
        np.searchsorted(shares / shares[-1], u["cns_item"]),
        np.where(u["vasculitis"] > 1 - p["has_vasculitis"], 1.0, 0.0),
        np.where(u["myositis"] > 1 - p["has_myositis"], 1.0, 0.0),
    )
