"""The calendar file: valid for a standard parser, right on leap days and when clocks change, equal each time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import LupercalError
from lupercal.exchange.calendar_ics import LONGEST, calendar_document, escaped, folded, observances
from lupercal.exchange.calendar_plan import begins, plan_calendar, uid
from lupercal.patient.cases import read_case
from lupercal.patient.read import patient_from
from lupercal.programmes.plan import Plan, plan
from lupercal.programmes.plan_data import plan_names

EXAMPLE = read_case("example-nephritis")
NAMES = st.sampled_from(plan_names())


def events(content: bytes) -> dict[str, Any]:
    """Return the events of a file by UID, as an independent parser reads them."""
    read = icalendar.Calendar.from_ical(content)
    found = list(read.walk("VEVENT"))
    assert not read.errors
    assert not [event.errors for event in found if event.errors]
    by_uid = {str(event["UID"]): event for event in found}
    assert len(by_uid) == len(found)
    return by_uid


def event(made: Plan, name: str) -> Any:
    return events(plan_calendar(made))[uid(made, made.item(name))]


@pytest.mark.parametrize("name", plan_names())
@pytest.mark.parametrize("start", ["2024-02-29", "2025-03-28", "2025-10-24", "1900-01-01", "2199-12-31"])
def test_a_standard_parser_reads_every_programme(name: str, start: str) -> None:
    made = plan(EXAMPLE, name, start)
    found = events(plan_calendar(made))
    assert set(found) == {uid(made, item) for item in made.items if not item.note}
    for item in made.items:
        if not item.note:
            one = found[uid(made, item)]
            assert str(one["SUMMARY"]) == item.title
            assert RESEARCH_USE_ONLY in str(one["DESCRIPTION"])
            assert f"Basis: {item.basis}" in str(one["DESCRIPTION"])
            assert one["DTEND"].dt > one["DTSTART"].dt


@settings(deadline=None, max_examples=20)
@given(NAMES, st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_every_planned_dose_is_in_the_calendar_exactly_once(name: str, start: date) -> None:
    made = plan(EXAMPLE, name, start)
    found = events(plan_calendar(made))
    shown = Counter(item.dose for item in made.items if item.dose is not None and uid(made, item) in found)
    assert shown == Counter(range(len(made.expansion.doses)))
    for item in made.items:
        if item.dose is not None:
            when = found[uid(made, item)]["DTSTART"].dt
            day = when.date() if isinstance(when, datetime) else when
            assert (day - start).days == made.expansion.doses[item.dose].day


@pytest.mark.parametrize(
    ("start", "month", "due"),
    [
        ("2024-01-29", 1, "2024-02-29"),
        ("2023-11-29", 3, "2024-02-29"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-02-28", 12, "2024-02-28"),
    ],
)
def test_a_visit_due_in_february(start: str, month: int, due: str) -> None:
    visit = event(plan(EXAMPLE, "erlangen", start), f"visit_month_{month}")
    assert visit["DTSTART"].dt == date.fromisoformat(due)
    assert visit["DTEND"].dt == date.fromisoformat(due) + timedelta(days=1)
    assert visit["DTSTART"].params["VALUE"] == "DATE"


@pytest.mark.parametrize(
    ("start", "utc"),
    [("2025-03-29", "08:00"), ("2025-03-30", "07:00"), ("2025-10-25", "07:00"), ("2025-10-26", "08:00")],
)
def test_nine_o_clock_stays_nine_o_clock_when_clocks_change(start: str, utc: str) -> None:
    begin = event(plan(EXAMPLE, "erlangen", start), "dose_cd19_car_t_1")["DTSTART"]
    assert begin.params["TZID"] == "Europe/Berlin"
    assert begin.dt.strftime("%H:%M") == "09:00"
    assert begin.dt.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == f"{start} {utc}"


def test_a_course_over_the_change_keeps_its_local_hour() -> None:
    made = plan(EXAMPLE, "gencell.msc_3_days", "2025-03-29")
    begun = [event(made, f"dose_msc_adipose_{n}")["DTSTART"].dt.astimezone(UTC).hour for n in (1, 2, 3)]
    assert begun == [7, 6, 6]


def test_a_plan_without_a_zone_of_its_own_is_in_utc() -> None:
    content = plan_calendar(plan(EXAMPLE, "published_car_t_trial", "2025-03-29"))
    assert b"VTIMEZONE" not in content
    assert b"DTSTART:20250329T090000Z\r\n" in content


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Asia/Jerusalem", "Europe/Istanbul", "Europe/Kyiv", "America/Chicago"]
)
@pytest.mark.parametrize("year", [1995, 2015, 2025, 2040])
def test_observances_give_the_offsets_of_the_time_zone_table(zone: str, year: int) -> None:
    first, last = datetime(year, 1, 1, 9), datetime(year + 1, 12, 31, 9)
    changes = observances(zone, first, last)
    for days in range((last - first).days):
        instant = (first + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone))
        before = [one for one in changes if one.onset <= instant.replace(tzinfo=None)]
        assert (before[-1].after if before else changes[0].before) == instant.utcoffset()


def test_lines_are_folded_at_75_octets_and_end_with_crlf() -> None:
    content = plan_calendar(plan(EXAMPLE, "ozek.msc", "2025-03-25"))
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= LONGEST


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=400))
def test_folding_loses_nothing_and_splits_no_character(text: str) -> None:
    parts = list(folded(text))
    assert "".join(part if i == 0 else part[1:] for i, part in enumerate(parts)) == text
    assert all(len(part.encode()) <= LONGEST for part in parts)
    calendar_document([text]).decode()


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=200))
def test_escaped_text_is_read_back(text: str) -> None:
    printable = "".join(c for c in text if c.isprintable())
    content = calendar_document(
        ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"SUMMARY:{escaped(text)}", "END:VEVENT", "END:VCALENDAR"]
    )
    assert str(icalendar.Calendar.from_ical(content).walk("VEVENT")[0]["SUMMARY"]) == printable


def test_text_of_a_patient_file_cannot_add_lines() -> None:
    assert escaped("a\nEND:VEVENT\r\nb;c,d\\e\x07") == "a\\nEND:VEVENT\\nb\\;c\\,d\\\\e"


def test_a_moved_plan_keeps_its_identifiers_and_the_stamp_follows_the_start() -> None:
    one, other = (plan(EXAMPLE, "sheba", start) for start in ("2025-03-25", "2025-04-01"))
    assert set(events(plan_calendar(one))) == set(events(plan_calendar(other)))
    assert plan_calendar(one) == plan_calendar(plan(EXAMPLE, "sheba", "2025-03-25"))
    assert {str(e["DTSTAMP"].dt) for e in events(plan_calendar(one)).values()} == {"2025-03-25 00:00:00+00:00"}


def test_two_patients_share_no_identifier() -> None:
    other = patient_from({"id": "other"}, "test")
    one, two = plan(EXAMPLE, "sheba", "2025-03-25"), plan(other, "sheba", "2025-03-25")
    assert not set(events(plan_calendar(one))) & set(events(plan_calendar(two)))


def test_without_a_date_there_is_no_calendar() -> None:
    made = plan(EXAMPLE, "sheba")
    assert begins(made, made.items[0]) is None
    with pytest.raises(LupercalError, match="--start"):
        plan_calendar(made)
