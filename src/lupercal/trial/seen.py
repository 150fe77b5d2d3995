"""What was seen of an arm of a virtual trial: visits, scores, flares, drop-outs.

Scores are worked out when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import Reason
from lupercal.course.decided import Decided, joined_decided
from lupercal.course.features.series import sfi
from lupercal.instruments.registry import instrument, score_simulated
from lupercal.model.schedule import Amount
from lupercal.trial.care import left_because
from lupercal.trial.design import Trial
from lupercal.visits.visits import Visits, joined_visits

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.int64]
_FRESH = "new_activity"
_OF_EACH = (
    "left", "infected", "usable", "death", "kidney_failed", "rescued_at", "procedure_death", "harmed", _FRESH,
    "nephritis_before",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class SeenArm:
    """An arm after its last visit; N patients, V visits of which the first is the baseline, T recorded days.

    ``between`` (T, N) are counts on the ``recorded`` days: cd19, car_t, il6,
    neutrophils, lymphocytes, platelets, hemoglobin, serious infections so far, expected damage; ``left`` (N,) is the
    day of drop-out, ``infected`` (N,) that of the first serious infection, both infinite where there is none;
    ``usable`` (N,) is False where integration failed;
    ``rescue`` (V, N) says whether a severe flare at a visit would be answered with medication outside the protocol;
    ``parameters`` are those of the patients; ``death`` and ``kidney_failed`` (N,) are days, infinite where it did not
    happen. ``rescued_at`` (N,) is the day on which the trial's protocol of care gave what counts as failure, infinite
    where it did not; ``decided`` what it decided, None where the trial has none; ``procedure_death`` (N,) the day on
    which the procedure would kill; ``harmed`` (N,) who leaves for an adverse event where they leave by the design;
    ``new_activity`` (N,) is whether anything was newly active at the first visit, NaN where that is not known;
    ``nephritis_before`` (N,) what kidneys did before (`lupercal.trial.nephritis_before`), NaN where nobody recorded it.
    """

    trial: Trial
    arm: str
    visits: Visits
    recorded: Days
    between: Mapping[str, Array]
    left: Array
    infected: Array
    usable: Bools
    rescue: Bools
    parameters: Mapping[str, Amount]
    death: Array
    kidney_failed: Array
    rescued_at: Array
    decided: Decided | None = None
    procedure_death: Array = field(default_factory=lambda: np.array(np.inf))
    harmed: Bools = field(default_factory=lambda: np.array(False))
    new_activity: Array = field(default_factory=lambda: np.array(np.nan))
    nephritis_before: Array = field(default_factory=lambda: np.array(np.nan))
    cache: dict[str, Array] = field(default_factory=dict)

    @property
    def days(self) -> Days:
        """Days of the visits (V,)."""
        return self.visits.days

    @property
    def columns(self) -> Mapping[str, Array]:
        """The columns of the visits, each (V, N)."""
        return self.visits.columns

    @property
    def size(self) -> int:
        """Number of virtual patients N."""
        return len(self.left)

    @property
    def left_because(self) -> list[Reason | None]:
        """Why each patient left the trial by its end (N,): lupus, an adverse event, other; None for those who stay."""
        return left_because(self.decided, self.left, float(self.days[-1]), self.harmed)

    @property
    def gone(self) -> Array:
        """The day on which each patient dropped out or died (N,), infinite for those who stay."""
        return np.minimum(self.left, self.death)

    def row(self, day: float) -> int:
        """Return the index of the last visit up to a day, at least the first after baseline."""
        return max(int(np.searchsorted(self.days, day + 0.75, side="right")) - 1, 1)

    def at(self, name: str, day: float) -> Array:
        """Return a column at the visit of a day (N,); the baseline where the day is 0 or before."""
        column = self.column(name)
        return np.asarray(column[0 if day <= 0 else self.row(day)])

    def baseline(self, name: str) -> Array:
        """Return a column at the baseline visit (N,)."""
        return np.asarray(self.column(name)[0])

    def column(self, name: str) -> Array:
        """Return a column (V, N), scored when it is asked for the first time."""
        if name in self.columns:
            return self.columns[name]
        if name == _FRESH:
            return self.kept(name, lambda: self.visits.new_activity(self.new_activity))
        return self.kept(name, lambda: np.asarray(score_simulated(name, self._read_by(name)).value, np.float64))

    def _read_by(self, name: str) -> dict[str, Array]:
        """Return the columns, with what is newly active where an instrument reads it."""
        more = {_FRESH: self.column(_FRESH)} if _FRESH in instrument(name).inputs else {}
        return dict(self.columns) | more

    def kept(self, name: str, compute: Callable[[], Array]) -> Array:
        """Return an array that is computed once."""
        if name not in self.cache:
            self.cache[name] = compute()
        return self.cache[name]

    def scored(self, name: str, day: float, **setting: Any) -> Array:
        """Return an instrument at the visit of a day against the baseline visit (N,), failures told."""
        index = 0 if day <= 0 else self.row(day)
        key = f"{name} {setting} at visit {index}"
        return self.kept(
            key, lambda: np.asarray(score_simulated(name, self._compared(name, index), **setting).value, np.float64)
        )

    def scored_at_all(self, name: str) -> Array:
        """Return an instrument at every visit against the baseline visit (V, N), failures told."""

        def compute() -> Array:
            visit = self._read_by(name) | {"sledai_2k": self.column("sledai_2k")}
            then = {f"{key}@baseline": np.broadcast_to(column[:1], column.shape) for key, column in visit.items()}
            with_baseline = visit | then | {"treatment_failure": self.failed.astype(float)}
            return np.asarray(score_simulated(name, with_baseline).value, np.float64)

        return self.kept(f"{name} at all visits", compute)

    def _compared(self, name: str, index: int) -> dict[str, Array]:
        visits = self._read_by(name) | {"sledai_2k": self.column("sledai_2k")}
        now = {name: column[index] for name, column in visits.items()}
        then = {f"{name}@baseline": column[0] for name, column in visits.items()}
        return now | then | {"treatment_failure": self.failed[index].astype(float)}

    @property
    def failed(self) -> Bools:
        """Whether a patient counts as non-responder at each visit (V, N), where the design says that failures count."""
        return self.kept("failed", self._failed) > 0

    def _failed(self) -> Array:
        if not self.trial.failure_counts:
            return np.zeros((len(self.days), self.size))
        return np.asarray(
            (self.days[:, None] >= self.gone[None, :]) | self._rescued() | self._too_much_steroid(), np.float64
        )

    @property
    def rescued_on(self) -> Array:
        """The day of the first visit with medication outside the protocol (N,), infinite where there is none."""
        return self.visits.first_day(self._rescued())

    def _rescued(self) -> Bools:
        """Return who has had medication outside the protocol: by its rules where there are any, else by chance."""
        if self.decided is not None:
            return np.asarray(self.days[:, None] >= self.rescued_at)
        return np.logical_or.accumulate((self.flare >= 2) & self.rescue, axis=0)

    def _too_much_steroid(self) -> Bools:
        limit = self.trial.steroid_limit
        if limit is None:
            return np.zeros((len(self.days), self.size), bool)
        counts = (self.days >= limit.first) & (self.days <= limit.last)
        return np.logical_or.accumulate((self.columns["prednisone"] > limit.most) & counts[:, None], axis=0)

    @property
    def flare(self) -> Array:
        """SELENA-SLEDAI flare index (V, N), see `sfi`: 0 none, 1 mild or moderate, 2 severe; 0 at the first visit."""
        return self.kept("flare", lambda: self._flare("classic"))

    @property
    def modified_flare(self) -> Array:
        """The modified index (V, N), without the arm "score above 12", as trials of biologics used it."""
        return self.kept("modified flare", lambda: self._flare("modified"))

    def _flare(self, variant: Literal["classic", "modified"]) -> Array:
        visits = self.visits.having({"sledai_2k": self.column("sledai_2k")})
        return np.concatenate([np.zeros((1, self.size)), sfi(visits, variant)])

    def first_day(self, happens: Bools) -> Array:
        """Return the day of the first visit after baseline at which something holds (N,), infinite where none."""
        stays = self.days[:, None] < self.gone[None, :]
        return self.visits.rows(slice(1, None)).first_day((happens & stays)[1:])


def joined_arms(parts: Sequence[tuple[SeenArm, int]], arm: str) -> SeenArm:
    """Return arms with the same visits as one, each with so much of its patients as its size in the study asks for."""
    most = max(n for _, n in parts)
    cuts = [(seen, slice(0, max(round(seen.size * n / most), 1))) for seen, n in parts]
    first = parts[0][0]

    def joined(which: Callable[[SeenArm], Mapping[str, Array]]) -> dict[str, Array]:
        return {key: np.concatenate([which(seen)[key][:, cut] for seen, cut in cuts], axis=1) for key in which(first)}

    parameters: dict[str, Amount] = {}
    for key, value in first.parameters.items():
        each = [np.asarray(seen.parameters[key])[cut] for seen, cut in cuts] if np.ndim(value) else []
        parameters[key] = np.concatenate(each) if each else value
    left, infected, usable, death, kidney_failed, rescued_at, killed, harmed, fresh, before = (
        np.concatenate([getattr(seen, name)[cut] for seen, cut in cuts]) for name in _OF_EACH
    )
    decided = [seen.decided.take(cut) for seen, cut in cuts if seen.decided is not None]
    rescue = np.concatenate([seen.rescue[:, cut] for seen, cut in cuts], axis=1)
    return SeenArm(
        first.trial, arm, joined_visits([seen.visits.take(cut) for seen, cut in cuts]), first.recorded,
        joined(lambda s: s.between),
        left, infected, usable, rescue, parameters, death, kidney_failed, rescued_at,
        joined_decided(decided) if len(decided) == len(cuts) and _same_care(decided) else None,
        procedure_death=killed, harmed=harmed, new_activity=fresh, nephritis_before=before,
    )  # fmt: skip


def _same_care(decided: Sequence[Decided]) -> bool:
    """Return whether arms were looked after by one protocol, so that their decisions can stand in one table."""
    return all(one.protocol == decided[0].protocol and np.array_equal(one.days, decided[0].days) for one in decided)
