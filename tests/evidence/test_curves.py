"""Functions of the normal curve and its kin are SciPy's own, however little of SciPy was loaded to have them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binom

from lupercal.evidence import curves
from lupercal.evidence.curves import binomial_quantile

NAMES = ("expit", "logit", "ndtr", "ndtri", "log_ndtr", "stdtr", "stdtrit", "gammaln", "betainc", "betaincinv")
SAME = f"""
assert curves.binomial_quantile(0.5, 9, 0.3) == 3.0
assert "scipy.stats" not in sys.modules
import scipy.special
assert all(getattr(scipy.special, name) is getattr(curves, name) for name in {NAMES})
from scipy.stats import norm
assert abs(norm.cdf(1.0) - curves.ndtr(1.0)) < 1e-15
"""


A_THREAD = "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
FIRST = (
    "import lupercal.evidence.curves as curves, sys; assert 'scipy.special' not in sys.modules",
    "import sys, scipy.special, lupercal.evidence.curves as curves",
    f"{A_THREAD}; import lupercal.evidence.curves as curves, sys; assert 'scipy.special' in sys.modules",
)


@pytest.mark.parametrize("first", FIRST)
def test_they_are_scipys_whatever_is_loaded_first(first: str) -> None:
    done = subprocess.run([sys.executable, "-c", first + SAME], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LEVELS = (np.arange(64) + 0.5)[None, :] / 64
SHARES = np.array([0.001, 0.25, 0.5, 0.687, 0.998])[:, None]  # with halves, where a quantile falls on an end


@pytest.mark.parametrize("n", [1, 7, 8, 33, 120, 600])
def test_numbers_of_patients_are_the_quantiles_of_the_binomial_distribution(n: int) -> None:
    assert np.array_equal(binomial_quantile(LEVELS, n, SHARES), binom.ppf(LEVELS, n, SHARES))


def test_a_scipy_with_another_private_name_gives_the_same_numbers_of_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = binomial_quantile(LEVELS, 33, SHARES)
    monkeypatch.setattr(curves, "_compiled", lambda: None)
    curves._binomial_quantile.cache_clear()
    assert curves._binomial_quantile().__module__ != "scipy.special"
    assert np.array_equal(binomial_quantile(LEVELS, 33, SHARES), expected)
    monkeypatch.undo()
    curves._binomial_quantile.cache_clear()
