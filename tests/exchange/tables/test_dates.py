"""Dates as people and spreadsheets write them: one reading, or a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from tests.exchange.tables.build import PLACED, imported, item_at, map_of

C3 = {"c3": {"is": "c3", "unit": "g/L"}}


def day_of(cell: str, tmp_path: Path, **writes: Any) -> str | None:
    done = imported(tmp_path, f'id,on,c3\na,"{cell}",0.8\nb,2025-01-01,0.8\n', map_of(PLACED | C3, writes=writes))
    return next((one.visits[0].date for one in done.patients if one.id == "a"), None)


@pytest.mark.parametrize(
    ("cell", "writes"),
    [
        ("2025-03-04", {}),
        ("20250304", {}),
        ("2025/03/04", {}),
        ("2025-03-04T08:15:00+01:00", {}),
        ("2025-03-04 08:15", {}),
        ("4 Mar 2025", {}),
        ("04-MAR-2025", {}),
        ("4. März 2025", {}),
        ("March 4, 2025", {}),
        ("04.03.2025", {"dates": "dmy"}),
        ("4.3.2025", {"dates": "dmy"}),
        ("04.03.25", {"dates": "dmy", "two_digit_years_from": 1950}),
        ("03/04/2025", {"dates": "mdy"}),
        ("3/4/2025 8:15 AM", {"dates": "mdy"}),
        ("45720", {"dates": "serial-1900"}),
        ("45720.35", {"dates": "serial-1900"}),
        ("44258", {"dates": "serial-1904"}),
    ],
)
def test_a_date_is_read(cell: str, writes: dict[str, Any], tmp_path: Path) -> None:
    assert day_of(cell, tmp_path, **writes) == "2025-03-04"


@pytest.mark.parametrize("cell", ["25.03.2025", "2025.03.25", "03/25/2025"])
def test_a_date_that_can_be_read_in_one_way_needs_no_order(cell: str, tmp_path: Path) -> None:
    assert day_of(cell, tmp_path) == "2025-03-25"


def test_days_up_to_the_february_that_never_was_count_from_a_day_later(tmp_path: Path) -> None:
    assert day_of("1", tmp_path, dates="serial-1900") == "1900-01-01"
    assert day_of("59", tmp_path, dates="serial-1900") == "1900-02-28"
    assert day_of("61", tmp_path, dates="serial-1900") == "1900-03-01"


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("03.04.2025", ["2025-04-03 (dmy)", "2025-03-04 (mdy)"]),
        ("03/04/2025", ["2025-04-03 (dmy)", "2025-03-04 (mdy)"]),
        ("45719", ["2025-03-03 (serial-1900)", "2029-03-04 (serial-1904)"]),
    ],
)
def test_a_date_with_two_readings_stops_the_import_with_both(cell: str, readings: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2, column 'on'") as refused:
        day_of(cell, tmp_path)
    assert all(one in str(refused.value) for one in readings)


@pytest.mark.parametrize(
    ("cell", "writes"),
    [
        ("31.02.2025", {"dates": "dmy"}),
        ("04.13.2025", {"dates": "dmy"}),
        ("04.03.25", {"dates": "dmy"}),
        ("2030-01-01", {}),
        ("1850-01-01", {}),
        ("2025-03", {}),
        ("03/2025", {}),
        ("2025", {}),
        ("gestern", {}),
        ("30 Foo 2025", {}),
        ("45719", {"dates": "dmy"}),
        ("04.03.2025", {"dates": "serial-1900"}),
        ("", {}),
        ("n.v.", {}),
        ("0000-00-00", {}),
        ("999999", {"dates": "serial-1904"}),
    ],
)
def test_what_is_no_day_refuses_the_cells_of_its_row(cell: str, writes: dict[str, Any], tmp_path: Path) -> None:
    content = f'id,on,c3\na,"{cell}",0.8\nb,2025-01-01,0.8\n'
    done = imported(tmp_path, content, map_of(PLACED | C3, writes=writes))
    assert [one.id for one in done.patients] == ["b"]
    assert item_at(done, "row 2, column 'c3'").verdict == "refused"
    assert item_at(done, "row 2, column 'c3'").reason
