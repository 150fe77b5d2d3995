"""A probability as ten people: uncertainty first. Filled up to the low bound, pale up to the high one, else empty."""

from __future__ import annotations

import math

from markupsafe import Markup

from lupercal.forecast.result import Chance

_STEP = 15
PERSON = "M7 1.2a3.1 3.1 0 1 1 0 6.2a3.1 3.1 0 1 1 0-6.2zM2.6 9.2h8.8v7.2h-2v6.4h-4.8v-6.4h-2z"


def of_ten(chance: Chance) -> str:
    """Return the interval in words: ``between 6 and 10 of 10``."""
    low, high = (round(10 * bound) for bound in (chance.low, chance.high))
    if low != high:
        return f"between {low} and {high} of 10"
    return {0: "fewer than 1 of 10", 10: "nearly 10 of 10"}.get(low, f"about {low} of 10")


def icon_array(chance: Chance, color: str) -> Markup:
    """Return ten people as SVG with its meaning as text; the mark under them shows the probability itself.

    The page's classes set its colours for light and dark; ``color`` is used where there is no style sheet.
    """
    if math.isnan(chance.low) or math.isnan(chance.high):
        return Markup("")
    low, high = (round(10 * bound) for bound in (chance.low, chance.high))
    kinds = ["sure"] * low + ["open"] * (high - low) + ["none"] * (10 - high)
    looks = {
        "sure": f'fill="{color}"',
        "open": f'fill="{color}" fill-opacity="0.25" stroke="{color}" stroke-dasharray="2 1"',
        "none": 'fill="none" stroke="#c9cdd3"',
    }
    people = "".join(
        f'<path class="{kind}" {looks[kind]} transform="translate({_STEP * k} 0)" d="{PERSON}"/>'
        for k, kind in enumerate(kinds)
    )
    at = max(3.5, min(146.5, 10 * _STEP * chance.probability))
    mark = f'<path class="middle" d="M{at:.1f} 24.5l-3.5 5h7z"/>'
    return Markup(
        f'<svg class="ten" viewBox="0 0 {10 * _STEP} 30" role="img" aria-label="{of_ten(chance)}; middle '
        f'{100 * chance.probability:.0f} of 100">{people}{mark}</svg>'
    )
