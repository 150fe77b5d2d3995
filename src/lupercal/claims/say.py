"""Figures as a reader meets them on a claim's page: shares with exact intervals, times, small denominators in full."""

from __future__ import annotations

import math
import re

from lupercal.evidence.intervals import Interval
from lupercal.evidence.study_records import Row, Study

_SPACE = "\N{NO-BREAK SPACE}"
_NAME = re.compile(r"^(?P<who>[^\d,:]+?)(?: [A-Z]{1,3})?[,:]? .*?(?P<year>(?:19|20)\d\d)")
_SPELT = {
    "sri 4": "SRI-4", "doris": "DORIS", "lldas": "LLDAS", "crs": "cytokine release", "icans": "nerve toxicity",
    "sledai 2k": "SLEDAI-2K", "sledai": "SLEDAI", "dsdna": "dsDNA", "c3": "C3", "c4": "C4", "ana": "ANA",
    "sae": "serious adverse event", "dlt": "dose-limiting toxicity", "24h": "in 24 hours",
    "crr": "complete renal response", "upcr": "protein-creatinine ratio", "bilag": "BILAG",
    "ln 12mo meta": "in nephritis", "6mo": "", "treg": "regulatory T cells",
}  # fmt: skip


def share_words(value: float, interval: Interval | None) -> str:
    """Return ``100 % (63 to 100 %)``; at least one digit stays where rounding would make a number 0 or 100."""
    if interval is None:
        return f"{plain_share(value)}{_SPACE}%"
    low, high = (plain_share(bound) for bound in interval)
    return f"{plain_share(value)}{_SPACE}% ({low} to {high}{_SPACE}%)"


def plain_share(value: float) -> str:
    """Return a share in per cent without the sign: whole, with a digit where it would round to 0 or 100."""
    rounded = round(value)
    if (rounded in {0, 100} and not math.isclose(value, rounded, abs_tol=1e-9)) and 0 < value < 100:
        return f"{value:.1f}" if 0.05 <= value <= 99.95 else ("below 0.1" if value < 50 else "above 99.9")
    return f"{rounded:d}"


def events_of_n(events: int, n: int) -> str:
    """Return ``8 of 8``."""
    return f"{events} of {n}"


def figure_words(value: float) -> str:
    """Return a number with three significant digits and a true minus."""
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "\N{MINUS SIGN}")


def printed_unit(row: Row) -> str:
    """Return the unit of a figure as it is printed."""
    return row.unit.replace("/(24.h)", " in 24 h").replace("{score}", "points").replace("{", "").replace("}", "")


def at_day(day: float | None) -> str:
    """Return ``at 6 months``, ``at 5 years``, ``on day 44``; nothing where the day is not known."""
    if day is None or not math.isfinite(day):
        return ""
    months = day / 30.4375
    if day < 60:
        return f"on day {day:.0f}"
    if months >= 23.5 and abs(months / 12 - round(months / 12)) < 0.05:
        return f"at {round(months / 12)} years"
    return f"at {months:.0f} months"


def study_name(study: Study) -> str:
    """Return a study as people name it, ``Deng 2017``, from its citation."""
    match = _NAME.match(study.citation.text)
    if match is None or not match["who"][0].isupper() or len(match["who"]) > 40:
        return study.id.replace("_", " ")
    return f"{match['who'].removesuffix(' et al.').strip()} {match['year']}"


def measure_words(measure: str) -> str:
    """Return the name of a measure in words."""
    text = measure.replace("+", " or ").replace("_", " ")
    for code, words in _SPELT.items():
        text = re.sub(rf"(?<![a-z0-9]){code}(?![a-z0-9])", words, text)
    return " ".join(text.split())


def points_words(gap: float, interval: Interval) -> str:
    """Return a difference in per cent points with its interval: ``8 points fewer (40 fewer to 34 more)``."""
    low, high = interval
    return f"{_points(gap, ' points')} ({_points(low)} to {_points(high)})"


def _points(value: float, unit: str = "") -> str:
    if abs(value) < 0.5:
        return f"0{unit}"
    return f"{abs(value):.0f}{unit} {'more' if value > 0 else 'fewer'}"
