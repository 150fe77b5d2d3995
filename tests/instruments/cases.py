"""Hand-made cases of instruments: one visit, the value expected and its status."""

from __future__ import annotations

from typing import Any

import pytest

from lupercal.instruments import Status, score

COMPLETE, PARTIAL, MISSING = Status.COMPLETE, Status.PARTIAL, Status.MISSING
NOT_EVALUABLE, ERROR, CONFLICT = Status.NOT_EVALUABLE, Status.ERROR, Status.CONFLICT
NAN = float("nan")

Visit = dict[str, Any]
Case = tuple[str, Visit, float, Status]


def check(cases: list[Case]) -> pytest.MarkDecorator:
    """Return the parameters of a test, each case named by instrument and number."""
    names = [f"{case[0]}-{n}" for n, case in enumerate(cases, start=1)]
    return pytest.mark.parametrize(("name", "columns", "value", "status"), cases, ids=names)


def same(name: str, columns: Visit, value: float, status: Status) -> None:
    """Fail unless the instrument says so."""
    found = score(name, columns)
    assert Status(int(found.status)) == status
    assert float(found.value) == pytest.approx(value, nan_ok=True)
