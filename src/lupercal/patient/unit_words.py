"""Units as people write them, from the UCUM codes of the data dictionary."""

from __future__ import annotations

_WORDS = {
    "1": "",
    "{score}": "",
    "a": "years",
    "mo": "months",
    "wk": "weeks",
    "d": "days",
    "/a": "per year",
    "{score}/a": "points per year",
    "{events}": "events",
    "Cel": "°C",
    "/[HPF]": "per high-power field",
    "g/(24.h)": "g/24 h",
    "mg/(24.h)": "mg/24 h",
}
_SIGNS = (
    ("{1.73_m2}", "1.73 m²"),
    ("10*9", "10⁹"),
    ("10*3", "10³"),
    ("10*6", "10⁶"),
    ("[IU]", "IU"),
    ("umol", "µmol"),
    ("/uL", "/µL"),
    ("m2", "m²"),
    ("{", ""),
    ("}", ""),
    ("[", ""),
    ("]", ""),
)


def unit_in_words(unit: str) -> str:
    """Return a UCUM unit as people write it; nothing for scores and pure numbers."""
    if unit in _WORDS:
        return _WORDS[unit]
    for code, sign in _SIGNS:
        unit = unit.replace(code, sign)
    return unit
