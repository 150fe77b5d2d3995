"""The first date that a record may hold."""

from __future__ import annotations

from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.patient.read import patient_from


def dated(first: str) -> dict[str, Any]:
    return {"id": "p", "reference_date": first, "visits": [{"date": first, "values": {"rash": True}}]}


def test_dates_begin_with_1900() -> None:
    assert patient_from(dated("1900-01-01"), "here").visits[0].date == "1900-01-01"
    with pytest.raises(InputError, match="a date from 1900-01-01 on"):
        patient_from(dated("1899-12-31"), "here")
