"""The address book of chance: every stream of random numbers, what it is for, and what its addresses are.

A number is found by (seed, stream, patient, day), see `lupercal.engine.random`. Who needs chance takes its stream from
here; a name that is not here is not used. A stream's name is part of the address: to change it is to change results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class LifeStreams:
    """The streams of a stretch of life, each addressed by a person (or a slot) and a day.

    ``triggers`` and ``infections`` decide on what strikes, ``noise`` on what a visit reads wrongly, ``season`` on the
    day of the year on which the stretch begins; empty where the stretch draws none.
    """

    triggers: str
    infections: str
    noise: str = ""
    season: str = ""

    @property
    def trigger_occurs(self) -> str:
        """Whether a trigger comes on a day."""
        return f"{self.triggers} occurs"

    @property
    def trigger_size(self) -> str:
        """How large it is."""
        return f"{self.triggers} size"

    def noise_of(self, quantity: str) -> str:
        """Noise of one quantity that visits read, see `lupercal.model.observation.NOISE_STREAMS`."""
        return f"{self.noise} {quantity}"


BURN_IN = LifeStreams("trigger", "infection", "noise")
"""Life before day 0; by patient and day. Noise by five-day blocks from the visit before baseline on."""

EARLIER_NOISE = "before"
"""Word behind a stream of noise for blocks before that visit."""

SCREENING = LifeStreams("screening trigger", "screening infection", "screening", "screening season")
"""The month before the baseline visit of a trial; by patient and day since screening. One number of noise each."""

TRIAL = LifeStreams("trial trigger", "trial infection", "trial noise")
"""A trial; by slot and day since screening."""

FORECAST = LifeStreams("forecast trigger", "forecast infection", "forecast noise")
"""A forecast, and an ensemble under one therapy; by slot and day since the decision, noise by five-day block."""


def between_visits(visit: int, turn: int) -> LifeStreams:
    """Life between two visits of one patient that a filter learns from; by slot and day since the first visit.

    ``visit`` is the day of the visit at which the stretch begins, ``turn`` how often the stretch was lived before.
    """
    named = f"assimilation {visit} {turn}"
    return LifeStreams(f"{named} trigger", f"{named} infection", f"{named} noise")


def move_of(turn: int) -> str:
    """How particles move before a visit, by turn of living; by slot and day, the quantity as number of the draw."""
    return f"assimilation move {turn}"


ASSIMILATION_SPREAD = "assimilation spread"
"""How far each particle may lie from the model; by slot."""

ASSIMILATION_BOUND = "assimilation bound"
"""The value behind a bound; by slot and day, the variable as the number of the draw."""

ASSIMILATION_LATER = "assimilation later value"
"""Values that particles expect; by slot and day, the variable as the number of the draw."""

ASSIMILATION_PLACE = "assimilation place"
"""Where a value behind a bound lay in what was forecast; by day, the variable as the number of the draw."""

ASSIMILATION_CHOICE = "assimilation choice"
"""Where a resampling at a visit begins; by turn and day."""

ASSIMILATION_TAKEN = "assimilation taken"
"""Whether a life lived again is taken; by slot and day, the turn as number of the draw."""

HANDED_ON = "assimilation handed on"
"""Offsets and errors of the arms of a forecast; by slot and day, two numbers of the draw for each variable."""

HANDED_ON_BELIEF = "assimilation handed on belief"
"""Offset and visit noise an arm begins with; by slot, two numbers of the draw for each variable."""


def handed_noise_of(stream: str) -> str:
    """Visit noise an arm begins with where no visit told of it; by slot."""
    return f"assimilation handed on noise {stream}"


FLARE_CARE = "flare care"
"""Whether usual care answers activity at a check-up; by patient and day."""

CARE = "care"
"""Whether a rule of a protocol of care is followed at a visit; by patient (or slot) and day."""


def care_of(rule: str) -> str:
    """Whether one rule of a protocol is followed; by patient (or slot) and day."""
    return f"{CARE} {rule}"


DEATH = "death"
"""At what summed hazard somebody dies, and of what; by slot, draw 1 for the cause."""

DEATH_OF_INFECTION = "death of infection"
"""Whether somebody dies of a serious infection; by slot and day."""

DEATH_OF_PROCEDURE = "death of procedure"
"""Whether and when somebody dies of a procedure; by slot."""

DROP_OUT = "trial drop-out"
"""When a patient leaves a trial, and why (draw 1); by slot."""

RESCUE = "trial rescue"
"""Whether a severe flare at a visit is answered outside the protocol; by slot and day."""

DAMAGE = "forecast damage"
"""At what expected damage the first item comes; by slot."""


def prior_of(axis: str) -> str:
    """Prior scores of a calibration, one stream for each axis; by member."""
    return f"calibration prior {axis}"


CALIBRATION_NOISE = "calibration noise"
"""Perturbations of data in a pass of the smoother; by member, datum as the number of the draw."""

CALIBRATION_ZERO = "calibration zero"
"""Whether a candidate's parameter is zero; by member and candidate, parameter as the number of the draw."""

CALIBRATION_PICK = "calibration pick"
"""Which candidate a member keeps; by member."""

SEARCH_SIGN = "search sign"
"""Direction in which a search first moves a parameter; by parameter."""

SEARCH_ORDER = "search order"
"""Order in which a search looks at parameters; by parameter and turn."""

RECOVERY_DATA = "recovery data"
"""Errors of made-up data; by datum."""

SKILL_BOOTSTRAP = "skill bootstrap"
"""Which studies a resample of scores holds; by resample and place in it."""

RESIDUAL_SCALES = "residual scales"
"""Draws of the scales of the field of residuals; by draw, scale as the number of the draw."""

PEOPLE_POINTS = "people"
"""Sobol points from which virtual patients are drawn; by patient and quantity."""

SLOT_POINTS = "slots"
"""Sobol points that say who stands in a slot of a forecast or a trial; by slot."""

SENSITIVITY_SETS = "sensitivity sets"
"""Latin hypercube of a sensitivity analysis; by set and parameter."""

SCRAMBLED_BY_SEED = frozenset({PEOPLE_POINTS, SLOT_POINTS, SENSITIVITY_SETS})
"""Sequences scrambled by the seed alone: the shipped ensemble was calibrated, and its results were written, with them.

Who stands in slot k is looked up by weight, so that slots and people share a scramble without sharing any luck. What
comes later is scrambled by seed and stream.
"""
