"""Cases followed up on one day, compared with files a person has read.

After a change that is meant, ``python -m tests.programmes.test_follow_up_golden`` writes the files anew.
"""

from pathlib import Path
from typing import Any

import pytest

from lupercal.patient.cases import read_case
from lupercal.programmes.follow_up import follow_up
from lupercal.report.plan_text import dumped, plan_plain

GOLDEN = Path(__file__).with_name("golden")
RUNS = (
    ("erlangen-first-car-t", "erlangen.car_t", "2021-03-15", "2021-05-01"),
    ("ozek-case-1", "ozek.msc", "2024-01-29", "2024-08-15"),
    ("ozek-case-2", "ozek.msc", "2024-01-29", "2025-02-10"),
    ("krickau-15f", "published_car_t_trial", "2023-06-14", "2023-07-20"),
    ("ccar-1", "sheba.car_t", "2019-03-25", "2020-10-01"),
    ("example-nephritis", "sheba.car_t", "2025-10-24", "2025-10-25"),
)


def content(case: str, programme: str, start: str, today: str) -> str:
    record: dict[str, Any] = plan_plain(follow_up(read_case(case), programme, today, start=start))
    record["visits"] = [visit for visit in record["visits"] if visit["state"] != "upcoming"]
    return dumped(record)


def path(case: str, programme: str) -> Path:
    return GOLDEN / f"follow-up-{case}--{programme}.json"


@pytest.mark.parametrize(("case", "programme", "start", "today"), RUNS)
def test_the_follow_up_is_the_one_that_was_read(case: str, programme: str, start: str, today: str) -> None:
    assert content(case, programme, start, today) == path(case, programme).read_text(encoding="utf-8")


if __name__ == "__main__":
    for run in RUNS:
        path(*run[:2]).write_text(content(*run), encoding="utf-8")
