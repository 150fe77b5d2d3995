"""What lies between a model and a measured value, as a belief of each particle: offset, visit noise, and a fresh error.

residual(t) = offset(t) + noise(t) + error. The offset is personal and varies slowly, the noise is the biological
variation from visit to visit; both are stationary first-order autoregressions (Ornstein-Uhlenbeck), the error is new at
every measurement. Given a particle's course all is normal, so each particle carries mean and variance of offset and
noise and learns by Kalman's equations (a Rao-Blackwellised particle filter: Doucet and others 2000, arXiv:1301.3853). A
bound is learnt from by drawing the value behind it (data augmentation), which keeps everything normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import log_ndtr, ndtr, ndtri

Array = NDArray[np.float64]
_TINY = 2.0**-40
_FAR = 8.0


@final
@dataclass(frozen=True, slots=True)
class Wobble:
    """How residuals of one variable move: standard deviations on the variable's scale, correlation times in days.

    ``error_sd`` may be one for each particle, (N,).
    """

    offset_days: float
    noise_sd: float
    noise_days: float
    error_sd: float | Array


@final
@dataclass(frozen=True, slots=True)
class Belief:
    """Belief of N particles on a residual.

    ``offset_sd`` (N,) is the stationary spread of each particle's offset; ``offset``, ``noise`` (N,) are means;
    ``var_offset``, ``var_noise``, ``shared`` (N,) variances and covariance.
    """

    offset_sd: Array
    offset: Array
    noise: Array
    var_offset: Array
    var_noise: Array
    shared: Array

    def take(self, index: NDArray[np.int64]) -> Belief:
        """Return the beliefs of the particles at these indices."""
        return Belief(*(getattr(self, name)[index] for name in self.__slots__))

    def and_of(self, others: Belief) -> Belief:
        """Return these beliefs and those of other particles behind them."""
        return Belief(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in self.__slots__))

    def sd(self, wobble: Wobble) -> Array:
        """Return the standard deviation of a measurement made now, (N,)."""
        return np.sqrt(self.var_offset + self.var_noise + 2 * self.shared + np.square(wobble.error_sd))

    @property
    def mean(self) -> Array:
        """Mean of a measurement made now, (N,)."""
        return np.asarray(self.offset + self.noise)


def nothing_learnt(offset_sd: Array, wobble: Wobble) -> Belief:
    """Return the belief before any measurement, for offsets of these standard deviations (N,)."""
    zero = np.zeros(len(offset_sd))
    return Belief(offset_sd, zero, zero, np.square(offset_sd), np.full(len(offset_sd), wobble.noise_sd**2), zero)


def believed_later(belief: Belief, wobble: Wobble, days: float) -> Belief:
    """Return the belief some days later."""
    slow, fast = np.exp(-days / wobble.offset_days), np.exp(-days / wobble.noise_days)
    return Belief(
        belief.offset_sd,
        slow * belief.offset,
        fast * belief.noise,
        slow**2 * belief.var_offset + (1 - slow**2) * np.square(belief.offset_sd),
        fast**2 * belief.var_noise + (1 - fast**2) * wobble.noise_sd**2,
        slow * fast * belief.shared,
    )


def learn(belief: Belief, wobble: Wobble, seen: Array) -> tuple[Array, Belief]:
    """Return the log density of measured residuals (N,), and what each particle believes after them."""
    sd = belief.sd(wobble)
    z = (seen - belief.mean) / sd
    return np.asarray(-0.5 * z * z - np.log(sd) - 0.5 * np.log(2 * np.pi)), _after(belief, sd, z)


def learn_within(belief: Belief, wobble: Wobble, low: Array, high: Array, u: Array) -> tuple[Array, Belief]:
    """Return the log probability that residuals lie between bounds, and what is believed after that, (N,).

    ``u`` (N,) are uniform numbers by which the value behind the bounds is drawn for each particle.
    """
    sd = belief.sd(wobble)
    a, b = (low - belief.mean) / sd, (high - belief.mean) / sd
    mirror = b > -a  # the side on which small tails keep their digits
    a, b = np.where(mirror, -b, a), np.where(mirror, -a, b)
    z = _inside(a, b, u)
    return _log_between(a, b), _after(belief, sd, np.where(mirror, -z, z))


def _after(belief: Belief, sd: Array, z: Array) -> Belief:
    """Return a belief after a measurement ``z`` standard deviations ``sd`` from what was expected."""
    of_offset, of_noise = (belief.var_offset + belief.shared) / sd, (belief.var_noise + belief.shared) / sd
    return Belief(
        belief.offset_sd,
        belief.offset + of_offset * z,
        belief.noise + of_noise * z,
        np.maximum(belief.var_offset - of_offset**2, 0.0),
        np.maximum(belief.var_noise - of_noise**2, 0.0),
        belief.shared - of_offset * of_noise,
    )


def _log_between(a: Array, b: Array) -> Array:
    """Return the log probability that a standard normal lies between a and b, a + b <= 0."""
    upper, lower = log_ndtr(b), log_ndtr(a)
    return np.asarray(upper + np.log1p(-np.exp(np.minimum(lower - upper, -_TINY))))


def _inside(a: Array, b: Array, u: Array) -> Array:
    """Return a normal number between a and b, a + b <= 0, from a uniform one; far in a tail the nearest end."""
    below, above = ndtr(a), ndtr(b)
    z = ndtri(np.clip(below + u * (above - below), 1e-300, 1 - 2.0**-53))
    return np.asarray(np.where(b < -_FAR, np.minimum(b, 0.0), np.clip(z, a, b)))
