"""Does the calibration find what is true? Data of a step are simulated from known sets and calibrated back.

``python -m benchmarks.recovery cross_section --truths 4`` prints, for each truth and parameter, the 90 % region of the
members and whether the truth lies in it, and the share of identifiable parameters for which it does (a fit should reach
85 %).
"""

from __future__ import annotations

import argparse
import time

from lupercal.calibration.forward import Forward
from lupercal.calibration.recovery import coverage, recover
from lupercal.calibration.settings import settings, steps
from lupercal.calibration.step_data import data_of, first_values


def main() -> None:
    """Recover the parameters of one step."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("step", choices=[step.name for step in steps()])
    for name, value in (("truths", 3), ("members", 64), ("passes", 3), ("pool", 800), ("seed", 7)):
        asked.add_argument(f"--{name}", type=int, default=value)
    given = asked.parse_args()
    step = next(one for one in steps() if one.name == given.step)
    sizes = settings().ensemble.model_copy(update={"pool": given.pool, "arm": 120})
    began = time.perf_counter()
    found = recover(
        step, data_of(step), given.truths, given.members, given.passes, given.seed,
        Forward(sizes, base=first_values(steps())),
        lambda text, share: print(f"{time.perf_counter() - began:6.0f} s  {text}", flush=True),
    )  # fmt: skip
    for one in found:
        told = "inside" if one.inside else "outside"
        kind = "identifiable" if one.identifiable else "not identified"
        print(f"{one.parameter:16s} truth {one.truth:6.2f}  region {one.low:6.2f} {one.high:6.2f}  {told:8s} {kind}")
    narrowed = sum(one.identifiable for one in found)
    print(f"{coverage(found):.0%} of {narrowed} identifiable parameters (of {len(found)}) inside the 90 % region")


if __name__ == "__main__":
    main()
