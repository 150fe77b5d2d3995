"""The first visit as later ones are learnt from: by how likely its values are, in place of tolerances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.assimilation.evidence import VisitEvidence
from lupercal.forecast.assimilation.particles import just_now
from lupercal.forecast.assimilation.reading import model_values
from lupercal.forecast.assimilation.settings import Channel, assimilation_settings
from lupercal.forecast.settings import ResemblanceKernel
from lupercal.forecast.targets import MatchTarget, Targets
from lupercal.instruments.registry import score_simulated
from lupercal.population.cohort import Cohort

Array = NDArray[np.float64]


def as_likely(targets: Targets, visit: VisitEvidence) -> Targets:
    """Return targets in which every value that the visit tells counts by its likelihood.

    Offset, visit noise and error of a variable lie between a candidate and the value: with the narrower tolerances of a
    match by one visit those with the right course and an offset would be passed over, and what later visits tell of
    offsets would contradict the choice.
    """
    channels = assimilation_settings().channels
    used = tuple(
        MatchTarget(name, *channels[name].bounds(told.low, told.high), _kernel(channels[name]))
        for name, told in visit.values.items()
    )
    rest = tuple(one for one in targets.used if one.variable not in visit.values)
    return replace(targets, used=(*used, *rest))


def as_compared(people: Cohort, visit: VisitEvidence) -> dict[str, Array]:
    """Return what virtual patients are compared by at the first visit, (N,) each: the model's values without noise.

    The kernel has the noise in it. SLEDAI-2K is scored with the patient's own laboratory values, as at every visit.
    """
    channels = assimilation_settings().channels
    model = model_values(people, just_now(people), [0])
    compared = {name: channels[name].unscaled(model[name][0]) for name in visit.values if name in model}
    if "sledai_2k" in visit.values:
        seen = {name: np.full(people.size, value) for name, value in visit.columns.items() if name in people.columns}
        seen.pop("sledai_2k", None)
        compared["sledai_2k"] = np.asarray(score_simulated("sledai_2k", dict(people.columns) | seen).low, np.float64)
    return compared


def _kernel(channel: Channel) -> ResemblanceKernel:
    wide = np.exp(2 * assimilation_settings().offset_spread ** 2)  # mean square of a log-normal factor
    wobble = channel.wobble
    variance = channel.offset**2 * wide + wobble.noise_sd**2 + np.square(wobble.error_sd)
    return ResemblanceKernel(scale=channel.scale, tolerance=float(np.sqrt(variance)))
