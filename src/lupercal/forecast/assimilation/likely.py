"""The first visit as later ones are learnt from: by how likely its values are, in place of tolerances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lupercal.forecast.assimilation.evidence import VisitEvidence
from lupercal.forecast.assimilation.settings import Channel, assimilation_settings
from lupercal.forecast.settings import ResemblanceKernel
from lupercal.forecast.targets import MatchTarget, Targets


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


def _kernel(channel: Channel) -> ResemblanceKernel:
    wide = np.exp(2 * assimilation_settings().offset_spread ** 2)  # mean square of a log-normal factor
    wobble = channel.wobble
    variance = channel.offset**2 * wide + wobble.noise_sd**2 + np.square(wobble.error_sd)
    return ResemblanceKernel(scale=channel.scale, tolerance=float(np.sqrt(variance)))
