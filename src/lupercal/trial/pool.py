"""The people from whom virtual trials recruit: drawn, burnt in, usable, seen at a baseline visit with scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.burn_in import Lived, live
from lupercal.course.features.clinic import of_lived
from lupercal.course.features.entry import entry_features
from lupercal.course.features.series import quiet
from lupercal.course.features.weighted import Weighted
from lupercal.course.plan import standing
from lupercal.engine.choose import EngineName
from lupercal.instruments.registry import score_simulated
from lupercal.population.cohort import Cohort, joined
from lupercal.population.draw import Drawn, Typical, draw
from lupercal.trial.luck import screened_on
from lupercal.trial.nephritis_before import NEPHRITIS_BEFORE, nephritis_before
from lupercal.trial.populations import Role
from lupercal.trial.screening import at_baseline
from lupercal.trial.settings import settings

Array = NDArray[np.float64]
HISTORY = tuple(range(-720, 1, 45))
NOW = np.zeros(1, np.int64)
KEPT_AT_ENTRY = ("hq", "ap")
"""Model inputs of drugs that people go on with when they enter a trial."""

SCORES = ("sledai_2k", "selena_sledai", "clinical_sledai", "lldas", "doris_2021")
_SETTINGS = {"selena_sledai": {"proteinuria": "hybrid"}}  # new proteinuria cannot be told at one visit


@final
@dataclass(frozen=True, slots=True)
class Pool:
    """Virtual patients at the baseline visit of trials, on which entry is judged.

    ``cohort`` has their states a month before (see `lupercal.trial.screening`), when the drugs of a trial's
    patients began. ``screening`` (N,) are the columns of the baseline visit with scores, and ``quiescent_days``,
    for how long lupus has been quiescent as far as the history goes; ``entry`` (N,) are its `entry_features`;
    ``weights`` (N,) add up to 1. ``role`` (N,) says who recruits whom: *stable* patients under the care of a clinic
    are for trials of withdrawal, those with the kidney involved (*nephritis*) for trials of nephritis, those
    *entering* for all others. ``clinic`` are the features of the natural course of those under the care of a
    clinic, in their order.
    """

    cohort: Cohort
    screening: Mapping[str, Array]
    entry: Mapping[str, Array]
    weights: Array
    role: NDArray[np.str_]
    clinic: Weighted | None = None

    @property
    def size(self) -> int:
        """Number of virtual patients."""
        return self.cohort.size


def pool(
    typical: Typical | None, seed: int, size: int, engine: EngineName = "compiled", nephritis: bool = True,
    kidneys_before: bool = False,
) -> Pool:  # fmt: skip
    """Draw virtual patients and let them live up to the baseline visit.

    Parameters
    ----------
    typical
        Typical values of a parameter set, see `lupercal.population.draw.draw`.
    seed
        Of everything random.
    size
        Number of people; each usable one stands in the pool twice, as a stable patient of a clinic and as one who may
        enter a trial of a new therapy, with the drugs of those who do; and those with the kidney involved a third time,
        with further people like them (``kidneys_more``, `settings`).
    engine
        Which engine integrates.
    nephritis
        Whether trials of nephritis will recruit; without them the others are the same, sooner.
    kidneys_before
        Whether somebody will ask what kidneys did before the trial (`nephritis_before`); people are the same.
    """
    in_clinic = with_tablets(draw(seed, 0, size, typical, "clinic"))
    season = screened_on(seed, in_clinic.patients)
    seen = live(in_clinic, seed, in_clinic.background, engine, HISTORY, of_year=season)
    seen = replace(seen, drawn=with_tablets(seen.drawn))
    before: dict[str, Any] = {NEPHRITIS_BEFORE: nephritis_before(seen.history)} if kidneys_before else {}
    entering = _entering(seen, with_tablets(draw(seed, 0, size, typical, "trial")), **before)
    visits: dict[Role, Cohort] = {
        "entering": at_baseline(entering, seed, engine),
        "stable": still_quiescent(
            at_baseline(seen.cohort(quiescent_days=quiescent_days(seen), **before), seed, engine)
        ),
    }
    if nephritis:
        more = at_baseline(_more_nephritis(typical, seed, size, engine, kidneys_before), seed, engine)
        visits["nephritis"] = joined([visits["entering"].take(_kidney_involved(entering.parameters)), more])
    role = np.repeat(np.array(list(visits)), [one.size for one in visits.values()])
    usable = np.flatnonzero(seen.usable)
    features = {name: column[..., usable] for name, column in of_lived(seen).items()}
    people = pool_of(joined(list(visits.values())), role=role)
    return replace(people, clinic=Weighted(features, np.full(len(usable), 1 / len(usable))))


def pool_of(cohort: Cohort, weights: Array | None = None, role: NDArray[np.str_] | None = None) -> Pool:
    """Return a cohort as a pool; equal weights and all may enter unless ``weights``, ``role`` are given."""
    prior = np.ones(cohort.size) if weights is None else np.asarray(weights, np.float64)
    roles = np.full(cohort.size, "entering") if role is None else role
    seen = screened(cohort.columns)
    if "pi_ki" in cohort.parameters:
        seen["kidney_involved"] = np.broadcast_to(np.asarray(cohort.parameters["pi_ki"]) > 0, prior.shape).astype(
            np.float64
        )
    return Pool(cohort, seen, entry_features(seen), prior / prior.sum(), roles)


def _more_nephritis(typical: Typical | None, seed: int, size: int, engine: EngineName, kidneys_before: bool) -> Cohort:
    """Return further people with the kidney involved, of whom a pool as drawn has too few for trials of nephritis."""
    more = settings().conduct.kidneys_more * size
    drawn = draw(seed, size, more, typical, "clinic")
    who = _kidney_involved(drawn.parameters)
    in_clinic = with_tablets(drawn.take(who))
    stepped_up = with_tablets(draw(seed, size, more, typical, "trial").take(who))
    season = screened_on(seed, in_clinic.patients)
    history = HISTORY if kidneys_before else ()
    lived = live(in_clinic, seed, in_clinic.background, engine, history, of_year=season, apart=True)
    before = {NEPHRITIS_BEFORE: nephritis_before(lived.history)} if kidneys_before else {}
    return _entering(replace(lived, drawn=with_tablets(lived.drawn)), stepped_up, **before)


def _kidney_involved(p: Mapping[str, float | Array]) -> NDArray[np.int64]:
    """Return the indices of those whose kidneys lupus involves."""
    return np.flatnonzero(np.asarray(p["pi_ki"]) > 0)


def _entering(lived: Lived, stepped_up: Drawn, **more: Array) -> Cohort:
    """Return the same people as they enter trials: what they take in the month of screening is what entrants take.

    At entry people take more than in clinics (published baseline tables), see `lupercal.trial.screening`; nobody has
    to give up an immunosuppressant or an antimalarial for it. ``more`` are further columns (N,).
    """
    size = stepped_up.size
    kept = {name: np.maximum(stepped_up.background[name], lived.drawn.background[name]) for name in KEPT_AT_ENTRY}
    stepped_up = replace(stepped_up, background=dict(stepped_up.background) | kept)
    drugs = {name: column[0] for name, column in standing(stepped_up.background).drugs(NOW, size).items()}
    return lived.cohort(stepped_up, **drugs, quiescent_days=np.full(size, np.nan), **more)


def quiescent_days(lived: Lived) -> Array:
    """Return for how many days before day 0 lupus was quiescent at every visit, as far as the history goes (N,)."""
    past = lived.history
    last_active = np.where(~quiet(past.columns), past.days[:, None], past.days[0] - 1).max(axis=0)
    return np.asarray(-last_active, np.float64)


def still_quiescent(cohort: Cohort) -> Cohort:
    """Return a cohort whose days of quiescence count up to the end of the month of screening."""
    active = ~quiet(cohort.columns)
    days = np.where(active, 0.0, cohort.columns["quiescent_days"] + settings().conduct.screening_days)
    return replace(cohort, columns=dict(cohort.columns) | {"quiescent_days": days})


def screened(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns of a visit with the scores that entry rules ask for."""
    with_scores = {name: np.asarray(column, np.float64) for name, column in columns.items()}
    for name in SCORES:
        with_scores[name] = np.asarray(score_simulated(name, columns, **_SETTINGS.get(name, {})).value, np.float64)
    return with_scores


def with_tablets(drawn: Drawn) -> Drawn:
    """Return the same people with daily doses rounded to tablets, so that many share their drugs."""
    choice = settings().conduct
    steps = {"gc": choice.prednisone_step, "ap": choice.mycophenolate_step}
    background = {
        name: np.round(dose / steps[name]) * steps[name] if name in steps else np.asarray(dose)
        for name, dose in drawn.background.items()
    }
    return replace(drawn, background=background)
