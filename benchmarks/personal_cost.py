"""What one forecast from eight visits costs: three therapies, 24 months, two opinions.

    python -m benchmarks.personal_cost

Prints wall time, CPU seconds and peak memory of one process, imports included, for a made-up patient with eight visits
of six values in a year and 500 virtual patients under the usual two protocols of care. Wanted on two idle cores: under
30 seconds. CPU seconds hardly depend on what else runs; wall time does.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lupercal.patient.record import Measurement

THERAPIES = ("standard_care", "rituximab", "cd19_car_t")
DAYS = (-365, -335, -304, -274, -228, -182, -91, 0)
UPCR = (4.1, 3.2, 2.9, 2.0, 1.6, 1.9, 1.1, 1.4)
"""g/g, by visit; the other five variables follow from it, for what they cost is the same."""

DRUGS = (("prednisone", 10.0, "mg/d"), ("hydroxychloroquine", 400.0, "mg/d"), ("mycophenolate_mofetil", 2.0, "g/d"))


def main() -> None:
    """Run it once and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=500, help="virtual patients of the arms")
    parser.add_argument("--months", type=int, default=24)
    asked, begun = parser.parse_args(), time.perf_counter()
    from lupercal.forecast.run import Request, compute  # noqa: PLC0415 - what is imported is part of the cost
    from lupercal.patient.record import Patient, Treatment, Visit  # noqa: PLC0415

    visits = tuple(Visit(day, values=dict(_values(upcr))) for day, upcr in zip(DAYS, UPCR, strict=True))
    taken = tuple(Treatment(name, dose, unit, -400, status="current") for name, dose, unit in DRUGS)
    patient = Patient("made-up", organs_involved=("kidney",), treatments=taken, visits=visits)
    found = compute(patient, Request(THERAPIES, asked.patients, asked.months), lambda *_: None).forecast
    assert found.learnt is not None
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(
        f"{len(found.learnt.visits)} visits, {len(found.arms)} therapies, {found.months} months: "
        f"wall {time.perf_counter() - begun:.1f} s, CPU {used.ru_utime + used.ru_stime:.1f} s, "
        f"peak {used.ru_maxrss / 1024:.0f} MiB\n"
    )


def _values(upcr: float) -> Iterator[tuple[str, Measurement]]:
    from lupercal.patient.record import Measurement as Value  # noqa: PLC0415 - as above

    numbers = {
        "upcr": upcr, "anti_dsdna": 40 + 25 * upcr, "c3": 0.95 - 0.07 * upcr, "egfr": 95 - 4 * upcr,
        "sledai_2k": float(round(2 + 3 * upcr)), "igg": 11.0,
    }  # fmt: skip
    for name, value in numbers.items():
        yield name, Value(value)


if __name__ == "__main__":
    main()
