"""A step that takes others together: their parameters and data once each, and what stands at the end."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lupercal.calibration.run import data_of
from lupercal.calibration.settings import Choice, Step, Steps

FIRST = Step(
    name="first", purpose="the first of two", parameters=("kr_b", "kr_t"), targets=("T04",), guards=("T06",),
    studies={"bliss52": Choice(arms=("placebo",))}, bounds={"kr_t": (0.01, 0.02)},
)  # fmt: skip
SECOND = Step(
    name="second", purpose="the second of two", parameters=("kr_t", "kr_pb"), targets=("T06",),
    studies={"bliss52": Choice()}, start={"kr_pb": 0.05},
)  # fmt: skip
BOTH = Step(name="both", purpose="the two at the same time", together=("first", "second"))


def joint() -> Step:
    whole = Steps(start={"kr_b": 1.1}, steps=(FIRST, SECOND, BOTH)).whole()
    return whole[-1]


def test_parameters_and_data_of_the_parts_come_once() -> None:
    one = joint()
    assert one.parameters == ("kr_b", "kr_t", "kr_pb")
    assert (one.targets, one.guards) == (("T04", "T06"), ())
    keys = data_of(one).keys
    assert len(keys) == len(set(keys))
    assert set(keys) >= set(data_of(FIRST).keys) | set(data_of(SECOND).keys)


def test_bounds_of_the_parts_and_shared_centres_hold() -> None:
    one = joint()
    assert one.bounds == {"kr_t": (0.01, 0.02)}
    assert one.start == {"kr_b": 1.1}


@pytest.mark.parametrize("given", [{}, {"parameters": ("kr_b",), "together": ("first",)}])
def test_a_step_has_parameters_or_parts(given: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValidationError, match="either parameters or steps"):
        Step(name="neither", purpose="what a step must not be", **given)  # type: ignore[arg-type]
