"""What virtual patients show on a day: model values by channel on its scale, chances of descriptors, and scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.course.continued import Recent
from lupercal.evidence.curves import ndtr
from lupercal.forecast.assimilation.evidence import VisitEvidence
from lupercal.forecast.assimilation.particles import Particles
from lupercal.forecast.assimilation.residual import Belief
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.instruments.registry import score_simulated
from lupercal.model.observation import NOISE_STREAMS, Observed, global_assessment, laboratory, signs
from lupercal.model.schedule import Amount
from lupercal.population.cohort import Cohort

Array = NDArray[np.float64]
_TINY = 1e-9


def model_values(people: Cohort, recent: Recent, days: list[int]) -> dict[str, Array]:
    """Return what the model alone says on recorded days, by channel on its scale, (V, N); SLEDAI-2K is left out."""
    still = {name: np.zeros((len(days), people.size)) for name in NOISE_STREAMS}
    seen, p = recent.seen(days, still), people.parameters
    columns = laboratory(seen, p) | {"pga": global_assessment(seen, p)}
    channels = assimilation_settings().channels
    return {name: one.scaled(columns[name]) for name, one in channels.items() if name in columns}


def sledai(
    particles: Particles,
    recent: Recent,
    fresh: Mapping[str, Array],
    beliefs: Mapping[str, Belief],
    visit: VisitEvidence,
) -> Array:
    """Return SLEDAI-2K of each particle on a day, (N,), as the patient would be scored.

    Its laboratory items are judged by the patient's own values: those the visit tells, else values drawn as they are
    believed to be measured, offsets with them. ``fresh`` (N,) by stream are standard normal numbers of the visit.
    """
    day, seen = visit.day, visit.columns
    read = Observed(recent.days, recent.states, np.array([day]), {name: fresh[name][None, :] for name in NOISE_STREAMS})
    columns: dict[str, Any] = {
        name: column[0] for name, column in signs(read, particles.cohort.parameters, particles.cohort.traits).items()
    }
    columns |= _measured(model_values(particles.cohort, recent, [day]), fresh, beliefs)
    shown = {name: np.full(particles.size, value) for name, value in seen.items() if name in columns}
    return np.asarray(score_simulated("sledai_2k", columns | shown).low, np.float64)


def finding_chances(particles: Particles, recent: Recent, names: list[str], day: int) -> dict[str, Array]:
    """Return the chance that each descriptor is present on a day, (N,), before it is recorded."""
    choices, p = assimilation_settings().descriptors, particles.cohort.parameters
    still = Observed(recent.days, recent.states, np.array([day]), {})
    chances = dict[str, Array]()
    for name in names:
        worst = still.worst(choices[name].state, float(np.asarray(p["lookback_days"]).flat[0]))[0]
        above = np.log(np.maximum(worst, _TINY)) - np.log(_amount(p[choices[name].threshold]))
        chances[name] = np.asarray(ndtr(above / _amount(p["noise_sd"])))
    return chances


def _measured(
    model: Mapping[str, Array], fresh: Mapping[str, Array], beliefs: Mapping[str, Belief]
) -> dict[str, Array]:
    """Return values of every channel that has a stream of noise, (N,), drawn as they are believed to be measured."""
    channels = assimilation_settings().channels
    return {
        name: channels[name].unscaled(
            model[name][0] + belief.mean + belief.sd(channels[name].wobble) * fresh[channels[name].stream]
        )
        for name, belief in beliefs.items()
        if name in model and channels[name].stream
    }


def finding_log(present: float, chance: Array) -> Array:
    """Return the log probability of a descriptor as recorded, with the chance that it is recorded wrongly, (N,)."""
    wrong = assimilation_settings().misread
    shown = wrong + (1 - 2 * wrong) * chance
    return np.asarray(np.log(shown if present else 1 - shown))


def streams_at(evidence: VisitEvidence) -> tuple[str, ...]:
    """Return the channels a visit tells, SLEDAI-2K last: it is read with what the others have told."""
    return tuple(sorted(evidence.values, key=lambda name: name == "sledai_2k"))


def _amount(value: Amount) -> Array:
    return np.asarray(value, np.float64)
