"""Addressed random numbers: known answers, distribution, and independence of who asks for what and when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from lupercal.engine.loop.philox import philox
from lupercal.engine.random import exponentials, normals, quantiles, quantiles_in_place, stream_number, uniforms
from lupercal.errors import LupercalError

# Known-answer vectors for Philox4x32-10 published with the Random123 library (Salmon et al. 2011).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def _words(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Return the generator's answer by the function that is compiled, run as Python."""
    return tuple(map(int, philox.py_func(*map(np.uint64, (*counter, *key)))))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, int], expected: tuple[int, ...]) -> None:
    assert _words(counter, key) == expected


@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1, 0x123456789ABCDEF])
def test_machine_code_makes_the_words_of_the_generator(seed: int) -> None:
    """Whatever the shape of the question, every number is the one of its address, to the bit."""
    patients, days = np.array([0, 1, 5, 77, 2**32 - 1]), np.array([-(2**31), -3, 0, 9, 2**31 - 1])
    stream = stream_number("some stream")

    def number(patient: int, day: int, draw: int) -> float:
        words = _words((patient, day & 0xFFFFFFFF, stream, draw), (seed & 0xFFFFFFFF, seed >> 32))
        return (((words[0] << 21) | (words[1] >> 11)) + 0.5) * 2.0**-53

    table = np.array([[number(int(who), int(day), 3) for who in patients] for day in days])
    assert np.array_equal(uniforms(seed, "some stream", patients[None], days[:, None], 3), table)
    assert np.array_equal(uniforms(seed, "some stream", patients[:, None], days[None], 3), table.T)
    assert np.array_equal(uniforms(seed, "some stream", patients[::-2], days[::-2], 3), table.diagonal()[::-2])
    assert uniforms(seed, "some stream", 77, -3, 3) == table[1, 3]
    assert np.array_equal(uniforms(seed, "some stream", patients[:, None, None], days[:, None], 3)[..., 0], table.T)


@pytest.mark.parametrize("shape", [(0,), (0, 4), (4, 0)])
def test_no_numbers_are_asked_for(shape: tuple[int, ...]) -> None:
    assert uniforms(1, "a", np.zeros(shape, np.int64)).shape == shape


def test_uniforms_are_uniform_and_inside_the_open_interval() -> None:
    found = uniforms(7, "test", np.arange(20_000))
    assert 0 < found.min() < found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 1e-3


def test_normals_and_exponentials_have_their_distribution() -> None:
    assert stats.kstest(normals(7, "n", np.arange(20_000)), "norm").pvalue > 1e-3
    assert stats.kstest(exponentials(7, "e", np.arange(20_000)), "expon").pvalue > 1e-3


def _apart(size: int) -> np.ndarray:
    """Return probabilities in (0, 1): everywhere, and ever nearer to both ends."""
    chance = np.random.default_rng(5)
    ends = [chance.random(size) * 10.0**-power for power in range(0, 17, 2)]
    both = np.concatenate(
        [*ends, *(1 - end for end in ends), [np.exp(-2), 1 - np.exp(-2), 0.5, 2.0**-54, 1 - 2.0**-53]]
    )
    return both[(both > 0) & (both < 1)]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 5000])
def test_normals_have_the_bits_of_the_reference_quantile(size: int) -> None:
    given = _apart(size)
    assert np.array_equal(quantiles_in_place(given.copy()), special.ndtri(given))


@given(st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), max_size=9))
def test_any_probability_has_the_bits_of_the_reference_quantile(given: list[float]) -> None:
    numbers = np.array(given)
    assert np.array_equal(quantiles_in_place(numbers.copy()), special.ndtri(numbers))


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 40), st.integers(-(2**31), 2**31 - 1))
def test_a_number_depends_on_its_address_alone(seed: int, patient: int, day: int) -> None:
    alone = uniforms(seed, "stream", [patient], [day])[0]
    crowd = uniforms(seed, "stream", np.arange(patient, patient + 40)[None, :], np.array([[day]]))
    assert crowd[0, 0] == alone
    assert np.array_equal(uniforms(seed, "stream", np.arange(patient, patient + 40)[::-1], day)[::-1], crowd[0])


def test_every_part_of_the_address_matters() -> None:
    base = uniforms(1, "a", [5], [9], 0)[0]
    others = [
        uniforms(2, "a", [5], [9]),
        uniforms(1, "b", [5], [9]),
        uniforms(1, "a", [6], [9]),
        uniforms(1, "a", [5], [-9]),
    ]
    others.append(uniforms(1, "a", [5], [9], 1))
    assert base not in {float(other[0]) for other in others}


def test_streams_and_neighbours_are_uncorrelated() -> None:
    x, y = uniforms(1, "a", np.arange(20_000)), uniforms(1, "b", np.arange(20_000))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.03
    assert abs(np.corrcoef(x[1:], x[:-1])[0, 1]) < 0.03


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(LupercalError, match="seed"):
        uniforms(seed, "a", [0])


def test_a_negative_patient_is_refused() -> None:
    with pytest.raises(LupercalError, match="patients"):
        uniforms(1, "a", [-1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_quantiles_reach_infinity_at_both_ends_and_leave_their_input(given: list[float]) -> None:
    numbers = np.array(given)
    assert np.array_equal(quantiles(numbers), special.ndtri(given))
    assert numbers.tolist() == given
    table = np.stack([numbers, numbers])[:, ::-1]
    assert np.array_equal(quantiles(table), special.ndtri(table))
    assert np.isnan(quantiles(np.array([np.nan]))).all()
