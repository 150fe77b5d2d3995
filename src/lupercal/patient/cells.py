"""Columns of tables become numbers, by the rules of patient files: bounds, titres, units, spellings, ranges.

A cell is a number in the column's unit, a bound such as ``<30``, a titre such as ``1:160``, a number with its unit, or
a word of the closed lists in `lupercal.patient.spellings`. What is none of these, or no value a person can have, is
wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError
from lupercal.evidence.units import convert
from lupercal.patient.plausible import beyond_range, range_in_words
from lupercal.patient.spellings import FLAGS_IN_WORDS, flag_in_words, is_unknown, sex_in_words
from lupercal.patient.values import measurement
from lupercal.patient.variables import Variable

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
SEX = "sex_female"
_COMMA = r"^([<>=≤≥]*\s*[+-]?\d+),(\d+)"


@final
@dataclass(frozen=True, slots=True)
class CellValues:
    """A column as numbers in the dictionary's unit.

    Parameters
    ----------
    value, low, high
        Shape (rows,): the number or bound, and the ends it leaves, infinite on the open side; NaN where unknown.
    wrong
        Where a cell is neither a value nor unknown; ``value`` is NaN there.
    """

    value: Array
    low: Array
    high: Array
    wrong: NDArray[np.bool_]

    @property
    def censored(self) -> bool:
        """Whether some cell is a bound."""
        return not np.array_equal(self.low, self.high, equal_nan=True)


def read_cells(
    series: pl.Series, variable: Variable, unit: str | None = None, *, decimal_comma: bool = False
) -> CellValues:
    """Read one column of a table.

    Parameters
    ----------
    series
        The cells, of any type.
    variable
        What the column holds.
    unit
        The unit its numbers are in; the variable's own where None.
    decimal_comma
        Whether ``0,72`` is a number; so it is in files that are not separated by commas.

    Raises
    ------
    UnitError
        If ``unit`` does not convert to the variable's.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    if series.dtype == pl.String:
        return _text(series, variable, unit, decimal_comma)
    usable = series.dtype.is_numeric() or (series.dtype == pl.Boolean and variable.kind == "flag")
    if not usable:
        unknown = np.full(series.len(), np.nan)
        return CellValues(unknown, unknown, unknown, series.is_not_null().to_numpy())
    values = series.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
    return _checked(np.round(values, 6) if series.dtype == pl.Float32 else values, variable, unit)


def cell_expected(raw: object, variable: Variable, unit: str | None = None) -> str:
    """Return in words what a cell that is wrong should have been."""
    if variable.kind == "flag":
        return f"{FLAGS_IN_WORDS}, or an empty cell"
    try:
        number = float(str(raw).strip().replace(",", ".").replace("_", " _"))  # 0_5 is a number in Python alone
    except ValueError:
        return _expected_text(str(raw), variable, unit)
    here = f" (here {_to_own(number, variable, unit):g})" if unit not in {None, variable.unit} else ""
    if unit is None and variable.bare_high is not None and variable.bare_high < number <= variable.high:
        return f"at most {variable.bare_high:g} {variable.unit} where no unit is named"
    return f"{range_in_words(variable)}{here}, or an empty cell"


def _expected_text(raw: str, variable: Variable, unit: str | None) -> str:
    try:
        measurement(variable, raw if unit is None else {"value": raw, "unit": unit}, "", "")
    except InputError as error:
        return error.expected if "{" not in error.expected else f"a number in {unit or variable.unit}, or a bound as <4"
    return range_in_words(variable)


def _checked(values: Array, variable: Variable, unit: str | None) -> CellValues:
    in_own_unit = values if unit is None else _to_own(values, variable, unit)
    wrong = beyond_range(variable, in_own_unit)
    if unit is None and variable.bare_high is not None:
        with np.errstate(invalid="ignore"):
            wrong = wrong | (in_own_unit > variable.bare_high)
    in_own_unit = np.where(wrong, np.nan, in_own_unit)
    return CellValues(in_own_unit, in_own_unit, in_own_unit, wrong)


