"""Both engines against SciPy (DOP853, rtol 1e-10): ten random virtual patients, five therapies, 24 months.

    python benchmarks/check_engines.py

Prints the largest |x - exact| / max(|exact|, 1e-3 of the state's peak) over all states and all visits.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engine.ensemble import FIVE_THERAPIES, largest_error, scipy_course, task

from lupercal.engine import reference
from lupercal.engine.processor import compiled


def main() -> None:
    print(f"{'therapy':<12} {'reference':>10} {'compiled':>10}")
    for therapy in FIVE_THERAPIES:
        whole = task(therapy, size=10, last=730)
        exact = scipy_course(whole)
        errors = [largest_error(engine.run(whole), exact) for engine in (reference, compiled)]
        print(f"{therapy:<12} {errors[0]:>10.1e} {errors[1]:>10.1e}", flush=True)


if __name__ == "__main__":
    main()
