"""Published cases run through their programmes, compared with files a person has read.

After a change that is meant, ``python -m tests.programmes.test_plan_golden`` writes the files anew.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lupercal.exchange.calendar_plan import plan_calendar
from lupercal.exchange.revision import Revision
from lupercal.patient.cases import read_case
from lupercal.programmes.plan import Plan, plan
from lupercal.report.plan_text import plan_markdown

GOLDEN = Path(__file__).with_name("golden")
RUNS = (
    ("erlangen-first-car-t", "erlangen.car_t", "2021-03-15"),
    ("ozek-case-1", "ozek.msc", "2024-01-29"),
    ("ozek-case-2", "ozek.msc", "2024-01-29"),
    ("krickau-15f", "published_car_t_trial", "2023-06-14"),
    ("ccar-1", "sheba.car_t", "2025-03-25"),
    ("lsm-140689-2", "gencell.msc_45_days", "2025-01-31"),
    ("example-nephritis", "celltex.adipose_msc", "2025-10-24"),
)
CALENDARS = ("ozek.msc", "celltex.adipose_msc")  # short ones: the others hold the same kinds of events


FIRST = Revision(datetime(2025, 1, 2, tzinfo=UTC))


def made(case: str, programme: str, start: str) -> Plan:
    return plan(read_case(case), programme, start)


def files(case: str, programme: str, start: str) -> dict[Path, bytes]:
    stem, one = f"plan-{case}--{programme}", made(case, programme, start)
    found = {GOLDEN / f"{stem}.md": plan_markdown(one).encode()}
    return found | ({GOLDEN / f"{stem}.ics": plan_calendar(one, FIRST)} if programme in CALENDARS else {})


@pytest.mark.parametrize(("case", "programme", "start"), RUNS)
def test_the_plan_is_the_one_that_was_read(case: str, programme: str, start: str) -> None:
    for path, content in files(case, programme, start).items():
        assert content.decode() == path.read_bytes().decode(), path.name


if __name__ == "__main__":
    for run in RUNS:
        for path, content in files(*run).items():
            path.write_bytes(content)
