"""Does the model say more of a study nobody has shown it than a statistician would? Forecasters, share by share.

Every share is foretold without the studies that share patients with it (its cluster): the statistician learns from the
others, and so do the fields of the residual, scales and all, and how much these are believed beside the model alone and
the statistician. Where there are folds, sets that were fitted without a
share's cluster say what the model says of it, in what is scored and in what the field learns from: errors at figures
that parameters were drawn to would be taken for those to come. Elsewhere the parameters were fitted to the shares
marked *fitted*, and stay; for these the model's own columns flatter it, so that other shares are shown apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.residual import ResidualField, Stack
from lupercal.evidence.unexplained import Estimated, Unexplained
from lupercal.validation.corrected import alone
from lupercal.validation.left_out import UnseenShares, unseen_shares
from lupercal.validation.meta_analysis import Statistician, statistician
from lupercal.validation.places import Share
from lupercal.validation.residual import likeliest, shared_figures
from lupercal.validation.scores import ShareScore, mixed, scored
from lupercal.validation.stacking import SPREADS, Foretold, KnownShares

Array = NDArray[np.float64]
MODEL, META, CONTEXT, HALF, PRIOR, RESIDUAL = (
    "model", "meta-analysis", "meta-analysis with context", "half and half", "raw prior", "model + residual",
)  # fmt: skip
FORECASTERS = (RESIDUAL, MODEL, META, CONTEXT, HALF, PRIOR)
Told = Mapping[tuple[str, int], Array]
"""Fractions that parameter sets predict for a share, (S,), by study and row."""


@final
@dataclass(frozen=True, slots=True)
class SkillRow:
    """One share: its scores by forecaster, and the class of likeness that the statistician used (1 is nearest).

    ``fitted`` says whether the sets that foretell it were fitted to it, ``refitted`` whether they are those of a fold
    that leaves its cluster out.
    """

    study: str
    cluster: str
    index: int
    arm: str
    end_point: str
    treatment: str
    kind: str
    day: float
    cells: bool
    fitted: bool
    refitted: bool
    n: int
    observed: float
    likeness: int
    scores: Mapping[str, ShareScore]


@final
@dataclass(frozen=True, slots=True)
class FoldTold:
    """What sets say that were fitted without some clusters of studies, and the figures they were fitted to."""

    clusters: frozenset[str]
    told: Told
    fitted: frozenset[str]


@final
@dataclass(frozen=True, slots=True)
class SkillInput:
    """Shares that are foretold, those that may be learnt from, those with context, and what the model says of all.

    ``told`` and ``prior`` are the predictions of the accepted sets and of the raw prior's; ``fitted`` names the figures
    (``study#row``) that the parameters were fitted to; ``folds`` foretell their clusters in place of the accepted sets.
    """

    asked: tuple[Share, ...]
    learnt: tuple[Share, ...]
    context: tuple[Share, ...]
    told: Told
    prior: Told
    fitted: frozenset[str]
    apart: Estimated
    assumed: Unexplained
    seed: int = 1
    folds: tuple[FoldTold, ...] = ()

    def fold_of(self, cluster: str) -> FoldTold | None:
        """Return the fold that leaves a cluster out."""
        return next((one for one in self.folds if cluster in one.clusters), None)

    def crossed(self) -> SkillInput:
        """Return the same where every share is simulated by the sets of the fold that left its cluster out, if any."""
        told, fitted = dict(self.told), set[str]()
        for share in dict.fromkeys((*self.asked, *self.learnt, *self.context)):
            key, fold = (share.place.study, share.index), self.fold_of(share.place.cluster)
            if fold is not None:
                told.pop(key, None)
                told |= {key: fold.told[key]} if key in fold.told else {}
            fitted |= {share.key} & (self.fitted if fold is None else fold.fitted)
        return replace(self, told=told, fitted=frozenset(fitted))


def skill_table(
    given: SkillInput, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[SkillRow], ResidualField]:
    """Return the scores of every forecaster for the shares the model can simulate, and the field of all learnt ones."""
    given = given.crossed()
    wise = _Statisticians.of(given)
    learnt = tuple(shared_figures(given.learnt, given.told, given.fitted))
    scales = likeliest(learnt, given.seed)
    of_learnt = ResidualField(learnt, scales.draws())
    others = unseen_shares(of_learnt, scales, given.asked, given.told, given.fitted, given.learnt, progress)
    said = {share: _foretold(share, given, wise.by_blinding, others) for share in others.parts}
    known = [said[share] for share in dict.fromkeys(given.learnt) if share in said]
    stacks = _Stacks(KnownShares.of(known))
    rows = [_row(said[share], given, wise, stacks) for share in given.asked if share in said]
    return rows, replace(of_learnt, widening=others.widening(len(of_learnt.draws)), stack=stacks.without())


@final
@dataclass(frozen=True, slots=True)
class _Statisticians:
    """The statistician, one who sees the context too, and the one who is mixed with the fields."""

    plain: Statistician
    with_context: Statistician
    by_blinding: Statistician

    @classmethod
    def of(cls, given: SkillInput) -> _Statisticians:
        learnt, context = given.learnt, given.context
        return cls(statistician(learnt), statistician(context), statistician(learnt, by_blinding=True))


@final
@dataclass(frozen=True, slots=True)
class _Stacks:
    """How much forecasters are believed by what is known without a cluster, each worked out once."""

    known: KnownShares
    by: dict[str, Stack] = field(default_factory=dict)

    def without(self, cluster: str = "") -> Stack:
        if cluster not in self.by:
            self.by[cluster] = self.known.stack(cluster)
        return self.by[cluster]


def _foretold(share: Share, given: SkillInput, wise: Statistician, others: UnseenShares) -> Foretold:
    apart = given.apart.of(share.place.study, fitted=share.key in given.fitted)
    likeness, by_others = wise.predict(share)
    told = given.told[share.place.study, share.index]
    parts = tuple(
        (others.predictive(share, factor), alone(told, apart.wider(factor), share.n), by_others) for factor in SPREADS
    )
    return Foretold(share, likeness, parts)


def _row(said: Foretold, given: SkillInput, wise: _Statisticians, stacks: _Stacks) -> SkillRow:
    share, number = said.share, said.likeness
    key, fitted = (share.place.study, share.index), share.key in given.fitted
    predictives = {
        RESIDUAL: said.by(stacks.without(share.place.cluster)),
        MODEL: said.parts[SPREADS.index(1.0)][1],
        META: wise.plain.predict(share)[1],
        CONTEXT: wise.with_context.predict(share)[1],
    }
    predictives[HALF] = mixed([predictives[MODEL], predictives[META]])
    if key in given.prior:
        predictives[PRIOR] = alone(given.prior[key], given.assumed, share.n)
    where = share.place
    return SkillRow(
        where.study, where.cluster, share.index, where.arm, where.end_point, where.treatment, where.kind, where.day,
        where.cells, fitted, given.fold_of(where.cluster) is not None, share.n, 100.0 * share.events / share.n, number,
        {name: scored(one, share.events) for name, one in predictives.items()},
    )  # fmt: skip
