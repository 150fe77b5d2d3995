"""Recovery, importance and checkpoints on a model whose truth is known: a straight line in two parameters."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from lupercal.calibration import checkpoints
from lupercal.calibration.checkpoints import Folder, Nowhere
from lupercal.calibration.data import Data, FittedFigure
from lupercal.calibration.fit import choose_members, smooth
from lupercal.calibration.members import Members
from lupercal.calibration.recovery import coverage, recover
from lupercal.calibration.settings import Step
from lupercal.files import hashing

STEP = Step(name="line", purpose="a straight line", parameters=("hq_pb", "b_am", "kr_pb"))
DATA = Data(tuple(FittedFigure(f"x{k}", 0.0, 0.02, False) for k in range(6)))


def line(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
    return [{key: one["hq_pb"] + k * one["b_am"] for k, key in enumerate(keys)} for one in sets]


def quiet(text: str, share: float) -> None:
    del text, share


def test_the_truth_lies_in_the_region_and_the_silent_parameter_is_named() -> None:
    found = recover(STEP, DATA, truths=20, members=96, passes=4, seed=3, simulate=line, progress=quiet)
    assert coverage(found) >= 0.85
    silent = [one for one in found if one.parameter == "kr_pb"]
    assert all(not one.identifiable for one in silent)
    assert sum(one.identifiable for one in found) >= 36


def test_a_truth_near_the_edge_of_its_range_is_found_there() -> None:
    """Members' scores are read from values and end inside the range, so the truth must be read the same way."""
    at_the_edge = STEP.model_copy(update={"start": {"hq_pb": 0.79}})
    found = recover(at_the_edge, DATA, truths=20, members=96, passes=4, seed=3, simulate=line, progress=quiet)
    own = [one for one in found if one.parameter == "hq_pb"]
    assert max(one.truth for one in own) < 2.06
    assert coverage(own) >= 0.85


def test_data_that_no_set_can_meet_leave_the_ensemble_wide() -> None:
    """Two figures of one quantity lie ten errors apart: the members must span them, not settle between them."""

    def constant(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        return [dict.fromkeys(keys, one["hq_pb"]) for one in sets]

    def width(low: float, high: float) -> float:
        data = Data((FittedFigure("x0", low, 0.02, False), FittedFigure("x1", high, 0.02, False)))
        fitted = smooth(STEP, Members(96, {}), data, 4, 1, constant, Nowhere(), quiet)
        return float(np.std(fitted.members.values["hq_pb"]))

    assert width(0.3, 0.5) > 3 * width(0.4, 0.4)


def test_a_share_of_sets_keeps_zero_where_the_data_allow_it_and_loses_it_where_they_do_not() -> None:
    step = Step(name="zeros", purpose="may do nothing", parameters=("b_am",), mixture={"b_am": 0.5})
    for value, low, high in ((0.0, 0.5, 1.0), (0.3, 0.0, 0.05)):
        data = Data(tuple(FittedFigure(f"x{k}", k * value, 0.05, False) for k in range(4)))
        members = Members(300, {"hq_pb": np.zeros(300)})
        chosen = choose_members(step, members, data, 6, 1, line, Nowhere(), quiet)
        assert low <= float(np.mean(chosen.values["b_am"] == 0)) <= high


def test_an_interrupted_step_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    calls = []

    def stops(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        calls.append(len(sets))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return line(sets, keys)

    kept, start = Folder(tmp_path, "a"), Members(24, {})
    whole = smooth(STEP, start, DATA, 4, 1, line, Nowhere(), quiet)
    with pytest.raises(KeyboardInterrupt):
        smooth(STEP, start, DATA, 4, 1, stops, kept, quiet)
    again = smooth(STEP, start, DATA, 4, 1, stops, kept, quiet)
    assert len(calls) == 6  # two passes before the stop, the one that failed, and the three that were left
    assert np.array_equal(again.predicted, whole.predicted)
    other = Folder(tmp_path, "b")
    assert other.load("line-0") is None


def test_a_broken_checkpoint_is_made_again(tmp_path: Path) -> None:
    kept = Folder(tmp_path, "a")
    kept.save("line-0", np.ones(3))
    whole = next(tmp_path.glob("*.npy")).read_bytes()
    for damaged in (b"broken", whole[:-1], whole[:100] + b"\1" + whole[101:], b""):
        next(tmp_path.glob("*.npy")).write_bytes(damaged)
        assert kept.load("line-0") is None


def test_a_member_none_of_whose_candidates_predicts_anything_spoils_no_other() -> None:
    step = Step(name="zeros", purpose="may do nothing", parameters=("b_am",), mixture={"b_am": 0.5})
    data = Data((FittedFigure("x0", 0.1, 0.05, False),))
    calls = 0

    def silent_once(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        nonlocal calls
        calls += 1
        return [{} if row == 0 else {"x0": 0.1 + one["b_am"]} for row, one in enumerate(sets)]

    def whole(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        return [{"x0": 0.1 + one["b_am"]} for one in sets]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = choose_members(step, Members(12, {}), data, 3, 1, silent_once, Nowhere(), quiet).values["b_am"]
    assert calls == 3
    assert np.isfinite(chosen).all()
    as_ever = choose_members(step, Members(12, {}), data, 3, 1, whole, Nowhere(), quiet).values["b_am"]
    assert np.array_equal(chosen[1:], as_ever[1:])


def test_passes_of_other_code_or_data_are_not_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("trial/doses.yaml", "model/organs.py", "evidence/data/calibration/ensemble.csv", "report/page.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(hashing, "files", lambda package: tmp_path)
    stamps = [_made_by()]
    for name in ("report/page.py", "evidence/data/calibration/ensemble.csv", "trial/doses.yaml", "model/organs.py"):
        (tmp_path / name).write_text("2")
        stamps.append(_made_by())
    hashing.package_hash.cache_clear()
    assert len({*stamps[:3]}) == 1
    assert len({*stamps[2:]}) == 3


def _made_by() -> str:
    hashing.package_hash.cache_clear()
    return checkpoints.made_by()
