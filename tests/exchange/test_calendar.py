"""The calendar file: valid for a standard parser, right on leap days and when clocks change, equal each time."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import InputError, LupercalError
from lupercal.exchange.calendar_plan import begins, plan_calendar, uid
from lupercal.exchange.calendar_zone import observances
from lupercal.exchange.revision import EPOCH, Revision, written_now
from lupercal.patient.cases import read_case
from lupercal.patient.read import patient_from
from lupercal.programmes.plan import Plan, plan
from lupercal.programmes.plan_data import plan_names
from lupercal.report.plan_files import write_plan

LONGEST = 75  # octets of a content line (RFC 5545, 3.1)
FIRST = Revision(datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC))
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
    return events(plan_calendar(made, FIRST))[uid(made, made.item(name))]


@pytest.mark.parametrize("name", plan_names())
@pytest.mark.parametrize("start", ["2024-02-29", "2025-03-28", "2025-10-24", "1900-01-01", "2199-12-31"])
def test_a_standard_parser_reads_every_programme(name: str, start: str) -> None:
    made = plan(EXAMPLE, name, start)
    found = events(plan_calendar(made, FIRST))
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
    found = events(plan_calendar(made, FIRST))
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
    content = plan_calendar(plan(EXAMPLE, "published_car_t_trial", "2025-03-29"), FIRST)
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
    content = plan_calendar(plan(EXAMPLE, "ozek.msc", "2025-03-25"), FIRST)
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= LONGEST


@settings(deadline=None, max_examples=30)
@given(st.text(st.characters(min_codepoint=1, max_codepoint=0x2FFF), max_size=200))
def test_any_text_is_one_value_and_adds_no_line(text: str) -> None:
    made = plan(EXAMPLE, "sheba", "2025-03-25")
    items = tuple(replace(item, title=f"{text} END:VEVENT") for item in made.items[:1])
    content = plan_calendar(replace(made, items=items), FIRST)
    [found] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(found["SUMMARY"]).endswith("END:VEVENT")
    assert all(len(line) <= LONGEST for line in content.split(b"\r\n"))


def test_a_moved_plan_keeps_its_identifiers_and_counts_on(tmp_path: Path) -> None:
    one, other = (plan(EXAMPLE, "sheba", start) for start in ("2025-04-01", "2025-03-25"))
    assert set(events(plan_calendar(one, FIRST))) == set(events(plan_calendar(other, FIRST)))
    assert plan_calendar(one, FIRST) == plan_calendar(plan(EXAMPLE, "sheba", "2025-04-01"), FIRST)
    found = []
    for number, made in enumerate((one, one, other, one)):
        write_plan(made, tmp_path)
        event_of = next(iter(events((tmp_path / "plan.ics").read_bytes()).values()))
        found.append((event_of["SEQUENCE"], event_of["DTSTAMP"].dt))
        assert json.loads((tmp_path / "plan.json").read_text())["revision"]["sequence"] == found[-1][0], number
    assert [number for number, _ in found] == [0, 0, 1, 2]  # an unchanged plan is not a new one
    assert found == sorted(found)


def test_a_plan_whose_record_was_removed_counts_on_from_its_calendar(tmp_path: Path) -> None:
    for start in ("2025-04-01", "2025-03-25"):
        write_plan(plan(EXAMPLE, "sheba", start), tmp_path)
    (tmp_path / "plan.json").unlink()
    write_plan(plan(EXAMPLE, "sheba", "2025-04-02"), tmp_path)
    assert json.loads((tmp_path / "plan.json").read_text())["revision"]["sequence"] == 2
    assert {event["SEQUENCE"] for event in events((tmp_path / "plan.ics").read_bytes()).values()} == {2}


def test_a_plan_in_another_folder_counts_on_where_it_is_told_to(tmp_path: Path) -> None:
    for start, before in (("2025-04-01", None), ("2025-03-25", tmp_path / "2025-04-01")):
        write_plan(plan(EXAMPLE, "sheba", start), tmp_path / start, before)
    assert json.loads((tmp_path / "2025-03-25" / "plan.json").read_text())["revision"]["sequence"] == 1
    with pytest.raises(InputError, match="the folder of an earlier plan"):
        write_plan(plan(EXAMPLE, "sheba", "2025-05-01"), tmp_path / "new", tmp_path)
    with pytest.raises(InputError, match=r"the plan of erlangen\.car_t for example-nephritis"):
        write_plan(plan(EXAMPLE, "erlangen", "2025-05-01"), tmp_path / "2025-03-25")


def test_the_stamp_is_the_time_of_writing_unless_the_environment_fixes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EPOCH, raising=False)
    assert abs(written_now().stamp - datetime.now(UTC)) < timedelta(minutes=5)
    monkeypatch.setenv(EPOCH, "86400")
    assert written_now() == Revision(datetime(1970, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize("value", ["now", "-5", "1.5", "²", "9" * 30, " 1"])
def test_an_odd_time_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(EPOCH, value)
    with pytest.raises(InputError, match="seconds since 1970"):
        written_now()


def test_two_patients_share_no_identifier() -> None:
    other = patient_from({"id": "other"}, "test")
    one, two = plan(EXAMPLE, "sheba", "2025-03-25"), plan(other, "sheba", "2025-03-25")
    assert not set(events(plan_calendar(one, FIRST))) & set(events(plan_calendar(two, FIRST)))


def test_without_a_date_there_is_no_calendar() -> None:
    made = plan(EXAMPLE, "sheba")
    assert begins(made, made.items[0]) is None
    with pytest.raises(LupercalError, match="--start"):
        plan_calendar(made, FIRST)
