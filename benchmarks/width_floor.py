"""How narrow could intervals of familiar shares be? Widths of 90 % intervals if the mean of each class were known.

    python -m benchmarks.width_floor

For every share a fit may use whose nearest class is 1 or 2 (same end point and treatment), four forecasters say the
width of their 90 % interval, in points of a per cent: *chance* knows the study's own probability (its class's average
stands for it) and is unsure of the patients only; *class known* knows the average of all studies of the class, as if
there were any number of them, and how far studies of it lie apart by their blinding; the *statistician* knows both
from the studies there are; ``--skill FILE`` adds what `lupercal validate --skill --json` kept for *model + residual*.
Whoever cannot tell studies of one class apart can be no narrower than *class known*.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean

import numpy as np

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.curves import ndtri
from lupercal.files.documents import parse_json, read_text
from lupercal.validation.meta_analysis import Statistician, averaged, likely_spread, nearest_class, statistician
from lupercal.validation.places import Share, usable_shares
from lupercal.validation.scores import Predictive, of_angles

FAMILIAR = 2  # the last class of the same end point and treatment
NORMAL = ndtri((np.arange(400) + 0.5) / 400)
ENDS = (0.05, 0.95)
OURS = "model + residual"
_MOST = 100_000_000  # bytes of a file


def main() -> None:
    """Print mean widths of double-blind and open studies and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skill", type=Path, help="JSON of `lupercal validate --skill`")
    asked = parser.parse_args()
    wise = statistician(usable_shares(), by_blinding=True)
    try:
        ours = _of_skill(asked.skill) if asked.skill else {}
    except LupercalError as error:
        raise SystemExit(str(error)) from None
    print("mean width of 90 % intervals, points of a per cent")
    rows = [(share, _widths(share, wise) | ours.get(share.key, {})) for share in wise.shares if _familiar(share, wise)]
    for words, blinded in (("double blind", (True,)), ("open", (False,)), ("all", (True, False))):
        kind = [widths for share, widths in rows if share.place.blinded in blinded]
        by_name = {name: [one[name] for one in kind if name in one] for name in dict.fromkeys(chain(*kind))}
        told = (f"{name} {fmean(found):.1f}{_of_fewer(found, kind)}" for name, found in by_name.items())
        print(f"{words} ({len(kind)} shares): {', '.join(told)}")


def _of_fewer(found: Sequence[float], kind: Sequence[Mapping[str, float]]) -> str:
    return "" if len(found) == len(kind) else f" (of {len(found)})"


def _familiar(share: Share, wise: Statistician) -> bool:
    return nearest_class(share, wise.shares)[0] <= FAMILIAR


def _widths(share: Share, wise: Statistician) -> dict[str, float]:
    number, near = nearest_class(share, wise.shares)
    apart = likely_spread(wise, number, share.place.blinded)
    mean = float(averaged(near, np.array([apart]))[0][0])
    known = mean + apart * NORMAL
    return {
        "chance": _width(of_angles(np.array([mean]), np.ones(1), share.n)),
        "class known": _width(of_angles(known, np.ones(len(known)), share.n)),
        "statistician": _width(wise.predict(share)[1]),
    }


def _width(told: Predictive) -> float:
    low, high = told.quantiles(ENDS)
    return high - low


def _of_skill(path: Path) -> Mapping[str, dict[str, float]]:
    """Return the width of *model + residual* by the key of a share."""
    rows = parse_json(read_text(path, _MOST), path)["rows"]
    try:
        return {f"{one['study']}#{one['index']}": {OURS: one["scores"][OURS]["width"]} for one in rows}
    except KeyError as error:
        raise InputError(path, "rows", f"a share without {error}", "what `validate --skill --json` writes") from None


if __name__ == "__main__":
    main()
