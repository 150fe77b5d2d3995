"""Cells of a table: numbers, bounds, units, words; what is none of these is wrong and says what it should have been."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lupercal.evidence.units import UnitError
from lupercal.patient.cells import cell_expected, read_cells, read_sex_cells, read_sexes
from lupercal.patient.variables import variables

C3, CD19, RASH, SEX = (variables()[name] for name in ("c3", "cd19", "rash", "sex_female"))


def test_a_bound_opens_one_end_and_a_word_of_the_list_is_unknown() -> None:
    cells = read_cells(pl.Series(["0.72", "<0.3", "unknown", None, "soon"]), C3)
    np.testing.assert_allclose(cells.value[:2], [0.72, 0.3])
    assert np.isneginf(cells.low[1]) or cells.low[1] == 0
    assert cells.high[1] <= 0.3
    assert np.isnan(cells.value[2:]).all()
    assert cells.wrong.tolist() == [False, False, False, False, True]
    assert cells.censored


def test_a_column_without_bounds_is_not_censored() -> None:
    assert not read_cells(pl.Series(["0.72", None]), C3).censored


@pytest.mark.parametrize(
    ("unit", "written", "wanted"), [("mg/dL", "72", 0.72), ("mg/L", "720", 0.72), (None, "0.72", 0.72)]
)
def test_a_column_is_converted_from_its_unit(unit: str | None, written: str, wanted: float) -> None:
    for column in (pl.Series([written]), pl.Series([float(written)])):
        np.testing.assert_allclose(read_cells(column, C3, unit).value, [wanted])
    np.testing.assert_allclose(read_cells(pl.Series([f"<{written}"]), C3, unit).value, [wanted])


def test_a_unit_that_does_not_convert_is_refused() -> None:
    with pytest.raises(UnitError):
        read_cells(pl.Series([1.0]), C3, "mmol/mol")


def test_a_decimal_comma_is_read_only_where_it_can_be_one() -> None:
    column = pl.Series(["0,72", "<0,3"])
    np.testing.assert_allclose(read_cells(column, C3, decimal_comma=True).value, [0.72, 0.3])
    assert read_cells(column, C3).wrong.any()


def test_numbers_of_single_precision_are_read_as_they_were_written() -> None:
    assert read_cells(pl.Series([0.72], dtype=pl.Float32), C3).value[0] == 0.72


def test_what_no_person_can_have_is_wrong_and_unknown() -> None:
    cells = read_cells(pl.Series([0.72, -1.0, 720.0]), C3)
    assert cells.wrong.tolist() == [False, True, True]
    assert np.isnan(cells.value[1:]).all()


def test_columns_of_other_types() -> None:
    assert read_cells(pl.Series(["yes", "no"], dtype=pl.Categorical), RASH).value.tolist() == [1.0, 0.0]
    assert read_cells(pl.Series([True, False, None]), RASH).value.tolist()[:2] == [1.0, 0.0]
    lists = read_cells(pl.Series([[1.0], None]), C3)
    assert lists.wrong.tolist() == [True, False]
    assert np.isnan(lists.value).all()
    assert read_cells(pl.Series([True, False]), C3).wrong.all()


def test_flags_are_words_of_closed_lists() -> None:
    cells = read_cells(pl.Series(["Yes", "absent", "unknown", "maybe", "0,5"]), RASH, decimal_comma=True)
    assert cells.value.tolist()[:2] == [1.0, 0.0]
    assert cells.wrong.tolist() == [False, False, False, True, True]


def test_a_letter_that_may_mean_false_is_no_sex() -> None:
    cells = read_cells(pl.Series(["female", "male", "f", "m", "t", "yes", "no"]), SEX)
    assert cells.value.tolist()[:2] == [1.0, 0.0]
    assert cells.wrong.tolist() == [False, False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("raw", "unit", "wanted"),
    [
        (4, None, "at most 3 g/L where no unit is named"),
        (0.001, None, "0.01 to 5 g/L"),
        (72000, "mg/dL", "(here 720)"),
        ("soon", None, "a number"),
        ("soon", "mg/dL", "a number in mg/dL, or a bound as <4"),
        ("1_000", None, "g/L"),
    ],
)
def test_a_wrong_cell_says_what_it_should_have_been(raw: object, unit: str | None, wanted: str) -> None:
    assert wanted in cell_expected(raw, C3, unit)


def test_a_wrong_flag_says_what_it_should_have_been() -> None:
    assert cell_expected("maybe", RASH).endswith(", or an empty cell")


def test_a_count_that_is_large_without_a_unit_asks_for_one() -> None:
    bare = next(v for v in variables().values() if v.bare_high is not None)
    assert bare.bare_high is not None
    above = (bare.bare_high + bare.high) / 2
    assert cell_expected(above, bare) == f"at most {bare.bare_high:g} {bare.unit} where no unit is named"
    assert read_cells(pl.Series([above]), bare).wrong.all()
    assert not read_cells(pl.Series([above]), bare, bare.unit).wrong.any()


def test_sexes_are_words_and_never_codes() -> None:
    value, wrong = read_sex_cells(pl.Series(["F", "male", "", None]))
    assert value.tolist()[:2] == [1.0, 0.0]
    assert np.isnan(value[2:]).all()
    assert wrong is None
    assert read_sex_cells(pl.Series(["F", "1"]))[1] == (1, "1", "female or male, F or M, or an empty cell")
    assert read_sexes(pl.Series([["F"], None])).wrong.tolist() == [True, False]