def _to_own(values: Array | float, variable: Variable, unit: str | None) -> Array:
    if unit is None:
        return np.asarray(values, np.float64)
    zero, unit_step = (convert(x, unit, variable.unit, variable.substance) for x in (0.0, 1.0))
    return np.asarray(values, np.float64) * (unit_step - zero) + zero


def _text(series: pl.Series, variable: Variable, unit: str | None, decimal_comma: bool) -> CellValues:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    plain = series.str.strip_chars()
    if decimal_comma and variable.kind != "flag":
        plain = plain.str.replace(_COMMA, "$1.$2")
    read = plain.cast(pl.Float64, strict=False)
    cells = _checked(read.fill_null(np.nan).to_numpy().astype(np.float64), variable, unit)
    words = (read.is_null() & plain.is_not_null()).arg_true().to_numpy()
    if not words.size:
        return cells
    texts = plain.gather(words)
    meanings = {text: _meaning(text, variable, unit) for text in texts.unique().to_list()}
    return _with_words(cells, words, texts.to_list(), meanings)


def _with_words(
    read: CellValues,
    rows: NDArray[np.integer],
    texts: list[str],
    meanings: Mapping[str, tuple[float, float, float] | None],
) -> CellValues:
    """Return the numbers with what the cells at ``rows`` say in words put in."""
    value, low, high = read.value.copy(), read.low.copy(), read.high.copy()
    wrong = read.wrong.copy()
    unusable = (np.nan, np.nan, np.nan)
    said = [meanings[text] for text in texts]
    value[rows], low[rows], high[rows] = np.array([one or unusable for one in said]).T
    wrong[rows] = [one is None for one in said]
    return CellValues(value, low, high, wrong)


def _meaning(text: str, variable: Variable, unit: str | None) -> tuple[float, float, float] | None:
    """Return value and ends of a cell that is no plain number; None where it means nothing here."""
    if is_unknown(text):
        return np.nan, np.nan, np.nan
    if variable.kind == "flag":
        flag = _sex(text) if variable.name == SEX else flag_in_words(text)
        return None if flag is None else (flag, flag, flag)
    try:
        read = measurement(variable, text if unit is None else {"value": text, "unit": unit}, "", "")
    except InputError:
        return None
    return read.value, read.low, read.high


def _sex(text: str) -> float | None:
    """Return whether a word says female; ``f`` alone could as well mean false, and is not guessed."""
    named = sex_in_words(text)
    if named is None:
        return None if text.strip().lower() == "t" else flag_in_words(text)
    return None if len(text.strip()) == 1 else float(named == "female")


def read_sex_cells(series: pl.Series) -> tuple[Array, tuple[int, str, str] | None]:
    """Return a column of sexes as 1 female, 0 male, NaN unknown, and the first cell that names no sex.

    Parameters
    ----------
    series
        Words such as ``female`` or ``M``. Codes are not read: 1 is male in one system and female in another.

    Returns
    -------
    ndarray
        Shape (rows,).
    tuple or None
        Row, cell and what was expected.
    """
    read = read_sexes(series)
    if not read.wrong.any():
        return read.value, None
    row = int(np.argmax(read.wrong))
    return read.value, (row, str(series[row]), "female or male, F or M, or an empty cell")


def read_sexes(series: pl.Series) -> CellValues:
    """Return a column of sexes as 1 female, 0 male; see `read_sex_cells`."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if series.dtype.is_nested():
        unknown = np.full(series.len(), np.nan)
        return CellValues(unknown, unknown, unknown, series.is_not_null().to_numpy())
    words = series.cast(pl.String, strict=False).fill_null("")
    meanings = {text: _named_sex(text) for text in words.unique().to_list()}
    said = [meanings[text] for text in words.to_list()]
    value = np.array([np.nan if one is None else one for one in said], np.float64)
    return CellValues(value, value, value, np.array([one is None for one in said], np.bool_))


def _named_sex(text: str) -> float | None:
    named = sex_in_words(text)
    return float(named == "female") if named else np.nan if is_unknown(text) else None
